"""What the conversation's events are to it, and what follows from its state alone."""

from __future__ import annotations

from dataclasses import replace

from voicecall_core.call import (
    barge_in,  # noqa: F401 - its actions are the table's
    kept_greeting,
    model_sessions,
    tool_calls,
)
from voicecall_core.call.agent_speech import check_played, silence, time_playing
from voicecall_core.call.conversation import Action, Conversation, Floor, GreetingState, Input, Owed, Utterance
from voicecall_core.call.floor import ACTIONS, APOLOGY, CLIP, END_CALL, ask, keep, put, say, take
from voicecall_core.call.guard_table import Asker, Ruling
from voicecall_core.call.model_link import Link, LinkInput
from voicecall_core.call.patience import apologised, keep_patience, moment_over
from voicecall_core.call.state import StepContext
from voicecall_core.call.timing import Moment
from voicecall_core.words import events as e
from voicecall_core.words import orders as o
from voicecall_core.words.descriptions import describe
from voicecall_core.words.terms import Greet, Kind, Policy
from voicecall_core.words.values import Timer

assert set(ACTIONS) == set(Action), "every action of the table is done somewhere"


def on_response_began(context: StepContext, event: e.ResponseBegan) -> None:
    if not context.call.model.is_open(event.session):
        return
    expected = _expected(context.call.conversation, event.ref)
    put(context, active=event.response)
    if event.ref and not expected:  # an earlier request of ours that was taken back
        silence(context, event)
    else:
        take(context, Input.BEGAN if expected else Input.UNASKED, event)


def _expected(now: Conversation, ref: str) -> bool:
    """Whether a response that begins is one that was asked for, or the model's own answer to the callee's turn.

    Not every server gives our name back; one without a name is the answer that the model owes, else what we wait for.
    """
    utterance = now.utterance
    waiting = utterance is not None and bool(utterance.ref) and not utterance.response
    if ref:
        return utterance is not None and utterance.ref == ref and (waiting or utterance.floor is Floor.SENTENCE)
    return now.owed is Owed.BY_MODEL or waiting


def on_audio_began(context: StepContext, event: e.AudioBegan) -> None:
    """An item of the agent's is there to be heard; of a response that was silenced nothing is."""
    call = context.call
    now = call.conversation
    if not call.model.is_open(event.session) or event.response in now.silenced:
        return
    if not call.model.ready:
        model_sessions.spoke_unready(context, event.response)
        return
    put(context, items=(*now.items, (event.item, event.response)))
    if now.utterance is not None and now.utterance.response == event.response:
        say(context, fruit=True)
        if now.utterance.floor is Floor.GREETING:
            context.moment(Moment.GREETING_READY)
            time_playing(context)


def on_audio_ended(context: StepContext, event: e.AudioEnded) -> None:
    """An item is here to its end: from now on its last mark is waited for."""
    now = context.call.conversation
    if (event.item, event.response) not in now.items or event.item in now.made:
        return
    utterance = now.utterance
    of_greeting = utterance is not None and utterance.floor is Floor.GREETING and utterance.response == event.response
    put(
        context,
        made=now.made | {event.item},
        pending_ms=now.pending_ms + event.generated_ms,
        greeted_ms=now.greeted_ms + event.generated_ms * of_greeting,
    )
    time_playing(context)


def on_response_ended(context: StepContext, event: e.ResponseEnded) -> None:
    call = context.call
    context.put(usage=call.usage + event.usage)
    if not call.model.is_open(event.session):
        return
    now = call.conversation
    put(context, silenced=tuple(each for each in now.silenced if each != event.response))
    if now.active == event.response:
        put(context, active="", dry=False)
    mine = now.utterance is not None and now.utterance.response == event.response and not now.utterance.ended
    if mine and event.status != "failed":
        say(context, ended=True)
    if event.status == "failed":
        context.note(describe(event).full)
        if not event.retryable:
            model_sessions.fail(context, f"responses fail: {event.reason}", retryable=False)
        elif mine:
            take(context, Input.FAILED, event)
    elif mine and now.utterance is not None and now.utterance.fruit:
        put(context, failed=0)
        take(context, Input.ENDED, event)
    elif mine:
        take(context, Input.EMPTY, event)
    else:
        _other_ended(context, event)


