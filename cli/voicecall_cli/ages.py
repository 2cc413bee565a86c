"""How long ago something was, as people write it: `7d`, `36h`, or a date."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import typer

from voicecall_core.durations import seconds_of

WRITE = "Write 90m, 36h, 7d, or a date such as 2026-11-30."


def moment_of(text: str, now: datetime, option: str) -> datetime:
    """The moment that is meant, a date by its first second in UTC. Raises BadParameter for what is neither.

    A plain number is refused: whoever means days by it must not be taken to mean seconds.
    """
    text = text.strip()
    try:
        if any(each.isalpha() for each in text):
            return now - timedelta(seconds=seconds_of(text))
    except OverflowError:
        raise typer.BadParameter(f"{option} {text} is longer ago than there have been calendars.") from None
    except ValueError:
        pass  # a date with a time has letters, too
    try:
        date = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{option} {text!r} is no time. {WRITE}") from None
    return date if date.tzinfo else date.replace(tzinfo=UTC)
