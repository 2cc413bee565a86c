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


def dial(context: StepContext) -> None:
    """Ask the carrier to dial."""
    attempts = context.call.attempts + 1
    context.put(create=Create.PENDING, attempts=attempts)
    context.fact(Fact.DIALLED)
    context.moment(Moment.DIALLED)
    context.order(CreateCall(attempts))


def learn(context: StepContext, sid: str) -> bool:
    """Learn the SID from whatever teaches it first; false if it is not this call's (that one is hung up, once)."""
    call = context.call
    if not call.sid:
        settled = call.create in (Create.LOST, Create.UNKNOWN) or Timer.CREATE_RETRY in call.timers
        context.put(sid=sid, create=Create.KNOWN if settled else call.create)
        context.stop(Timer.LOOK_UP, Timer.CREATE_RETRY)
        context.fact(Fact.TAKEN)
        if call.ending.blind:
            context.put(ending=replace(context.call.ending, blind=False))
            closing.ask_to_hang_up(context)
    elif sid != call.sid:
        if sid not in call.strays:
            number = call.guard.written + 1
            context.put(strays=call.strays | {sid}, guard=replace(call.guard, written=number))
            context.note("a second call was placed under this call's id; it is hung up")
            context.order(HangUp(number, sid))
        return False
    return True


def on_created(context: StepContext, event: Created) -> None:
    context.moment(Moment.CREATED)
    context.put(create=Create.KNOWN)
    learn(context, event.sid)
    watch(context)
    closing.settle(context)


def watch(context: StepContext) -> None:
    """Create is settled and there is a call: let it not wait for its first callback for ever."""
    call = context.call
    if call.phase in BEFORE_ANSWER and call.ending.cause is None and Timer.RING not in call.timers:
        context.wait(Timer.QUEUE, call.terms.limits.queue_s)


def on_create_refused(context: StepContext, event: CreateRefused) -> None:
    call = context.call
    if call.sid:  # a webhook has taught us better
        context.put(create=Create.KNOWN)
        watch(context)
        closing.settle(context)
        return
    context.note(describe(event).full)
    limits = call.terms.limits
    if event.retryable and call.attempts < limits.create_tries and call.ending.cause is None:
        context.wait(Timer.CREATE_RETRY, limits.create_retry_s * 2 ** (call.attempts - 1))
        return
    context.put(create=Create.REFUSED)
    closing.end(context, Cause.CREATE_REFUSED, hang_up=False)


def on_create_lost(context: StepContext, event: CreateLost) -> None:
    if context.call.sid:
        context.put(create=Create.KNOWN)
        watch(context)
        closing.settle(context)
        return
    context.note(f"{describe(event).long}; looking for the call")
    context.put(create=Create.LOST)
    context.order(LookUp())


def on_looked_up(context: StepContext, event: LookedUp) -> None:
    """What is found is no proof: another machine may have called the same number at that moment. A webhook is."""
    call = context.call
    if call.create is not Create.LOST:
        return
    look_ups, candidates = call.look_ups + 1, event.sids or call.candidates
    context.put(look_ups=look_ups, candidates=candidates)
    limits = call.terms.limits
    if look_ups * limits.look_up_every_s < limits.create_unknown_s:
        context.wait(Timer.LOOK_UP, limits.look_up_every_s)
        return
    if candidates:
        context.note(f"no webhook has told of this call; it may be {' or '.join(candidates)}, which is left alone")
    context.put(create=Create.UNKNOWN)
    if call.ending.cause is not None:  # anybody who wanted it to end has to know that it may still come about
        context.put(ending=replace(call.ending, outcome=Outcome.UNKNOWN))
    closing.end(context, Cause.CREATE_UNKNOWN, hang_up=False)


def look_up(context: StepContext) -> None:
    """Look for the call once more."""
    if context.call.create is Create.LOST:
        context.order(LookUp())
