"""Calls that were asked for and whose end is not confirmed, on disk: nothing is forgotten across starts."""

from voicecall_core.ledger.ledger import Entry, Ledger, Others, open_calls, open_ledger, rivals

__all__ = ["Entry", "Ledger", "Others", "open_calls", "open_ledger", "rivals"]
