"""Whole numbers as clients write them. Knows nothing of what they count."""

from __future__ import annotations

_DIGITS = 9  # more would be no time, size or page of anything here


def whole(text: str, default: int) -> int:
    """The number a text of plain digits names; `default` for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _DIGITS else default
