"""What the carrier's answers and webhooks make of a call. Knows nothing of sound, nor of the model's state."""

from __future__ import annotations

from dataclasses import replace

from voicecall_core.judgement import closing
from voicecall_core.judgement.books import Create, Desk
from voicecall_core.judgement.ending import Cause
from voicecall_core.judgement.guard import Writing, answered
from voicecall_core.judgement.phase import BEFORE_ANSWER, Fact
from voicecall_core.judgement.rulings import Asker, Ruling, State
from voicecall_core.judgement.timing import Moment
from voicecall_core.words.events import (
    TERMINAL,
    CallStatus,
    Checked,
    Created,
    CreateLost,
    CreateRefused,
    LookedUp,
    OverwriteAsked,
    RestAnswer,
    StatusReported,
    StreamReported,
    Timer,
    UpdateAnswered,
)
from voicecall_core.words.orders import CreateCall, Document, DocumentKind, HangUp, LookUp, UpdateCall
from voicecall_core.words.terms import Kind

# Twilio: "Call is not in-progress. Cannot redirect." and "not found": the call may have ended already.
NOT_IN_PROGRESS = 21220
NOT_FOUND = 20404


def dial(desk: Desk) -> None:
    """Ask the carrier to dial."""
    attempts = desk.call.attempts + 1
    desk.put(create=Create.PENDING, attempts=attempts)
    desk.fact(Fact.DIALLED)
    desk.moment(Moment.DIALLED)
    desk.order(CreateCall(attempts))


def learn(desk: Desk, sid: str) -> bool:
    """Learn the SID from whatever teaches it first; false if it is not this call's (that one is hung up, once)."""
    call = desk.call
    if not call.sid:
        create = Create.KNOWN if call.create in (Create.LOST, Create.UNKNOWN) else call.create
        desk.put(sid=sid, create=create)
        desk.stop(Timer.LOOK_UP)
        desk.fact(Fact.TAKEN)
        if call.ending.blind:
            desk.put(ending=replace(desk.call.ending, blind=False))
            closing.ask_to_hang_up(desk)
    elif sid != call.sid:
        if sid not in call.strays:
            number = call.guard.written + 1
            desk.put(strays=call.strays | {sid}, guard=replace(call.guard, written=number))
            desk.note("a second call was placed under this call's id; it is hung up")
            desk.order(HangUp(number, sid))
        return False
    return True


def prove_answered(desk: Desk) -> None:
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


def on_created(desk: Desk, event: Created) -> None:
    desk.moment(Moment.CREATED)
    desk.put(create=Create.KNOWN)
    learn(desk, event.sid)
    call = desk.call
    if call.phase in BEFORE_ANSWER and call.ending.cause is None and Timer.RING not in call.timers:
        desk.wait(Timer.QUEUE, call.terms.limits.queue_s)
    closing.settle(desk)


def on_create_refused(desk: Desk, event: CreateRefused) -> None:
    call = desk.call
    if call.sid:  # a webhook has taught us better
        desk.put(create=Create.KNOWN)
        closing.settle(desk)
        return
    desk.note(f"the carrier refused the call: {event.reason}")
    limits = call.terms.limits
    if event.retryable and call.attempts < limits.create_tries and call.ending.cause is None:
        desk.wait(Timer.CREATE_RETRY, limits.create_retry_s * 2 ** (call.attempts - 1))
        return
    desk.put(create=Create.REFUSED)
    closing.end(desk, Cause.CREATE_REFUSED, hang_up=False)


def on_create_lost(desk: Desk, event: CreateLost) -> None:
    if desk.call.sid:
        desk.put(create=Create.KNOWN)
        closing.settle(desk)
        return
    desk.note("the answer to create was lost; looking for the call")
    desk.put(create=Create.LOST)
    desk.order(LookUp())


def on_looked_up(desk: Desk, event: LookedUp) -> None:
    call = desk.call
    if call.create is not Create.LOST:
        return
    look_ups = call.look_ups + 1
    desk.put(look_ups=look_ups)
    limits = call.terms.limits
    if len(event.sids) == 1:
        learn(desk, event.sids[0])
        closing.settle(desk)
    elif look_ups * limits.look_up_every_s >= limits.create_unknown_s:
        if event.sids:
            desk.note("several calls to this number are in progress; none is touched")
        desk.put(create=Create.UNKNOWN)
        closing.end(desk, Cause.CREATE_UNKNOWN, hang_up=False)
    else:
        desk.wait(Timer.LOOK_UP, limits.look_up_every_s)


