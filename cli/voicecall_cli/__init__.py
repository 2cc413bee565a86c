"""What is typed and what is seen. Knows no telephony: it parses, calls the core, shows, and exits."""

import gc

USUAL_THRESHOLDS = gc.get_threshold()

# What is imported is not garbage: looking for some costs 0.1 s between Enter and the dialling. dial_run.py goes back to
# Python's own thresholds when the call begins.
gc.set_threshold(200_000)
