"""Which recorded events may come before which: on what channel each came, and what it had to wait for.

Events of one channel keep their order: a socket's messages, a model session's, the answers to REST requests, the
status callbacks, the fetches. Between channels only cause and effect do: an answer comes after its question, a socket
after the document that names it, a mark after its audio.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from voicecall_core.call.state import Call, Entry
from voicecall_core.words import events as e
from voicecall_core.words import orders as o
from voicecall_core.words.values import KEPT_GREETING, TERMINAL

Token = tuple[str, int | str]
Tokens = frozenset[Token]

_REST = (e.Created, e.CreateRefused, e.CreateLost, e.LookedUp, e.UpdateAnswered, e.Checked)
_PEOPLE = (e.DialBegan, e.OperatorSpoke, e.OverwriteAsked, e.HangUpAsked, e.TunnelLost, e.OurFault)
_VOICE = (e.SpeechStarted, e.SpeechStopped, e.TurnCommitted)  # the model hears the callee through the open stream
_ANSWERS: dict[type[e.Event], str] = {
    e.Created: "create",
    e.CreateRefused: "create",
    e.CreateLost: "create",
    e.LookedUp: "look-up",
    e.Checked: "check",
}


def channel_of(event: Any) -> str:
    """The channel's name; empty for an event that no decision rests on."""
    match event:
        case e.Heard() | e.Spoken():
            return ""
        case e.StatusReported():
            return "callbacks"
        case e.Fetched():
            return "fetches"
        case e.StreamReported():
            return "stream callbacks"
        case e.TurnedAway():
            return "door"
        case e.TimerFired():
            return "clock"
    if isinstance(event, _REST):
        return "REST answers"
    if isinstance(event, _PEOPLE):
        return "people"
    return f"socket {event.socket}" if hasattr(event, "socket") else f"model session {event.session}"


def channels(entries: Iterable[Entry]) -> dict[str, tuple[Entry, ...]]:
    """Recorded steps by the channel of their events, in their order."""
    found: dict[str, list[Entry]] = {}
    for entry in entries:
        if name := channel_of(entry.event):
            found.setdefault(name, []).append(entry)
    return {name: tuple(each) for name, each in found.items()}


def may_come(event: e.Event, call: Call, tokens: Tokens) -> bool:
    """Whether the protocols allow this event now, as far as our orders and earlier events go."""
    runs = not isinstance(event, e.TimerFired) or event.timer in call.timers
    playing = {("playing", each.item) for each in getattr(event, "playing", ())}
    return runs and playing <= tokens and tokens.issuperset(_needs(event))


def _needs(event: Any) -> Iterator[Token]:
    """What an event has to wait for, besides the items that play meanwhile."""
    match event:
        case e.DialBegan() | e.TimerFired() | e.UpgradeAsked(token_ok=False):
            return
        case e.UpgradeAsked():
            yield "document", event.generation
        case e.UpdateAnswered():
            yield "write", event.number
        case e.StatusReported() if event.status in TERMINAL:
            yield from (("placed", ""), ("may end", ""))
        case e.StatusReported() | e.Fetched() | e.StreamReported() | e.TurnedAway():
            yield "placed", ""
        case e.AudioSent():
            yield from (("open", event.socket), ("audio", event.item))
        case e.MarkReturned():
            yield "sent", event.item
        case _:
            yield from _needs_by_channel(event)


def _needs_by_channel(event: Any) -> Iterator[Token]:
    if type(event) in _ANSWERS:
        yield "asked", _ANSWERS[type(event)]
    elif hasattr(event, "socket"):
        yield "accepted", event.socket
    elif isinstance(event, _PEOPLE):
        yield "dialled", ""
    else:
        yield "session", event.session
        if isinstance(event, e.ResponseBegan) and event.ref:
            yield "ref", event.ref
        if isinstance(event, _VOICE):
            yield "opened", ""


def learnt(tokens: Tokens, event: Any, orders: Sequence[o.Order], *, ends_by_us: bool) -> Tokens:
    """What may be waited for, after an event and our orders. `ends_by_us`: the recorded call ended by our hang-up."""
    known = set(tokens)
    known |= set(_of_event(event))
    if type(event) in _ANSWERS:
        known.discard(("asked", _ANSWERS[type(event)]))
    if isinstance(event, e.MarkReturned):
        known.discard(("playing", event.item))
    for order in orders:
        known |= set(_TELLS.get(type(order), lambda order: ())(order))
    if not ends_by_us and ("placed", "") in known:
        known.add(("may end", ""))
    for order in orders:
        if isinstance(order, o.CloseModel):
            known.discard(("session", order.session))
    return frozenset(known)


def _of_event(event: Any) -> Iterable[Token]:
    match event:
        case e.DialBegan():
            yield "dialled", ""
        case e.AudioBegan():
            yield "audio", event.item
        case e.AudioSent():
            yield from (("sent", event.item), ("playing", event.item))


_TELLS: dict[type[o.Order], Callable[[Any], tuple[Token, ...]]] = {
    o.CreateCall: lambda order: (("asked", "create"), ("placed", "")),
    o.LookUp: lambda order: (("asked", "look-up"),),
    o.CheckCall: lambda order: (("asked", "check"),),
    o.UpdateCall: lambda order: (("write", order.number), ("may end", "")),
    o.HangUp: lambda order: (("write", order.number), ("may end", "")),
    o.AnswerFetch: lambda order: (_served(order.document),),
    o.AcceptSocket: lambda order: (("accepted", order.socket),),
    o.OpenAudio: lambda order: (("open", order.socket), ("opened", "")),
    o.OpenModel: lambda order: (("session", order.session),),
    o.AskGreeting: lambda order: (("ref", order.ref),),
    o.AskResponse: lambda order: (("ref", order.ref),),
    o.PlayGreeting: lambda order: (("audio", KEPT_GREETING), ("playing", KEPT_GREETING)),
    o.PlayClip: lambda order: (("sent", order.clip), ("playing", order.clip)),
}


def _served(document: o.Document) -> Token:
    """A stream's document lets a socket come; any other one ends the call by itself."""
    return ("document", document.generation) if document.kind is o.DocumentKind.STREAM else ("may end", "")
