"""How a call ended, in words. Knows nothing of where they are shown."""

from __future__ import annotations

from collections.abc import Mapping

from voicecall_core.judgement.books import Call
from voicecall_core.judgement.ending import Cause
from voicecall_core.judgement.greeting import Said
from voicecall_core.words.exhaustive import assert_exhaustive
from voicecall_core.words.terms import Kind

CAUSES: Mapping[Cause, str] = {
    Cause.CALLEE: "the callee hung up",
    Cause.SAID: "the message was spoken",
    Cause.AGENT: "the agent said goodbye and hung up",
    Cause.OPERATOR: "you hung up",
    Cause.CAP: "the maximum duration was reached",
    Cause.RING_TIMEOUT: "it rang for too long",
    Cause.BUSY: "the line was busy",
    Cause.FAILED: "the carrier could not connect the call",
    Cause.NO_ANSWER: "nobody answered",
    Cause.CANCELED: "the call was cancelled before an answer",
    Cause.CREATE_REFUSED: "the carrier refused to place the call",
    Cause.CREATE_UNKNOWN: "the carrier's answer never came, and no call was found",
    Cause.MODEL_REFUSED: "the model refused the session",
    Cause.MODEL_LOST: "the model was lost",
    Cause.MODEL_NEVER_READY: "the model was not ready in time",
    Cause.STREAM_NEVER_CAME: "the call was answered, but its stream never started",
    Cause.STREAM_LOST: "the stream was lost and did not come back",
    Cause.MEDIA_STALLED: "the stream went silent",
    Cause.TUNNEL_LOST: "the tunnel was lost",
    Cause.OVERWRITTEN: "its stream was overwritten",
}
assert_exhaustive("the causes in words", CAUSES, Cause)

_GREETINGS: Mapping[Said, str] = {
    Said.NONE: "never asked for",
    Said.ASKED: "not heard: nothing of it was played",
    Said.PLAYING: "not heard to its end",
    Said.PLAYED: "heard to its end",
    Said.CUT: "heard, until the callee spoke",
    Said.UNPROVEN: "played, but its end was never confirmed",
}
assert_exhaustive("the greeting in words", _GREETINGS, Said)


def cause(call: Call) -> str:
    """Why the call ended, or is ending; empty while nothing ends it."""
    return CAUSES[call.ending.cause] if call.ending.cause is not None else ""


def greeting(call: Call) -> str:
    """How much of the greeting the callee heard; empty for a call that speaks without a model."""
    return "" if call.terms.kind is Kind.SAY else _GREETINGS[call.greeting.state]
