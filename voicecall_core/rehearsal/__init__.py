"""Rehearsals of one's own agent: a file says who picks up and what must come of it, and the call is judged by that."""
