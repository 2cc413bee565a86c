"""Every order in which things can happen to a call, searched to the end, and what was found.

What is checked at every step are the laws; at the carrier, that no `<Say>` of ours takes effect after a stream document
has left us; and for every state that was met, the laws of progress.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import compress

from voicecall_core.call.guard import Rulebook
from voicecall_core.call.guard_table import TABLE, Asker, Cell, Ruling, State
from voicecall_core.call.phase import Phase
from voicecall_core.call.state import Call, Step
from voicecall_core.checker.environment import Actor
from voicecall_core.checker.product import Edge, Environment, Product, Reduction, World
from voicecall_core.checker.reduction import GUARD
from voicecall_core.checker.search import Search
from voicecall_core.checker.trace import Laws, Trace, broken_laws, retraced
from voicecall_core.words.events import Event
from voicecall_core.words.terms import Limits

# Small counts, so that the end of each is met; seconds do not enter.
LIMITS = Limits(
    hang_up_tries=2,
    stream_generations=2,
    create_tries=2,
    look_up_every_s=1.0,
    create_unknown_s=2.0,
    session_losses=1,
    model_tries=1,
    rollover_tries=1,
)
USUAL = frozenset({Actor.MODEL, Actor.MODEL_FAILS, Actor.SAY, Actor.HANG_UP, Actor.REST})
EVERYBODY = frozenset(Actor)
MOST_STATES = 2_000_000


@dataclass(frozen=True, slots=True)
class Progress:
    """A law of progress: from every call for which `since` holds, silence alone leads to one for which `until` does.

    Silence: only timers fire, and answers are lost.
    """

    until: Callable[[Call], bool]
    since: Callable[[Call], bool] = lambda call: True


def _is_over(call: Call) -> bool:
    return call.phase is Phase.OVER


@dataclass(frozen=True, slots=True)
class Report:
    """What a search has met.

    `states`: different states of call, carrier and everybody else. `calls`: different calls among them.
    `transitions`: moves tried from them. `way_out`: the most timers and lost answers that a law of progress takes from
    any state on, as the end of a call; None if the search was cut short. `broken`: a shortest way to a
    broken law. `harmed`: a shortest way to a `<Say>` of ours that took effect after a stream document had left us.
    `stuck`: a way to a state from which a law of progress does not hold, as one that timers and lost answers do not
    bring to an end. `asked`: the cells of the guard's table that were asked; `events`: the kinds of events that came.
    `complete`: nothing was left out for want of room.
    """

    states: int
    calls: int
    transitions: int
    way_out: int | None
    broken: Trace | None
    harmed: Trace | None
    stuck: Trace | None
    asked: frozenset[tuple[Asker, State]]
    events: frozenset[type[Event]]
    complete: bool

    @property
    def holds(self) -> bool:
        """No law was broken, nobody was harmed, and no call can be stuck."""
        return self.complete and self.broken is None and self.harmed is None and self.stuck is None

    @property
    def impossible_met(self) -> frozenset[tuple[Asker, State]]:
        """Cells that the table calls impossible and that were asked all the same."""
        return frozenset(cell for cell in self.asked if TABLE[cell].ruling is Ruling.IMPOSSIBLE)


class Proof:
    """A search through every order of one call: among whom, by which laws, and what may be forgotten on the way.

    `laws` gives the laws that a step breaks, by default those of the house; `progress` are the laws of progress.
    """

    def __init__(
        self,
        call: Call,
        environment: Environment,
        reduction: Reduction = GUARD,
        *,
        laws: Laws = broken_laws,
        progress: Sequence[Progress] = (Progress(until=_is_over),),
    ) -> None:
        self._laws, self._progress = laws, progress
        self._start = reduction.call(call)
        self._asked: set[tuple[Asker, State]] = set()
        self._events: set[type[Event]] = set()
        self._product = Product(self._start, environment, reduction, self._check)
        self._search: Search[World, Edge] = Search(self._product.start, self._product.moves)
        self._broken: tuple[int, Edge] | None = None
        self._harmed: tuple[int, Edge] | None = None

    def run(
        self,
        *,
        limit: int = MOST_STATES,
        until_harm: bool = False,
        progress: Callable[[int, int], object] = lambda left, known: None,
    ) -> Report:
        """Stops at the first broken law, or (`until_harm`) at the first harm; and at `limit` states.

        `progress` hears now and then how many states have been left, and how many are known; true from it ends it.
        """
        search = self._search
        search.run(limit=limit, stop=self._notes_harm if until_harm else self._notes, progress=progress)
        stuck = way_out = None
        if search.complete:
            stuck, way_out = self._ways_out()
        return Report(
            states=len(search.states),
            calls=len(self._product.calls.values),
            transitions=search.tried + self._product.unchanged,
            way_out=way_out,
            broken=self._trace(self._broken),
            harmed=self._trace(self._harmed),
            stuck=None if stuck is None else self._told(search.way_to(stuck)),
            asked=frozenset(self._asked),
            events=frozenset(self._events),
            complete=search.complete,
        )

    def _check(self, made: Step) -> bool:
        self._events.add(type(made.event))
        self._asked.update((verdict.asker, verdict.state) for verdict in made.verdicts)
        return bool(self._laws(made))

    def _notes(self, number: int, edge: Edge) -> bool:
        """Keep the first of each kind of move that must not be; whether this is one."""
        if not edge.broken and not edge.harm:
            return False
        if edge.broken and self._broken is None:
            self._broken = number, edge
        if edge.harm and self._harmed is None:
            self._harmed = number, edge
        return True

    def _notes_harm(self, number: int, edge: Edge) -> bool:
        return self._notes(number, edge) and bool(edge.harm)

    def _of_states(self, holds: Callable[[Call], bool]) -> list[bool]:
        """For which states this holds of the call; asked once for each call."""
        of_calls = [holds(call) for call in self._product.calls.values]
        return [of_calls[world[0]] for world in self._search.states]

    def _ways_out(self) -> tuple[int | None, int | None]:
        """A state in which a law of progress does not hold, if there is one; else the longest way that one takes."""
        longest = 0
        for law in self._progress:
            due = self._of_states(law.since)
            lengths = list(compress(enumerate(self._search.inevitable(self._of_states(law.until))), due))
            stuck = next((number for number, length in lengths if length < 0), None)
            if stuck is not None:
                return stuck, None
            longest = max([longest, *(length for _, length in lengths)])
        return None, longest

    def _trace(self, found: tuple[int, Edge] | None) -> Trace | None:
        return None if found is None else self._told([*self._search.way_to(found[0]), found[1]])

    def _told(self, edges: list[Edge]) -> Trace:
        return retraced(self._start, edges, self._laws)


def without(asker: Asker, state: State, rules: Rulebook = TABLE) -> Rulebook:
    """The same rulebook with the refusal in one cell turned into a grant: what a test takes away to see it missed."""
    return {**rules, (asker, state): Cell(Ruling.GRANTED, "taken-away", "a refusal that was taken away")}
