"""How long ago something was, as people write it: `7d`, `36h`, or a date."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import typer

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_AGE = re.compile(r"(\d{1,6})\s*([smhdw])")
WRITE = "Write 90m, 36h, 7d or 4w, or a date such as 2026-11-30."


def moment_of(text: str, now: datetime, option: str) -> datetime:
    """The moment that is meant, a date by its first second in UTC. Raises BadParameter for what is neither."""
    if age := _AGE.fullmatch(text.strip().lower()):
        try:
            return now - timedelta(**{_UNITS[age[2]]: int(age[1])})
        except OverflowError:
            raise typer.BadParameter(f"{option} {text} is longer than there have been calendars.") from None
    try:
        date = datetime.fromisoformat(text.strip())
    except ValueError:
        raise typer.BadParameter(f"{option} {text!r} is no time. {WRITE}") from None
    return date if date.tzinfo else date.replace(tzinfo=UTC)