def _other_ended(context: StepContext, event: e.ResponseEnded) -> None:
    """A response ended that nobody waited for."""
    now = context.call.conversation
    if now.floor is Floor.FAREWELL:
        take(context, Input.ENDED, event)
    elif now.bounced and now.owed is Owed.BY_MODEL and now.utterance is None:
        put(context, owed=Owed.BY_US)  # it was no answer, and stood in the way of the request for one


def on_audio_sent(context: StepContext, event: e.AudioSent) -> None:
    """The first frame of an item left, or the first after it had run dry."""
    utterance = context.call.conversation.utterance
    if utterance is not None and utterance.response == event.response:
        take(context, Input.SOUNDED, event)


def on_ran_dry(context: StepContext, event: e.AudioRanDry) -> None:
    now = context.call.conversation
    if (event.item, event.response) in now.items and now.active == event.response:
        take(context, Input.RAN_DRY, event)


def on_mark(context: StepContext, event: e.MarkReturned) -> None:
    """All of an item has played; a mark that a clear flushed belongs to no item any more and says nothing."""
    call = context.call
    if event.item == APOLOGY:
        if Timer.APOLOGY in call.timers:
            apologised(context)
        return
    now = call.conversation
    if (event.item, event.response) not in now.items:
        return
    keep(context, [item for item in now.items if item[0] != event.item])
    if event.response == CLIP:
        moment_over(context)
    else:
        context.moment(Moment.FIRST_MARK)
        put(context, replied=now.replied or now.greeting_over)
    check_played(context)


def on_erred(context: StepContext, event: e.ModelErred) -> None:
    """An error that the session survives; one that answers a request of ours means that it will not be carried out."""
    utterance = context.call.conversation.utterance
    ours = utterance is not None and bool(event.ref) and event.ref == utterance.ref
    if not (event.busy and ours):
        context.note(describe(event).full)
    if ours and context.call.model.is_open(event.session):
        take(context, Input.REFUSED, event)


def on_speech_started(context: StepContext, event: e.SpeechStarted) -> None:
    if context.call.model.is_open(event.session) and context.call.guard.live:
        put(context, unstopped=True, voiced=None)
        take(context, Input.SPEECH, event)


def on_speech_stopped(context: StepContext, event: e.SpeechStopped) -> None:
    if context.call.model.is_open(event.session):
        put(context, unstopped=False)
        take(context, Input.PAUSED, event)


def on_committed(context: StepContext, event: e.TurnCommitted) -> None:
    now = context.call.conversation
    if context.call.model.is_open(event.session):
        put(context, unstopped=now.unstopped and now.by_hand)  # it still hears him, if we had to close his turn
        take(context, Input.COMMITTED, event)


def on_voice(context: StepContext, event: e.VoiceBegan | e.VoiceEnded) -> None:
    """Our own ear, for the day on which the model's never says that the callee has stopped."""
    if event.socket != context.call.guard.socket:
        return
    put(context, quiet=isinstance(event, e.VoiceEnded))
    now = context.call.conversation
    if now.floor is Floor.NOBODY and now.greeting_over:
        put(context, voiced=context.at)
        if not now.quiet and now.unstopped:  # a new turn: the model takes it for what it heard begin before
            put(context, floor=Floor.CALLEE, speaking=True)
    if context.call.conversation.quiet and context.call.conversation.floor in (Floor.GREETING, Floor.FAREWELL):
        context.stop(Timer.SPEECH)  # it was a short word, though the model has not heard its end


def on_tool_called(context: StepContext, event: e.ToolCalled) -> None:
    call = context.call
    if not call.model.is_open(event.session):
        return
    utterance = call.conversation.utterance
    if utterance is not None and utterance.response == event.response:
        say(context, fruit=True)
    take(context, Input.GOODBYE if event.name == END_CALL else Input.TOOL, event)


def on_operator_spoke(context: StepContext, event: e.OperatorSpoke) -> None:
    """The operator's sentence: the agent says it, at once or as soon as it can. Only without a guard is it written."""
    verdict = context.ask(Asker.SAY)
    if verdict.number and context.call.sid:
        document = o.Document(o.DocumentKind.SAY, pii_text=event.pii_text)
        context.order(o.UpdateCall(verdict.number, context.call.sid, document))
    if verdict.ruling in (Ruling.REROUTED, Ruling.HELD):
        take(context, Input.SENTENCE, event)


