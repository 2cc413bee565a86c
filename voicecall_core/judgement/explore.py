"""Every order in which things can happen to a call, walked to the end. Knows nothing of time and chance.

Breadth first, so that the first counterexample is a shortest one. What is checked at every step are the laws; at the
carrier, that no `<Say>` of ours takes effect after a stream document has left us; and for every state that was met,
that timers and lost answers alone bring the call to its end.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from voicecall_core.judgement.actors import Actor
from voicecall_core.judgement.books import Call, minted
from voicecall_core.judgement.call import step
from voicecall_core.judgement.graph import Graph, Way, orders_between, ways_out
from voicecall_core.judgement.guard import Rulebook, Verdict
from voicecall_core.judgement.phase import Phase
from voicecall_core.judgement.projection import projected
from voicecall_core.judgement.rulings import TABLE, Asker, Cell, Ruling, State
from voicecall_core.judgement.walk import Walk
from voicecall_core.words.events import Event
from voicecall_core.words.orders import Order
from voicecall_core.words.terms import Greet, Kind, Limits, Policy, Terms

# Small counts, so that the end of each is met; seconds do not enter.
LIMITS = Limits(hang_up_tries=2, stream_generations=2, create_tries=2, look_up_every_s=1.0, create_unknown_s=2.0)
USUAL = frozenset({Actor.MODEL, Actor.MODEL_FAILS, Actor.SAY, Actor.HANG_UP, Actor.REST})
EVERYBODY = frozenset(Actor)
LIMIT = 2_000_000
TOLD_EVERY = 500


@dataclass(frozen=True, slots=True)
class Happening:
    """One line of a counterexample: what happened, what we saw of it, and what we made of it."""

    words: str
    event: Event | None
    verdicts: tuple[Verdict, ...] = ()
    orders: tuple[Order, ...] = ()
    laws: tuple[str, ...] = ()
    harm: str = ""


Trace = tuple[Happening, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """What a walk has met.

    `states`: different states of call, carrier and everybody else. `calls`: different calls among them.
    `transitions`: moves tried from them. `orders_walked`: different sequences of moves from minting to the moment at
    which the call is over, moves that change nothing left out; None if the walk was cut short.
    `way_out`: the most timers and lost answers that it takes from any state to the end. `broken`: a shortest way to a
    broken law. `harmed`: a shortest way to a `<Say>` of ours that took effect after a stream document had left us.
    `stuck`: a way to a state that timers and lost answers do not bring to an end. `asked`: the cells of the guard's
    table that were asked. `complete`: nothing was left out for want of room.
    """

    states: int
    calls: int
    transitions: int
    orders_walked: int | None
    way_out: int | None
    broken: Trace | None
    harmed: Trace | None
    stuck: Trace | None
    asked: frozenset[tuple[Asker, State]]
    complete: bool

    @property
    def holds(self) -> bool:
        """No law was broken, nobody was harmed, and no call can be stuck."""
        return self.complete and self.broken is None and self.harmed is None and self.stuck is None

    @property
    def impossible_met(self) -> frozenset[tuple[Asker, State]]:
        """Cells that the table calls impossible and that were asked all the same."""
        return frozenset(cell for cell in self.asked if TABLE[cell].ruling is Ruling.IMPOSSIBLE)


def explore(
    policy: Policy = Policy.GUARD,
    *,
    rules: Rulebook | None = None,
    actors: frozenset[Actor] = USUAL,
    kind: Kind = Kind.STREAM,
    greet: Greet = Greet.RINGING,
    limit: int = LIMIT,
    until_harm: bool = False,
    progress: Callable[[int, int], bool] | None = None,
) -> Report:
    """Walk every order. Stops at the first broken law, or (`until_harm`) at the first harm; and at `limit` states.

    `progress` hears now and then how many states have been left, and how many are known; true from it ends the walk.
    """
    terms = Terms("c-1", kind, policy, greet, pii_say="hello", pii_greeting="hello", limits=LIMITS)
    call = projected(minted(terms, rules))
    return _Search(call, Walk(call, actors), until_harm, progress).run(limit)


class _Search:
    """A breadth-first walk that notes what it meets."""

    def __init__(self, call: Call, walk: Walk, until_harm: bool, progress: Callable[[int, int], bool] | None) -> None:
        self.call, self.walk, self.until_harm, self.progress = call, walk, until_harm, progress
        self.graph = Graph(walk.start)
        self.transitions = 0
        self.broken: Trace | None = None
        self.harmed: Trace | None = None

    def run(self, limit: int) -> Report:
        graph = self.graph
        number = 0
        while number < len(graph.worlds) < limit and not self._found():
            self._leave(number)
            number += 1
            if self.progress is not None and number % TOLD_EVERY == 0 and self.progress(number, len(graph.worlds)):
                break
        complete = number == len(graph.worlds)
        over = [self.walk.calls[world.call].phase is Phase.OVER for world in graph.worlds]
        stuck, way_out = ways_out(graph, over) if complete else (None, None)
        return Report(
            states=len(graph.worlds),
            calls=len(self.walk.calls.values),
            transitions=self.transitions,
            orders_walked=orders_between(graph, over) if complete else None,
            way_out=way_out,
            broken=self.broken,
            harmed=self.harmed,
            stuck=None if stuck is None else self._told(graph.way_to(stuck)),
            asked=frozenset(self.walk.asked),
            complete=complete,
        )

    def _found(self) -> bool:
        return self.harmed is not None or (self.broken is not None and not self.until_harm)

    def _leave(self, number: int) -> None:
        """Make every move from one state."""
        graph, walk = self.graph, self.walk
        world = graph.worlds[number]
        for hops, still in walk.ways(world):
            self.transitions += still
            for hop in hops:
                then = walk.then(world, hop)
                if then is None:
                    continue
                self.transitions += 1
                graph.meet(then, number, hop.way)
                if hop.way.harm and self.harmed is None:
                    self.harmed = self._told([*graph.way_to(number), hop.way])
        if walk.broken and self.broken is None:
            self._blame(number)
        graph.offsets.append(len(graph.targets))

    def _blame(self, number: int) -> None:
        """Tell the first move from this state that broke a law."""
        world = self.graph.worlds[number]
        for part in self.walk.ways(world):
            for hop in part.hops:
                if self.broken is None and (world.call, hop.way.event) in self.walk.broken:
                    if self.walk.then(world, hop) is not None:
                        self.broken = self._told([*self.graph.way_to(number), hop.way])

    def _told(self, ways: list[Way]) -> Trace:
        """The moves told as a story: the call is stepped once more, with all that the projection leaves out."""
        call, lines = self.call, []
        for way in ways:
            if way.event < 0:
                lines.append(Happening(way.words, None, harm=way.harm))
                continue
            event = self.walk.events[way.event]
            done = step(call, event)
            laws = tuple(f"law {law.law}: {law.text}" for law in done.call.broken[len(call.broken) :])
            lines.append(Happening(way.words, event, done.verdicts, done.orders, laws))
            call = done.call
        return tuple(lines)


def without(asker: Asker, state: State, rules: Rulebook = TABLE) -> Rulebook:
    """The same rulebook with the refusal in one cell turned into a grant: what a test takes away to see it missed."""
    return {**rules, (asker, state): Cell(Ruling.GRANTED, "taken-away", "a refusal that was taken away")}
