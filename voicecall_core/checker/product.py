"""One call and everybody around it as one system of states: what each can do next, and what that makes of the others.

Each participant's states are numbered, and what a move makes of one of them is worked out once, however many of the
others' states it is met with.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar

from voicecall_core.call.step import Call, Step, step
from voicecall_core.checker.search import Numbered
from voicecall_core.words.events import Event
from voicecall_core.words.orders import Order

S = TypeVar("S", bound=Hashable)
World = tuple[int, ...]  # the number of the call's state, then that of each participant's
_NOTHING = -1
_IMPOSSIBLE = -2


class Move(NamedTuple, Generic[S]):
    """One thing that somebody can do: in words, the event it is (None: nothing we see yet), and what is then true.

    `harm` says what broke for the callee, if this is what breaks it. `autonomous`: it takes nobody but us and the
    clock, as a timer, or an answer that is lost.
    """

    words: str
    event: Event | None
    then: S
    harm: str = ""
    autonomous: bool = False


@dataclass(frozen=True, slots=True)
class Participant(Generic[S]):
    """Somebody who moves beside the call: where he begins, what he can do, what becomes of him.

    `after` gives his state after an event and our orders, None if he could not have let that event happen; it is asked
    if there are orders, and for the events of the types that he `hears`.
    """

    start: S
    moves: Callable[[S], Iterable[Move[S]]]
    after: Callable[[S, Event, Sequence[Order]], S | None]
    hears: tuple[type[Event], ...] = ()


@dataclass(frozen=True, slots=True)
class Environment:
    """Everybody around a call. `clock`: what can happen next by the call's own state, as timers and answers to it."""

    participants: tuple[Participant[Any], ...]
    clock: Callable[[Call], Iterable[Move[None]]]


@dataclass(frozen=True, slots=True)
class Reduction:
    """What of a state may be forgotten, so that fewer states differ.

    `call` takes out of a call what no decision rests on, `key` tells two such calls apart. `view` is what of a call
    decides on what still matters of the others, and `participant(state, view)` what that is.
    """

    call: Callable[[Call], Call]
    key: Callable[[Call], Hashable]
    view: Callable[[Call], Hashable]
    participant: Callable[[Any, Any], Any]


Cause = tuple[Event, tuple[Order, ...]]
Numbers = tuple[Move[Any], int, int]  # a move, the number of its event, that of the state then


class Edge(NamedTuple):
    """A move with what it makes of the call and of its participant. `cause`: what the others have to be told of."""

    words: str
    event: Event | None
    harm: str
    autonomous: bool
    broken: bool
    call: int
    own: int
    cause: int


Edges = tuple[list[Edge], int]  # and how many moves were left out, as they change nothing


