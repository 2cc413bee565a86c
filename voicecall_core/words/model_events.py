"""What the model did, as events; everybody finds them in `events`, beside all others."""

from __future__ import annotations

from dataclasses import dataclass

from voicecall_core.words.event import Event
from voicecall_core.words.values import NO_USAGE, ItemPlay, ModelStage, ToolOutcome, Usage


@dataclass(frozen=True, slots=True)
class ModelReached(Event):
    """The opening of a model session came one stage further. `expires_s`: how long it may last, 0 if not said."""

    session: int
    stage: ModelStage
    expires_s: float = 0.0


@dataclass(frozen=True, slots=True)
class ModelFailed(Event):
    """A model session is gone or will never be: refused, timed out, closed. `code` is the model's, or ours."""

    session: int
    code: str
    reason: str
    retryable: bool = True


@dataclass(frozen=True, slots=True)
class ModelErred(Event):
    """The model reported an error that its session survives. `ref` is the id of our message it speaks of.

    `busy`: the response that was asked for is refused because another is running.
    """

    session: int
    code: str
    reason: str
    ref: str = ""
    busy: bool = False


@dataclass(frozen=True, slots=True)
class ResponseBegan(Event):
    """The model began a response. `ref` is our id for it if we asked for it, empty if its turn detection did."""

    session: int
    response: str
    ref: str = ""


@dataclass(frozen=True, slots=True)
class ResponseEnded(Event):
    """A response ended: `status` is completed, cancelled, failed or incomplete.

    `retryable` is false if it failed for a reason that every further response of this account would meet as well.
    """

    session: int
    response: str
    status: str
    reason: str = ""
    usage: Usage = NO_USAGE
    retryable: bool = True


@dataclass(frozen=True, slots=True)
class AudioBegan(Event):
    """The first audio of an item arrived from the model."""

    session: int
    response: str
    item: str


@dataclass(frozen=True, slots=True)
class AudioEnded(Event):
    """The last audio of an item arrived from the model: `generated_ms` of it in all."""

    session: int
    response: str
    item: str
    generated_ms: int


@dataclass(frozen=True, slots=True)
class SpeechStarted(Event):
    """The model heard the callee begin to speak; carries how far playback had come at that moment."""

    session: int
    audio_ms: int
    stream_ms: int = 0
    playing: tuple[ItemPlay, ...] = ()


@dataclass(frozen=True, slots=True)
class SpeechStopped(Event):
    """The model heard the callee stop."""

    session: int
    audio_ms: int


@dataclass(frozen=True, slots=True)
class TurnCommitted(Event):
    """What the callee said became an item of the conversation."""

    session: int
    item: str


@dataclass(frozen=True, slots=True)
class ToolCalled(Event):
    """The model called a tool, completely (never an interrupted call)."""

    session: int
    response: str
    tool_call: str
    name: str
    pii_arguments: str = ""


@dataclass(frozen=True, slots=True)
class ToolAnswered(Event):
    """A tool's run is over; what the model is told, as JSON text. `fault`: an exception's kind and place, if any."""

    session: int
    tool_call: str
    name: str
    outcome: ToolOutcome
    took_s: float
    pii_output: str
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Heard(Event):
    """Words of the callee, as transcribed; `final` is false for a part."""

    session: int
    item: str
    pii_text: str
    final: bool = True


@dataclass(frozen=True, slots=True)
class Spoken(Event):
    """Words of the agent, as generated; `final` carries the whole text."""

    session: int
    item: str
    response: str
    pii_text: str
    final: bool = True
