"""What the agent says: a response taken up, sounded, finished, asked for again, or refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from voicecall_core.call import closing, model_sessions
from voicecall_core.call.conversation import Action, Floor, GreetingState, Input, Owed, Utterance
from voicecall_core.call.endings import Cause
from voicecall_core.call.floor import CLIP, does, keep, put, say, take, unheard, wanted_again
from voicecall_core.call.state import StepContext
from voicecall_core.call.transcript import CALLEE
from voicecall_core.words import events as e
from voicecall_core.words import orders as o
from voicecall_core.words.values import Timer

_BOUNCES = 3
_FAILURES = 2


@does(Action.NOTHING)
def _nothing(context: StepContext, event: Any) -> None:
    pass


@does(Action.ADOPT)
def _adopt(context: StepContext, event: e.ResponseBegan) -> None:
    """The response that was waited for, or one of the model's own: it has the floor unless the callee has."""
    now = context.call.conversation
    named = now.utterance is not None and bool(event.ref)  # by its name: then what was taken for it was another
    waiting = now.utterance if now.utterance is not None and (named or not now.utterance.response) else None
    own = waiting is None or (not event.ref and now.owed is Owed.BY_MODEL and waiting.floor is not Floor.AGENT)
    context.stop(Timer.PATIENCE)
    if own and waiting is not None and waiting.floor is Floor.SENTENCE:
        put(context, wanted=wanted_again(now, waiting))
    if own or waiting is None:
        put(context, utterance=Utterance(Floor.AGENT, event.session, response=event.response), bounced=0)
    else:
        put(context, utterance=replace(waiting, response=event.response), bounced=0)
    if now.floor in (Floor.NOBODY, Floor.SENTENCE):
        assert context.call.conversation.utterance is not None
        put(context, floor=context.call.conversation.utterance.floor)


@does(Action.SILENCE)
def silence(context: StepContext, event: e.ResponseBegan) -> None:
    silence_response(context, event.response)


def silence_response(context: StepContext, response: str) -> None:
    """Stop what runs at the model: what still comes of it before its end is not heard."""
    context.order(o.MuteResponse(response), o.CancelResponse(context.call.model.session, response))
    unheard(context, response)


@does(Action.SOUND)
def _sound(context: StepContext, event: e.AudioSent) -> None:
    """What was owed has come: the waiting is over."""
    now, utterance = context.call.conversation, context.call.conversation.utterance
    assert utterance is not None
    if not utterance.sounded and utterance.floor is Floor.AGENT:
        put(context, owed=Owed.NOTHING)
    if not now.speaking and now.floor in (Floor.CALLEE, Floor.NOBODY):
        put(context, floor=utterance.floor)
    if utterance.floor is Floor.GREETING and now.greeting is GreetingState.ASKED:
        put(context, greeting=GreetingState.PLAYING)
    put(context, remedy=0, moment=False, dry=False, unheard=False, voiced=None)
    say(context, sounded=True)


@does(Action.END)
def _end(context: StepContext, event: e.ResponseEnded) -> None:
    """The model has finished: the rest is playing."""
    time_playing(context)
    check_played(context)


def check_played(context: StepContext) -> None:
    now = context.call.conversation
    if not now.items:
        context.stop(Timer.PLAYBACK)
    done = now.floor is Floor.FAREWELL or (now.utterance is not None and now.utterance.ended)
    if done and not now.items and not (now.floor is Floor.FAREWELL and now.active):
        context.stop(Timer.GREETING)
        take(context, Input.PLAYED)


_BOUNDS: Mapping[Floor, Timer] = {
    **dict.fromkeys(Floor, Timer.PLAYBACK),
    Floor.GREETING: Timer.GREETING,
    Floor.FAREWELL: Timer.FAREWELL,
}


@does(Action.TIME)
def _time(context: StepContext, event: Any) -> None:
    time_playing(context)


def time_playing(context: StepContext) -> None:
    """Wait for the last mark of what is being said on a live stream: as long as it lasts, and a little.

    What is still being made has the longer wait; that nothing comes of it is the patience clock's matter.
    """
    now, limits = context.call.conversation, context.call.terms.limits
    timer = _BOUNDS[now.floor]
    farewell = timer is Timer.FAREWELL
    if not context.call.guard.live or not (now.items or (farewell and now.active)):
        return
    whole = all(item in now.made or response == CLIP for item, response in now.items)
    clip = any(response == CLIP for _, response in now.items)
    if now.active and (farewell or not whole):
        context.wait(timer, limits.greeting_s)
    else:
        context.wait(timer, round(now.pending_ms / 1000 + limits.mark_slack_s + clip * limits.moment_s, 3))


