"""Every state that moves lead to from a first one: breadth first, equal states merged, moves counted.

What a state is, and what moves it, is the caller's: it knows no call and no carrier.
"""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Generic, Protocol, TypeVar

NO_LIMIT = 2**62  # more states than any machine holds
_TOLD_EVERY = 500  # states left between two reports of progress

_T = TypeVar("_T")


class Label(Protocol):
    """What the search asks of a move: whether it is made even if everybody but us and the clock is silent."""

    @property
    def autonomous(self) -> bool: ...


StateT = TypeVar("StateT", bound=Hashable)
MoveT = TypeVar("MoveT", bound=Label)


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


def _never(number: int, move: Label) -> bool:
    return False


class Search(Generic[StateT, MoveT]):
    """A breadth-first search: `states` in the order in which they were met, and every move that leads to another one.

    `moves(state)` yields each move with the state behind it. `tried` counts them. `complete`: every state was left.
    `found`: the number of the first state with a move at which the search was to stop, and that move.
    """

    def __init__(self, start: StateT, moves: Callable[[StateT], Iterable[tuple[MoveT, StateT]]]) -> None:
        self.states = [start]
        self.tried = 0
        self.complete = False
        self.found: tuple[int, MoveT] | None = None
        self._moves = moves
        self._numbers: dict[StateT, int] = {start: 0}
        self._parents = array("l", [-1])
        self._via: list[MoveT | None] = [None]
        self._offsets = array("l", [0])
        self._targets = array("l")
        self._autonomous = bytearray()

    def run(
        self,
        *,
        limit: int = NO_LIMIT,
        stop: Callable[[int, MoveT], bool] = _never,
        progress: Callable[[int, int], object] = lambda left, known: None,
    ) -> None:
        """Search until there is nothing new, `limit` states are known, or a state has a move at which to `stop`.

        `progress` hears now and then how many states have been left, and how many are known; a true answer ends it.
        """
        number = 0
        while number < len(self.states) < limit and self.found is None:
            self._leave(number, stop)
            number += 1
            if number % _TOLD_EVERY == 0 and progress(number, len(self.states)):
                break
        self.complete = number == len(self.states)

    def _leave(self, number: int, stop: Callable[[int, MoveT], bool]) -> None:
        """Make every move from one state. One that changes nothing is kept only if it is autonomous: it is a circle."""
        numbers, states = self._numbers, self.states
        for move, state in self._moves(states[number]):
            self.tried += 1
            known = numbers.setdefault(state, len(states))
            if known == len(states):
                states.append(state)
                self._parents.append(number)
                self._via.append(move)
            if known != number or move.autonomous:
                self._targets.append(known)
                self._autonomous.append(move.autonomous)
            if stop(number, move) and self.found is None:
                self.found = number, move
        self._offsets.append(len(self._targets))

    def way_to(self, number: int) -> list[MoveT]:
        """The moves by which a state was met first: a shortest way to it."""
        ways = []
        while (move := self._via[number]) is not None:
            ways.append(move)
            number = self._parents[number]
        return ways[::-1]

    def _edges(self, number: int) -> range:
        """The places of a state's moves; none if it was not left."""
        return range(self._offsets[number], self._offsets[number + 1]) if number + 1 < len(self._offsets) else range(0)

    def dead_ends(self) -> list[bool]:
        """Which states were left and have no move to another one."""
        left = len(self._offsets) - 1
        return [number < left and not self._edges(number) for number in range(len(self.states))]

    def paths(self, ends: Sequence[bool]) -> list[int] | None:
        """How many different sequences of moves lead to each state, none going on from an end; None if some circle."""
        coming = [0] * len(self.states)
        for number in range(len(self.states)):
            for edge in self._edges(number):
                coming[self._targets[edge]] += self._targets[edge] != number
        paths = [0] * len(self.states)
        paths[0] = 1
        ready, passed = [0], 0
        while ready:
            number = ready.pop()
            passed += 1
            for edge in self._edges(number):
                then = self._targets[edge]
                if then == number:
                    continue
                paths[then] += 0 if ends[number] else paths[number]
                coming[then] -= 1
                if not coming[then]:
                    ready.append(then)
        return paths if passed == len(self.states) else None

    def inevitable(self, goal: Sequence[bool]) -> list[int]:
        """For each state the most autonomous moves that lead from it to the goal; -1 if they may never do.

        Counted back from the goal: a state has its length as soon as all its autonomous moves have theirs. One that is
        left over lies on a circle, or leads to one, or has no autonomous move at all.
        """
        before: list[list[int]] = [[] for _ in goal]
        open_moves = [0] * len(goal)
        for number, reached in enumerate(goal):
            for edge in self._edges(number):
                if self._autonomous[edge] and not reached:
                    before[self._targets[edge]].append(number)
                    open_moves[number] += 1
        longest = [0] * len(goal)
        length = [0 if reached else -1 for reached in goal]
        ready = deque(number for number, reached in enumerate(goal) if reached)
        while ready:
            number = ready.popleft()
            for earlier in before[number]:
                open_moves[earlier] -= 1
                longest[earlier] = max(longest[earlier], length[number] + 1)
                if not open_moves[earlier]:
                    length[earlier] = longest[earlier]
                    ready.append(earlier)
        return length
