"""How a call is brought to its end. Knows the requests that end it, not why it has to end.

Accepted is not confirmed: a hang-up is over when the carrier says so in a callback or when asked. What is not
confirmed is tried again, a named number of times; then the stream is closed, so that the carrier's own document leads
to `<Hangup/>`, and the carrier is asked a last time.
"""

from __future__ import annotations

from dataclasses import replace

from voicecall_core.call.endings import BY_STATUS, ENDINGS, Cause, Outcome
from voicecall_core.call.guard import Writing, ended, given_up
from voicecall_core.call.guard_table import Asker, State
from voicecall_core.call.phase import Fact, Phase
from voicecall_core.call.state import Create, ModelState, StepContext
from voicecall_core.call.timing import Moment
from voicecall_core.words.orders import CheckCall, CloseModel, CloseSocket, Conclude, HangUp
from voicecall_core.words.terms import Kind
from voicecall_core.words.values import CallStatus, Timer

_KEPT = frozenset({Timer.TERMINAL, Timer.UPDATE_RETRY, Timer.LOOK_UP})


def end(desk: StepContext, cause: Cause, *, hang_up: bool = True) -> None:
    """Begin to end the call for this cause, unless another came first."""
    if desk.call.ending.cause is None:
        desk.put(ending=replace(desk.call.ending, cause=cause))
        desk.fact(Fact.CLOSING)
        desk.moment(Moment.ENDING)
        if Timer.CREATE_RETRY in desk.call.timers:  # the carrier said that it had not processed it
            desk.put(create=Create.REFUSED)
        desk.stop(*sorted(desk.call.timers - _KEPT))
        close_model(desk)
    if hang_up:
        ask_to_hang_up(desk)
    desk.put(guard=ended(desk.call.guard))
    settle(desk)


def close_model(desk: StepContext) -> None:
    """Close the model's session, or cancel its opening."""
    model = desk.call.model
    if model.open:
        if model.state is ModelState.OPENING:
            desk.note("the model's handshake is cancelled")
        desk.put(model=replace(model, state=ModelState.CLOSED))
        desk.order(CloseModel(model.session))
    desk.stop(Timer.MODEL)


def give_up_stream(desk: StepContext) -> None:
    """A message that the user ordered is being said: nothing of the stream is waited for any more."""
    desk.put(guard=given_up(desk.call.guard))
    desk.fact(Fact.STREAM_GONE)
    desk.stop(*sorted(desk.call.timers - {Timer.CAP}))
    close_model(desk)


def ask_to_hang_up(desk: StepContext) -> None:
    """Ask the guard for a hang-up by REST and send it, or remember that it is wanted until the SID is known."""
    call = desk.call
    if call.ending.confirmed or call.create in (Create.UNSENT, Create.REFUSED, Create.UNKNOWN):
        return
    if not call.sid:
        if not call.ending.blind:
            desk.ask(Asker.HANG_UP_BLIND)
            desk.put(ending=replace(desk.call.ending, blind=True))
        return
    pending = call.guard.pending
    flying = pending is not None and pending.what is Writing.HANG_UP
    waiting = flying or call.ending.checking or call.ending.given_up or Timer.TERMINAL in call.timers
    verdict = desk.ask(Asker.HANG_UP_TWICE if waiting else Asker.HANG_UP)
    if verdict.number:
        desk.stop(Timer.UPDATE_RETRY)
        desk.put(ending=replace(desk.call.ending, blind=False))
        desk.order(HangUp(verdict.number, call.sid))


def hang_up_failed(desk: StepContext) -> None:
    """A hang-up failed or had no effect: again after a while, or, after the last try, close the stream and wait."""
    call = desk.call
    limits = call.terms.limits
    tries = call.ending.tries + 1
    desk.put(ending=replace(call.ending, tries=tries))
    if tries < limits.hang_up_tries:
        desk.wait(Timer.UPDATE_RETRY, limits.hang_up_retry_s * tries)
        return
    desk.put(ending=replace(desk.call.ending, given_up=True))
    desk.note("hanging up failed; the stream is closed, so that the carrier's own document ends the call")
    close_socket(desk, "hanging up")
    desk.wait(Timer.TERMINAL, limits.terminal_s)


