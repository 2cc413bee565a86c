"""What happened so far: of each step what a page that looks back needs, without the two calls that it holds."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from voicecall_core.call.guard import Verdict
from voicecall_core.call.state import LawBroken, Note, Step
from voicecall_core.words.events import Event
from voicecall_core.words.orders import Order

MOST = 20_000  # steps: hours of a call; beyond it the oldest are forgotten


@dataclass(frozen=True, slots=True)
class Told:
    """A step: what happened, what the guard said, what was ordered, and what else must not be overlooked."""

    event: Event
    verdicts: tuple[Verdict, ...] = ()
    orders: tuple[Order, ...] = ()
    notes: tuple[Note, ...] = ()
    broken: tuple[LawBroken, ...] = ()


def told(step: Step) -> Told:
    """What of a step is kept."""
    return Told(step.event, step.verdicts, step.orders, step.notes, step.broken)


class History:
    """The steps so far, the newest last."""

    def __init__(self) -> None:
        self._steps: deque[Told] = deque(maxlen=MOST)

    def add(self, step: Step) -> None:
        """A step has happened."""
        self._steps.append(told(step))

    def last(self, number: int) -> Sequence[Told]:
        """At most so many of the newest, in order."""
        return [*islice(reversed(self._steps), number)][::-1]

    def __len__(self) -> int:
        return len(self._steps)
