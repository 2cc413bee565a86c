"""Why and how a call ends, as a table. Knows nothing of the requests by which it is ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from voicecall_core.words.exhaustive import assert_exhaustive
from voicecall_core.words.terms import Limits
from voicecall_core.words.values import CallStatus


class Outcome(StrEnum):
    """What became of the call, in our terms: did the greeting play, did the call end as somebody wanted."""

    COMPLETED = "completed"
    BUSY = "busy"
    NO_ANSWER = "no-answer"
    FAILED = "failed"
    REFUSED = "refused"
    UNHEARD = "unheard"
    MODEL_FAILED = "model-failed"
    STREAM_FAILED = "stream-failed"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"
    UNCONFIRMED = "unconfirmed"


class Cause(StrEnum):
    """What ended the call. The first cause stands."""

    CALLEE = "callee"
    SAID = "said"
    AGENT = "agent"
    OPERATOR = "operator"
    CAP = "cap"
    RING_TIMEOUT = "ring-timeout"
    BUSY = "busy"
    FAILED = "failed"
    NO_ANSWER = "no-answer"
    CANCELED = "canceled"
    CREATE_REFUSED = "create-refused"
    CREATE_UNKNOWN = "create-unknown"
    MODEL_REFUSED = "model-refused"
    MODEL_LOST = "model-lost"
    MODEL_NEVER_READY = "model-never-ready"
    STREAM_NEVER_CAME = "stream-never-came"
    STREAM_LOST = "stream-lost"
    MEDIA_STALLED = "media-stalled"
    TUNNEL_LOST = "tunnel-lost"
    OVERWRITTEN = "overwritten"


@dataclass(frozen=True, slots=True)
class EndingRule:
    """One row of the table of endings.

    `wait`: what is waited for before anything is done. `action`: what is done. `outcome`: what the call is then
    called, if the greeting was heard; `unheard`: if it was not (the same unless it says otherwise).
    """

    wait: str
    action: str
    outcome: Outcome
    unheard: Outcome | None = None

    def of(self, heard: bool) -> Outcome:
        """The outcome, by whether the callee heard the greeting."""
        return self.outcome if heard or self.unheard is None else self.unheard


_L = Limits()  # the waits of an unscaled call
_HANG_UP = "hang up by REST, wait for the terminal callback"
_NOTHING = "none: the carrier has ended the call"
_SORRY = "apologise through the stream, then hang up by REST; before an answer hang up at once"
_O = Outcome

ENDINGS: Mapping[Cause, EndingRule] = {
    Cause.CALLEE: EndingRule("the terminal callback, or a status check", _NOTHING, _O.COMPLETED, _O.UNHEARD),
    Cause.SAID: EndingRule("the terminal callback", _NOTHING, _O.COMPLETED),
    Cause.AGENT: EndingRule(
        f"the mark of the farewell, at most {_L.farewell_s:g} s", _HANG_UP, _O.COMPLETED, _O.UNHEARD
    ),
    Cause.OPERATOR: EndingRule("nothing", _HANG_UP, _O.COMPLETED, _O.CANCELLED),
    Cause.CAP: EndingRule("the maximum duration, from the answer", _HANG_UP, _O.COMPLETED, _O.UNHEARD),
    Cause.RING_TIMEOUT: EndingRule(
        f"ring time-out + {_L.ring_grace_s:g} s; {_L.queue_s:g} s in the carrier's queue", _HANG_UP, _O.NO_ANSWER
    ),
    Cause.BUSY: EndingRule("nothing", _NOTHING, _O.BUSY),
    Cause.FAILED: EndingRule("nothing", _NOTHING, _O.FAILED),
    Cause.NO_ANSWER: EndingRule("nothing", _NOTHING, _O.NO_ANSWER),
    Cause.CANCELED: EndingRule("nothing", _NOTHING, _O.CANCELLED),
    Cause.CREATE_REFUSED: EndingRule(
        "retries where the carrier says it was not processed", "none: there is no call", _O.REFUSED
    ),
    Cause.CREATE_UNKNOWN: EndingRule(
        f"{_L.create_unknown_s:g} s of looking the call up", "none: no call was found", _O.UNKNOWN
    ),
    Cause.MODEL_REFUSED: EndingRule("nothing: a retry cannot help", _SORRY, _O.MODEL_FAILED),
    Cause.MODEL_LOST: EndingRule("one reopened session", _SORRY, _O.MODEL_FAILED),
    Cause.MODEL_NEVER_READY: EndingRule(f"{_L.model_ready_s:g} s, and one reopened session", _SORRY, _O.MODEL_FAILED),
    Cause.STREAM_NEVER_CAME: EndingRule(f"{_L.stream_s:g} s from the answer", _HANG_UP, _O.STREAM_FAILED),
    Cause.STREAM_LOST: EndingRule(
        f"{_L.stream_back_s:g} s for the next generation, {_L.stream_generations} streams in all",
        _HANG_UP,
        _O.STREAM_FAILED,
    ),
    Cause.MEDIA_STALLED: EndingRule(f"{_L.media_stalled_s:g} s without media", _HANG_UP, _O.STREAM_FAILED),
    Cause.TUNNEL_LOST: EndingRule("nothing", _HANG_UP, _O.STREAM_FAILED),
    Cause.OVERWRITTEN: EndingRule("the terminal callback, or a status check", _NOTHING, _O.FAILED),
}
assert_exhaustive("how a call is ended", ENDINGS, Cause)

BY_STATUS: Mapping[CallStatus, Cause] = {
    CallStatus.BUSY: Cause.BUSY,
    CallStatus.FAILED: Cause.FAILED,
    CallStatus.NO_ANSWER: Cause.NO_ANSWER,
    CallStatus.CANCELED: Cause.CANCELED,
}


@dataclass(frozen=True, slots=True)
class Ending:
    """How far the ending has come.

    `tries`: hang-ups that failed or were not confirmed. `terminal`: the carrier's last word. `given_up`: no further
    hang-up will be tried; what follows is waiting only. `checking`: the carrier was asked how the call stands.
    """

    cause: Cause | None = None
    terminal: CallStatus | None = None
    tries: int = 0
    given_up: bool = False
    blind: bool = False  # a hang-up is wanted and waits for the SID
    outcome: Outcome | None = None
    confirmed: bool = False
    checking: bool = False
