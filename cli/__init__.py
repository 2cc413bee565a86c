"""What is typed and what is seen. Knows no telephony: it parses, calls the core, shows, and exits."""
