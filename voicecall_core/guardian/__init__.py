"""A small process that hangs up what this one leaves behind when it dies of anything. Knows no carrier."""

from voicecall_core.guardian.guardian import Guardian, open_guardian

__all__ = ["Guardian", "open_guardian"]
