"""What the callee says: yielded to, weighed while none may interrupt, owed an answer once complete; what was heard."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from voicecall_core.call import kept_greeting
from voicecall_core.call.agent_speech import drop_unheard
from voicecall_core.call.conversation import Action, Floor, GreetingState, Owed
from voicecall_core.call.floor import does, keep, put, unheard, wanted_again
from voicecall_core.call.state import StepContext
from voicecall_core.words import events as e
from voicecall_core.words import orders as o
from voicecall_core.words.orders import DeleteItem, Order, TruncateItem
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


@does(Action.LISTEN)
def _listen(context: StepContext, event: e.SpeechStarted) -> None:
    now = context.call.conversation
    _fall_silent(context, event.playing, event.stream_ms)
    quiet = now.unheard and now.quiet  # a turn that is told to the next session is over, for all that it hears it now
    put(context, floor=Floor.CALLEE, speaking=True, quiet=quiet, owed=Owed.NOTHING, utterance=None, dry=False)


@does(Action.YIELD)
def _yield(context: StepContext, event: e.SpeechStarted) -> None:
    """Stop speaking; a sentence of which nothing was heard is said later, an answer comes with the next turn."""
    now, utterance = context.call.conversation, context.call.conversation.utterance
    if utterance is not None and utterance.floor is Floor.SENTENCE and not utterance.sounded:
        put(context, wanted=wanted_again(now, utterance))
    _listen(context, event)


@does(Action.WEIGH)
def _weigh(context: StepContext, event: e.SpeechStarted) -> None:
    """A short word does not interrupt a greeting or a farewell; a farewell is taken back once."""
    call = context.call
    if not (call.conversation.floor is Floor.FAREWELL and call.conversation.spared):
        context.wait(Timer.SPEECH, call.terms.limits.interruption_s + call.terms.limits.vad_silence_s)


@does(Action.UNWEIGH)
def _unweigh(context: StepContext, event: Any) -> None:
    context.stop(Timer.SPEECH)


@does(Action.CUT)
def _cut(context: StepContext, event: e.TimerFired) -> None:
    """The callee speaks over the greeting: yield. The turn is answered by us, as turns are held until it is whole."""
    if not any(item.sent_ms for item in event.playing):
        return
    context.stop(Timer.GREETING)
    put(context, greeting=GreetingState.CUT)
    _interrupted(context, event)


@does(Action.SPARE)
def _spare(context: StepContext, event: e.TimerFired) -> None:
    context.stop(Timer.FAREWELL)
    context.note("the callee spoke: the farewell is taken back")
    put(context, spared=True)
    _interrupted(context, event)


def _interrupted(context: StepContext, event: e.TimerFired) -> None:
    _fall_silent(context, event.playing, event.stream_ms)
    put(
        context,
        floor=Floor.CALLEE,
        speaking=True,
        quiet=False,
        utterance=None,
        interrupted=True,
        owed=Owed.NOTHING,
    )


def _fall_silent(context: StepContext, playing: Sequence[ItemPlay], stream_ms: int) -> None:
    """Make the model remember only what was heard. It cancels its response by itself unless turns are held: then we do.

    The clear goes out whenever anything may still be playing, also after the model has finished.
    """
    call = context.call
    active = call.conversation.active
    if not playing and not active and not call.conversation.items:
        return
    context.order(o.ClearAudio(call.guard.socket))
    responses = dict.fromkeys([*(item.response for item in playing), *([active] if active else [])])
    context.order(*(o.MuteResponse(response) for response in responses))
    if active and call.model.held:
        context.order(o.CancelResponse(call.model.session, active))
    if (kept := kept_greeting.of_it(playing)) is not None:
        kept_greeting.cut(context, heard_ms(kept, stream_ms))
    known = {item for item, _ in call.conversation.items} - call.conversation.orphans
    mine = [item for item in playing if item.item in known and item is not kept]
    context.order(*forget_unheard(call.model.session, mine, stream_ms))
    context.stop(Timer.PLAYBACK)
    keep(context, ())
    if active:
        unheard(context, active)


@does(Action.PAUSE)
def _pause(context: StepContext, event: Any) -> None:
    put(context, speaking=False)


@does(Action.OWE)
def _owe(context: StepContext, event: e.TurnCommitted) -> None:
    """The callee's turn is complete. While turns are held at the server it is for us to ask for the answer."""
    now = context.call.conversation
    by_us = now.interrupted or now.by_hand or context.call.model.held
    context.stop(Timer.PATIENCE)
    put(
        context,
        floor=now.floor if now.floor is Floor.SENTENCE else Floor.AGENT,
        owed=Owed.BY_US if by_us else Owed.BY_MODEL,
        turn=event.item,
        speaking=False,
        interrupted=False,
        by_hand=False,
        unheard=False,
        follow_up=False,  # the answer to this turn knows what the tools have answered
    )


@does(Action.AWAIT_STREAM)
def _await_stream(context: StepContext, event: Any) -> None:
    """He may go on, begin again or have finished on the next stream: what our own ear hears there tells."""
    put(context, quiet=True)


@does(Action.KEEP_VOICE)
def _keep_voice(context: StepContext, event: Any) -> None:
    """The callee was in mid-turn: the next session is to hear it from its beginning. He may be speaking still."""
    drop_unheard(context)
    put(context, unheard=True)
