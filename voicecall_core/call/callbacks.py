"""What the carrier's callbacks and its answers about a call's status make of it. Knows nothing of sound."""

from __future__ import annotations

from voicecall_core.call import closing, model_sessions
from voicecall_core.call.phase import BEFORE_ANSWER, Fact
from voicecall_core.call.placing import learn, watch
from voicecall_core.call.rest_writes import ask_for_fallback
from voicecall_core.call.state import Create, StepContext
from voicecall_core.call.timing import Moment
from voicecall_core.words.descriptions import describe
from voicecall_core.words.events import Checked, StatusReported, StreamReported
from voicecall_core.words.terms import Kind
from voicecall_core.words.values import TERMINAL, CallStatus, Timer


def prove_answered(context: StepContext) -> None:
    """The first proof that somebody picked up: start the maximum duration, once."""
    call = context.call
    if call.answered or call.ending.cause is not None:
        return
    context.moment(Moment.ANSWERED)
    context.fact(Fact.PROVEN)
    context.stop(Timer.QUEUE, Timer.RING)
    context.put(caps=context.call.caps + 1)
    context.wait(Timer.CAP, call.terms.max_duration_s)
    if call.terms.kind is Kind.STREAM:
        context.wait(Timer.FETCH, call.terms.limits.fetch_s)
        model_sessions.answered(context)


def on_status(context: StepContext, event: StatusReported) -> None:
    """A status callback: it moves the phase and may end the call, and never writes TwiML."""
    if not learn(context, event.sid):
        return
    if event.status in TERMINAL:
        closing.confirm(context, event.status)
    elif event.status in _PROGRESS:
        fact, moment = _PROGRESS[event.status]
        context.moment(moment)
        context.fact(fact)
        if context.call.phase in BEFORE_ANSWER:
            context.stop(Timer.QUEUE)
            if Timer.RING not in context.call.timers:
                context.wait(Timer.RING, context.call.terms.ring_timeout_s + context.call.terms.limits.ring_grace_s)
    elif event.status is CallStatus.IN_PROGRESS:
        prove_answered(context)
        ask_for_fallback(context)
    else:
        context.note(describe(event).full)
        if context.call.create is Create.KNOWN and Timer.QUEUE not in context.call.timers:
            watch(context)  # it may have been the first news of a call whose create was lost


_PROGRESS = {
    CallStatus.INITIATED: (Fact.INITIATED, Moment.INITIATED),
    CallStatus.RINGING: (Fact.RANG, Moment.RANG),
}


def on_checked(context: StepContext, event: Checked) -> None:
    closing.checked(context, event.status, event.status in TERMINAL)


def on_stream_reported(context: StepContext, event: StreamReported) -> None:
    if event.report == "stream-error":
        context.put(stream_error=event.reason or "unknown")
        context.note(describe(event).full)
