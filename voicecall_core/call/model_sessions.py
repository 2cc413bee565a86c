"""How the model's sessions are opened, lost, reopened and changed: what the rows of the link's table do.

Knows nothing of documents, except that it may ask the guard where an apology can be said.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from voicecall_core.call import closing
from voicecall_core.call.conversation import Floor, Input
from voicecall_core.call.endings import Cause
from voicecall_core.call.floor import lose_session, take
from voicecall_core.call.model_link import TABLE, Link, LinkAction, LinkInput
from voicecall_core.call.state import StepContext
from voicecall_core.call.timing import Moment
from voicecall_core.words.descriptions import describe
from voicecall_core.words.events import ModelFailed, ModelReached
from voicecall_core.words.orders import CloseModel, MuteResponse, OpenModel, TellHistory
from voicecall_core.words.terms import Policy
from voicecall_core.words.values import KEPT_GREETING, ModelStage, Timer

_MOMENTS = {
    ModelStage.CONNECTED: Moment.MODEL_CONNECTED,
    ModelStage.SECURED: Moment.MODEL_SECURED,
    ModelStage.UPGRADED: Moment.MODEL_UPGRADED,
    ModelStage.CREATED: Moment.MODEL_CREATED,
    ModelStage.READY: Moment.MODEL_READY,
}


def move(context: StepContext, what: LinkInput) -> None:
    """Let an input meet the link: its row of the table says what is done, and what the link then is."""
    action, then = TABLE[what, context.call.model.state]
    if then is not None:
        context.put(model=replace(context.call.model, state=then))
    _ACTIONS[action](context)


# --- events --------------------------------------------------------------------------------------------------------


def open_session(context: StepContext) -> None:
    """A session is wanted: at the dialling, when the wait before another attempt is over, or at the answer."""
    context.stop(Timer.MODEL_RETRY)
    move(context, LinkInput.WANTED)


def answered(context: StepContext) -> None:
    """Somebody picked up: an attempt that waits for its turn is made at once, and the waiting counts from now."""
    if context.call.model.state is Link.WAITING:
        open_session(context)


def on_reached(context: StepContext, event: ModelReached) -> None:
    model = context.call.model
    mine = event.session == model.session and model.opening
    spare = bool(model.spare) and event.session == model.spare
    if not mine and not spare:
        return
    if event.expires_s:
        context.put(model=replace(model, expires_s=event.expires_s))
    if event.stage is ModelStage.UPGRADED:
        context.put(model=replace(model, upgraded=event.session))
    if mine:
        context.moment(_MOMENTS[event.stage])
    if event.stage is ModelStage.READY:
        move(context, LinkInput.READY if mine else LinkInput.SPARE_READY)


def on_failed(context: StepContext, event: ModelFailed) -> None:
    model = context.call.model
    if event.session == model.spare and model.spare:
        context.note(describe(event).full)
        move(context, LinkInput.SPARE_LOST)
    elif model.is_open(event.session):
        cause = Cause.MODEL_LOST if event.retryable else Cause.MODEL_REFUSED
        _lose(context, cause, note=describe(event).full, retryable=event.retryable, gone=True)


def never_ready(context: StepContext) -> None:
    """The wait for a session ran out: for the spare one, if only that is opening."""
    if context.call.model.state is Link.CHANGING:
        context.order(CloseModel(context.call.model.spare))
        move(context, LinkInput.SPARE_LOST)
    else:
        _lose(context, Cause.MODEL_NEVER_READY, note=_failed(context, "not ready in time"), retryable=True)


def near_limit(context: StepContext) -> None:
    """The call's session is about to reach the model's limit: open the next one beside it."""
    move(context, LinkInput.EXPIRING)


def suspect(context: StepContext) -> None:
    """The call's session does not answer: another one, beside one that still opens, instead of one that is ready."""
    context.note(f"the model's session {context.call.model.session} does not answer")
    move(context, LinkInput.SUSPECT)


def spoke_unready(context: StepContext, response: str) -> None:
    """There is sound of a session that is not set up, of a format and voice that nobody knows: none of it is heard."""
    context.order(MuteResponse(response))
    fail(context, "it spoke before it was set up")


def fail(context: StepContext, reason: str, *, retryable: bool = True) -> None:
    """Give up the call's session for a reason of ours."""
    cause = Cause.MODEL_LOST if retryable else Cause.MODEL_REFUSED
    _lose(context, cause, note=_failed(context, reason), retryable=retryable)


def _failed(context: StepContext, reason: str) -> str:
    """What is kept of a session that we gave up, in the words of one that failed by itself."""
    return describe(ModelFailed(context.call.model.session, "", reason)).full


def give_up(context: StepContext, cause: Cause) -> None:
    """No session will do any more: apologise, or end a call that nobody has answered."""
    closing.close_model(context)
    context.put(model=replace(context.call.model, state=Link.DEAD, cause=cause))
    if context.call.answered:
        take(context, Input.DEAD)
    else:
        closing.end(context, cause)


