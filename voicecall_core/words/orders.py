"""What must be done, in the imperative. Knows nothing of who will do it, and contains no token or secret.

Orders name documents; the bytes are made at the door. `number` numbers a call's writes: a late answer is recognised.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from voicecall_core.words.exhaustive import assert_exhaustive
from voicecall_core.words.values import Timer


class DocumentKind(StrEnum):
    """The TwiML documents this program writes."""

    STREAM = "stream"
    SAY = "say"
    HANGUP = "hangup"

    @property
    def twiml(self) -> str:
        """Its verbs, as people know them."""
        return _TWIML[self]


_TWIML: Mapping[DocumentKind, str] = {
    DocumentKind.STREAM: "<Connect><Stream>",
    DocumentKind.SAY: "<Say>",
    DocumentKind.HANGUP: "<Hangup/>",
}
assert_exhaustive("the documents' verbs", _TWIML, DocumentKind)


@dataclass(frozen=True, slots=True)
class Document:
    """A TwiML document by name. STREAM: `<Connect><Stream>` of `generation`, then pause and redirect to the next.

    SAY: `<Say>pii_text</Say><Hangup/>`. HANGUP: `<Hangup/>`.
    """

    kind: DocumentKind
    generation: int = 0
    pii_text: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """Anything that must be done for a call."""


@dataclass(frozen=True, slots=True)
class CreateCall(Order):
    """Ask the carrier to dial. Answered by Created, CreateRefused or CreateLost."""

    attempt: int = 1


@dataclass(frozen=True, slots=True)
class LookUp(Order):
    """Find out whether a call whose create was lost exists. Answered by LookedUp."""


@dataclass(frozen=True, slots=True)
class UpdateCall(Order):
    """Write a document over a live call. Answered by UpdateAnswered."""

    number: int
    sid: str
    document: Document


@dataclass(frozen=True, slots=True)
class HangUp(Order):
    """End the call by REST, status completed. Answered by UpdateAnswered."""

    number: int
    sid: str


@dataclass(frozen=True, slots=True)
class CheckCall(Order):
    """Ask the carrier for the call's status. Answered by Checked."""

    sid: str


@dataclass(frozen=True, slots=True)
class AnswerFetch(Order):
    """Answer the waiting fetch with a document."""

    request: int
    document: Document


@dataclass(frozen=True, slots=True)
class AcceptSocket(Order):
    """Let this media socket in (101)."""

    socket: int


@dataclass(frozen=True, slots=True)
class RefuseSocket(Order):
    """Turn this media socket away with an HTTP status."""

    socket: int
    status: int = 403


@dataclass(frozen=True, slots=True)
class CloseSocket(Order):
    """Close a media socket that was accepted."""

    socket: int
    code: int = 1000
    reason: str = ""


@dataclass(frozen=True, slots=True)
class OpenModel(Order):
    """Open and set up a model session, answered by ModelReached or ModelFailed; `held`: with turns held."""

    session: int
    held: bool = True


@dataclass(frozen=True, slots=True)
class CloseModel(Order):
    """Close a model session, or cancel its opening."""

    session: int


@dataclass(frozen=True, slots=True)
class ForwardAudio(Order):
    """From now on the callee's voice goes to this session: first what was held of it, then what comes.

    `again`: what he said since his last answered turn is held too, as the session before took it down with it.
    """

    session: int
    again: bool = False


@dataclass(frozen=True, slots=True)
class TellHistory(Order):
    """Give a reopened session what was said so far: (who, pii_text) in order, who being callee or agent."""

    session: int
    pii_lines: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class AskGreeting(Order):
    """Ask the model for the greeting; `ref` comes back with the response it causes."""

    session: int
    ref: str


@dataclass(frozen=True, slots=True)
class TellGreeting(Order):
    """Tell a session, before all else that was said, with what the callee was greeted: as an item of this name."""

    session: int
    item: str
    pii_text: str


