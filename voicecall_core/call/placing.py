"""How a call is placed: create, its answers however late, and the look-up of a call whose create was lost.

Knows nothing of what is done with the call once it is answered.
"""

from __future__ import annotations

from dataclasses import replace

from voicecall_core.call import closing
from voicecall_core.call.endings import Cause, Outcome
from voicecall_core.call.phase import BEFORE_ANSWER, Fact
from voicecall_core.call.state import Create, StepContext
from voicecall_core.call.timing import Moment
from voicecall_core.words.descriptions import describe
from voicecall_core.words.events import Created, CreateLost, CreateRefused, LookedUp
from voicecall_core.words.orders import CreateCall, HangUp, LookUp
from voicecall_core.words.values import Timer


def dial(desk: StepContext) -> None:
    """Ask the carrier to dial."""
    attempts = desk.call.attempts + 1
    desk.put(create=Create.PENDING, attempts=attempts)
    desk.fact(Fact.DIALLED)
    desk.moment(Moment.DIALLED)
    desk.order(CreateCall(attempts))


def learn(desk: StepContext, sid: str) -> bool:
    """Learn the SID from whatever teaches it first; false if it is not this call's (that one is hung up, once)."""
    call = desk.call
    if not call.sid:
        settled = call.create in (Create.LOST, Create.UNKNOWN) or Timer.CREATE_RETRY in call.timers
        desk.put(sid=sid, create=Create.KNOWN if settled else call.create)
        desk.stop(Timer.LOOK_UP, Timer.CREATE_RETRY)
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


def on_created(desk: StepContext, event: Created) -> None:
    desk.moment(Moment.CREATED)
    desk.put(create=Create.KNOWN)
    learn(desk, event.sid)
    _watch(desk)
    closing.settle(desk)


def _watch(desk: StepContext) -> None:
    """Create is settled and there is a call: let it not wait for its first callback for ever."""
    call = desk.call
    if call.phase in BEFORE_ANSWER and call.ending.cause is None and Timer.RING not in call.timers:
        desk.wait(Timer.QUEUE, call.terms.limits.queue_s)


def on_create_refused(desk: StepContext, event: CreateRefused) -> None:
    call = desk.call
    if call.sid:  # a webhook has taught us better
        desk.put(create=Create.KNOWN)
        _watch(desk)
        closing.settle(desk)
        return
    desk.note(describe(event).full)
    limits = call.terms.limits
    if event.retryable and call.attempts < limits.create_tries and call.ending.cause is None:
        desk.wait(Timer.CREATE_RETRY, limits.create_retry_s * 2 ** (call.attempts - 1))
        return
    desk.put(create=Create.REFUSED)
    closing.end(desk, Cause.CREATE_REFUSED, hang_up=False)


def on_create_lost(desk: StepContext, event: CreateLost) -> None:
    if desk.call.sid:
        desk.put(create=Create.KNOWN)
        _watch(desk)
        closing.settle(desk)
        return
    desk.note(f"{describe(event).long}; looking for the call")
    desk.put(create=Create.LOST)
    desk.order(LookUp())


def on_looked_up(desk: StepContext, event: LookedUp) -> None:
    call = desk.call
    if call.create is not Create.LOST:
        return
    look_ups = call.look_ups + 1
    desk.put(look_ups=look_ups)
    limits = call.terms.limits
    if len(event.sids) == 1:
        learn(desk, event.sids[0])
        _watch(desk)
        closing.settle(desk)
    elif look_ups * limits.look_up_every_s >= limits.create_unknown_s:
        if event.sids:
            desk.note("several calls to this number are in progress; none is touched")
        desk.put(create=Create.UNKNOWN)
        if call.ending.cause is not None:  # whoever wanted it to end has to know that it may still come about
            desk.put(ending=replace(call.ending, outcome=Outcome.UNKNOWN))
        closing.end(desk, Cause.CREATE_UNKNOWN, hang_up=False)
    else:
        desk.wait(Timer.LOOK_UP, limits.look_up_every_s)


def look_up(desk: StepContext) -> None:
    """Look for the call once more."""
    if desk.call.create is Create.LOST:
        desk.order(LookUp())
