"""Relays that are compared: this program and the shortest sensible ones, each under the same load, in processes."""
