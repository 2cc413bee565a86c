"""`voicecall test` at work: rehearsals are found, run side by side, and told of."""
