"""What happened, in the past tense. Knows nothing of who will judge it.

Every event carries `at`: seconds since the call was created, on one monotonic clock, stamped once by the session.
Audio never becomes an event; its edges do, with everything the judge needs. What people said lies under `pii_`.
Stream times are the carrier's media timestamps in ms; `session` numbers the model sessions of a call from 1;
`socket` numbers its media sockets from 1; `generation` numbers its stream documents from 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from voicecall_core.words.event import Event as Event
from voicecall_core.words.model_events import (
    AudioBegan as AudioBegan,
)
from voicecall_core.words.model_events import (
    AudioEnded as AudioEnded,
)
from voicecall_core.words.model_events import (
    Heard as Heard,
)
from voicecall_core.words.model_events import (
    ModelErred as ModelErred,
)
from voicecall_core.words.model_events import (
    ModelFailed as ModelFailed,
)
from voicecall_core.words.model_events import (
    ModelReached as ModelReached,
)
from voicecall_core.words.model_events import (
    ResponseBegan as ResponseBegan,
)
from voicecall_core.words.model_events import (
    ResponseEnded as ResponseEnded,
)
from voicecall_core.words.model_events import (
    SpeechStarted as SpeechStarted,
)
from voicecall_core.words.model_events import (
    SpeechStopped as SpeechStopped,
)
from voicecall_core.words.model_events import (
    Spoken as Spoken,
)
from voicecall_core.words.model_events import (
    ToolAnswered as ToolAnswered,
)
from voicecall_core.words.model_events import (
    ToolCalled as ToolCalled,
)
from voicecall_core.words.model_events import (
    TurnCommitted as TurnCommitted,
)
from voicecall_core.words.values import (
    CallStatus,
    Fault,
    ItemPlay,
    Knock,
    Refusal,
    RestAnswer,
    Timer,
)

# --- what people and clocks did ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DialBegan(Event):
    """Everything is ready; the call may be placed."""


@dataclass(frozen=True, slots=True)
class OperatorSpoke(Event):
    """The operator typed a sentence for the agent to say."""

    pii_text: str


@dataclass(frozen=True, slots=True)
class OverwriteAsked(Event):
    """The user ordered, by name, that the stream be given up for a spoken message (`by`, as: answering machine)."""

    by: str
    pii_text: str


@dataclass(frozen=True, slots=True)
class HangUpAsked(Event):
    """Somebody on our side wants the call to end. `by`: operator, signal."""

    by: str = "operator"


@dataclass(frozen=True, slots=True)
class TunnelLost(Event):
    """The public URL no longer reaches this program."""

    reason: str


@dataclass(frozen=True, slots=True)
class OurFault(Event):
    """A mistake of this program's own came to light in one part of the call (`where`); `what` went wrong."""

    where: str
    what: str


@dataclass(frozen=True, slots=True)
class TimerFired(Event):
    """A named wait ran out. For `Timer.SPEECH` it carries how far playback had come."""

    timer: Timer
    stream_ms: int = 0
    playing: tuple[ItemPlay, ...] = ()


# --- what the carrier's REST interface answered -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Created(Event):
    """The carrier took the call; `sid` is its name for it."""

    sid: str


@dataclass(frozen=True, slots=True)
class CreateRefused(Event):
    """The carrier did not take the call. `retryable`: it says that the request was not processed."""

    code: int
    reason: str
    retryable: bool = False


@dataclass(frozen=True, slots=True)
class CreateLost(Event):
    """The answer to create never came: the call may exist."""

    reason: str


@dataclass(frozen=True, slots=True)
class LookedUp(Event):
    """Calls that may be the one whose create was lost; those that are known to be another's are not among them.

    `reached` is false if the carrier did not answer.
    """

    sids: tuple[str, ...]
    reached: bool = True


@dataclass(frozen=True, slots=True)
class UpdateAnswered(Event):
    """The carrier answered write number `number`, a hang-up or an update; `refusal` is what its own `code` means."""

    number: int
    answer: RestAnswer
    code: int = 0
    reason: str = ""
    refusal: Refusal = Refusal.OTHER


