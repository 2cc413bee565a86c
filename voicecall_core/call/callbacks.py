"""What the carrier's callbacks and its answers about a call's status make of it. Knows nothing of sound."""

from __future__ import annotations

from voicecall_core.call import closing
from voicecall_core.call.phase import BEFORE_ANSWER, Fact
from voicecall_core.call.placing import learn
from voicecall_core.call.rest_writes import ask_for_fallback
from voicecall_core.call.state import StepContext
from voicecall_core.call.timing import Moment
from voicecall_core.words.descriptions import describe
from voicecall_core.words.events import Checked, StatusReported, StreamReported
from voicecall_core.words.terms import Kind
from voicecall_core.words.values import TERMINAL, CallStatus, Timer


def prove_answered(desk: StepContext) -> None:
    """The first proof that somebody picked up: start the maximum duration, once."""
    call = desk.call
    if call.answered or call.ending.cause is not None:
        return
    desk.moment(Moment.ANSWERED)
    desk.fact(Fact.PROVEN)
    desk.stop(Timer.QUEUE, Timer.RING)
    desk.put(caps=desk.call.caps + 1)
    desk.wait(Timer.CAP, call.terms.max_duration_s)
    if call.terms.kind is Kind.STREAM:
        desk.wait(Timer.STREAM, call.terms.limits.stream_s)


def on_status(desk: StepContext, event: StatusReported) -> None:
    """A status callback: it moves the phase and may end the call, and never writes TwiML."""
    if not learn(desk, event.sid):
        return
    if event.status in TERMINAL:
        closing.confirm(desk, event.status)
    elif event.status in _PROGRESS:
        fact, moment = _PROGRESS[event.status]
        desk.moment(moment)
        desk.fact(fact)
        if desk.call.phase in BEFORE_ANSWER:
            desk.stop(Timer.QUEUE)
            if Timer.RING not in desk.call.timers:
                desk.wait(Timer.RING, desk.call.terms.ring_timeout_s + desk.call.terms.limits.ring_grace_s)
    elif event.status is CallStatus.IN_PROGRESS:
        prove_answered(desk)
        ask_for_fallback(desk)
    else:
        desk.note(describe(event).full)


_PROGRESS = {
    CallStatus.INITIATED: (Fact.INITIATED, Moment.INITIATED),
    CallStatus.RINGING: (Fact.RANG, Moment.RANG),
}


def on_checked(desk: StepContext, event: Checked) -> None:
    closing.checked(desk, event.status, event.status in TERMINAL)


def on_stream_reported(desk: StepContext, event: StreamReported) -> None:
    if event.report == "stream-error":
        desk.put(stream_error=event.reason or "unknown")
        desk.note(describe(event).full)