@does(Action.PLAYED)
def _played(context: StepContext, event: Any) -> None:
    """It is over. What broke off with its session is gone on with in the next one, if the callee lets it."""
    now, utterance = context.call.conversation, context.call.conversation.utterance
    put(context, floor=Floor.NOBODY, utterance=None)
    if now.running:
        context.stop(Timer.PATIENCE)  # from here on it is a tool alone that is waited for
    if utterance is None or not utterance.broken:
        return
    if utterance.floor is Floor.SENTENCE:
        put(context, wanted=wanted_again(now, utterance))
    elif now.owed is Owed.NOTHING:
        put(context, owed=Owed.BY_US, floor=Floor.AGENT)


@does(Action.GREETED)
def _greeted(context: StepContext, event: Any) -> None:
    utterance = context.call.conversation.utterance
    broken = utterance is not None and utterance.broken
    _greeting_over(context, GreetingState.BROKEN if broken else GreetingState.PLAYED)


def _greeting_over(context: StepContext, how: GreetingState) -> None:
    context.stop(Timer.GREETING, Timer.SPEECH)
    put(context, greeting=how)
    _played(context, None)


@does(Action.UNPROVEN)
def _unproven(context: StepContext, event: Any) -> None:
    _greeting_over(context, GreetingState.UNPROVEN)


@does(Action.STARVE)
def _starve(context: StepContext, event: e.AudioRanDry) -> None:
    put(context, dry=True)


@does(Action.ASK_AGAIN)
def _ask_again(context: StepContext, event: Any) -> None:
    """It came to nothing: take it back, so that it is asked for again, unless that has failed too often."""
    now = context.call.conversation
    if now.utterance is not None and not now.utterance.ref and now.owed is Owed.NOTHING:
        if any(response == now.utterance.response for _, response in now.items):
            drop_unheard(context)  # else it would be taken for something that plays
        _played(context, event)  # the model's own idea, and nobody waits for it
        return
    failed = now.failed + 1
    take_back(context)
    put(context, failed=failed)
    if failed >= _FAILURES:
        model_sessions.fail(context, "responses come to nothing")


@does(Action.FAIL)
def _fail(context: StepContext, event: e.ResponseEnded) -> None:
    """A response failed: it is asked for again, unless some of it was heard; then that is all there is."""
    utterance = context.call.conversation.utterance
    if utterance is not None and utterance.sounded:
        _finish(context)
    else:
        _ask_again(context, event)


@does(Action.FAIL_SESSION)
def _fail_session(context: StepContext, event: Any) -> None:
    reason = getattr(event, "reason", "") or getattr(event, "code", "")
    model_sessions.fail(context, f"the greeting did not come{': ' + reason if reason else ''}")


def take_back(context: StepContext) -> None:
    """What was asked for and has not sounded is wanted again: the answer is owed by us, the sentence is the next."""
    now = context.call.conversation
    utterance = now.utterance
    if now.active:
        silence_response(context, now.active)
    keep(context, [item for item in now.items if utterance is None or item[1] != utterance.response])
    heard = utterance is not None and utterance.sounded
    sentence = utterance is not None and utterance.floor is Floor.SENTENCE
    else_waited = sentence or heard or bool(now.running)
    owed = Owed.NOTHING if now.owed is Owed.NOTHING and else_waited else Owed.BY_US
    put(
        context,
        utterance=None,
        active="",
        owed=owed,
        wanted=wanted_again(now, utterance) if sentence and utterance is not None and not heard else now.wanted,
        floor=Floor.NOBODY if sentence or owed is Owed.NOTHING else Floor.AGENT,
        speaking=False,
    )


@does(Action.BOUNCE)
def _bounce(context: StepContext, event: e.ModelErred) -> None:
    """A request was refused. If a response was running, the model answers the turn itself; a sentence waits for it."""
    now, utterance = context.call.conversation, context.call.conversation.utterance
    if utterance is None:
        return
    busy = event.busy
    if utterance.response and utterance.floor is Floor.SENTENCE:  # what runs was taken for it, and is the model's own
        put(context, wanted=wanted_again(now, utterance), floor=Floor.AGENT)
        say(context, floor=Floor.AGENT, ref="", pii_text="", filler=False)
    elif utterance.response:
        return  # the model was quicker to answer the turn: that is its answer
    elif utterance.floor is Floor.SENTENCE:
        again = busy and now.bounced < _BOUNCES
        if not again:
            context.note(f"the sentence was not said: the model refused it ({event.code})")
        wanted = wanted_again(now, utterance) if again else now.wanted
        floor = Floor.NOBODY if now.floor is Floor.SENTENCE else now.floor
        put(context, utterance=None, wanted=wanted, bounced=now.bounced + 1, floor=floor)
    elif busy:
        put(context, utterance=None, owed=Owed.BY_MODEL, bounced=now.bounced + 1)
    else:
        _ask_again(context, event)