@dataclass(frozen=True, slots=True)
class AskResponse(Order):
    """Ask the model for a response; with `pii_text` it is told to say that sentence.

    `filler`: it is to say that, or the like, in the language of the conversation, as a tool takes its time.
    """

    session: int
    ref: str
    pii_text: str = ""
    filler: bool = False


@dataclass(frozen=True, slots=True)
class HoldTurns(Order):
    """From now on the model neither answers nor is interrupted by itself."""

    session: int


@dataclass(frozen=True, slots=True)
class RestoreTurns(Order):
    """From now on the model answers and yields by itself again."""

    session: int


@dataclass(frozen=True, slots=True)
class CommitTurn(Order):
    """Close the callee's turn as it stands: the model has not noticed its end. Answered by TurnCommitted, or never."""

    session: int


@dataclass(frozen=True, slots=True)
class CancelResponse(Order):
    """Stop a running response."""

    session: int
    response: str


@dataclass(frozen=True, slots=True)
class TruncateItem(Order):
    """Tell the model how much of an item the callee heard, in ms (1 or more)."""

    session: int
    item: str
    audio_end_ms: int


@dataclass(frozen=True, slots=True)
class DeleteItem(Order):
    """Tell the model that the callee heard nothing of an item."""

    session: int
    item: str


@dataclass(frozen=True, slots=True)
class RunTool(Order):
    """Run a tool, for `timeout_s` at most; answered by ToolAnswered, always. `pii_arguments` is the model's text."""

    session: int
    tool_call: str
    name: str
    timeout_s: float
    pii_arguments: str = ""


@dataclass(frozen=True, slots=True)
class AnswerTool(Order):
    """Answer a tool call in the session that made it, as JSON text: `output` is ours, `pii_output` the tool's."""

    session: int
    tool_call: str
    output: str = ""
    pii_output: str = ""


@dataclass(frozen=True, slots=True)
class TellTool(Order):
    """Tell a session of a tool call that an earlier one made, with its answer."""

    session: int
    tool_call: str
    name: str
    pii_arguments: str = ""
    pii_output: str = ""


@dataclass(frozen=True, slots=True)
class OpenAudio(Order):
    """Let the agent's audio, held until now, leave on this socket, and take the callee's from it."""

    socket: int


@dataclass(frozen=True, slots=True)
class ClearAudio(Order):
    """Throw away what has not played yet, here and at the carrier."""

    socket: int


@dataclass(frozen=True, slots=True)
class MuteResponse(Order):
    """Nothing more of this response leaves."""

    response: str


@dataclass(frozen=True, slots=True)
class PlayClip(Order):
    """Play a shipped clip (`apology`, `one-moment`) through the stream; its mark comes back under its name as item."""

    socket: int
    clip: str


@dataclass(frozen=True, slots=True)
class PlayGreeting(Order):
    """Play the kept greeting through the stream; item and response of what becomes of it are called kept-greeting."""

    socket: int


@dataclass(frozen=True, slots=True)
class StartTimer(Order):
    """Wait; answered by TimerFired unless stopped or restarted before."""

    timer: Timer
    seconds: float


@dataclass(frozen=True, slots=True)
class StopTimer(Order):
    """Forget a wait."""

    timer: Timer


@dataclass(frozen=True, slots=True)
class Conclude(Order):
    """The call is over: close whatever of it is still open.

    `longest_wait_s`: the longest time for which the callee waited for a sound of the agent. `replies`: how many of the
    agent's replies were measured from the audio, and then how long he waited for one (docs/latency.md).
    """

    outcome: str
    longest_wait_s: float = 0.0
    replies: int = 0
    reply_p50_s: float | None = None
    reply_p95_s: float | None = None
    worst_reply_s: float | None = None


ORDERS: Mapping[str, type[Order]] = {
    name: kind
    for name, kind in list(globals().items())
    if isinstance(kind, type) and issubclass(kind, Order) and kind is not Order
}