class Product:
    """The moves of the call and its environment together.

    `check` sees each step of the call once, and says whether it breaks a law. `unchanged` counts the moves that were
    left out, as they change nothing.
    """

    def __init__(
        self, call: Call, environment: Environment, reduction: Reduction, check: Callable[[Step], bool]
    ) -> None:
        self.unchanged = 0
        self.calls: Numbered[Call] = Numbered()
        self._clock, self._reduction, self._check = environment.clock, reduction, check
        self._hears = tuple(kind for each in environment.participants for kind in each.hears)
        self._events: Numbered[Event] = Numbered()
        self._causes: Numbered[Cause] = Numbered()
        self._views: Numbered[Hashable] = Numbered()
        self._view_of: list[int] = []  # by the call's number
        self._made: dict[tuple[int, int], tuple[int, int, bool]] = {}
        self._by_call: dict[int, Edges] = {}
        self._sides = [_Side(each, reduction, self._causes, self._views) for each in environment.participants]
        self.start: World = (self._number(call), *(side.number(side.participant.start) for side in self._sides))

    def moves(self, world: World) -> Iterator[tuple[Edge, World]]:
        """Every move from a state that changes anything, and the state behind it."""
        call = world[0]
        for place, side in enumerate(self._sides, 1):
            number = world[place]
            found = side.edges.get((call, number))
            if found is None:
                found = side.edges[call, number] = self._edges(call, side.moves(number, self._event), side, number)
            yield from self._from(world, place, found)
        found = self._by_call.get(call)
        if found is None:
            moves = [(move, self._event(move), _NOTHING) for move in self._clock(self.calls[call])]
            found = self._by_call[call] = self._edges(call, moves, None, _NOTHING)
        yield from self._from(world, 0, found)

    def _from(self, world: World, place: int, found: Edges) -> Iterator[tuple[Edge, World]]:
        """The moves that the participant at `place` can make in this state."""
        edges, unchanged = found
        self.unchanged += unchanged
        for edge in edges:
            if edge.cause == _NOTHING and edge.call == world[0]:  # it is nobody else's business
                yield edge, (*world[:place], edge.own, *world[place + 1 :]) if place else world
                continue
            view = self._view_of[edge.call]
            then = [edge.call]
            for other, side in enumerate(self._sides, 1):
                number = edge.own if other == place else side.after(world[other], edge.cause, view)
                if number == _IMPOSSIBLE:
                    break
                then.append(number)
            else:
                yield edge, tuple(then)

    def _edges(self, call: int, moves: Iterable[Numbers], side: _Side | None, number: int) -> Edges:
        """Each move with what it makes of the call, and of its participant; and how many change nothing."""
        edges, unchanged = [], 0
        for move, event, then in moves:
            made, cause, broken = (call, _NOTHING, False) if move.event is None else self._step(call, event)
            own = number if side is None else side.after(then, cause, self._view_of[made])
            if own == _IMPOSSIBLE:
                continue
            if made == call and own == number and cause == _NOTHING and not move.autonomous and not broken:
                unchanged += 1
            else:
                edges.append(Edge(move.words, move.event, move.harm, move.autonomous, broken, made, own, cause))
        return edges, unchanged

    def _step(self, call: int, event: int) -> tuple[int, int, bool]:
        """The call after an event, what the others have to be told of, and whether a law was broken."""
        known = self._made.get((call, event))
        if known is None:
            happened = self._events[event]
            made = step(self.calls[call], happened)
            cause = _NOTHING
            if made.orders or isinstance(happened, self._hears):
                cause = self._causes.number((happened, made.orders), (happened, made.orders))
            known = self._made[call, event] = (self._number(self._reduction.call(made.call)), cause, self._check(made))
        return known

    def _number(self, call: Call) -> int:
        number = self.calls.number(call, self._reduction.key(call))
        if number == len(self._view_of):
            view = self._reduction.view(call)
            self._view_of.append(self._views.number(view, view))
        return number

    def _event(self, move: Move[Any]) -> int:
        return _NOTHING if move.event is None else self._events.number(move.event, move.event)


class _Side:
    """One participant's states by number, with what has been worked out of them."""

    def __init__(
        self, participant: Participant[Any], reduction: Reduction, causes: Numbered[Cause], views: Numbered[Hashable]
    ) -> None:
        self.participant = participant
        self.edges: dict[tuple[int, int], Edges] = {}
        self._reduction, self._causes, self._views = reduction, causes, views
        self._states: Numbered[Hashable] = Numbered()
        self._moves: dict[int, list[Numbers]] = {}
        self._heard: dict[tuple[int, int], int] = {}
        self._reduced: dict[tuple[int, int], int] = {}

    def number(self, state: Hashable) -> int:
        return self._states.number(state, state)

    def moves(self, number: int, numbered: Callable[[Move[Any]], int]) -> list[Numbers]:
        """What can be done in a state, each with the number of its event and of the state then."""
        known = self._moves.get(number)
        if known is None:
            moves = self.participant.moves(self._states[number])
            known = self._moves[number] = [(move, numbered(move), self.number(move.then)) for move in moves]
        return known

    def after(self, number: int, cause: int, view: int) -> int:
        """The state after a cause, as far as it still matters beside such a call."""
        if cause != _NOTHING:
            heard = self._heard.get((number, cause))
            if heard is None:
                state = self.participant.after(self._states[number], *self._causes[cause])
                heard = self._heard[number, cause] = _IMPOSSIBLE if state is None else self.number(state)
            if heard == _IMPOSSIBLE:
                return heard
            number = heard
        known = self._reduced.get((number, view))
        if known is None:
            state = self._reduction.participant(self._states[number], self._views[view])
            known = self._reduced[number, view] = self.number(state)
        return known
