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


def open_session(desk: StepContext) -> None:
    """Open a session. Turns are held in it from the start for as long as the greeting is not over."""
    call = desk.call
    held = not call.greeting.over
    model = replace(call.model, state=ModelState.OPENING, session=call.model.session + 1, held=held)
    desk.put(model=model)
    desk.moment(Moment.MODEL_ASKED)
    desk.order(OpenModel(model.session, held))
    desk.wait(Timer.MODEL, call.terms.limits.model_ready_s)


def on_reached(desk: StepContext, event: ModelReached) -> None:
    model = desk.call.model
    if event.session != model.session or model.state is not ModelState.OPENING:
        return
    desk.moment(_MOMENTS[event.stage])
    if event.stage is ModelStage.READY:
        desk.stop(Timer.MODEL)
        desk.put(model=replace(model, state=ModelState.READY))
        _resume(desk)
        desk.order(ForwardAudio(model.session))  # last: the callee's voice comes after what was said before it


def _resume(desk: StepContext) -> None:
    """A session is ready: tell it what was said, ask for the greeting, or for the answer that is owed."""
    call = desk.call
    said = tuple((line.who, line.pii_text) for line in call.transcript if line.pii_text)
    if call.model.reopened and said:
        desk.order(TellHistory(call.model.session, said))
    if call.greeting.state is GreetingState.NONE:
        if call.terms.greet is Greet.RINGING or call.guard.live:
            ask_greeting(desk)
    elif call.turns.owed:
        desk.put(turns=replace(call.turns, owed=False, wanted=("", *call.turns.wanted)))
    next_turn(desk)


def ask_greeting(desk: StepContext) -> None:
    """Ask for the greeting, at most once a session."""
    model = desk.call.model
    ref = f"greeting-{model.session}"
    desk.put(greeting=desk.call.greeting.asked(model.session, ref))
    desk.moment(Moment.GREETING_ASKED)
    desk.order(AskGreeting(model.session, ref))
    if desk.call.guard.live:
        desk.wait(Timer.GREETING, desk.call.terms.limits.first_audio_s)


def stream_started(desk: StepContext) -> None:
    """The stream is live: what was held may be said."""
    call = desk.call
    if call.guard.apology:
        play(desk)
        return
    if call.model.state is ModelState.NONE and call.terms.policy is Policy.NAIVE:
        open_session(desk)
    if call.model.state is ModelState.READY and call.greeting.state is GreetingState.NONE:
        ask_greeting(desk)
    elif call.greeting.state in (GreetingState.ASKED, GreetingState.PLAYING):
        time_greeting(desk)
    next_turn(desk)


def stream_gone(desk: StepContext) -> None:
    """A live stream ended: a farewell or an apology that was being said on it ends the call."""
    call = desk.call
    if call.greeting.farewell:
        closing.end(desk, Cause.AGENT)
    elif call.guard.apology and call.model.cause is not None and Timer.APOLOGY in call.timers:
        closing.end(desk, call.model.cause)


def audio_sent(desk: StepContext, response: str) -> None:
    """The first frame of an item left: the greeting is playing, if it is the greeting's."""
    greeting = desk.call.greeting
    if greeting.state is GreetingState.ASKED and response == greeting.response:
        desk.put(greeting=replace(greeting, state=GreetingState.PLAYING))


def never_ready(desk: StepContext) -> None:
    """The wait for a session ran out."""
    _fail(desk, Cause.MODEL_NEVER_READY, retryable=True, note=_failed(desk, "not ready in time"))


def on_failed(desk: StepContext, event: ModelFailed) -> None:
    model = desk.call.model
    if model.is_open(event.session):
        cause = Cause.MODEL_LOST if event.retryable else Cause.MODEL_REFUSED
        _fail(desk, cause, retryable=event.retryable, note=describe(event).full, gone=True)


