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


def on_response_began(desk: StepContext, event: ResponseBegan) -> None:
    call = desk.call
    if not call.model.is_open(event.session):
        return
    turns = replace(call.turns, active=event.response, bounced=0)
    if event.ref and event.ref == turns.asked:
        turns = replace(turns, asked="")
    if event.ref and event.ref == call.greeting.ref:
        desk.put(greeting=replace(call.greeting, response=event.response))
    desk.put(turns=turns)
    if call.greeting.farewell and call.greeting.farewell != event.response:
        desk.order(MuteResponse(event.response), CancelResponse(event.session, event.response))


def on_audio_began(desk: StepContext, event: AudioBegan) -> None:
    call = desk.call
    if not call.model.is_open(event.session):
        return
    desk.put(turns=replace(call.turns, items=(*call.turns.items, (event.item, event.response))))
    if event.response == call.greeting.response and call.greeting.response:
        desk.moment(Moment.GREETING_READY)
        first = not call.greeting.pending and call.greeting.state is GreetingState.ASKED
        desk.put(greeting=replace(call.greeting, pending=call.greeting.pending | {event.item}))
        if first:
            time_greeting(desk)


def on_audio_ended(desk: StepContext, event: AudioEnded) -> None:
    greeting = desk.call.greeting
    if desk.call.model.is_open(event.session) and event.response == greeting.response and greeting.response:
        desk.put(greeting=replace(greeting, ms=greeting.ms + event.generated_ms))


def on_response_ended(desk: StepContext, event: ResponseEnded) -> None:
    call = desk.call
    desk.put(usage=(*call.usage, event.usage))
    if not call.model.is_open(event.session):
        return
    ours = call.turns.active == event.response
    if ours:
        desk.put(turns=replace(call.turns, active="", owed=False))
    if event.status == "failed":
        _response_failed(desk, event)
        return
    if ours and not call.turns.asked:
        desk.put(turns=replace(desk.call.turns, asking=""))
    if event.response == call.greeting.response and not call.greeting.ended:
        desk.put(greeting=replace(call.greeting, ended=True))
        greeting_ended(desk)
    desk.put(turns=replace(desk.call.turns, failed=0))
    farewell_ended(desk, event.response)
    next_turn(desk)


def _response_failed(desk: StepContext, event: ResponseEnded) -> None:
    """Once is repeated; twice in a row, or the greeting, means that the session is no good."""
    turns = desk.call.turns
    desk.note(describe(event).full)
    if not event.retryable or turns.failed or event.response == desk.call.greeting.response:
        model_sessions.fail(desk, f"responses fail: {event.reason}", retryable=event.retryable)
        return
    again = "" if turns.asked else turns.asking
    desk.put(turns=replace(turns, failed=turns.failed + 1, wanted=(again, *turns.wanted)))
    next_turn(desk)


def on_mark(desk: StepContext, event: MarkReturned) -> None:
    """All of an item has played; a mark that a clear flushed belongs to no item any more and says nothing."""
    call = desk.call
    if event.item == model_sessions.APOLOGY:
        if Timer.APOLOGY in call.timers:
            model_sessions.apologised(desk)
        return
    if (event.item, event.response) not in call.turns.items:
        return
    desk.moment(Moment.FIRST_MARK)
    items = tuple(item for item in call.turns.items if item[0] != event.item)
    desk.put(
        turns=replace(call.turns, items=items),
        greeting=replace(call.greeting, pending=call.greeting.pending - {event.item}),
    )
    if desk.call.greeting.finished:
        greeting_over(desk, GreetingState.PLAYED)
    farewell_said(desk)


def on_operator_spoke(desk: StepContext, event: OperatorSpoke) -> None:
    """The operator's sentence: the agent says it, at once or as soon as it can. Only without a guard is it written."""
    verdict = desk.ask(Asker.SAY)
    if verdict.number and desk.call.sid:
        document = Document(DocumentKind.SAY, pii_text=event.pii_text)
        desk.order(UpdateCall(verdict.number, desk.call.sid, document))
    if verdict.ruling in (Ruling.REROUTED, Ruling.HELD):
        desk.put(turns=replace(desk.call.turns, wanted=(*desk.call.turns.wanted, event.pii_text)))
        next_turn(desk)
