"""How fast the judge is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from time import perf_counter

import anyio
from trio.testing import MockClock

from tests.bench.figure import Figure, of_runs
from tests.placing import Placed, place
from voicecall_core.call.step import new_call, step
from voicecall_core.checker.proof import USUAL
from voicecall_core.checker.standard_walks import GuardWalk

RUNS, TIMES = 5, 100


def figures() -> Iterator[Figure]:
    """All of them."""
    placed: Placed = anyio.run(
        place, "ordinary", backend="trio", backend_options={"clock": MockClock(autojump_threshold=0)}
    )
    yield of_runs("events judged a second", [_judged(placed) for _ in range(RUNS)], "events")
    yield of_runs("states explored a second", [_explored() for _ in range(2)], "states")


def _judged(placed: Placed) -> float:
    events = [step.event for step in placed.steps]
    began = perf_counter()
    for _ in range(TIMES):
        call = new_call(placed.call.terms)
        for event in events:
            call = step(call, replace(event)).call
    return TIMES * len(events) / (perf_counter() - began)


def _explored() -> float:
    began = perf_counter()
    return GuardWalk(USUAL).proof().run().states / (perf_counter() - began)
