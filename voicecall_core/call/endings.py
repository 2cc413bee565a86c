"""Why and how a call ends, as a table. Knows nothing of the requests by which it is ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from voicecall_core.words.exhaustive import assert_exhaustive
from voicecall_core.words.terms import Limits
from voicecall_core.words.values import CallStatus


class Outcome(StrEnum):
    """What became of the call, in our terms.

    COMPLETED: the callee heard the agent, and all that he said was answered; of a message, that it was spoken.
    """

    COMPLETED = "completed"
    BUSY = "busy"
    NO_ANSWER = "no-answer"
    FAILED = "failed"
    REFUSED = "refused"
    UNHEARD = "unheard"
    MODEL_FAILED = "model-failed"
    AGENT_SILENT = "agent-silent"
    NEVER_FETCHED = "never-fetched"
    TURNED_AWAY = "turned-away"
    STREAM_FAILED = "stream-failed"
    CANCELLED = "cancelled"
    OUR_FAULT = "our-fault"
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
    MODEL_SILENT = "model-silent"
    NEVER_FETCHED = "never-fetched"
    TURNED_AWAY = "turned-away"
    STREAM_NEVER_CAME = "stream-never-came"
    STREAM_LOST = "stream-lost"
    MEDIA_STALLED = "media-stalled"
    TUNNEL_LOST = "tunnel-lost"
    OVERWRITTEN = "overwritten"
    OUR_FAULT = "our-fault"


@dataclass(frozen=True, slots=True)
class EndingRule:
    """One row of the table of endings.

    `words`: what ended the call. `wait`: what is waited for before anything is done. `action`: what is done. `outcome`:
    what the call is then called; `unheard`: if the callee did not hear the agent; `unanswered`: if he did, and was left
    without an answer at the end (both the same as `outcome` unless they say otherwise). `fix`: what to do about it.
    """

    words: str
    wait: str
    action: str
    outcome: Outcome
    unheard: Outcome | None = None
    unanswered: Outcome | None = None
    fix: str = "Dial again later."

    def of(self, heard: bool, answered: bool = True) -> Outcome:
        """The outcome, by whether the callee heard the agent, and whether all that he said was answered."""
        if not heard and self.unheard is not None:
            return self.unheard
        return self.unanswered if not answered and self.unanswered is not None else self.outcome


_L = Limits()  # the waits of an unscaled call
_HANG_UP = "hang up by REST, wait for the terminal callback"
_NOTHING = "none: the carrier has ended the call"
_SORRY = "apologise through the stream, then hang up by REST; before an answer hang up at once"
_O = Outcome
_HEARD = (_O.COMPLETED, _O.UNHEARD, _O.AGENT_SILENT)

_LOOK = "Look at the call's last lines: voicecall replay with its file."
_MODEL = "Look at the model's status page, and run voicecall doctor."
_REACH = "Run voicecall doctor: it comes by the public URL, as the carrier does."
_LINE = "Look at the line to the carrier: a proxy's idle time-out, a tunnel that restarts, packets lost."

ENDINGS: Mapping[Cause, EndingRule] = {
    Cause.CALLEE: EndingRule(
        "the callee hung up", "the terminal callback, or a status check", _NOTHING, *_HEARD, fix=_LOOK
    ),
    Cause.SAID: EndingRule("the message was spoken", "the terminal callback", _NOTHING, _O.COMPLETED, _O.UNHEARD),
    Cause.AGENT: EndingRule(
        "the agent said goodbye and hung up",
        f"the mark of the farewell, at most {_L.mark_slack_s:g} s more than it lasts",
        _HANG_UP,
        *_HEARD,
        fix=_LOOK,
    ),
    Cause.OPERATOR: EndingRule("you hung up", "nothing", _HANG_UP, _O.COMPLETED, _O.CANCELLED, _O.CANCELLED),
    Cause.CAP: EndingRule(
        "the maximum duration was reached",
        "the maximum duration, from the answer",
        _HANG_UP,
        *_HEARD,
        fix="Raise --max-duration if it was too short.",
    ),
    Cause.RING_TIMEOUT: EndingRule(
        "it rang for too long",
        f"ring time-out + {_L.ring_grace_s:g} s; {_L.queue_s:g} s in the carrier's queue",
        _HANG_UP,
        _O.NO_ANSWER,
    ),
    Cause.BUSY: EndingRule("the line was busy", "nothing", _NOTHING, _O.BUSY),
    Cause.FAILED: EndingRule(
        "the carrier could not connect the call",
        "nothing",
        _NOTHING,
        _O.FAILED,
        fix="Check the number, and the call's errors in the carrier's console.",
    ),
    Cause.NO_ANSWER: EndingRule("nobody answered", "nothing", _NOTHING, _O.NO_ANSWER),
    Cause.CANCELED: EndingRule("the call was cancelled before an answer", "nothing", _NOTHING, _O.CANCELLED),
    Cause.CREATE_REFUSED: EndingRule(
        "the carrier refused to place the call",
        "retries where the carrier says it was not processed",
        "none: there is no call",
        _O.REFUSED,
        fix="Look the error's number up: it says which number, permission or limit it is about.",
    ),
    Cause.CREATE_UNKNOWN: EndingRule(
        "the carrier's answer never came, nor a webhook of the call",
        f"{_L.create_unknown_s:g} s of waiting for its first webhook",
        "none: no SID is proved to be its own",
        _O.UNKNOWN,
        fix="Look for the call in the carrier's console before dialling again.",
    ),
    Cause.MODEL_REFUSED: EndingRule(
        "the model refused the session", "nothing: a retry cannot help", _SORRY, _O.MODEL_FAILED, fix=_MODEL
    ),
    Cause.MODEL_LOST: EndingRule(
        "the model was lost",
        f"{_L.session_losses} losses in {_L.losses_within_s:g} s",
        _SORRY,
        _O.MODEL_FAILED,
        fix=_MODEL,
    ),
    Cause.MODEL_NEVER_READY: EndingRule(
        "the model was not ready in time",
        "the patience budget, from the answer on",
        _SORRY,
        _O.MODEL_FAILED,
        fix=_MODEL,
    ),
    Cause.MODEL_SILENT: EndingRule(
        "the model fell silent",
        "the patience budget: asked again, another session",
        _SORRY,
        _O.AGENT_SILENT,
        fix=_MODEL,
    ),
    Cause.NEVER_FETCHED: EndingRule(
        "the call was answered, and the carrier never asked what to do with it",
        f"{_L.fetch_s:g} s from the answer",
        _HANG_UP,
        _O.NEVER_FETCHED,
        fix=_REACH,
    ),
    Cause.TURNED_AWAY: EndingRule(
        "the carrier came, and this program turned it away",
        f"as for a stream that never came: {_L.stream_s:g} s from the fetch, {_L.fetch_s:g} s from the answer",
        _HANG_UP,
        _O.TURNED_AWAY,
        fix=_REACH,
    ),
    Cause.STREAM_NEVER_CAME: EndingRule(
        "the call was answered, but its stream never started",
        f"{_L.stream_s:g} s from the fetch",
        _HANG_UP,
        _O.STREAM_FAILED,
        fix=_REACH,
    ),
    Cause.STREAM_LOST: EndingRule(
        "the stream was lost and did not come back",
        f"{_L.stream_back_s:g} s for the next generation, {_L.stream_generations} streams in all",
        _HANG_UP,
        _O.STREAM_FAILED,
        fix=_LINE,
    ),
    Cause.MEDIA_STALLED: EndingRule(
        "the stream went silent",
        f"{_L.media_stalled_s:g} s without media",
        _HANG_UP,
        _O.STREAM_FAILED,
        fix=_LINE,
    ),
    Cause.TUNNEL_LOST: EndingRule(
        "the tunnel was lost", "nothing", _HANG_UP, _O.STREAM_FAILED, fix="Start the tunnel again, and dial again."
    ),
    Cause.OVERWRITTEN: EndingRule(
        "its stream was overwritten",
        "the terminal callback, or a status check",
        _NOTHING,
        _O.FAILED,
        fix="Let no write but the stream's own document reach a call that has a stream.",
    ),
    Cause.OUR_FAULT: EndingRule(
        "a mistake of voicecall's own came to light",
        "nothing",
        _HANG_UP,
        _O.OUR_FAULT,
        fix="Report it, with the call file; VOICECALL_DEBUG=1 shows where it was.",
    ),
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
    hang-up will be tried; what follows is waiting only. `waiting`: the callee was kept waiting for a sound when the
    call began to end. `checking`: the carrier was asked how the call stands.
    """

    cause: Cause | None = None
    terminal: CallStatus | None = None
    tries: int = 0
    given_up: bool = False
    blind: bool = False  # a hang-up is wanted and waits for the SID
    outcome: Outcome | None = None
    confirmed: bool = False
    checking: bool = False
    waiting: bool = False
