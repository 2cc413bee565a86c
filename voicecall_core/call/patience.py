"""The patience clock: it runs while something is owed and nothing sounds, and does the next thing about it."""

from __future__ import annotations

from typing import Any

from voicecall_core.call import closing, model_sessions
from voicecall_core.call.agent_speech import silence_response, take_back, time_playing
from voicecall_core.call.conversation import Action, Conversation, Floor, GreetingState, Input, Owed, Remedy
from voicecall_core.call.endings import Cause
from voicecall_core.call.floor import APOLOGY, CLIP, MOMENT, does, keep, put, take
from voicecall_core.call.guard_table import Asker, Ruling
from voicecall_core.call.phase import BEFORE_ANSWER
from voicecall_core.call.state import StepContext
from voicecall_core.call.tool_calls import say_filler
from voicecall_core.words import orders as o
from voicecall_core.words.terms import Policy
from voicecall_core.words.values import Timer

_REMEDIES = tuple(Remedy)


@does(Action.APOLOGISE)
def _apologise(context: StepContext, event: Any) -> None:
    cause = context.call.model.cause or Cause.MODEL_LOST
    if context.call.ending.cause is not None:
        return
    put(context, dropped=context.call.conversation.dropped + 1, floor=Floor.APOLOGY, utterance=None)
    verdict = context.ask(Asker.APOLOGY)
    if verdict.ruling is Ruling.HUNG_UP:
        closing.end(context, cause)
    elif verdict.ruling is Ruling.REROUTED:
        _play_apology(context, event)


@does(Action.PLAY_APOLOGY)
def _play_apology(context: StepContext, event: Any) -> None:
    context.stop(Timer.GREETING, Timer.FAREWELL, Timer.PLAYBACK, Timer.SPEECH)
    context.order(o.PlayClip(context.call.guard.socket, APOLOGY))
    context.wait(Timer.APOLOGY, context.call.terms.limits.apology_s)


def apologised(context: StepContext) -> None:
    """The apology has played, or has taken longer than it may."""
    context.stop(Timer.APOLOGY)
    closing.end(context, context.call.model.cause or Cause.MODEL_LOST)


@does(Action.REMEDY)
def _remedy(context: StepContext, event: Any) -> None:
    """The callee has waited for as long as he may: do the next thing about it, and say that it takes a moment.

    Asking again comes first, at half of the patience, if nothing has come of the request at all; a turn whose end the
    model has not noticed is closed by hand first. A greeting is asked for once a session, so it needs another one.
    """
    now = context.call.conversation
    if now.dry or (now.utterance is not None and now.utterance.sounded):
        _cut_off(context)
        return
    if not context.call.guard.live:  # the greeting does not come while the phone rings
        model_sessions.suspect(context)
        return
    if _only_a_tool_is_slow(context):
        say_filler(context)
    else:
        _next_remedy(context)


def _next_remedy(context: StepContext) -> None:
    now = context.call.conversation
    early = _nothing_begun(context)
    step = min(now.remedy, len(_REMEDIES) - 1)
    if step == 0 and (now.floor is Floor.GREETING or not now.greeting_over or not context.call.model.ready):
        step = 1
    if step or not early:
        _ask_for_a_moment(context)
    context.note(f"the callee has been waiting: {_REMEDIES[step].value}")
    put(context, remedy=step + 1)
    match _REMEDIES[step]:
        case Remedy.ASK_AGAIN if now.floor is Floor.CALLEE:
            put(context, by_hand=True)
            context.order(o.CommitTurn(context.call.model.session))
        case Remedy.ASK_AGAIN:
            take_back(context)
        case Remedy.ANOTHER_SESSION:
            model_sessions.suspect(context)
        case Remedy.APOLOGY if _only_a_sentence(now) and not _not_heard(context):
            _give_sentence_up(context)
        case Remedy.APOLOGY:
            model_sessions.give_up(context, _silent_cause(context))


def _only_a_tool_is_slow(context: StepContext) -> bool:
    """A tool runs, and nothing is asked of the model that it has not done: it can say that it takes a moment."""
    now, model = context.call.conversation, context.call.model
    asked = now.owed is not Owed.NOTHING or now.follow_up or now.wanted or now.remedy
    return bool(now.running) and model.ready and now.floor is Floor.NOBODY and now.idle and not asked


def _silent_cause(context: StepContext) -> Cause:
    if context.call.model.ready:
        return Cause.MODEL_SILENT
    return Cause.MODEL_LOST if context.call.model.losses else Cause.MODEL_NEVER_READY


def _nothing_begun(context: StepContext) -> bool:
    """The model is ready and has not begun anything of what it was asked for, nor noticed the end of his turn."""
    now = context.call.conversation
    begun = now.active or (now.utterance is not None and now.utterance.response)
    return context.call.model.ready and not begun and now.greeting_over


def _only_a_sentence(now: Conversation) -> bool:
    owed = now.owed is not Owed.NOTHING or now.running or now.follow_up
    return not owed and now.greeting_over and now.floor is not Floor.CALLEE


def _give_sentence_up(context: StepContext) -> None:
    if context.call.conversation.active:
        _silence_active(context)
    now, utterance = context.call.conversation, context.call.conversation.utterance
    lost = utterance is not None and utterance.floor is Floor.SENTENCE
    context.note("the sentence was not said: the model does not answer")
    wanted = now.wanted if lost else now.wanted[1:]
    put(context, wanted=wanted, utterance=None, floor=Floor.NOBODY, remedy=0, active="")