@dataclass(frozen=True, slots=True)
class Checked(Event):
    """The carrier was asked for the call's status; `None` if it could not be reached."""

    status: CallStatus | None


# --- what the carrier's webhooks said ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StatusReported(Event):
    """A status callback. `said` is the carrier's own word, kept for the day it is not one we know."""

    status: CallStatus
    sid: str
    sequence: int | None = None
    said: str = ""
    sip_code: int = 0
    answered_by: str = ""


@dataclass(frozen=True, slots=True)
class Fetched(Event):
    """The carrier asks for a document. `request` names the open HTTP request that waits for the answer."""

    request: int
    generation: int
    sid: str
    direction: str = ""
    status: CallStatus = CallStatus.UNKNOWN
    error_code: int = 0


@dataclass(frozen=True, slots=True)
class StreamReported(Event):
    """A `<Stream statusCallback>`: `report` is stream-started, stream-stopped or stream-error."""

    report: str
    sid: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class TurnedAway(Event):
    """The door turned away what came in this call's name, with an HTTP status; `count`: the how manieth of its kind.

    The first of a kind is told at once, then the tenth, the hundredth and so on, so that a flood is a handful of lines.
    """

    what: Knock
    status: int
    fault: Fault
    count: int = 1


# --- what happened on the media socket --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class UpgradeAsked(Event):
    """Somebody wants to open a media socket with a signed request; `token_ok`: its token is that of `generation`."""

    socket: int
    generation: int
    token_ok: bool


@dataclass(frozen=True, slots=True)
class StreamStarted(Event):
    """The `start` message. `account_ok`: it names our account; `encoding` is its media format in words."""

    socket: int
    stream_sid: str
    sid: str
    account_ok: bool = True
    encoding: str = "audio/x-mulaw 8000 1"


@dataclass(frozen=True, slots=True)
class StreamStopped(Event):
    """The carrier said `stop`: this socket's stream is over."""

    socket: int


@dataclass(frozen=True, slots=True)
class SocketClosed(Event):
    """A media socket reached its end, by a close frame (`code`) or without one (1006)."""

    socket: int
    code: int = 1006
    reason: str = ""


@dataclass(frozen=True, slots=True)
class DigitPressed(Event):
    """The callee pressed a key."""

    socket: int
    digit: str


@dataclass(frozen=True, slots=True)
class AudioSent(Event):
    """The first frame of an item of the agent's speech left for the carrier, or the first after it had run dry."""

    socket: int
    item: str
    response: str
    stream_ms: int


@dataclass(frozen=True, slots=True)
class MarkReturned(Event):
    """All audio of `item` has played, or a clear flushed its mark (the judge knows which)."""

    socket: int
    item: str
    response: str
    stream_ms: int


@dataclass(frozen=True, slots=True)
class AudioRanDry(Event):
    """All that there was of an item has played, and the model has not finished it."""

    socket: int
    item: str
    response: str
    stream_ms: int


@dataclass(frozen=True, slots=True)
class VoiceBegan(Event):
    """Our own ear heard the callee's line become loud, whatever the model says."""

    socket: int
    stream_ms: int


@dataclass(frozen=True, slots=True)
class VoiceEnded(Event):
    """Our own ear heard the callee's line become quiet again, and stay so for a while."""

    socket: int
    stream_ms: int


@dataclass(frozen=True, slots=True)
class Replied(Event):
    """A reply as the audio tells of it (docs/latency.md): when the callee's last speech ended, when `item` began."""

    socket: int
    item: str
    response: str
    spoke_ms: int
    sounded_ms: int
    ours_ms: int | None = None
    over: bool = False
    barge_in: bool = False


@dataclass(frozen=True, slots=True)
class MediaStalled(Event):
    """No media arrived on the started stream for `silent_ms`."""

    socket: int
    silent_ms: int


EVENTS: Mapping[str, type[Event]] = {
    name: kind
    for name, kind in list(globals().items())
    if isinstance(kind, type) and issubclass(kind, Event) and kind is not Event
}
