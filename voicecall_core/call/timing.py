"""When each thing happened first. Knows nothing of why it matters.

The moments are the rows of the waterfall that the live view and the replay draw.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType


class Moment(StrEnum):
    """What is timed, in the order in which a healthy call meets it on each of its two sides."""

    DIALLED = "create sent"
    CREATED = "create answered"
    INITIATED = "initiated"
    RANG = "ringing"
    ANSWERED = "answered"
    FETCHED = "document fetched"
    ACCEPTED = "socket accepted"
    STARTED = "stream started"
    MODEL_ASKED = "model asked for"
    MODEL_CONNECTED = "model connected"
    MODEL_SECURED = "model TLS"
    MODEL_UPGRADED = "model upgraded"
    MODEL_CREATED = "session created"
    MODEL_READY = "session updated"
    GREETING_ASKED = "greeting asked"
    GREETING_READY = "greeting ready"
    FIRST_AUDIO = "first audio out"
    FIRST_MARK = "first mark back"
    ENDING = "ending"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Timing:
    """First times, in seconds since the call was created."""

    first: Mapping[Moment, float] = field(default_factory=lambda: MappingProxyType({}))

    def noted(self, moment: Moment, at: float) -> Timing:
        """With this moment, unless it has been met before."""
        if moment in self.first:
            return self
        return replace(self, first=MappingProxyType({**self.first, moment: at}))

    def between(self, start: Moment, end: Moment) -> float | None:
        """Seconds from one moment to another, `None` if either was not met."""
        if start not in self.first or end not in self.first:
            return None
        return round(self.first[end] - self.first[start], 6)  # binary fractions would show 0.002000000000000224

    @property
    def start_to_first_audio(self) -> float | None:
        """The headline: from the stream's start to the first frame that left for the callee, in seconds."""
        return self.between(Moment.STARTED, Moment.FIRST_AUDIO)

    @property
    def answer_to_first_audio(self) -> float | None:
        """The other headline: from the first proof of an answer to the first frame that left, in seconds."""
        return self.between(Moment.ANSWERED, Moment.FIRST_AUDIO)