def _silence_active(context: StepContext) -> None:
    """Stop what runs at the model, and forget what it was to sound."""
    now = context.call.conversation
    silence_response(context, now.active)
    keep(context, [item for item in now.items if item[1] != now.active])
    put(context, active="")


def _cut_off(context: StepContext) -> None:
    """The agent stopped in mid-word, or never said that it had finished: what was heard is all there is."""
    now = context.call.conversation
    context.note("the agent stopped in mid-word" if now.dry else "the agent did not go on")
    if now.active:
        _silence_active(context)
    put(context, dry=False)
    late(context)
    if context.call.conversation.floor in (Floor.CALLEE, Floor.NOBODY):
        put(context, utterance=None)


def _ask_for_a_moment(context: StepContext) -> None:
    """Say "one moment" through the stream, once until the next sound of the agent's own."""
    call = context.call
    now = call.conversation
    if not call.terms.moment or now.moment or not call.guard.live:
        return
    context.order(o.PlayClip(call.guard.socket, MOMENT))
    put(context, moment=True, items=(*now.items, (MOMENT, CLIP)))
    context.wait(Timer.PLAYBACK, call.terms.limits.moment_s)


def moment_over(context: StepContext) -> None:
    """The clip has played: what was asked again had the clip's time, so that the next remedy comes soon."""
    context.stop(Timer.PLAYBACK)
    if context.call.conversation.items:
        time_playing(context)
    elif context.call.conversation.remedy == 1:
        context.wait(Timer.PATIENCE, context.call.terms.patience_s / 4)


def keep_patience(context: StepContext) -> None:
    """Let the patience clock run exactly while something is due and nothing sounds."""
    call = context.call
    now = call.conversation
    due = is_due(context)
    if due and now.since is None:
        put(context, since=context.at)
    elif not due and now.since is not None:
        put(context, since=None, longest_s=max(now.longest_s, round(context.at - now.since, 6)))
    waits = due or _greeting_hangs(context)
    if waits and Timer.PATIENCE not in call.timers:
        context.wait(Timer.PATIENCE, round(_seconds(context), 3))
    elif not waits:
        context.stop(Timer.PATIENCE)


def _seconds(context: StepContext) -> float:
    """Until the next remedy: at half of the patience if nothing has begun, at all of it, then once more each time.

    While a tool runs, something is said after a time of its own, then each time that the patience has run out. After
    the clip that asks for a moment it is all of it to the last one.
    """
    now, patience = context.call.conversation, context.call.terms.patience_s
    waited = context.at - now.since if now.since is not None else 0.0
    if now.remedy == 0 and now.utterance is not None and (now.utterance.filler or now.utterance.follows):
        return max(patience - waited, patience / 2)  # it could not be asked for before
    if _only_a_tool_is_slow(context):
        first = patience if now.filled else context.call.terms.filler_after_s
        return min(first, max(patience - waited, patience / 8))
    if now.remedy == 0 and _nothing_begun(context):
        due = patience / 2
    elif now.moment or (now.remedy <= 1 and waited < patience):
        due = patience
    else:
        return patience
    return max(due - waited, patience / 8)


def _greeting_hangs(context: StepContext) -> bool:
    """The greeting was asked for while the phone rings, and nothing of it is here yet."""
    call = context.call
    asked = call.conversation.greeting is GreetingState.ASKED and not call.conversation.items
    return asked and call.model.ready and call.phase in BEFORE_ANSWER


def is_due(context: StepContext) -> bool:
    """The callee waits for a sound: something is owed, nothing is playing, and he is not speaking himself."""
    call = context.call
    now = call.conversation
    if not call.guard.live or call.terms.policy is Policy.NAIVE or now.floor in (Floor.FAREWELL, Floor.APOLOGY):
        return False
    if (now.items and not now.dry) or (now.speaking and not now.quiet):
        return False
    busy = now.wanted or now.running or now.follow_up
    talking = now.floor in (Floor.CALLEE, Floor.AGENT, Floor.SENTENCE, Floor.GREETING)
    return not now.greeting_over or now.owed is not Owed.NOTHING or bool(busy) or talking or _not_heard(context)


def _not_heard(context: StepContext) -> bool:
    """Our own ear has heard him after the kept greeting, and there is no session yet that could."""
    call = context.call
    now = call.conversation
    return call.terms.keeps_greeting and not call.model.ready and now.voiced is not None and now.quiet


def late(context: StepContext, event: Any = None) -> None:
    """The last mark of what was said did not come back in time, or nothing more of it comes."""
    now, utterance = context.call.conversation, context.call.conversation.utterance
    if now.floor is Floor.APOLOGY:
        return
    if event is not None and event.timer is Timer.PLAYBACK:
        bounded = now.floor is Floor.GREETING  # by a timer of its own: what is late is a clip
        coming = [item for item, of in now.items if of == now.active and item not in now.made]
        keep(context, [(item, of) for item, of in now.items if of != CLIP and (bounded or item in coming)])
        under_way = utterance is not None and not (utterance.sounded or utterance.ended)
        if bounded or coming or under_way:
            return
    else:
        keep(context, ())
    if utterance is not None and now.active and now.active == utterance.response:  # its end was never told
        _silence_active(context)
    take(context, Input.LATE)
