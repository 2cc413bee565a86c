"""What the model's responses make of the call, from their beginning to their last mark.

Knows nothing of how sessions are opened, nor of who may write documents.
"""

from __future__ import annotations

from dataclasses import replace

from voicecall_core.call import model_sessions
from voicecall_core.call.farewell import farewell_ended, farewell_said
from voicecall_core.call.greeting_timers import greeting_ended, greeting_over, time_greeting
from voicecall_core.call.guard_table import Asker, Ruling
from voicecall_core.call.response_queue import next_turn
from voicecall_core.call.state import GreetingState, StepContext
from voicecall_core.call.timing import Moment
from voicecall_core.words.descriptions import describe
from voicecall_core.words.events import (
    AudioBegan,
    AudioEnded,
    MarkReturned,
    OperatorSpoke,
    ResponseBegan,
    ResponseEnded,
)
from voicecall_core.words.orders import CancelResponse, Document, DocumentKind, MuteResponse, UpdateCall
from voicecall_core.words.values import Timer


def on_response_began(context: StepContext, event: ResponseBegan) -> None:
    call = context.call
    if not call.model.is_open(event.session):
        return
    turns = replace(call.turns, active=event.response, bounced=0)
    if event.ref and event.ref == turns.asked:
        turns = replace(turns, asked="")
    if event.ref and event.ref == call.greeting.ref:
        context.put(greeting=replace(call.greeting, response=event.response))
    context.put(turns=turns)
    if call.greeting.farewell and call.greeting.farewell != event.response:
        context.order(MuteResponse(event.response), CancelResponse(event.session, event.response))


def on_audio_began(context: StepContext, event: AudioBegan) -> None:
    call = context.call
    if not call.model.is_open(event.session):
        return
    context.put(turns=replace(call.turns, items=(*call.turns.items, (event.item, event.response))))
    if event.response == call.greeting.response and call.greeting.response:
        context.moment(Moment.GREETING_READY)
        first = not call.greeting.pending and call.greeting.state is GreetingState.ASKED
        context.put(greeting=replace(call.greeting, pending=call.greeting.pending | {event.item}))
        if first:
            time_greeting(context)


def on_audio_ended(context: StepContext, event: AudioEnded) -> None:
    greeting = context.call.greeting
    if context.call.model.is_open(event.session) and event.response == greeting.response and greeting.response:
        context.put(greeting=replace(greeting, ms=greeting.ms + event.generated_ms))


def on_response_ended(context: StepContext, event: ResponseEnded) -> None:
    call = context.call
    context.put(usage=(*call.usage, event.usage))
    if not call.model.is_open(event.session):
        return
    ours = call.turns.active == event.response
    if ours:
        context.put(turns=replace(call.turns, active="", owed=False))
    if event.status == "failed":
        _response_failed(context, event)
        return
    if ours and not call.turns.asked:
        context.put(turns=replace(context.call.turns, asking=""))
    if event.response == call.greeting.response and not call.greeting.ended:
        context.put(greeting=replace(call.greeting, ended=True))
        greeting_ended(context)
    context.put(turns=replace(context.call.turns, failed=0))
    farewell_ended(context, event.response)
    next_turn(context)


def _response_failed(context: StepContext, event: ResponseEnded) -> None:
    """Once is repeated; twice in a row, or the greeting, means that the session is no good."""
    turns = context.call.turns
    context.note(describe(event).full)
    if not event.retryable or turns.failed or event.response == context.call.greeting.response:
        model_sessions.fail(context, f"responses fail: {event.reason}", retryable=event.retryable)
        return
    again = "" if turns.asked else turns.asking
    context.put(turns=replace(turns, failed=turns.failed + 1, wanted=(again, *turns.wanted)))
    next_turn(context)


def on_mark(context: StepContext, event: MarkReturned) -> None:
    """All of an item has played; a mark that a clear flushed belongs to no item any more and says nothing."""
    call = context.call
    if event.item == model_sessions.APOLOGY:
        if Timer.APOLOGY in call.timers:
            model_sessions.apologised(context)
        return
    if (event.item, event.response) not in call.turns.items:
        return
    context.moment(Moment.FIRST_MARK)
    items = tuple(item for item in call.turns.items if item[0] != event.item)
    context.put(
        turns=replace(call.turns, items=items),
        greeting=replace(call.greeting, pending=call.greeting.pending - {event.item}),
    )
    if context.call.greeting.finished:
        greeting_over(context, GreetingState.PLAYED)
    farewell_said(context)


def on_operator_spoke(context: StepContext, event: OperatorSpoke) -> None:
    """The operator's sentence: the agent says it, at once or as soon as it can. Only without a guard is it written."""
    verdict = context.ask(Asker.SAY)
    if verdict.number and context.call.sid:
        document = Document(DocumentKind.SAY, pii_text=event.pii_text)
        context.order(UpdateCall(verdict.number, context.call.sid, document))
    if verdict.ruling in (Ruling.REROUTED, Ruling.HELD):
        context.put(turns=replace(context.call.turns, wanted=(*context.call.turns.wanted, event.pii_text)))
        next_turn(context)
