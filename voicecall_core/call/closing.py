"""How a call is brought to its end. Knows the requests that end it, not why it has to end.

Accepted is not confirmed: a hang-up is over when the carrier says so in a callback or when asked. What is not
confirmed is tried again, a named number of times; then the stream is closed, so that the carrier's own document leads
to `<Hangup/>`, and the carrier is asked a last time.
"""

from __future__ import annotations

from dataclasses import replace

from voicecall_core.call.conversation import Floor, GreetingState, Owed
from voicecall_core.call.endings import BY_STATUS, ENDINGS, Cause, Outcome
from voicecall_core.call.guard import Writing, ended, given_up
from voicecall_core.call.guard_table import Asker, State
from voicecall_core.call.model_link import Link
from voicecall_core.call.phase import Fact, Phase
from voicecall_core.call.replies import longest_wait_s, reply_times
from voicecall_core.call.state import Call, Create, StepContext
from voicecall_core.call.timing import Moment
from voicecall_core.words.orders import CheckCall, CloseModel, CloseSocket, Conclude, HangUp
from voicecall_core.words.terms import Kind
from voicecall_core.words.values import CallStatus, Timer

_LETTERS_A_SECOND = 30  # twice as fast as the carriers' voices speak: what took less was not spoken to its end
_KEPT = frozenset({Timer.TERMINAL, Timer.UPDATE_RETRY, Timer.LOOK_UP})


def end(context: StepContext, cause: Cause, *, hang_up: bool = True) -> None:
    """Begin to end the call for this cause, unless another came first."""
    if context.call.ending.cause is None:
        context.put(ending=replace(context.call.ending, cause=cause, waiting=_kept_waiting(context)))
        _stop_waiting(context)
        context.fact(Fact.CLOSING)
        context.moment(Moment.ENDING)
        if Timer.CREATE_RETRY in context.call.timers:  # the carrier said that it had not processed it
            context.put(create=Create.REFUSED)
        context.stop(*sorted(context.call.timers - _KEPT))
        close_model(context)
    if hang_up:
        ask_to_hang_up(context)
    context.put(guard=ended(context.call.guard))
    settle(context)


def _kept_waiting(context: StepContext) -> bool:
    """The callee had been waiting for the agent for longer than the patience allows when the call began to end.

    A clip that asks for a moment is no answer: he has waited for that long once it was played.
    """
    now = context.call.conversation
    owed = now.owed is not Owed.NOTHING or now.floor is Floor.CALLEE
    return (now.moment and owed) or (now.since is not None and context.at - now.since > context.call.terms.patience_s)


def _stop_waiting(context: StepContext) -> None:
    """The longest wait of the call is known: the last one ends here, the first one began with the answer."""
    call = context.call
    first, now = call.timing.first, call.conversation
    waits = [now.longest_s, context.at - now.since if now.since is not None else 0.0]
    if call.terms.kind is Kind.STREAM and Moment.ANSWERED in first:
        waits.append(first.get(Moment.FIRST_AUDIO, context.at) - first[Moment.ANSWERED])
    context.put(conversation=replace(now, since=None, longest_s=round(max(waits), 6)))


def close_model(context: StepContext) -> None:
    """Close the model's sessions, or cancel their opening."""
    model = context.call.model
    if model.opening:
        context.note("the model's handshake is cancelled")
    if model.open:
        context.order(CloseModel(model.session))
        if model.spare:
            context.order(CloseModel(model.spare))
    if model.state is not Link.DEAD:
        context.put(model=replace(model, state=Link.CLOSED, spare=0))
    context.stop(Timer.MODEL, Timer.MODEL_RETRY, Timer.ROLLOVER)


def give_up_stream(context: StepContext) -> None:
    """A message that the user ordered is being said: nothing of the stream is waited for any more."""
    context.put(guard=given_up(context.call.guard))
    context.fact(Fact.STREAM_GONE)
    context.stop(*sorted(context.call.timers - {Timer.CAP}))
    close_model(context)


def ask_to_hang_up(context: StepContext) -> None:
    """Ask the guard for a hang-up by REST and send it, or remember that it is wanted until the SID is known."""
    call = context.call
    if call.ending.confirmed or call.create in (Create.UNSENT, Create.REFUSED, Create.UNKNOWN):
        return
    if not call.sid:
        if not call.ending.blind:
            context.ask(Asker.HANG_UP_BLIND)
            context.put(ending=replace(context.call.ending, blind=True))
        return
    pending = call.guard.pending
    flying = pending is not None and pending.what is Writing.HANG_UP
    waiting = flying or call.ending.checking or call.ending.given_up or Timer.TERMINAL in call.timers
    verdict = context.ask(Asker.HANG_UP_TWICE if waiting else Asker.HANG_UP)
    if verdict.number:
        context.stop(Timer.UPDATE_RETRY)
        context.put(ending=replace(context.call.ending, blind=False))
        context.order(HangUp(verdict.number, call.sid))


def hang_up_failed(context: StepContext) -> None:
    """A hang-up failed or had no effect: again after a while, or, after the last try, close the stream and wait."""
    call = context.call
    limits = call.terms.limits
    tries = call.ending.tries + 1
    context.put(ending=replace(call.ending, tries=tries))
    if tries < limits.hang_up_tries:
        context.wait(Timer.UPDATE_RETRY, limits.hang_up_retry_s * tries)
        return
    context.put(ending=replace(context.call.ending, given_up=True))
    context.note("hanging up failed; the stream is closed, so that the carrier's own document ends the call")
    close_socket(context, "hanging up")
    context.wait(Timer.TERMINAL, limits.terminal_s)


