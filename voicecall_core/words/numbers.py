"""A phone number that masks itself."""

from __future__ import annotations

from dataclasses import dataclass

from voicecall_core.masking import masked


@dataclass(frozen=True, slots=True, repr=False)
class PhoneNumber:
    """A number in E.164 form. `str` and `repr` are masked; `e164` is the full one, for the carrier alone."""

    e164: str

    def __str__(self) -> str:
        return masked(self.e164)

    __repr__ = __str__
