"""How a step changes what was to be heard. Runs behind the judge, looks at what it ordered, and orders nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from voicecall_core.call.barge_in import heard_ms
from voicecall_core.call.floor import APOLOGY, CLIP
from voicecall_core.call.hearing import OPEN, Fate, Hearing, Reply, Speech, Stretch, Turn
from voicecall_core.call.phase import Phase
from voicecall_core.call.state import Call, StepContext
from voicecall_core.call.transcript import AGENT, CALLEE
from voicecall_core.words import events as e
from voicecall_core.words.orders import ClearAudio, ForwardAudio
from voicecall_core.words.values import KEPT_GREETING

_CALLEE_BEGINS = (e.SpeechStarted, e.VoiceBegan)
_CALLEE_ENDS = (e.SpeechStopped, e.VoiceEnded, e.TurnCommitted)
_STREAM_ENDS = (e.StreamStopped, e.SocketClosed)
_SOUNDS = frozenset(
    {
        *_CALLEE_BEGINS,
        *_CALLEE_ENDS,
        *_STREAM_ENDS,
        e.AudioBegan,
        e.AudioSent,
        e.AudioEnded,
        e.AudioRanDry,
        e.MarkReturned,
        e.StreamStarted,
    }
)


def listen(context: StepContext, before: Call, event: e.Event) -> None:
    """Note what this step made to be heard, or not to be heard any more. `before`: the call before the step."""
    call = context.call
    old = call.heard
    again = any(isinstance(order, ForwardAudio) and order.again for order in context.orders)
    quiet = type(event) not in _SOUNDS and call.conversation is before.conversation and call.phase is before.phase
    if quiet and not again:
        return  # a proof makes hundreds of thousands of steps, and few of them sound
    over = call.phase is Phase.OVER
    gone = over or (isinstance(event, _STREAM_ENDS) and event.socket == before.guard.socket)
    cleared = any(isinstance(order, ClearAudio) for order in context.orders)
    heard = _agent(old, call, event, cleared=cleared, gone=gone, over=over)
    if again and not heard.retold:
        heard = replace(heard, retold=True)
    heard = _callee(heard, call, event, gone)
    heard = _waiting(heard, before, call, event)
    if heard is not old:
        context.put(heard=heard)


_LATELY = 64  # speeches among which the one is that has just begun to be heard: a step costs the same at a call's end


def on_replied(context: StepContext, event: e.Replied) -> None:
    """What the audio says of a reply is how long the callee waited for it, whatever was reckoned from events."""
    call = context.call
    wait_s = None if event.over else round((event.sounded_ms - event.spoke_ms) / 1000, 3)
    ours_s = None if event.ours_ms is None else round(event.ours_ms / 1000, 3)
    reply = Reply(call.at, event.item, event.response, wait_s, ours_s, event.barge_in)
    speeches = call.heard.speeches
    first = max(0, speeches.total - _LATELY)
    for number, each in enumerate(speeches.since(first), max(first, speeches.left_out)):
        if (each.item, each.response) == (event.item, event.response):
            speeches = speeches.replaced(number, replace(each, wait_s=wait_s, ours_s=ours_s))
    context.put(heard=replace(call.heard, speeches=speeches, replies=call.heard.replies.added(reply)))


# --- the callee ----------------------------------------------------------------------------------------------------


def _callee(heard: Hearing, call: Call, event: e.Event, gone: bool) -> Hearing:
    if _begins(heard, call, event):
        began = call.at if heard.turn_began is None else heard.turn_began
        return replace(heard, speaking=call.at, turn_began=began)
    if heard.speaking is not None and (gone or isinstance(event, _CALLEE_ENDS)):
        spoken = Stretch(CALLEE, heard.speaking, call.at)
        heard = replace(heard, stretches=heard.stretches.added(spoken), speaking=None)
    return _committed(heard, call, event) if isinstance(event, e.TurnCommitted) else heard


def _begins(heard: Hearing, call: Call, event: e.Event) -> bool:
    """The callee begins to speak: the model hears it, and not what it is told again; or our own ear does."""
    if heard.speaking is not None or not call.guard.live:
        return False
    return isinstance(event, e.VoiceBegan) or (isinstance(event, e.SpeechStarted) and not heard.retold)


def _committed(heard: Hearing, call: Call, event: e.TurnCommitted) -> Hearing:
    """What he said became an item; what is told again becomes the item of the same turn once more."""
    if heard.turn_began is not None:
        end = heard.stretches[-1].end if heard.stretches else call.at
        turn = Turn(event.item, heard.turn_began, end)
        return replace(heard, turns=heard.turns.added(turn), turn_began=None, retold=False)
    if heard.retold and heard.turns:
        turn = replace(heard.turns[-1], item=event.item)
        return replace(heard, turns=heard.turns.replaced(heard.turns.total - 1, turn), retold=False)
    return heard


def _waiting(heard: Hearing, before: Call, call: Call, event: e.Event) -> Hearing:
    """From when the callee waits: from the answer, and from the end of his turn, until a word of the agent leaves."""
    now, waiting = call.conversation, heard.waiting
    if call.answered and not before.answered:
        waiting = call.at
    if isinstance(event, e.AudioSent) and event.response != CLIP:
        waiting = None
    elif now.since is not None and waiting is None:
        waiting = now.since
    elif now.speaking and not before.conversation.speaking and any(each.began is not None for each in heard.speeches):
        waiting = None  # he has begun another turn
    if call.ending.cause is not None:
        waiting = None
    return heard if waiting == heard.waiting else replace(heard, waiting=waiting)


# --- the agent -----------------------------------------------------------------------------------------------------


def _agent(heard: Hearing, call: Call, event: e.Event, *, cleared: bool, gone: bool, over: bool) -> Hearing:
    heard = _entered(heard, call, event)
    items = set(call.conversation.items)
    plays = {each.item: each for each in getattr(event, "playing", ())}

    def after(speech: Speech) -> Speech:
        named = (speech.item, speech.response) == (getattr(event, "item", ""), getattr(event, "response", ""))
        if named:
            speech = _told(speech, event, call.at, heard)
        elif isinstance(event, e.StreamStarted) and call.guard.live and speech.fate is Fate.SOUNDING:
            speech = _resumed(speech, call.at)
        if speech.fate not in OPEN:
            return speech
        if cleared and speech.item in plays:
            play = plays[speech.item]
            come = replace(speech, made_ms=max(speech.made_ms, play.generated_ms))
            return _cut(come, heard_ms(play, getattr(event, "stream_ms", 0)), whole=bool(speech.made_ms))
        left = (speech.item, speech.response) not in items and speech.item != APOLOGY
        if cleared or left or over:
            return _closed(speech, call.at)
        return _paused(speech, call.at) if gone else speech

    return _with(heard, after, call.at)


def _entered(heard: Hearing, call: Call, event: e.Event) -> Hearing:
    """An item is known from its first audio on; what is there from the beginning, from its first frame on."""
    match event:
        case e.AudioBegan() if (event.item, event.response) in call.conversation.items:
            new = Speech(event.item, event.response)
        case e.AudioSent() if event.response == CLIP:
            new = Speech(event.item, CLIP)
        case e.AudioSent() if event.response == KEPT_GREETING:
            new = Speech(event.item, KEPT_GREETING, made_ms=call.terms.kept_ms)
        case _:
            return heard
    return replace(heard, speeches=heard.speeches.added(new))


def _with(heard: Hearing, after: Callable[[Speech], Speech], at: float) -> Hearing:
    """Each open item as it is after the step; what it has sounded until now becomes a stretch when it falls silent."""
    first = max(heard.closed, heard.speeches.left_out)
    rest = heard.speeches.since(first)
    news = tuple(after(old) if old.fate in OPEN else old for old in rest)
    if all(new is old for new, old in zip(news, rest, strict=True)):
        return heard
    silent = [
        _stretch(old, new, at)
        for old, new in zip(rest, news, strict=True)
        if old.since is not None and new.since is None
    ]
    closed = next((index for index, new in enumerate(news) if new.fate in OPEN), len(news))
    speeches = heard.speeches
    for number, (old, new) in enumerate(zip(rest, news, strict=True), first):
        if new is not old:
            speeches = speeches.replaced(number, new)
    return replace(heard, speeches=speeches, stretches=heard.stretches.added(*silent), closed=first + closed)


def _stretch(old: Speech, new: Speech, at: float) -> Stretch:
    """From when to when it sounded; what was cut sounded no longer than what was heard of it."""
    assert old.since is not None
    heard_s = max(0, new.before_ms - old.before_ms) / 1000
    return Stretch(AGENT, old.since, at if new.fate is Fate.HEARD else min(at, old.since + heard_s))


def _told(speech: Speech, event: e.Event, at: float, heard: Hearing) -> Speech:
    """The speech after an event that names it."""
    match event:
        case e.AudioSent():
            first = speech.began is None
            silent = all(each.began is None or _is_clip(each) for each in heard.speeches)
            counts = first and silent and heard.waiting is not None
            wait = round(at - heard.waiting, 6) if counts and heard.waiting is not None else speech.wait_s
            began = at if speech.began is None else speech.began
            return replace(
                speech, fate=Fate.SOUNDING, began=began, since=at, dry=False, wait_s=None if _is_clip(speech) else wait
            )
        case e.AudioEnded():
            return replace(speech, made_ms=event.generated_ms)
        case e.AudioRanDry():
            return replace(_paused(speech, at), dry=True)
        case e.MarkReturned() if speech.fate is Fate.SOUNDING:
            whole = speech.made_ms or speech.heard_ms(at)
            return replace(speech, fate=Fate.HEARD, before_ms=whole, since=None)
    return speech


def _is_clip(speech: Speech) -> bool:
    return speech.response == CLIP


def _paused(speech: Speech, at: float) -> Speech:
    return speech if speech.since is None else replace(speech, before_ms=speech.heard_ms(at), since=None)


def _resumed(speech: Speech, at: float) -> Speech:
    """What had not left when its stream ended goes on with the next one."""
    rest = speech.since is None and not speech.dry and not (speech.made_ms and speech.before_ms >= speech.made_ms)
    return replace(speech, since=at) if rest else speech


def _cut(speech: Speech, heard: int, *, whole: bool) -> Speech:
    """The callee has heard so many ms, and hears no more. `whole`: all of it was here."""
    if heard <= 0:
        return replace(speech, fate=Fate.DROPPED, before_ms=0, since=None)
    all_heard = whole and heard >= speech.made_ms
    return replace(speech, fate=Fate.HEARD if all_heard else Fate.CUT, before_ms=heard, since=None)


def _closed(speech: Speech, at: float) -> Speech:
    """Nothing more of it is waited for, and how much was heard is reckoned from the time."""
    heard = speech.heard_ms(at)
    if speech.made_ms and heard >= speech.made_ms:
        return replace(speech, fate=Fate.UNPROVEN, before_ms=heard, since=None)
    return _cut(speech, heard, whole=bool(speech.made_ms))
