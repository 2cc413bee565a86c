"""Everybody around a call: the carrier, the model, the operator, the clock, an outsider.

Each is a set of moves that can be left out of a search.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple

from voicecall_core.call.phase import Phase
from voicecall_core.call.state import Call
from voicecall_core.checker.carrier import Carrier, absorbed, refused
from voicecall_core.checker.carrier_moves import moves
from voicecall_core.checker.product import Environment, Move, Participant
from voicecall_core.words import events as e
from voicecall_core.words import orders as o
from voicecall_core.words.values import ModelStage, Refusal, RestAnswer, Timer

OVERWRITES = 2  # so that a second one meets the first in flight
SESSIONS = 3  # sessions that get ready; while it rings, one after the other is given up for its silence
# A planned change leads to another session, as a model that fails does; the walk of the conversation makes it.
_OF_THE_CONVERSATION = frozenset({Timer.ROLLOVER})
ITEM, RESPONSE, APOLOGY = "item-1", "response-1", "apology"


class Actor(StrEnum):
    """Who may move in a search. The carrier always does, and so does the clock."""

    LATE = "create is answered late, or never"
    MODEL = "the model gets ready"
    MODEL_FAILS = "the model fails"
    PATIENCE = "the patience with the model runs out"
    GREETING = "the greeting is spoken"
    SAY = "the operator wants something said"
    OVERWRITE = "the user orders an overwrite"
    HANG_UP = "the operator hangs up"
    REST = "the carrier refuses writes, and answers twice"
    INTRUDER = "an intruder asks for a socket, or starts the wrong call on one"


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


def room_moves(now: Room, actors: frozenset[Actor]) -> Iterator[Move[Room]]:
    """Everything that model and operator can do next."""
    if Actor.MODEL in actors and 0 < now.session <= SESSIONS and not now.ready:
        ready = e.ModelReached(now.session, ModelStage.READY)
        yield Move("the model is ready", ready, now._replace(ready=True))
    if Actor.MODEL_FAILS in actors and now.session:
        yield from _fails(now)
    if Actor.GREETING in actors:
        yield from _greets(now)
    if Actor.SAY in actors and not now.said:
        yield Move("the operator wants something said", e.OperatorSpoke("say this"), now._replace(said=True))
    if Actor.OVERWRITE in actors and now.ordered < OVERWRITES:
        asked = e.OverwriteAsked("answering machine", "call back")
        yield Move("the user orders an overwrite", asked, now._replace(ordered=now.ordered + 1))
    if Actor.HANG_UP in actors:
        yield Move("the operator hangs up", e.HangUpAsked(), now)


def _fails(now: Room) -> Iterator[Move[Room]]:
    gone = now._replace(session=0, ready=False, voice=0)
    yield Move("the model's session is lost", e.ModelFailed(now.session, "1006", "lost"), gone)
    yield Move("the model refuses", e.ModelFailed(now.session, "key", "refused", retryable=False), gone)


def _greets(now: Room) -> Iterator[Move[Room]]:
    session = now.session
    if session and now.voice == 1:
        begun = e.ResponseBegan(session, RESPONSE, f"greeting-{session}")
        yield Move("the greeting is begun", begun, now._replace(voice=2))
    if session and now.voice == 2:
        yield Move("the greeting sounds", e.AudioBegan(session, RESPONSE, ITEM), now._replace(voice=3))
    if session and now.voice in (2, 3):
        status = "completed"
        yield Move("the greeting is ended", e.ResponseEnded(session, RESPONSE, status), now._replace(voice=4))
    if now.live and now.voice >= 3 and not now.sent:
        yield Move("the greeting leaves", e.AudioSent(now.live, ITEM, RESPONSE, 100), now._replace(sent=True))
    if now.live and now.sent and not now.marked:
        event = e.MarkReturned(now.live, ITEM, RESPONSE, 900)
        yield Move("the greeting's mark is back", event, now._replace(marked=True))
    if now.live and now.clip:
        event = e.MarkReturned(now.live, APOLOGY, APOLOGY, 900)
        yield Move("the apology's mark is back", event, now._replace(clip=0))


def _outsider_moves(now: Carrier) -> Iterator[Move[Carrier]]:
    """What an outsider, or a stream that is not ours, may try; also an upgrade that is seen twice."""
    for generation in range(1, max(1, now.generation) + 1):
        yield Move("an intruder asks for a socket", e.UpgradeAsked(9, generation, token_ok=False), now)
    for socket in now.sockets:
        if socket.stage in ("open", "live"):
            yield Move(f"a wrong start on socket {socket.number}", e.StreamStarted(socket.number, "MZ9", "CA9"), now)
        if socket.stage in ("live", "dead"):
            yield Move("the upgrade is seen again", e.UpgradeAsked(8, socket.generation, token_ok=True), now)


def ticks(call: Call, still: frozenset[Timer] = frozenset()) -> Iterator[Move[None]]:
    """The call is begun; then every timer that runs may be the next to fire, but for those that stand `still`."""
    if call.phase is Phase.NEW and not call.timers:
        yield Move("the call is begun", e.DialBegan(), None, autonomous=True)
    for timer in sorted(call.timers - still):
        yield Move(f"the {timer} timer fires", e.TimerFired(timer), None, autonomous=True)


def answers(call: Call, actors: frozenset[Actor]) -> Iterator[Move[None]]:
    """The write in flight is answered; with `Actor.REST` also refused, and an earlier answer comes a second time."""
    pending = call.guard.pending
    if pending is not None and not pending.in_doubt:
        number = pending.number
        lost = e.UpdateAnswered(number, RestAnswer.LOST)
        yield Move(f"write {number} is accepted", e.UpdateAnswered(number, RestAnswer.ACCEPTED), None)
        yield Move(f"the answer to write {number} is lost", lost, None, autonomous=True)
        if Actor.REST in actors:
            yield Move(f"write {number} fails", e.UpdateAnswered(number, RestAnswer.REFUSED), None)
            not_up = e.UpdateAnswered(number, RestAnswer.REFUSED, refusal=Refusal.NOT_IN_PROGRESS)
            yield Move(f"write {number} is refused", not_up, None)
    if Actor.REST in actors:
        for number in range(1, call.guard.written + 1):
            if pending is None or number != pending.number:
                again = e.UpdateAnswered(number, RestAnswer.ACCEPTED)
                yield Move(f"write {number} is answered once more", again, None)


def _carrier_after(now: Carrier, event: e.Event, orders: Sequence[o.Order]) -> Carrier | None:
    """The carrier after an event and our orders; None if it could not have answered so."""
    then: Carrier | None = now
    if isinstance(event, e.UpdateAnswered) and event.answer is RestAnswer.REFUSED:
        then = refused(now, event.number)
    return None if then is None else absorbed(then, orders, by_name=isinstance(event, e.OverwriteAsked))


def _room_after(now: Room, event: e.Event, orders: Sequence[o.Order]) -> Room:
    """The room after an event and our orders. No mark comes back from a stream that has ended."""
    if isinstance(event, e.StreamStopped | e.SocketClosed) and event.socket == now.live:
        now = now._replace(live=0, clip=0)
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


def environment(actors: frozenset[Actor]) -> Environment:
    """Carrier, callee and clock, and those that are named."""
    still = _OF_THE_CONVERSATION if Actor.PATIENCE in actors else _OF_THE_CONVERSATION | {Timer.PATIENCE}

    def carrier_moves(now: Carrier) -> Iterator[Move[Carrier]]:
        yield from moves(now, late=Actor.LATE in actors)
        if Actor.INTRUDER in actors:
            yield from _outsider_moves(now)

    def clock(call: Call) -> Iterator[Move[None]]:
        yield from ticks(call, still)
        yield from answers(call, actors)

    carrier = Participant(Carrier(), carrier_moves, _carrier_after, (e.UpdateAnswered,))
    room = Participant(Room(), lambda now: room_moves(now, actors), _room_after, (e.StreamStopped, e.SocketClosed))
    return Environment((carrier, room), clock)
