"""Everybody but the carrier as the explorer sees them: the model, the operator, the clock, a stranger.

Each is a set of moves that can be left out of a walk. Knows nothing of documents.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple

from voicecall_core.judgement.books import Call
from voicecall_core.judgement.carrier_model import Socket
from voicecall_core.words import events as e
from voicecall_core.words import orders as o

OVERWRITES = 2  # so that a second one meets the first in flight
ITEM, RESPONSE, APOLOGY = "item-1", "response-1", "apology"


class Actor(StrEnum):
    """Who may move in a walk. The carrier always does, and so does the clock."""

    LATE = "create is answered late, or never"
    MODEL = "the model gets ready"
    MODEL_FAILS = "the model fails"
    GREETING = "the greeting is spoken"
    SAY = "the operator wants something said"
    OVERWRITE = "the user orders an overwrite"
    HANG_UP = "the operator hangs up"
    REST = "the carrier refuses writes, and answers twice"
    STRANGER = "a stranger asks for a socket, or starts the wrong call on one"


class Room(NamedTuple):
    """What is true of everybody but the carrier.

    `voice`: how far the greeting has come: 1 asked, 2 begun, 3 sounding, 4 ended. `sent`: its first frame has left.
    """

    session: int = 0
    ready: bool = False
    voice: int = 0
    sent: bool = False
    marked: bool = False
    clip: int = 0
    live: int = 0
    said: bool = False
    ordered: int = 0


class Turn(NamedTuple):
    """One thing that somebody can do: in words, the event it is, and what is then true."""

    words: str
    event: e.Event
    then: Room


def turns(now: Room, actors: frozenset[Actor]) -> Iterator[Turn]:
    """Everything that model, operator and stranger can do next."""
    if Actor.MODEL in actors and now.session and not now.ready:
        ready = e.ModelReached(now.session, e.ModelStage.READY)
        yield Turn("the model is ready", ready, now._replace(ready=True))
    if Actor.MODEL_FAILS in actors and now.session:
        yield from _fails(now)
    if Actor.GREETING in actors:
        yield from _greets(now)
    if Actor.SAY in actors and not now.said:
        yield Turn("the operator wants something said", e.OperatorSpoke("say this"), now._replace(said=True))
    if Actor.OVERWRITE in actors and now.ordered < OVERWRITES:
        asked = e.OverwriteAsked("answering machine", "call back")
        yield Turn("the user orders an overwrite", asked, now._replace(ordered=now.ordered + 1))
    if Actor.HANG_UP in actors:
        yield Turn("the operator hangs up", e.HangUpAsked(), now)


def _fails(now: Room) -> Iterator[Turn]:
    gone = now._replace(session=0, ready=False, voice=0)
    yield Turn("the model's session is lost", e.ModelFailed(now.session, "1006", "lost"), gone)
    yield Turn("the model refuses", e.ModelFailed(now.session, "key", "refused", retryable=False), gone)


def _greets(now: Room) -> Iterator[Turn]:
    session = now.session
    if session and now.voice == 1:
        begun = e.ResponseBegan(session, RESPONSE, f"greeting-{session}")
        yield Turn("the greeting is begun", begun, now._replace(voice=2))
    if session and now.voice == 2:
        yield Turn("the greeting sounds", e.AudioBegan(session, RESPONSE, ITEM), now._replace(voice=3))
    if session and now.voice in (2, 3):
        status = "completed"
        yield Turn("the greeting is ended", e.ResponseEnded(session, RESPONSE, status), now._replace(voice=4))
    if now.live and now.voice >= 3 and not now.sent:
        yield Turn("the greeting leaves", e.AudioSent(now.live, ITEM, RESPONSE, 100), now._replace(sent=True))
    if now.live and now.sent and not now.marked:
        event = e.MarkReturned(now.live, ITEM, RESPONSE, 900)
        yield Turn("the greeting's mark is back", event, now._replace(marked=True))
    if now.live and now.clip:
        event = e.MarkReturned(now.live, APOLOGY, APOLOGY, 900)
        yield Turn("the apology's mark is back", event, now._replace(clip=0))


def strange(generations: int, sockets: Sequence[Socket]) -> Iterator[tuple[str, e.Event]]:
    """What a stranger, or a stream that is not ours, may try; also an upgrade that is seen twice."""
    for generation in range(1, generations + 1):
        yield "a stranger asks for a socket", e.UpgradeAsked(9, generation, token_ok=False)
    for socket in sockets:
        if socket.stage in ("open", "live"):
            yield f"a wrong start on socket {socket.number}", e.StreamStarted(socket.number, "MZ9", "CA9")
        if socket.stage in ("live", "dead"):
            yield "the upgrade is seen again", e.UpgradeAsked(8, socket.generation, token_ok=True)


def ticks(call: Call) -> Iterator[tuple[str, e.Event]]:
    """Every timer that runs may be the next to fire."""
    for timer in sorted(call.timers):
        yield f"the {timer} timer fires", e.TimerFired(timer)


def answers(call: Call, actors: frozenset[Actor]) -> Iterator[tuple[str, e.UpdateAnswered]]:
    """The write in flight is answered; with `Actor.REST` also refused, and an earlier answer comes a second time."""
    pending = call.guard.pending
    if pending is not None and not pending.in_doubt:
        number = pending.number
        yield f"write {number} is accepted", e.UpdateAnswered(number, e.RestAnswer.ACCEPTED)
        yield f"the answer to write {number} is lost", e.UpdateAnswered(number, e.RestAnswer.LOST)
        if Actor.REST in actors:
            yield f"write {number} fails", e.UpdateAnswered(number, e.RestAnswer.REFUSED)
            not_up = e.UpdateAnswered(number, e.RestAnswer.REFUSED, refusal=e.Refusal.NOT_IN_PROGRESS)
            yield f"write {number} is refused", not_up
    if Actor.REST in actors:
        for number in range(1, call.guard.written + 1):
            if pending is None or number != pending.number:
                yield f"write {number} is answered once more", e.UpdateAnswered(number, e.RestAnswer.ACCEPTED)


def heard(now: Room, orders: Sequence[o.Order]) -> Room:
    """The room after our orders."""
    for order in orders:
        match order:
            case o.OpenModel():
                now = now._replace(session=order.session, ready=False, voice=0)
            case o.CloseModel() if order.session == now.session:
                now = now._replace(session=0, ready=False)
            case o.AskGreeting():
                now = now._replace(voice=1, sent=False, marked=False)
            case o.OpenAudio():
                now = now._replace(live=order.socket)
            case o.PlayClip():
                now = now._replace(clip=1)
            case o.Conclude():
                now = now._replace(live=0, clip=0)
    return now


def fallen_silent(now: Room, event: e.Event | None) -> Room:
    """The room after an event that ended a stream: no mark comes back from it."""
    if isinstance(event, e.StreamStopped | e.SocketClosed) and event.socket == now.live:
        return now._replace(live=0, clip=0)
    return now