def close_socket(desk: StepContext, reason: str) -> None:
    """Close the socket that was let in, if there is one."""
    if desk.call.guard.socket:
        desk.order(CloseSocket(desk.call.guard.socket, 1000, reason))


def check(desk: StepContext) -> None:
    """Ask the carrier how the call that is being hung up stands."""
    desk.put(ending=replace(desk.call.ending, checking=True))
    desk.order(CheckCall(desk.call.sid))


def checked(desk: StepContext, status: CallStatus | None, terminal: bool) -> None:
    """The carrier answered (or, `None`, did not): confirm, try again, or give up.

    An answer that was asked for before the hang-up says nothing about it, unless it is the last word.
    """
    call = desk.call
    asked = call.ending.checking
    desk.put(ending=replace(call.ending, checking=False))
    if terminal and status is not None:
        confirm(desk, status)
    elif call.ending.cause is None:
        if call.guard.state is State.GONE:  # a next stream may have come while the carrier was asked
            _without_stream(desk)
    elif not asked:
        return
    elif call.ending.given_up:
        desk.put(ending=replace(desk.call.ending, outcome=Outcome.UNCONFIRMED))
        settle(desk)
    else:
        hang_up_failed(desk)


def _without_stream(desk: StepContext) -> None:
    """The call goes on without a stream and without asking for the next one: was it given up, or is it lost?"""
    overwritten = desk.call.guard.overwritten
    if overwritten is Writing.OVERWRITE:  # its answer was lost, yet it took effect
        give_up_stream(desk)
    else:
        end(desk, Cause.OVERWRITTEN if overwritten else Cause.STREAM_LOST)


def confirm(desk: StepContext, status: CallStatus) -> None:
    """The carrier says that the call has ended."""
    call = desk.call
    if call.ending.confirmed:
        return
    desk.put(ending=replace(desk.call.ending, terminal=status, confirmed=True), guard=replace(call.guard, pending=None))
    end(desk, cause_of(desk, status), hang_up=False)


def cause_of(desk: StepContext, status: CallStatus) -> Cause:
    """Why a call ended that we did not end."""
    call = desk.call
    if status in BY_STATUS:
        return BY_STATUS[status]
    if call.model.cause is not None:
        return call.model.cause
    if call.guard.overwritten is Writing.OVERWRITE or (call.terms.kind is Kind.SAY and call.documents):
        return Cause.SAID
    if call.guard.overwritten is Writing.FALLBACK:
        return Cause.OVERWRITTEN
    if call.greeting.farewell:
        return Cause.AGENT
    if call.stream_error and Moment.STARTED not in call.timing.first:
        return Cause.STREAM_NEVER_CAME
    return Cause.CALLEE


def settle(desk: StepContext) -> None:
    """Conclude the call if it has ended and everything that was asked of the carrier is known."""
    call = desk.call
    if call.phase is Phase.OVER or call.ending.cause is None:
        return
    placed = call.create in (Create.PENDING, Create.LOST, Create.KNOWN)
    done = call.ending.confirmed or call.ending.outcome is not None or not placed
    known = call.create is not Create.PENDING and (call.create is not Create.LOST or bool(call.sid))
    if done and known:
        conclude(desk)


def conclude(desk: StepContext) -> None:
    """The call is over: give it its outcome and let go of everything it holds."""
    call = desk.call
    assert call.ending.cause is not None
    outcome = call.ending.outcome or ENDINGS[call.ending.cause].of(call.greeting.heard)
    close_model(desk)
    close_socket(desk, "the call is over")
    desk.stop(*sorted(desk.call.timers))
    desk.put(
        ending=replace(desk.call.ending, outcome=outcome),
        guard=replace(desk.call.guard, state=State.OVER, socket=0, pending=None),
    )
    desk.fact(Fact.CONCLUDED)
    desk.moment(Moment.OVER)
    desk.order(Conclude(outcome))
