"""The model's sessions in the life of a call: opened while it rings, reopened once, apologised for when dead."""

from __future__ import annotations

from dataclasses import replace

from voicecall_core.call import closing
from voicecall_core.call.endings import Cause
from voicecall_core.call.greeting_timers import greeting_ended, greeting_over, time_greeting
from voicecall_core.call.guard_table import Asker, Ruling
from voicecall_core.call.response_queue import bounced, next_turn
from voicecall_core.call.state import GreetingState, ModelState, StepContext, Turns
from voicecall_core.call.timing import Moment
from voicecall_core.words.descriptions import describe
from voicecall_core.words.events import ModelErred, ModelFailed, ModelReached
from voicecall_core.words.exhaustive import assert_exhaustive
from voicecall_core.words.orders import (
    AskGreeting,
    CloseModel,
    ForwardAudio,
    MuteResponse,
    OpenModel,
    PlayClip,
    TellHistory,
)
from voicecall_core.words.terms import Greet, Policy
from voicecall_core.words.values import ModelStage, Timer

_MOMENTS = {
    ModelStage.CONNECTED: Moment.MODEL_CONNECTED,
    ModelStage.SECURED: Moment.MODEL_SECURED,
    ModelStage.UPGRADED: Moment.MODEL_UPGRADED,
    ModelStage.CREATED: Moment.MODEL_CREATED,
    ModelStage.READY: Moment.MODEL_READY,
}
assert_exhaustive("the moments of a model session", _MOMENTS, ModelStage)


def open_session(context: StepContext) -> None:
    """Open a session. Turns are held in it from the start for as long as the greeting is not over."""
    call = context.call
    held = not call.greeting.over
    model = replace(call.model, state=ModelState.OPENING, session=call.model.session + 1, held=held)
    context.put(model=model)
    context.moment(Moment.MODEL_ASKED)
    context.order(OpenModel(model.session, held))
    context.wait(Timer.MODEL, call.terms.limits.model_ready_s)


def on_reached(context: StepContext, event: ModelReached) -> None:
    model = context.call.model
    if event.session != model.session or model.state is not ModelState.OPENING:
        return
    context.moment(_MOMENTS[event.stage])
    if event.stage is ModelStage.READY:
        context.stop(Timer.MODEL)
        context.put(model=replace(model, state=ModelState.READY))
        _resume(context)
        context.order(ForwardAudio(model.session))  # last: the callee's voice comes after what was said before it


def _resume(context: StepContext) -> None:
    """A session is ready: tell it what was said, ask for the greeting, or for the answer that is owed."""
    call = context.call
    said = tuple((line.who, line.pii_text) for line in call.transcript if line.pii_text)
    if call.model.reopened and said:
        context.order(TellHistory(call.model.session, said))
    if call.greeting.state is GreetingState.NONE:
        if call.terms.greet is Greet.RINGING or call.guard.live:
            ask_greeting(context)
    elif call.turns.owed:
        context.put(turns=replace(call.turns, owed=False, wanted=("", *call.turns.wanted)))
    next_turn(context)


def ask_greeting(context: StepContext) -> None:
    """Ask for the greeting, at most once a session."""
    model = context.call.model
    ref = f"greeting-{model.session}"
    context.put(greeting=context.call.greeting.asked(model.session, ref))
    context.moment(Moment.GREETING_ASKED)
    context.order(AskGreeting(model.session, ref))
    if context.call.guard.live:
        context.wait(Timer.GREETING, context.call.terms.limits.first_audio_s)


def stream_started(context: StepContext) -> None:
    """The stream is live: what was held may be said."""
    call = context.call
    if call.guard.apology:
        play(context)
        return
    if call.model.state is ModelState.NONE and call.terms.policy is Policy.NAIVE:
        open_session(context)
    if call.model.state is ModelState.READY and call.greeting.state is GreetingState.NONE:
        ask_greeting(context)
    elif call.greeting.state in (GreetingState.ASKED, GreetingState.PLAYING):
        time_greeting(context)
    next_turn(context)


def stream_gone(context: StepContext) -> None:
    """A live stream ended: a farewell or an apology that was being said on it ends the call."""
    call = context.call
    if call.greeting.farewell:
        closing.end(context, Cause.AGENT)
    elif call.guard.apology and call.model.cause is not None and Timer.APOLOGY in call.timers:
        closing.end(context, call.model.cause)


def audio_sent(context: StepContext, response: str) -> None:
    """The first frame of an item left: the greeting is playing, if it is the greeting's."""
    greeting = context.call.greeting
    if greeting.state is GreetingState.ASKED and response == greeting.response:
        context.put(greeting=replace(greeting, state=GreetingState.PLAYING))


