"""TwiML's verbs as this carrier knows them. Knows nothing of how they are written, or of running them.

Twilio: docs/voice/twiml and a page for each verb. Times are in seconds, as they are there.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Say:
    """Speak a text with the carrier's own voice; `ssml` is what stands in the document, tags included.

    `loop` 0: until the call is over.
    """

    pii_text: str
    pii_ssml: str = ""
    loop: int = 1


@dataclass(frozen=True, slots=True)
class Play:
    """Play a sound file, or the tones of `digits`, where a `w` is half a second of silence."""

    url: str = ""
    digits: str = ""
    loop: int = 1


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait in silence."""

    seconds: int = 1


@dataclass(frozen=True, slots=True)
class Redirect:
    """Go on with another document."""

    url: str
    method: str = "POST"


@dataclass(frozen=True, slots=True)
class Hangup:
    """End the call."""


@dataclass(frozen=True, slots=True)
class Reject:
    """Do not take an incoming call. `reason`: rejected or busy."""

    reason: str = "rejected"


@dataclass(frozen=True, slots=True)
class Stream:
    """`<Connect><Stream>` or, `forked`, `<Start><Stream>`: the latter only listens, and the next verb begins at once.

    `fault` is the carrier's error for attributes it will not take, 0 if all are well.
    """

    url: str
    name: str = ""
    callback: str = ""
    callback_method: str = "POST"
    parameters: tuple[tuple[str, str], ...] = ()
    fault: int = 0
    forked: bool = False
    track: str = "inbound_track"


@dataclass(frozen=True, slots=True)
class StopStream:
    """`<Stop><Stream>`: ends the forked stream of that name."""

    name: str


Prompt = Say | Play | Pause


@dataclass(frozen=True, slots=True)
class Gather:
    """Listen for keys or speech while `prompts` play; what was entered goes to `action`, else the next verb begins."""

    prompts: tuple[Prompt, ...] = ()
    action: str = ""
    method: str = "POST"
    takes: frozenset[str] = frozenset({"dtmf"})  # dtmf, speech
    timeout_s: int = 5
    speech_timeout_s: int = 5
    finish_on: str = "#"
    digits: int = 0  # 0: any number
    action_on_empty: bool = False


@dataclass(frozen=True, slots=True)
class Record:
    """Record the callee until he is silent or presses a key; it goes to `action`, an empty one to the next verb."""

    action: str = ""
    method: str = "POST"
    timeout_s: int = 5
    finish_on: str = "1234567890*#"
    longest_s: int = 3_600
    beep: bool = True
    callback: str = ""
    callback_method: str = "POST"
    callback_events: frozenset[str] = frozenset({"completed"})


@dataclass(frozen=True, slots=True)
class Dial:
    """Call another number and join the two; `action` is told how it went, else the next verb begins."""

    number: str
    action: str = ""
    method: str = "POST"
    timeout_s: int = 30
    limit_s: int = 14_400
    caller_id: str = ""


Verb = Say | Play | Pause | Redirect | Hangup | Reject | Stream | StopStream | Gather | Record | Dial
