"""What the callee's speech makes of the agent's: yielding, and remembering no more than was heard."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from voicecall_core.call.greeting_timers import restore
from voicecall_core.call.response_queue import next_turn
from voicecall_core.call.state import GreetingState, StepContext
from voicecall_core.words.events import SpeechStarted, SpeechStopped, TimerFired, TurnCommitted
from voicecall_core.words.orders import CancelResponse, ClearAudio, DeleteItem, MuteResponse, Order, TruncateItem
from voicecall_core.words.values import ItemPlay, Timer


def heard_ms(item: ItemPlay, stream_ms: int) -> int:
    """Ms of the item that the callee can have heard at stream time `stream_ms`: never more than law 9 allows."""
    since = max(0, stream_ms - item.acked_at_ms)
    return max(item.acked_ms, min(item.sent_ms, item.generated_ms, item.acked_ms + since))


def forget_unheard(session: int, playing: Iterable[ItemPlay], stream_ms: int) -> Iterator[Order]:
    """Orders that make the model remember no more than was heard.

    An item that was not heard at all is deleted, as the model refuses to truncate at 0 ms. One that was heard to its
    end needs nothing.
    """
    for item in playing:
        heard = heard_ms(item, stream_ms)
        if heard <= 0:
            yield DeleteItem(session, item.item)
        elif heard < item.generated_ms:
            yield TruncateItem(session, item.item, heard)


def on_speech_started(context: StepContext, event: SpeechStarted) -> None:
    call = context.call
    if not call.model.is_open(event.session) or not call.guard.live or call.ending.cause is not None:
        return
    context.put(turns=replace(call.turns, speaking=True))
    if not call.model.held:
        _fall_silent(context, event.playing, event.stream_ms)
    elif not call.greeting.interrupted and not (call.greeting.farewell and call.greeting.spared):
        limits = call.terms.limits
        context.wait(Timer.SPEECH, limits.patience_s + limits.vad_silence_s)


def on_speech_stopped(context: StepContext, event: SpeechStopped) -> None:
    context.stop(Timer.SPEECH)


def on_committed(context: StepContext, event: TurnCommitted) -> None:
    """The callee's turn is complete. While turns are held it is answered only if it interrupted us."""
    call = context.call
    if not call.model.is_open(event.session):
        return
    held, interrupted = call.model.held, call.greeting.interrupted
    wanted = ("", *call.turns.wanted) if interrupted else call.turns.wanted
    context.put(turns=replace(call.turns, speaking=False, owed=not held, wanted=wanted))
    if interrupted:
        context.put(greeting=replace(call.greeting, interrupted=False))
    next_turn(context)
    if interrupted:
        restore(context)


def speech_lasted(context: StepContext, event: TimerFired) -> None:
    """The callee has been speaking for longer than a short word: yield, and cancel a farewell once."""
    call = context.call
    greeting = call.greeting
    heard = any(item.sent_ms for item in event.playing)
    if not call.guard.live or call.ending.cause is not None or not (heard or greeting.farewell):
        return
    if greeting.farewell:
        context.stop(Timer.FAREWELL)
        greeting = replace(greeting, farewell="", spared=True)
        context.note("the callee spoke: the farewell is taken back")
    elif not greeting.over:
        context.stop(Timer.GREETING)
        greeting = replace(greeting, state=GreetingState.CUT)
    context.put(greeting=replace(greeting, interrupted=True))
    _fall_silent(context, event.playing, event.stream_ms)


def _fall_silent(context: StepContext, playing: Sequence[ItemPlay], stream_ms: int) -> None:
    """Stop speaking at once, and make the model remember only what was heard.

    The clear goes out whenever anything may still be playing, also after the model has finished. The model cancels
    its response by itself while turns are its own; while they are held, we do.
    """
    call = context.call
    active = call.turns.active
    if not playing and not active:
        return
    context.order(ClearAudio(call.guard.socket))
    responses = dict.fromkeys([*(item.response for item in playing), *([active] if active else [])])
    context.order(*(MuteResponse(response) for response in responses))
    if active and call.model.held:
        context.order(CancelResponse(call.model.session, active))
    known = {item for item, _ in call.turns.items} - call.turns.orphans
    mine = [item for item in playing if item.item in known]
    context.order(*forget_unheard(call.model.session, mine, stream_ms))
    context.put(turns=replace(call.turns, items=(), orphans=frozenset()))
