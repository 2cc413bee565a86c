"""Every order in which the recorded events could have come, walked with equal states merged. Knows nothing of files.

Breadth first: the first broken law is reached by a shortest way. Clocks and words take no part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from voicecall_core.judgement.books import Call, LawBroken, minted
from voicecall_core.judgement.call import Step, step
from voicecall_core.judgement.projection import key
from voicecall_core.judgement.timing import Timing
from voicecall_core.replay.channels import Tokens, channels, learnt, may_come
from voicecall_core.replay.words import Recorded
from voicecall_core.words.events import TERMINAL, Event, StatusReported
from voicecall_core.words.orders import HangUp
from voicecall_core.words.terms import Terms

STATES_MOST = 200_000  # a minute on a small machine; a call that has more is said to be walked in part

Taken = tuple[int, Event, Call, Step]


@dataclass(frozen=True, slots=True)
class Walked:
    """What the walk has met.

    `channels`: how many events each has. `states`; `orders`: how many different ways lead through them. `complete`:
    nothing was left out for want of room. `broken` with `way`: the first broken laws, and a shortest way to them as
    (line, event, call before, step).
    """

    channels: dict[str, int]
    states: int
    orders: int
    complete: bool
    broken: tuple[LawBroken, ...] = ()
    way: tuple[Taken, ...] = ()


@dataclass(slots=True)
class _State:
    call: Call
    places: tuple[int, ...]
    tokens: Tokens
    parent: int
    by: tuple[int, Event] | None
    paths: int = 0


def every_order(
    terms: Terms,
    steps: Iterable[Recorded],
    *,
    most: int = STATES_MOST,
    progress: Callable[[int], None] = lambda states: None,
) -> Walked:
    """Walk all orders until one breaks a law, or all are done, or `most` states were met."""
    recorded = [each for each in steps if each.event is not None]
    lanes = channels((each.line, each.event) for each in recorded if each.event is not None)
    walk = _Walk(terms, list(lanes.values()), _ends_by_us(recorded), most, progress)
    broken, way = walk.run()
    states = walk.states
    ways = sum(state.paths for number, state in enumerate(states) if number in walk.ends)
    names = {name: len(each) for name, each in lanes.items()}
    return Walked(names, len(states), ways, walk.complete, broken, way)


def _ends_by_us(recorded: Iterable[Recorded]) -> bool:
    """Whether a hang-up of ours was ordered before the carrier said that the call had ended."""
    for each in recorded:
        if isinstance(each.event, StatusReported) and each.event.status in TERMINAL:
            return False
        if any(isinstance(order, HangUp) for order in each.spoken()[1]):
            return True
    return False


class _Walk:
    """A breadth-first walk. Every move uses up one event, so that all states of a layer are met before the next."""

    def __init__(
        self,
        terms: Terms,
        lanes: list[tuple[tuple[int, Event], ...]],
        ends_by_us: bool,
        most: int,
        progress: Callable[[int], None],
    ) -> None:
        self.states = [_State(minted(terms), (0,) * len(lanes), frozenset(), -1, None, 1)]
        self.ends: set[int] = set()
        self.complete = True
        self._lanes, self._ends_by_us, self._most, self._progress = lanes, ends_by_us, most, progress
        self._numbers: dict[Any, int] = {}

    def run(self) -> tuple[tuple[LawBroken, ...], tuple[Taken, ...]]:
        number = 0
        while number < len(self.states):
            if len(self.states) > self._most:
                self.complete = False
                break
            if broken := self._leave(number):
                return broken, self._way(number, broken)
            number += 1
            if number % 500 == 0:
                self._progress(len(self.states))
        return (), ()

    def _leave(self, number: int) -> tuple[LawBroken, ...]:
        """Let every event come that may come now. The laws that one of them breaks, if any does."""
        state = self.states[number]
        moved = False
        for lane, events in enumerate(self._lanes):
            if state.places[lane] == len(events):
                continue
            line, event = events[state.places[lane]]
            if not may_come(event, state.call, state.tokens):
                continue
            moved = True
            made = step(state.call, replace(event, at=0.0))
            if made.call.broken:
                self._last = (line, event)
                return made.call.broken
            places = (*state.places[:lane], state.places[lane] + 1, *state.places[lane + 1 :])
            tokens = learnt(state.tokens, event, made.orders, ends_by_us=self._ends_by_us)
            self._meet(_bare(made.call), places, tokens, number, (line, event))
        if not moved:
            self.ends.add(number)
        return ()

    def _meet(self, call: Call, places: tuple[int, ...], tokens: Tokens, parent: int, by: tuple[int, Event]) -> None:
        known_as = (key(call), places, tokens)
        number = self._numbers.setdefault(known_as, len(self.states))
        if number == len(self.states):
            self.states.append(_State(call, places, tokens, parent, by))
        self.states[number].paths += self.states[parent].paths

    def _way(self, number: int, broken: tuple[LawBroken, ...]) -> tuple[Taken, ...]:
        """The events that lead to a state and the one that broke the law, each judged once more in full."""
        events = [self._last]
        while (by := self.states[number].by) is not None:
            events.append(by)
            number = self.states[number].parent
        call, way = minted(self.states[0].call.terms), []
        for line, event in reversed(events):
            made = step(call, replace(event, at=0.0))
            way.append((line, event, call, made))
            call = made.call
        return tuple(way)


def _bare(call: Call) -> Call:
    """The call without what no decision rests on, and by which equal states would differ."""
    return replace(
        call,
        timing=Timing(MappingProxyType(dict.fromkeys(sorted(call.timing.first), 0.0))),
        verdicts=(),
        transcript=(),
        notes=(),
        broken=(),
        usage=(),
    )
