"""What can be wrong with a call that goes on, and from when to when it was. Knows nothing of how it is seen."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Trouble(StrEnum):
    """What keeps a call from being well, the worst first."""

    OVERWRITTEN = "overwritten"
    MODEL_GONE = "model given up"
    STREAM_LOST = "stream lost"
    MODEL_LOST = "model lost"
    NO_STREAM = "no stream yet"
    NO_MODEL = "model not ready"
    MID_WORD = "agent stopped in mid-word"
    WAITING = "callee waits"


@dataclass(frozen=True, slots=True)
class Spell:
    """A time during which something was wrong, in seconds since the call was created; `end` None while it lasts."""

    trouble: Trouble
    begin: float
    end: float | None = None

    def lasts(self, now: float) -> float:
        """Seconds, up to `now` if it is not over."""
        return max(0.0, (now if self.end is None else self.end) - self.begin)