def never_ready(context: StepContext) -> None:
    """The wait for a session ran out."""
    _fail(context, Cause.MODEL_NEVER_READY, retryable=True, note=_failed(context, "not ready in time"))


def on_failed(context: StepContext, event: ModelFailed) -> None:
    model = context.call.model
    if model.is_open(event.session):
        cause = Cause.MODEL_LOST if event.retryable else Cause.MODEL_REFUSED
        _fail(context, cause, retryable=event.retryable, note=describe(event).full, gone=True)


def on_erred(context: StepContext, event: ModelErred) -> None:
    """An error that the session survives; one that answers a request of ours means that it will not be carried out."""
    call = context.call
    ours = bool(event.ref) and call.model.is_open(event.session)
    if ours and event.ref == call.turns.asked and event.busy:
        bounced(context, busy=True)  # the model was quicker to answer the callee: ours is asked for again after that
        return
    context.note(describe(event).full)
    if not ours:
        return
    if event.ref == call.greeting.ref and call.greeting.state is GreetingState.ASKED and not call.greeting.response:
        fail(context, f"the greeting was refused: {event.code}")
    elif event.ref == call.turns.asked:
        bounced(context, busy=False)


def fail(context: StepContext, reason: str, *, retryable: bool = True) -> None:
    """Give up the newest session for a reason of ours."""
    cause = Cause.MODEL_LOST if retryable else Cause.MODEL_REFUSED
    _fail(context, cause, retryable=retryable, note=_failed(context, reason))


def _failed(context: StepContext, reason: str) -> str:
    return f"model session {context.call.model.session} failed: {reason}"


def _fail(context: StepContext, cause: Cause, *, retryable: bool, note: str, gone: bool = False) -> None:
    call = context.call
    context.note(note)
    context.stop(Timer.MODEL, Timer.SPEECH)
    if not gone:
        context.order(CloseModel(call.model.session))
    context.put(model=replace(call.model, state=ModelState.CLOSED))
    _forget_session(context)
    if context.call.ending.cause is not None:
        return
    if retryable and not call.model.reopened:
        context.put(model=replace(context.call.model, reopened=True))
        open_session(context)
        return
    context.put(model=replace(context.call.model, state=ModelState.DEAD, cause=cause))
    if not call.answered:
        closing.end(context, cause)
    else:
        apologise(context, cause)


def _forget_session(context: StepContext) -> None:
    """What a dead session was about to say will not come; what it owed is owed by the next one."""
    greeting, turns = context.call.greeting, context.call.turns
    asking = (turns.asking,) if turns.asking else ()
    owed = greeting.over and (turns.owed or bool(not asking and (turns.active or turns.asked)))
    orphans = frozenset(item for item, _ in turns.items)
    wanted = (*asking, *turns.wanted)
    context.put(turns=Turns(owed=owed, wanted=wanted, count=turns.count, items=turns.items, orphans=orphans))
    if greeting.state is GreetingState.ASKED and not greeting.ended:
        if greeting.response:
            context.order(MuteResponse(greeting.response))
        items = tuple(item for item in turns.items if item[1] != greeting.response)
        context.put(
            greeting=replace(greeting, state=GreetingState.NONE), turns=replace(context.call.turns, items=items)
        )
        context.stop(Timer.GREETING)
    elif greeting.state is GreetingState.PLAYING and not greeting.ended:
        context.put(greeting=replace(greeting, ended=True))
        greeting_ended(context)
    if greeting.farewell:
        closing.end(context, Cause.AGENT)


def greeting_timed_out(context: StepContext) -> None:
    """The greeting did not come, or its last mark did not."""
    greeting = context.call.greeting
    if greeting.over or context.call.ending.cause is not None:
        return
    if greeting.state is GreetingState.ASKED and not greeting.pending:
        fail(context, "the greeting did not come")
    else:
        greeting_over(context, GreetingState.UNPROVEN)


APOLOGY = "apology"


def apologise(context: StepContext, cause: Cause) -> None:
    if context.call.ending.cause is not None:
        return
    verdict = context.ask(Asker.APOLOGY)
    if verdict.ruling is Ruling.HUNG_UP:
        closing.end(context, cause)
    elif verdict.ruling is Ruling.REROUTED:
        play(context)


def play(context: StepContext) -> None:
    context.stop(Timer.GREETING, Timer.FAREWELL)
    context.order(PlayClip(context.call.guard.socket, APOLOGY))
    context.wait(Timer.APOLOGY, context.call.terms.limits.apology_s)


def apologised(context: StepContext) -> None:
    """The apology has played, or has taken longer than it may."""
    context.stop(Timer.APOLOGY)
    closing.end(context, context.call.model.cause or Cause.MODEL_LOST)
