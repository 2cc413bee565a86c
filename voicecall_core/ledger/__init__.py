"""Calls that were asked for and whose end is not confirmed, on disk: nothing is forgotten across starts."""

from voicecall_core.ledger.ledger import Entry, Ledger, open_calls, open_ledger

__all__ = ["Entry", "Ledger", "open_calls", "open_ledger"]
