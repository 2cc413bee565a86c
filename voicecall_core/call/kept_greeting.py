"""The greeting that is kept from an earlier call: played as soon as the stream starts, and told to the model as text.

Rule 1: where one is kept, none is asked of the model: the callee hears at most one greeting.
Rule 2: whichever session is the call's is told what was said, once, before it gets the callee's voice. The model takes
no audio of the agent's from us, and a text cannot be truncated: when the callee interrupts, the item is replaced.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from voicecall_core.call.agent_speech import silence_response, time_playing
from voicecall_core.call.conversation import Floor, GreetingState, Utterance
from voicecall_core.call.floor import put
from voicecall_core.call.state import StepContext, TranscriptLine
from voicecall_core.call.timing import Moment
from voicecall_core.call.transcript import AGENT
from voicecall_core.words import orders as o
from voicecall_core.words.terms import Terms
from voicecall_core.words.values import KEPT_GREETING, ItemPlay

BROKEN_OFF = "…"
_WHERE_NONE_IS_DUE = (Floor.FAREWELL, Floor.APOLOGY)
_CUT = f"{KEPT_GREETING}-heard"  # the item that takes its place; a name that was used is not used again


def begin(context: StepContext) -> None:
    """The stream has started: play the greeting, if one is kept and none was played yet."""
    call = context.call
    now, terms = call.conversation, call.terms
    if not terms.keeps_greeting or now.greeting is not GreetingState.NONE or now.floor in _WHERE_NONE_IS_DUE:
        return
    if now.active:  # something that nobody asked for, while it rang
        silence_response(context, now.active)
    context.order(*(o.MuteResponse(response) for response in dict.fromkeys(of for _, of in now.items)))
    put(
        context,
        floor=Floor.GREETING,
        greeting=GreetingState.ASKED,
        greeted_ms=terms.kept_ms,
        pii_said=terms.pii_kept,
        utterance=Utterance(Floor.GREETING, 0, response=KEPT_GREETING, fruit=True, ended=True),
        items=((KEPT_GREETING, KEPT_GREETING),),
        made=frozenset({KEPT_GREETING}),
        pending_ms=terms.kept_ms,
    )
    line = TranscriptLine(AGENT, KEPT_GREETING, terms.pii_kept, True, context.at)
    context.put(transcript=context.call.transcript.added(line))
    context.moment(Moment.GREETING_READY)
    context.order(o.PlayGreeting(call.guard.socket))
    time_playing(context)


def tell(context: StepContext) -> None:
    """The call's session is ready: tell it what the callee has been greeted with, unless it knows."""
    now, session = context.call.conversation, context.call.model.session
    if now.pii_said and now.told_in != session:
        put(context, told_in=session)
        context.order(o.TellGreeting(session, KEPT_GREETING, now.pii_said))


def cut(context: StepContext, heard_ms: int) -> None:
    """The callee spoke over it when he had heard so much: that is what was said, here and at the model."""
    call = context.call
    model = call.model
    if heard_ms >= call.terms.kept_ms:
        return
    said = words_heard(call.terms, heard_ms) if heard_ms > 0 else ""
    lines = call.transcript
    for number, line in enumerate(lines, lines.left_out):
        if line.item == KEPT_GREETING:
            lines = lines.replaced(number, replace(line, pii_text=said))
    context.put(transcript=lines)
    put(context, pii_said=said)
    if call.conversation.told_in == model.session:
        context.order(o.DeleteItem(model.session, KEPT_GREETING))
        if said:
            context.order(o.TellGreeting(model.session, _CUT, said))


def words_heard(terms: Terms, heard_ms: int) -> str:
    """As many whole words as go into so much of the greeting if it is spoken evenly, and a mark that it broke off."""
    words = terms.pii_kept.split()
    return " ".join([*words[: len(words) * heard_ms // terms.kept_ms], BROKEN_OFF])


def of_it(playing: Sequence[ItemPlay]) -> ItemPlay | None:
    """How far it has come, if it is among what plays."""
    return next((each for each in playing if each.response == KEPT_GREETING), None)
