"""A long call: what a step costs at its end and at its beginning, and what the call keeps.

The call is placed once, on the clock that jumps; then its events are judged again, each of them timed.
"""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from statistics import median
from time import perf_counter_ns

import anyio
from trio.testing import MockClock

from tests.bench.figure import Figure
from tests.placing import place
from voicecall_core.call.step import Call, new_call, step
from voicecall_core.simulator.scenarios.scenario import (
    Act,
    CarrierPlan,
    Expectation,
    Listen,
    ModelPlan,
    Scenario,
    Speak,
)
from voicecall_core.words.events import Event
from voicecall_core.words.terms import Terms

MINUTES, ENDS = 67, 5
RUNS = 5


def figures() -> Iterator[Figure]:
    """All of them."""
    call, events = _placed()
    runs = [_ends(call.terms, events) for _ in range(RUNS)]
    first, last = ([run[end] for run in runs] for end in (0, 1))
    yield Figure(f"a step in the first {ENDS} minutes of {MINUTES}", *_us(first))
    yield Figure(f"a step in the last {ENDS} minutes", *_us(last))
    ratios = [b / a for a, b in zip(first, last, strict=True)]
    yield Figure("the last to the first", f"{median(ratios):.3f}", _all(ratios, 3), "0.9 to 1.1")
    yield Figure("events, and lines of the transcript", f"{len(events):,}", f"{len(call.transcript):,}")
    yield Figure("the call's state at its end", f"{_kept(call.terms, events) / 1e6:.2f} MB", "")


def _placed() -> tuple[Call, list[Event]]:
    """A callee who talks and listens for as long as the call may last."""
    acts: tuple[Act, ...] = (Listen(), Speak("question"), Listen(), Speak("answer")) * (
        MINUTES * 20
    )  # more than go into them
    scenario = Scenario(
        "long",
        "",
        acts,
        Expectation("", ""),
        CarrierPlan(frames_at_once=25),
        ModelPlan(),
        dial={"max_duration_s": MINUTES * 60},
    )
    clock = MockClock(autojump_threshold=0)
    placed = anyio.run(partial(place, scenario), backend="trio", backend_options={"clock": clock})
    return placed.call, [made.event for made in placed.steps]


def _ends(terms: Terms, events: Sequence[Event]) -> tuple[float, float]:
    """A step's median in the first minutes and in the last ones, in us."""
    call, took = new_call(terms), list[tuple[float, int]]()
    gc.disable()  # else chance decides which step pays for the collection
    for event in events:
        event = replace(event)
        began = perf_counter_ns()
        call = step(call, event).call
        took.append((event.at, perf_counter_ns() - began))
    gc.enable()
    first = median(ns for at, ns in took if at < ENDS * 60)
    return first / 1000, median(ns for at, ns in took if at > call.at - ENDS * 60) / 1000


def _kept(terms: Terms, events: Sequence[Event]) -> int:
    """The bytes that a call's state holds at its end, beside the events themselves."""
    tracemalloc.start()
    call = new_call(terms)
    for event in events:
        call = step(call, event).call
    kept = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return kept


def _us(runs: Sequence[float]) -> tuple[str, str]:
    return f"{median(runs):.1f} us", _all(runs, 1)


def _all(runs: Sequence[float], digits: int) -> str:
    return " ".join(f"{run:.{digits}f}" for run in runs)