def on_erred(desk: StepContext, event: ModelErred) -> None:
    """An error that the session survives; one that answers a request of ours means that it will not be carried out."""
    call = desk.call
    ours = bool(event.ref) and call.model.is_open(event.session)
    if ours and event.ref == call.turns.asked and event.busy:
        bounced(desk, busy=True)  # the model was quicker to answer the callee: ours is asked for again after that
        return
    desk.note(describe(event).full)
    if not ours:
        return
    if event.ref == call.greeting.ref and call.greeting.state is GreetingState.ASKED and not call.greeting.response:
        fail(desk, f"the greeting was refused: {event.code}")
    elif event.ref == call.turns.asked:
        bounced(desk, busy=False)


def fail(desk: StepContext, reason: str, *, retryable: bool = True) -> None:
    """Give up the newest session for a reason of ours."""
    cause = Cause.MODEL_LOST if retryable else Cause.MODEL_REFUSED
    _fail(desk, cause, retryable=retryable, note=_failed(desk, reason))


def _failed(desk: StepContext, reason: str) -> str:
    return f"model session {desk.call.model.session} failed: {reason}"


def _fail(desk: StepContext, cause: Cause, *, retryable: bool, note: str, gone: bool = False) -> None:
    call = desk.call
    desk.note(note)
    desk.stop(Timer.MODEL, Timer.SPEECH)
    if not gone:
        desk.order(CloseModel(call.model.session))
    desk.put(model=replace(call.model, state=ModelState.CLOSED))
    _forget_session(desk)
    if desk.call.ending.cause is not None:
        return
    if retryable and not call.model.reopened:
        desk.put(model=replace(desk.call.model, reopened=True))
        open_session(desk)
        return
    desk.put(model=replace(desk.call.model, state=ModelState.DEAD, cause=cause))
    if not call.answered:
        closing.end(desk, cause)
    else:
        apologise(desk, cause)


def _forget_session(desk: StepContext) -> None:
    """What a dead session was about to say will not come; what it owed is owed by the next one."""
    greeting, turns = desk.call.greeting, desk.call.turns
    asking = (turns.asking,) if turns.asking else ()
    owed = greeting.over and (turns.owed or bool(not asking and (turns.active or turns.asked)))
    orphans = frozenset(item for item, _ in turns.items)
    wanted = (*asking, *turns.wanted)
    desk.put(turns=Turns(owed=owed, wanted=wanted, count=turns.count, items=turns.items, orphans=orphans))
    if greeting.state is GreetingState.ASKED and not greeting.ended:
        if greeting.response:
            desk.order(MuteResponse(greeting.response))
        items = tuple(item for item in turns.items if item[1] != greeting.response)
        desk.put(greeting=replace(greeting, state=GreetingState.NONE), turns=replace(desk.call.turns, items=items))
        desk.stop(Timer.GREETING)
    elif greeting.state is GreetingState.PLAYING and not greeting.ended:
        desk.put(greeting=replace(greeting, ended=True))
        greeting_ended(desk)
    if greeting.farewell:
        closing.end(desk, Cause.AGENT)


def greeting_timed_out(desk: StepContext) -> None:
    """The greeting did not come, or its last mark did not."""
    greeting = desk.call.greeting
    if greeting.over or desk.call.ending.cause is not None:
        return
    if greeting.state is GreetingState.ASKED and not greeting.pending:
        fail(desk, "the greeting did not come")
    else:
        greeting_over(desk, GreetingState.UNPROVEN)


APOLOGY = "apology"


def apologise(desk: StepContext, cause: Cause) -> None:
    if desk.call.ending.cause is not None:
        return
    verdict = desk.ask(Asker.APOLOGY)
    if verdict.ruling is Ruling.HUNG_UP:
        closing.end(desk, cause)
    elif verdict.ruling is Ruling.REROUTED:
        play(desk)


def play(desk: StepContext) -> None:
    desk.stop(Timer.GREETING, Timer.FAREWELL)
    desk.order(PlayClip(desk.call.guard.socket, APOLOGY))
    desk.wait(Timer.APOLOGY, desk.call.terms.limits.apology_s)


def apologised(desk: StepContext) -> None:
    """The apology has played, or has taken longer than it may."""
    desk.stop(Timer.APOLOGY)
    closing.end(desk, desk.call.model.cause or Cause.MODEL_LOST)
