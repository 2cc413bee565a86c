"""Recorded calls: written line by line, read again, judged again, masked, kept as tests."""
