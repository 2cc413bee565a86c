"""A phone number that masks itself. Knows nothing of who may be called."""

from __future__ import annotations

from dataclasses import dataclass

_SHOWN_HEAD = 3
_SHOWN_TAIL = 3
_MASK = "\u2022"


def masked(number: str) -> str:
    """`+4915112345123` as `+49•••••123`: its head, a fixed run of dots that hides the length, its last three."""
    if len(number) <= _SHOWN_HEAD + _SHOWN_TAIL:
        return _MASK * 5
    return f"{number[:_SHOWN_HEAD]}{_MASK * 5}{number[-_SHOWN_TAIL:]}"


@dataclass(frozen=True, slots=True, repr=False)
class PhoneNumber:
    """A number in E.164 form. `str` and `repr` are masked; `e164` is the full one, for the carrier alone."""

    e164: str

    def __str__(self) -> str:
        return masked(self.e164)

    __repr__ = __str__