def stream_started(context: StepContext) -> None:
    """The stream is live: what was held may be said. Who was speaking when another broke off may have stopped since."""
    if context.call.conversation.speaking:
        put(context, quiet=True)  # the ear on it is a new one: it tells if he goes on
    if model_sessions.opens_at_stream(context):
        model_sessions.open_session(context)
    take(context, Input.STREAM_UP)
    kept_greeting.begin(context)


def stream_gone(context: StepContext) -> None:
    """A live stream ended: what was half heard on it is waited for, a farewell or an apology ends the call."""
    take(context, Input.STREAM_GONE)


def settle(context: StepContext) -> None:
    """What follows from the state alone: turns held or given back, the voice let through, what is asked for next."""
    call = context.call
    if call.ending.cause is not None or call.terms.kind is not Kind.STREAM:
        return
    if call.model.ready:
        _agree_on_turns(context)
        now = context.call.conversation
        if context.call.model.state is Link.SPARE and now.floor is Floor.NOBODY and now.idle and not now.items:
            model_sessions.move(context, LinkInput.FREE)
            _agree_on_turns(context)
        kept_greeting.tell(context)
        tool_calls.tell_answers(context)
        _ask_next(context)
        _feed(context)  # last: the callee's voice comes after what was said before it
    elif call.model.takes_greeting_early and call.terms.policy is not Policy.NAIVE:
        _greet_if_due(context)
    keep_patience(context)


def _agree_on_turns(context: StepContext) -> None:
    """The server holds turns exactly as long as we want it to, whichever session it is by now."""
    model, holds = context.call.model, context.call.conversation.holds
    if model.held != holds:
        context.put(model=replace(model, held=holds))
        context.order(o.HoldTurns(model.session) if holds else o.RestoreTurns(model.session))


def _feed(context: StepContext) -> None:
    model = context.call.model
    if model.fed != model.session:
        context.put(model=replace(model, fed=model.session))
        context.order(o.ForwardAudio(model.session, again=context.call.conversation.unheard))


def _ask_next(context: StepContext) -> None:
    """Ask for the greeting, for the answer that is owed by us, or for the next sentence, if the model is idle."""
    call = context.call
    now = call.conversation
    if not _may_ask(now):
        return
    if now.greeting is GreetingState.NONE:
        _greet_if_due(context)
    elif not now.greeting_over or not call.guard.live:
        return
    elif now.follow_up and now.owed is Owed.NOTHING and now.floor is not Floor.CALLEE:
        put(context, owed=Owed.BY_US)
        ask(context, Floor.AGENT)
    elif now.owed is Owed.BY_US:
        if not _on_its_way(now):
            ask(context, Floor.AGENT)
    elif now.wanted and now.owed is Owed.NOTHING and now.floor is not Floor.CALLEE:
        put(context, wanted=now.wanted[1:])
        ask(context, Floor.SENTENCE, now.wanted[0])


def _may_ask(now: Conversation) -> bool:
    return now.idle and now.floor not in (Floor.FAREWELL, Floor.APOLOGY) and not now.speaking


def _greet_if_due(context: StepContext) -> None:
    """Ask for the greeting, once a session, unless one is kept, or it was asked for already."""
    call = context.call
    now = call.conversation
    due = call.terms.greet is not Greet.ANSWERED or call.guard.live
    if due and now.greeted_in != call.model.session and _may_ask(now) and not call.terms.keeps_greeting:
        _ask_greeting(context)


def _on_its_way(now: Conversation) -> bool:
    """The answer is here, and waits for what plays before it."""
    utterance = now.utterance
    return utterance is not None and not utterance.sounded and any(of == utterance.response for _, of in now.items)


def _ask_greeting(context: StepContext) -> None:
    session = context.call.model.session
    ref = f"greeting-{session}"
    put(
        context,
        floor=Floor.GREETING,
        greeting=GreetingState.ASKED,
        greeted_in=session,
        utterance=Utterance(Floor.GREETING, session, ref),
    )
    context.moment(Moment.GREETING_ASKED)
    context.order(o.AskGreeting(session, ref))
