"""One walk over every order in which things can happen: the states, and the moves between them.

A state is a projected call, the carrier, and the room of everybody else. They are numbered, and what an event makes of
a call is worked out once, however many carriers it meets that call with. Knows nothing of what the walk is for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from voicecall_core.judgement import actors as a
from voicecall_core.judgement import carrier_model as c
from voicecall_core.judgement import carrier_moves
from voicecall_core.judgement.books import Call
from voicecall_core.judgement.call import step
from voicecall_core.judgement.graph import Numbered, Way, World
from voicecall_core.judgement.phase import Phase
from voicecall_core.judgement.projection import key, projected
from voicecall_core.judgement.rulings import Asker, State
from voicecall_core.words import events as e
from voicecall_core.words import orders as o

NEVER = -2


class Hop(NamedTuple):
    """A move from a state, as far as one part of it can tell. `cause` is -1 if it concerns none of the other parts."""

    way: Way
    call: int
    carrier: int
    room: int
    cause: int


class Hops(NamedTuple):
    """All moves that one part of a state allows; `still` counts those among them that change nothing."""

    hops: list[Hop]
    still: int


class Walk:
    """The states met so far, each part with what has been worked out of it. `asked`: the cells that were asked."""

    def __init__(self, call: Call, actors: frozenset[a.Actor]) -> None:
        self.actors = actors
        self.asked: set[tuple[Asker, State]] = set()
        self.broken: set[tuple[int, int]] = set()
        self.calls: Numbered[Call] = Numbered()
        self.carriers: Numbered[c.Carrier] = Numbered()
        self.rooms: Numbered[a.Room] = Numbered()
        self.events: Numbered[e.Event] = Numbered()
        self._causes: Numbered[tuple[e.Event, tuple[o.Order, ...]]] = Numbered()
        self.start = World(self._call(call), self._carrier(c.Carrier()), self._room(a.Room()))
        self._nobody = self.start.room
        self._after = self._carrier(c.AFTERMATH)
        self._made: dict[tuple[int, int], tuple[int, int]] = {}
        self._obeyed: dict[tuple[int, int], int] = {}
        self._heard: dict[tuple[int, int], int] = {}
        self._by_carrier: dict[tuple[int, int], Hops] = {}
        self._by_room: dict[tuple[int, int], Hops] = {}
        self._seen: dict[tuple[int, int, bool], int] = {}
        self._by_call: dict[int, Hops] = {}
        self._carrier_moves: dict[int, list[tuple[Way, int]]] = {}
        self._room_moves: dict[int, list[tuple[Way, int]]] = {}

    def _call(self, call: Call) -> int:
        return self.calls.number(call, key(call))

    def _carrier(self, carrier: c.Carrier) -> int:
        return self.carriers.number(carrier, carrier)

    def _room(self, room: a.Room) -> int:
        return self.rooms.number(room, room)

    def _way(self, words: str, event: e.Event | None, harm: str = "") -> Way:
        number = -1 if event is None else self.events.number(event, event)
        alone = isinstance(event, e.DialBegan | e.Created | e.TimerFired | e.CreateLost) or words.endswith(" is lost")
        return Way(words, number, harm, alone and event is not None)

    # --- what each part of a state allows ---------------------------------------------------------------------------

    def ways(self, world: World) -> tuple[Hops, Hops, Hops]:
        """Every move from a state: the carrier's, the room's, and those of the clock and of answers under way."""
        call, carrier, room = world
        by_carrier = self._by_carrier.get((call, carrier))
        if by_carrier is None:
            if carrier not in self._carrier_moves:
                self._carrier_moves[carrier] = list(self._carrier_ways(carrier))
            by_carrier = self._hops(call, self._carrier_moves[carrier], carrier, -1)
            self._by_carrier[call, carrier] = by_carrier
        by_room = self._by_room.get((call, room))
        if by_room is None:
            if room not in self._room_moves:
                self._room_moves[room] = list(self._room_ways(room))
            by_room = self._by_room[call, room] = self._hops(call, self._room_moves[room], -1, room)
        by_call = self._by_call.get(call)
        if by_call is None:
            by_call = self._by_call[call] = self._hops(call, self._call_ways(call), -1, -1)
        return by_carrier, by_room, by_call

    def _hops(self, call: int, ways: Iterable[tuple[Way, int]], carrier: int, room: int) -> Hops:
        """Each move with what it makes of the call, and of the part that allows it."""
        hops, still = [], 0
        for way, then in ways:
            made, cause = (call, -1) if way.event < 0 else self._make(call, way.event)
            carriers = carrier if carrier < 0 else (then if cause < 0 else self._obey(then, cause))
            rooms = room if room < 0 else (then if cause < 0 else self._hear(then, cause))
            if carriers == NEVER:
                continue
            if (
                made == call
                and carriers == carrier
                and rooms == room
                and cause < 0
                and not way.inner
                and (call, way.event) not in self.broken
            ):
                still += 1
            else:
                hops.append(Hop(way, made, carriers, rooms, cause))
        return Hops(hops, still)

    def _carrier_ways(self, number: int) -> Iterator[tuple[Way, int]]:
        carrier = self.carriers[number]
        for move in carrier_moves.moves(carrier, late=a.Actor.LATE in self.actors):
            yield self._way(move.words, move.event, move.harm), self._carrier(move.then)
        if a.Actor.STRANGER in self.actors:
            for words, event in a.strange(max(1, carrier.generation), carrier.sockets):
                yield self._way(words, event), number

    def _room_ways(self, number: int) -> Iterator[tuple[Way, int]]:
        for turn in a.turns(self.rooms[number], self.actors):
            yield self._way(turn.words, turn.event), self._room(turn.then)

    def _call_ways(self, number: int) -> Iterator[tuple[Way, int]]:
        call = self.calls[number]
        begun = [("the call is begun", e.DialBegan())] if call.phase is Phase.MINTED else []
        for words, event in [*begun, *a.ticks(call), *a.answers(call, self.actors)]:
            yield self._way(words, event), -1

    # --- what an event makes of each part ---------------------------------------------------------------------------

    def _make(self, call: int, event: int) -> tuple[int, int]:
        """The call after an event, worked out once, and the cause that carrier and room have to be told of."""
        known = self._made.get((call, event))
        if known is None:
            told = self.events[event]
            done = step(self.calls[call], told)
            cause = -1
            if done.orders or isinstance(told, e.StreamStopped | e.SocketClosed | e.UpdateAnswered):
                cause = self._causes.number((told, done.orders), (told, done.orders))
            known = self._made[call, event] = (self._call(projected(done.call)), cause)
            self.asked.update((verdict.asker, verdict.state) for verdict in done.verdicts)
            if done.call.broken:
                self.broken.add((call, event))
        return known

    def _obey(self, carrier: int, cause: int) -> int:
        """The carrier after our orders; `NEVER` if it could not have answered so."""
        known = self._obeyed.get((carrier, cause))
        if known is None:
            told, orders = self._causes[cause]
            then: c.Carrier | None = self.carriers[carrier]
            if isinstance(told, e.UpdateAnswered) and told.answer is e.RestAnswer.REFUSED:
                then = c.refused(self.carriers[carrier], told.number)
            by_name = isinstance(told, e.OverwriteAsked)
            known = NEVER if then is None else self._carrier(c.absorbed(then, orders, by_name=by_name))
            self._obeyed[carrier, cause] = known
        return known

    def _hear(self, room: int, cause: int) -> int:
        known = self._heard.get((room, cause))
        if known is None:
            told, orders = self._causes[cause]
            known = self._room(a.heard(a.fallen_silent(self.rooms[room], told), orders))
            self._heard[room, cause] = known
        return known

    def then(self, world: World, hop: Hop) -> World | None:
        """The state behind a move; None if it cannot be made here.

        What no longer matters is forgotten: sockets of the past; once we are hanging up, who is in the room and what
        runs at the carrier; once the call is over, all but the call.
        """
        _, number, carrier, room, cause = hop
        if carrier < 0:
            carrier = world.carrier if cause < 0 else self._obey(world.carrier, cause)
            if carrier == NEVER:
                return None
        if room < 0:
            room = world.room if cause < 0 else self._hear(world.room, cause)
        call = self.calls[number]
        if call.phase is Phase.OVER:
            return World(number, self._after, self._nobody)
        closing = call.ending.cause is not None
        seen = (carrier, call.guard.socket, closing)
        if seen not in self._seen:
            self._seen[seen] = self._carrier(c.seen(self.carriers[carrier], call.guard.socket, closing=closing))
        return World(number, self._seen[seen], self._nobody if closing else room)
