"""What was agreed before the call was placed. Knows nothing of what happens later."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a call's document is for, fixed when the call is minted."""

    STREAM = "stream"
    SAY = "say"


class Policy(StrEnum):
    """Who may write a call's TwiML: the guard, or (to show the field's bug) whoever writes last."""

    GUARD = "on"
    NAIVE = "off"


class Greet(StrEnum):
    """When the greeting is asked for: while the phone rings (held until `start`), or once the stream has started."""

    RINGING = "ringing"
    ANSWERED = "answered"


@dataclass(frozen=True, slots=True)
class Terms:
    """What the judge must know of a call before it begins. Durations in seconds."""

    call_id: str
    kind: Kind = Kind.STREAM
    policy: Policy = Policy.GUARD
    greet: Greet = Greet.RINGING
    max_duration_s: float = 600.0
    ring_timeout_s: float = 30.0
    pii_say: str = ""
    pii_greeting: str = ""
    model: str = ""


@dataclass(frozen=True, slots=True)
class Brief:
    """What the model is told: who it is, how it speaks, with what it begins."""

    model: str
    voice: str
    pii_instructions: str
    pii_greeting: str
    transcription: str = "gpt-transcribe"
