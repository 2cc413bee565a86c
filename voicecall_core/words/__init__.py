"""The vocabulary: what happened (events), what must be done (orders), on which terms a call is placed."""
