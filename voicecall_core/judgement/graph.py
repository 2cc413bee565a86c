"""The states of a walk in the order in which they were met, and the moves between them. Knows nothing of calls."""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Hashable
from typing import Generic, NamedTuple, TypeVar

_T = TypeVar("_T")


class Numbered(Generic[_T]):
    """Values under numbers: equal keys get the same one."""

    def __init__(self) -> None:
        self.values: list[_T] = []
        self._numbers: dict[Hashable, int] = {}

    def number(self, value: _T, known_as: Hashable) -> int:
        """The number of a value; the first one under its key is kept."""
        number = self._numbers.setdefault(known_as, len(self.values))
        if number == len(self.values):
            self.values.append(value)
        return number

    def __getitem__(self, number: int) -> _T:
        return self.values[number]


class Way(NamedTuple):
    """A move in words, with the number of the event it is, -1 for what we do not see. `inner`: it takes nobody but us
    and the clock, as a timer, or an answer that is lost."""

    words: str
    event: int
    harm: str
    inner: bool


class World(NamedTuple):
    """One state of the walk, by numbers."""

    call: int
    carrier: int
    room: int


class Graph:
    """The states of a walk in the order in which they were met, with every move that leads to another one."""

    def __init__(self, start: World) -> None:
        self.worlds = [start]
        self.parents = array("l", [-1])
        self.via: list[Way | None] = [None]
        self.offsets = array("l", [0])
        self.targets = array("l")
        self.inner = bytearray()
        self._numbers = {start: 0}

    def meet(self, world: World, parent: int, way: Way) -> None:
        """A move leads from `parent` to a state; a new one remembers by which move it was met first."""
        number = self._numbers.get(world)
        if number is None:
            number = self._numbers[world] = len(self.worlds)
            self.worlds.append(world)
            self.parents.append(parent)
            self.via.append(way)
        if number != parent or way.inner:
            self.targets.append(number)
            self.inner.append(way.inner)

    def way_to(self, number: int) -> list[Way]:
        """The moves by which a state was met first: a shortest way to it."""
        ways = []
        while (way := self.via[number]) is not None:
            ways.append(way)
            number = self.parents[number]
        return ways[::-1]


def ways_out(graph: Graph, over: list[bool]) -> tuple[int | None, int | None]:
    """A state that inner moves alone may never bring to its end, if there is one; else the longest way they take.

    Counted back from the end: a state has its length as soon as all its inner moves have theirs. What is left over
    without one lies on a circle, or leads to one, or has no inner move at all.
    """
    before: list[list[int]] = [[] for _ in over]
    left = [0] * len(over)
    for number in range(len(over)):
        for edge in range(graph.offsets[number], graph.offsets[number + 1]):
            if graph.inner[edge] and not over[number]:
                before[graph.targets[edge]].append(number)
                left[number] += 1
    length = [0] * len(over)
    ready = deque(number for number, ended in enumerate(over) if ended)
    known = len(ready)
    while ready:
        number = ready.popleft()
        for earlier in before[number]:
            left[earlier] -= 1
            length[earlier] = max(length[earlier], length[number] + 1)
            if not left[earlier]:
                ready.append(earlier)
                known += 1
    if known == len(over):
        return None, max(length)
    return next(n for n, ended in enumerate(over) if not ended and (left[n] or not length[n])), None


def orders_between(graph: Graph, over: list[bool]) -> int | None:
    """How many different sequences of moves lead from minting to the end; None if some of them can go in circles."""
    coming = [0] * len(over)
    for number in range(len(over)):
        for edge in range(graph.offsets[number], graph.offsets[number + 1]):
            coming[graph.targets[edge]] += graph.targets[edge] != number
    paths = [0] * len(over)
    paths[0] = 1
    ready, walked, total = [0], 0, 0
    while ready:
        number = ready.pop()
        walked += 1
        total += paths[number] if over[number] else 0
        for edge in range(graph.offsets[number], graph.offsets[number + 1]):
            then = graph.targets[edge]
            if then == number:
                continue
            paths[then] += 0 if over[number] else paths[number]
            coming[then] -= 1
            if not coming[then]:
                ready.append(then)
    return total if walked == len(over) else None