def look_up(desk: Desk) -> None:
    """Look for the call once more."""
    if desk.call.create is Create.LOST:
        desk.order(LookUp())


def on_status(desk: Desk, event: StatusReported) -> None:
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
        desk.note(f"the carrier reported a status that is not known: {event.said}")


_PROGRESS = {
    CallStatus.INITIATED: (Fact.INITIATED, Moment.INITIATED),
    CallStatus.RINGING: (Fact.RANG, Moment.RANG),
}


def ask_for_fallback(desk: Desk) -> None:
    """The call is answered and no stream is up: the greeting asks to be spoken by the carrier instead.

    This is the step that breaks the call everywhere else. It is asked here, once, and the guard refuses it.
    """
    call = desk.call
    silent = call.terms.kind is Kind.STREAM and not call.guard.live and not call.greeting.over
    if not silent or call.fallback_asked or call.ending.cause is not None:
        return
    desk.put(fallback_asked=True)
    write(desk, Asker.FALLBACK, call.terms.pii_greeting)


def on_overwrite_asked(desk: Desk, event: OverwriteAsked) -> None:
    write(desk, Asker.OVERWRITE, event.pii_text)


def write(desk: Desk, asker: Asker, pii_text: str) -> None:
    """Ask the guard for a document of ours over the live one, and write it if that is granted."""
    verdict = desk.ask(Asker.WRITE_TWICE if desk.call.guard.pending else asker)
    if verdict.ruling is Ruling.GRANTED and desk.call.sid:
        desk.order(UpdateCall(verdict.number, desk.call.sid, Document(DocumentKind.SAY, pii_text=pii_text)))


def on_update_answered(desk: Desk, event: UpdateAnswered) -> None:
    """The answer to a numbered write; one that is not the write in flight is stale and causes nothing."""
    guard = desk.call.guard
    if guard.pending is None or guard.pending.number != event.number:
        desk.note(f"a stale answer to write {event.number} is ignored")
        return
    what = guard.pending.what
    lost = event.answer is RestAnswer.LOST
    if lost:
        desk.ask(Asker.UPDATE_LOST)
    accepted = event.answer is RestAnswer.ACCEPTED
    before = guard.socket
    desk.put(guard=answered(guard, event.number, accepted, lost))
    if what is Writing.HANG_UP:
        _hang_up_answered(desk, event)
        return
    if not accepted and not lost:
        desk.note(f"the carrier refused to overwrite the document: {event.reason}")
        if event.code == NOT_IN_PROGRESS and what is Writing.FALLBACK:
            desk.wait(Timer.UPDATE_RETRY, desk.call.terms.limits.hang_up_retry_s)
    if desk.call.guard.state is State.SAYING and before:
        desk.fact(Fact.STREAM_GONE)
        closing.close_model(desk)


def _hang_up_answered(desk: Desk, event: UpdateAnswered) -> None:
    if event.answer is RestAnswer.ACCEPTED:
        desk.wait(Timer.TERMINAL, desk.call.terms.limits.terminal_s)
    elif event.code in (NOT_IN_PROGRESS, NOT_FOUND):
        closing.check(desk)
    else:
        desk.note(f"hanging up failed: {event.reason}")
        closing.hang_up_failed(desk)


def on_checked(desk: Desk, event: Checked) -> None:
    closing.checked(desk, event.status, event.status in TERMINAL)


def retry_write(desk: Desk) -> None:
    """A write that failed is wanted again: the guard is asked again, as for every REST retry."""
    if desk.call.ending.cause is not None:
        closing.ask_to_hang_up(desk)
    else:
        write(desk, Asker.FALLBACK, desk.call.terms.pii_greeting)


def on_stream_reported(desk: Desk, event: StreamReported) -> None:
    if event.report == "stream-error":
        desk.put(stream_error=event.reason or "unknown")
        desk.note(f"the carrier reports a stream error: {event.reason}")