@does(Action.QUEUE)
def _queue(context: StepContext, event: e.OperatorSpoke) -> None:
    put(context, wanted=(*context.call.conversation.wanted, event.pii_text))


@does(Action.TURN_DOWN)
def _turn_down(context: StepContext, event: e.OperatorSpoke) -> None:
    context.note("the sentence was not said: the call is ending")


@does(Action.ANSWER_TOOL)
def _answer_tool(context: StepContext, event: e.ToolCalled) -> None:
    context.order(o.AnswerTool(event.session, event.tool_call, '{"status": "the call ends after your last words"}'))


@does(Action.SAY_GOODBYE)
def _say_goodbye(context: StepContext, event: e.ToolCalled) -> None:
    """Hang up once everything that is being said has played; nothing else is asked for until then."""
    _answer_tool(context, event)
    put(context, floor=Floor.FAREWELL)  # what was owed is so until it sounds, though nothing more is asked for
    context.stop(Timer.GREETING, Timer.PLAYBACK)
    _hang_up_if_played(context, event)


@does(Action.HANG_UP_IF_PLAYED)
def _hang_up_if_played(context: StepContext, event: Any) -> None:
    now = context.call.conversation
    if now.items or now.active:
        time_playing(context)
    else:
        _hang_up(context, event)


@does(Action.HANG_UP)
def _hang_up(context: StepContext, event: Any) -> None:
    now = context.call.conversation
    apologising = now.floor is Floor.APOLOGY
    if now.greeting is GreetingState.PLAYING and not now.items:
        finished = now.utterance is None or now.utterance.ended
        put(context, greeting=GreetingState.PLAYED if finished else GreetingState.BROKEN)
    closing.end(context, context.call.model.cause or Cause.MODEL_LOST if apologising else Cause.AGENT)


@does(Action.LOSE_GREETING)
def _lose_greeting(context: StepContext, event: Any) -> None:
    """Asked for again in the next session if none of it has left; what has been made of it plays on."""
    utterance = context.call.conversation.utterance
    if utterance is None or (utterance.ended and utterance.fruit):
        return
    if utterance.sounded:
        _finish_lost(context)
        return
    context.stop(Timer.GREETING)
    drop_unheard(context)
    put(context, floor=Floor.NOBODY, greeting=GreetingState.NONE, greeted_ms=0)


@does(Action.LOSE_ANSWER)
def _lose_answer(context: StepContext, event: Any) -> None:
    utterance = context.call.conversation.utterance
    if utterance is not None and (utterance.sounded or utterance.ended):
        _finish_lost(context)
    else:
        called = utterance is not None and context.call.conversation.owed is Owed.NOTHING
        drop_unheard(context)
        if called and context.call.conversation.running:
            put(context, floor=Floor.NOBODY)  # the next session answers him once it knows what the tool has answered
        else:
            _owe_again(context)


@does(Action.LOSE_SENTENCE)
def _lose_sentence(context: StepContext, event: Any) -> None:
    now, utterance = context.call.conversation, context.call.conversation.utterance
    if utterance is not None and (utterance.sounded or utterance.ended):
        _finish_lost(context)
    elif utterance is not None:
        drop_unheard(context)
        put(context, wanted=wanted_again(now, utterance), floor=Floor.NOBODY)
    if context.call.conversation.owed is not Owed.NOTHING:
        _owe_again(context)


def _finish_lost(context: StepContext) -> None:
    """What has been made of it plays. Was it all, only the end of its response not told, or did it break off?"""
    now, utterance = context.call.conversation, context.call.conversation.utterance
    assert utterance is not None
    coming = any(response == utterance.response and item not in now.made for item, response in now.items)
    _finish(context, broken=coming and not utterance.ended)


def _finish(context: StepContext, *, broken: bool = False) -> None:
    """No more of it will come: the rest is playing."""
    say(context, ended=True, broken=broken)
    time_playing(context)
    check_played(context)


def drop_unheard(context: StepContext) -> None:
    now, utterance = context.call.conversation, context.call.conversation.utterance
    if utterance is None:
        return
    if utterance.response:
        context.order(o.MuteResponse(utterance.response))
    keep(context, [item for item in now.items if item[1] != utterance.response])
    put(context, utterance=None)


def _owe_again(context: StepContext) -> None:
    """The next session knows a turn by its words; if they are not known, it has to hear it."""
    now = context.call.conversation
    worded = any(line.who == CALLEE and line.item == now.turn and line.final for line in context.call.transcript)
    if worded or not now.turn:
        put(context, owed=Owed.BY_US, floor=Floor.AGENT)
    else:
        put(context, owed=Owed.NOTHING, unheard=True, floor=Floor.CALLEE, speaking=False)
