"""The built-in carrier: behaves as Twilio does towards any program, and knows nothing of the one that uses it."""
