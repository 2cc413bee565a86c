"""Phone numbers as they are typed: in whose country they are read, and how that is told."""

from __future__ import annotations

from voicecall_cli.settings import Settings
from voicecall_core.numbering import callable_number, region_of
from voicecall_core.words.numbers import PhoneNumber

REHEARSED = PhoneNumber("+15555550100")
"""Whom a simulated call of doctor goes to; the built-in carrier's own number is of the same country."""


def caller_region(settings: Settings) -> str:
    """The country in which numbers without a country code are read: that of the setting, or else of the caller."""
    caller = settings.from_number if settings.phone_rings else REHEARSED
    return settings.region or (region_of(caller) if caller is not None else "")


def typed_number(text: str, settings: Settings) -> PhoneNumber:
    """`text` as the number that is to be called. Raises SettingsError."""
    if text.startswith("+"):
        return callable_number(text, rehearsal=not settings.phone_rings)
    return callable_number(text, rehearsal=not settings.phone_rings, region=caller_region(settings))


def told_as(text: str, number: PhoneNumber) -> str:
    """What a number was read as; empty if it was typed in that very form."""
    return "" if text == number.e164 else f"The number is read as {number} ({region_of(number) or 'no country'})."