def close_socket(context: StepContext, reason: str) -> None:
    """Close the socket that was accepted, if there is one."""
    if context.call.guard.socket:
        context.order(CloseSocket(context.call.guard.socket, 1000, reason))


def check(context: StepContext) -> None:
    """Ask the carrier how the call that is being hung up stands."""
    context.put(ending=replace(context.call.ending, checking=True))
    context.order(CheckCall(context.call.sid))


def checked(context: StepContext, status: CallStatus | None, terminal: bool) -> None:
    """The carrier answered (or, `None`, did not): confirm, try again, or give up.

    An answer that was asked for before the hang-up says nothing about it, unless it is the last word.
    """
    call = context.call
    asked = call.ending.checking
    context.put(ending=replace(call.ending, checking=False))
    if terminal and status is not None:
        confirm(context, status)
    elif call.ending.cause is None:
        if call.guard.state is State.GONE:  # a next stream may have come while the carrier was asked
            _without_stream(context)
    elif not asked:
        return
    elif call.ending.given_up:
        context.put(ending=replace(context.call.ending, outcome=Outcome.UNCONFIRMED))
        settle(context)
    else:
        hang_up_failed(context)


def _without_stream(context: StepContext) -> None:
    """The call goes on without a stream and without asking for the next one: was it given up, or is it lost?"""
    overwritten = context.call.guard.overwritten
    if overwritten is Writing.OVERWRITE:  # its answer was lost, yet it took effect
        give_up_stream(context)
    else:
        end(context, Cause.OVERWRITTEN if overwritten else Cause.STREAM_LOST)


def confirm(context: StepContext, status: CallStatus) -> None:
    """The carrier says that the call has ended."""
    call = context.call
    if call.ending.confirmed:
        return
    context.put(
        ending=replace(context.call.ending, terminal=status, confirmed=True), guard=replace(call.guard, pending=None)
    )
    end(context, cause_of(context, status), hang_up=False)


def cause_of(context: StepContext, status: CallStatus) -> Cause:
    """Why a call ended that we did not end."""
    call = context.call
    if status in BY_STATUS:
        return BY_STATUS[status]
    if call.model.cause is not None:
        return call.model.cause
    if call.guard.overwritten is Writing.OVERWRITE or (call.terms.kind is Kind.SAY and call.documents):
        return Cause.SAID
    if call.guard.overwritten is Writing.FALLBACK:
        return Cause.OVERWRITTEN
    if call.conversation.floor is Floor.FAREWELL:
        return Cause.AGENT
    if call.turned_away:
        return Cause.TURNED_AWAY
    if call.stream_error and Moment.STARTED not in call.timing.first:
        return Cause.STREAM_NEVER_CAME
    return Cause.CALLEE


def settle(context: StepContext) -> None:
    """Conclude the call if it has ended and everything that was asked of the carrier is known."""
    call = context.call
    if call.phase is Phase.OVER or call.ending.cause is None:
        return
    placed = call.create in (Create.PENDING, Create.LOST, Create.KNOWN)
    done = call.ending.confirmed or call.ending.outcome is not None or not placed
    known = call.create is not Create.PENDING and (call.create is not Create.LOST or bool(call.sid))
    if done and known:
        conclude(context)


def conclude(context: StepContext) -> None:
    """The call is over: give it its outcome and let go of everything it holds."""
    call = context.call
    assert call.ending.cause is not None
    outcome = call.ending.outcome or outcome_of(call)
    close_model(context)
    close_socket(context, "the call is over")
    context.stop(*sorted(context.call.timers))
    context.put(
        ending=replace(context.call.ending, outcome=outcome),
        guard=replace(context.call.guard, state=State.OVER, socket=0, pending=None),
    )
    context.fact(Fact.CONCLUDED)
    context.moment(Moment.OVER)
    times = reply_times(context.call.heard.replies)
    figures = (times.count, times.p50_s, times.p95_s, times.worst_s)
    context.order(Conclude(outcome, longest_wait_s(context.call), *figures))


def outcome_of(call: Call) -> Outcome:
    """What a call that is over is called, if its end was confirmed."""
    ending, given_up = call.ending, call.model.cause
    assert ending.cause is not None
    if call.conversation.dropped and given_up is not None:  # an apology was due, anybody who hung up then
        return ENDINGS[given_up].outcome
    return ENDINGS[ending.cause].of(_heard(call), not call.conversation.dropped and not ending.waiting)


def _heard(call: Call) -> bool:
    """The callee heard the agent: the greeting, what was said after it, or the message of a call that only says one."""
    first = call.timing.first
    if call.guard.overwritten is Writing.OVERWRITE:
        return True
    if call.terms.kind is Kind.STREAM:
        now = call.conversation
        enough = now.greeted_ms / 1000 >= len(call.terms.pii_greeting) / _LETTERS_A_SECOND
        return now.heard or now.replied or (now.greeting is GreetingState.BROKEN and enough)
    ended = first.get(Moment.ENDING, call.at)
    spoken_s = ended - first.get(Moment.FETCHED, ended)
    return bool(call.documents) and spoken_s >= len(call.terms.pii_say) / _LETTERS_A_SECOND
