"""A way through states told in full: what happened, and what was made of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from voicecall_core.call.state import Call, LawBroken, Step
from voicecall_core.call.step import step
from voicecall_core.checker.product import Edge, Move


@dataclass(frozen=True, slots=True)
class Transition:
    """One move that was made: in words, what we made of it (None: we did not see it), and what it broke.

    `laws`: the laws that were broken. `harm`: what it does to the callee's stream. `at`: when, where time is told.
    """

    words: str
    step: Step | None = None
    laws: tuple[LawBroken, ...] = ()
    harm: str = ""
    at: float = 0.0


Trace = tuple[Transition, ...]
Laws = Callable[[Step], Sequence[LawBroken]]


def broken_laws(made: Step) -> Sequence[LawBroken]:
    """The laws of the house that a step broke."""
    return made.broken


def retraced(call: Call, moves: Iterable[Move[Any] | Edge], laws: Laws = broken_laws) -> Trace:
    """The moves from `call` on; it is stepped once more, with all that a reduction leaves out."""
    trace = []
    for move in moves:
        if move.event is None:
            trace.append(Transition(move.words, harm=move.harm))
            continue
        made = step(call, move.event)
        trace.append(Transition(move.words, made, tuple(laws(made)), move.harm))
        call = made.call
    return tuple(trace)
