"""Every order in which the recorded events of a call could have come, as far as cause and effect leave it open.

Clocks and words take no part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import compress

from voicecall_core.call.state import Call, Entry, LawBroken, Step, new_call
from voicecall_core.call.step import step
from voicecall_core.checker.causality import Tokens, channels, learnt, may_come
from voicecall_core.checker.product import Move
from voicecall_core.checker.reduction import key, without_words
from voicecall_core.checker.search import Numbered, Search
from voicecall_core.checker.trace import Trace, retraced
from voicecall_core.words.events import StatusReported
from voicecall_core.words.orders import HangUp
from voicecall_core.words.terms import Terms
from voicecall_core.words.values import TERMINAL

STATES_MOST = 200_000  # a minute on a small machine; a call that has more is said to be searched in part

_Place = tuple[int, tuple[int, ...], Tokens]  # the call's number, how many events of each channel have come, what may


@dataclass(frozen=True, slots=True)
class Interleavings:
    """What the search has met.

    `channels`: how many events each has. `states`; `orders`: how many different ways lead through them. `complete`:
    nothing was left out for want of room. `broken` with `trace`: the first broken laws, and a shortest way to them, in
    which each event is named by its line.
    """

    channels: dict[str, int]
    states: int
    orders: int
    complete: bool
    broken: tuple[LawBroken, ...] = ()
    trace: Trace = ()


def every_order(
    terms: Terms,
    recorded: Iterable[Entry],
    *,
    most: int = STATES_MOST,
    progress: Callable[[int, int], object] = lambda left, known: None,
) -> Interleavings:
    """Search all orders until one breaks a law, or all are done, or `most` states were met."""
    entries = list(recorded)
    lanes = channels(entries)
    system = _Recorded(terms, list(lanes.values()), _ends_by_us(entries))
    search = Search(system.start, system.moves)
    search.run(limit=most, stop=lambda number, move: bool(move.harm), progress=progress)
    trace: Trace = ()
    if search.found is not None:
        number, last = search.found
        trace = retraced(new_call(terms), [*search.way_to(number), last])
    paths = search.paths(search.dead_ends()) or []
    return Interleavings(
        channels={name: len(each) for name, each in lanes.items()},
        states=len(search.states) - len(trace[-1:]),  # the one behind a broken law is none of them
        orders=sum(compress(paths, search.dead_ends())),
        complete=search.complete,
        broken=trace[-1].laws if trace else (),
        trace=trace,
    )


def _ends_by_us(entries: Iterable[Entry]) -> bool:
    """Whether a hang-up of ours was ordered before the carrier said that the call had ended."""
    for each in entries:
        if isinstance(each.event, StatusReported) and each.event.status in TERMINAL:
            return False
        if any(isinstance(order, HangUp) for order in each.orders):
            return True
    return False


class _Recorded:
    """The recorded events as a system: every channel's next one may come, if nothing that it waits for is missing.

    Behind a broken law nothing comes any more.
    """

    def __init__(self, terms: Terms, lanes: list[tuple[Entry, ...]], ends_by_us: bool) -> None:
        self._lanes, self._ends_by_us = lanes, ends_by_us
        self._calls: Numbered[Call] = Numbered()
        self._made: dict[tuple[int, int, int], tuple[int, Step]] = {}  # by the call's number and the event's place
        self.start: _Place = (self._number(new_call(terms)), (0,) * len(lanes), frozenset())

    def moves(self, place: _Place) -> Iterator[tuple[Move[None], _Place]]:
        number, come, tokens = place
        call = self._calls[number]
        for lane, entries in enumerate(self._lanes):
            if come[lane] == len(entries):
                continue
            entry = entries[come[lane]]
            if not may_come(entry.event, call, tokens):
                continue
            number_then, made = self._step(number, lane, come[lane])
            event = made.event
            then = (
                number_then,
                (*come[:lane], come[lane] + 1, *come[lane + 1 :]),
                learnt(tokens, event, made.orders, ends_by_us=self._ends_by_us),
            )
            yield Move(f"line {entry.line}", event, None, harm="; ".join(law.text for law in made.broken)), then
            if made.broken:
                return

    def _step(self, number: int, lane: int, place: int) -> tuple[int, Step]:
        """What an event makes of a call, worked out once for all the places at which it meets it."""
        known = self._made.get((number, lane, place))
        if known is None:
            made = step(self._calls[number], replace(self._lanes[lane][place].event, at=0.0))
            known = self._made[number, lane, place] = self._number(without_words(made.call)), made
        return known

    def _number(self, call: Call) -> int:
        return self._calls.number(call, key(call))