def _lose(context: StepContext, cause: Cause, *, note: str, retryable: bool, gone: bool = False) -> None:
    """The call's session is lost, `gone` by itself: the conversation lets go of it, then its row says what follows."""
    model = context.call.model
    context.note(note)
    context.stop(Timer.MODEL, Timer.SPEECH, Timer.ROLLOVER)
    if not gone:
        context.order(CloseModel(model.session))
    horizon = context.at - context.call.terms.limits.losses_within_s
    losses = (*(at for at in model.losses if at > horizon), context.at)
    context.put(model=replace(model, losses=losses, fed=0 if model.fed == model.session else model.fed))
    lose_session(context)
    if context.call.ending.cause is not None:
        return
    if context.call.conversation.floor is Floor.FAREWELL:  # what has been made of it plays; nothing more is asked for
        context.put(model=replace(context.call.model, state=Link.CLOSED))
        return
    context.put(model=replace(context.call.model, cause=cause))  # the link's row clears it if there is another try
    if retryable:
        move(context, LinkInput.LOST)
    else:
        if model.spare:
            context.order(CloseModel(model.spare))
        context.put(model=replace(context.call.model, state=Link.CLOSED, spare=0))
        give_up(context, cause)


# --- what the rows do ----------------------------------------------------------------------------------------------


def _nothing(context: StepContext) -> None:
    pass


def _next_session(context: StepContext) -> int:
    """Order a session to be opened; turns are held in it from the start for as long as they are to be held."""
    call = context.call
    number = call.model.count + 1
    context.put(model=replace(call.model, count=number, expires_s=0.0))
    context.moment(Moment.MODEL_ASKED)
    context.order(OpenModel(number, call.conversation.holds))
    context.wait(Timer.MODEL, call.terms.limits.model_ready_s)
    return number


def _open(context: StepContext) -> None:
    held = context.call.conversation.holds
    number = _next_session(context)
    context.put(model=replace(context.call.model, session=number, held=held, cause=None))


def _open_spare(context: StepContext) -> None:
    held = context.call.conversation.holds
    number = _next_session(context)
    context.put(model=replace(context.call.model, spare=number, spare_held=held))


def _use(context: StepContext) -> None:
    """The call's session is ready: it is told what was said so far, and how long it will last is timed."""
    model, limits = context.call.model, context.call.terms.limits
    context.stop(Timer.MODEL)
    if model.spare:
        context.order(CloseModel(model.spare))
    context.put(model=replace(model, spare=0, changes=0, cause=None))
    _tell_history(context)
    lasts = model.expires_s or limits.session_s
    context.wait(Timer.ROLLOVER, max(lasts - limits.rollover_margin_s, limits.rollover_margin_s))


def _tell_history(context: StepContext) -> None:
    call = context.call
    said = tuple((line.who, line.pii_text) for line in call.transcript if line.pii_text and line.item != KEPT_GREETING)
    if call.model.session > 1 and said:
        context.order(TellHistory(call.model.session, said))


def _keep(context: StepContext) -> None:
    context.stop(Timer.MODEL)


def _change(context: StepContext) -> None:
    """The spare session becomes the call's; the other one is closed, unless it is what was lost."""
    model = context.call.model
    if model.cause is None:  # not lost: given up for the spare one
        context.order(CloseModel(model.session))
        lose_session(context)
        if context.call.ending.cause is not None:
            return
    context.put(
        model=replace(
            context.call.model, session=model.spare, spare=0, held=model.spare_held, spare_held=False, fed=0, cause=None
        )
    )
    if context.call.model.ready:
        _use(context)
    else:
        context.wait(Timer.MODEL, context.call.terms.limits.model_ready_s)


def _reopen(context: StepContext) -> None:
    """Try again: at once after the first loss, then after growing waits; after an answer only so often in a while."""
    call = context.call
    limits = call.terms.limits
    tries = len(call.model.losses)
    cause = call.model.cause or Cause.MODEL_LOST
    if call.answered and tries > limits.session_losses:
        give_up(context, cause)
    elif call.answered and tries == 1:
        context.put(model=replace(call.model, state=Link.NONE, cause=None))
        move(context, LinkInput.WANTED)
    else:
        context.put(model=replace(call.model, state=Link.WAITING, cause=None))
        if tries < limits.model_tries:  # beyond it the next attempt is made at the answer
            context.wait(Timer.MODEL_RETRY, limits.model_retry_s * 2 ** (tries - 1))


def _drop_spare(context: StepContext) -> None:
    """The change is put off: the call's session goes on, and the next attempt is made before its limit."""
    model, limits = context.call.model, context.call.terms.limits
    context.put(model=replace(model, spare=0, changes=model.changes + 1))
    if model.ready:
        context.stop(Timer.MODEL)
        if model.changes + 1 < limits.rollover_tries:  # beyond it the session's end is a loss like any other
            context.wait(Timer.ROLLOVER, limits.rollover_retry_s)


def _replace(context: StepContext) -> None:
    context.order(CloseModel(context.call.model.session))
    context.stop(Timer.ROLLOVER)
    context.put(model=replace(context.call.model, fed=0))
    lose_session(context)
    if context.call.ending.cause is None:
        _open(context)


_ACTIONS: Mapping[LinkAction, Callable[[StepContext], None]] = {
    LinkAction.NOTHING: _nothing,
    LinkAction.OPEN: _open,
    LinkAction.OPEN_SPARE: _open_spare,
    LinkAction.USE: _use,
    LinkAction.KEEP: _keep,
    LinkAction.CHANGE: _change,
    LinkAction.REOPEN: _reopen,
    LinkAction.DROP_SPARE: _drop_spare,
    LinkAction.REPLACE: _replace,
}
assert set(_ACTIONS) == set(LinkAction)


def opens_at_stream(context: StepContext) -> bool:
    """Without a guard the model is opened as the field does: when the stream has started."""
    return context.call.terms.policy is Policy.NAIVE and context.call.model.state is Link.NONE
