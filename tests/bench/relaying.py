"""What a relayed frame costs, beside the shortest sensible relays: runs in turn, the processor time by the kernel.

What is relayed is 20 ms of sound, in either direction. Compare within one sitting alone: what a frame costs depends on
what else the machine does, and it does the same to all that are run in turn.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from statistics import median
from typing import Any

from tests.bench.figure import Figure, of_runs

PROGRAM, PLAIN, FLOOR = "program", "starlette", "picows"
RELAYS = (PLAIN, "websockets", FLOOR, PROGRAM)
NAMES = {
    PLAIN: "Starlette, uvicorn, websockets",
    "websockets": "websockets on both sides",
    FLOOR: "picows, the floor",
    PROGRAM: "this program",
}
RUNS, SECONDS, WITHIN_S = 3, 4, 150

Run = dict[str, Any]


@dataclass(frozen=True)
class Sitting:
    """Runs that are compared. `goals`: the most that this program may cost of what another relay does."""

    what: str
    calls: int = 50
    both: bool = False
    tls: bool = False
    piece_ms: int = 20
    interrupt: bool = False
    relays: Sequence[str] = (PLAIN, FLOOR, PROGRAM)
    goals: Mapping[str, float] = field(default_factory=dict)

    def run(self, relay: str) -> Run:
        """One run of one relay."""
        with tempfile.NamedTemporaryFile() as authority:
            settings = {
                "kind": relay,
                "calls": self.calls,
                "both": self.both,
                "interrupt": self.interrupt,
                "piece_ms": self.piece_ms,
                "authority": authority.name if self.tls else "",
                "seconds": SECONDS,
            }
            command = [sys.executable, "-m", "tests.bench.relay.load", json.dumps(settings)]
            done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=WITHIN_S)
        if done.returncode:
            raise SystemExit(f"The load on {relay} came to nothing:\n{done.stderr}")
        run: Run = json.loads(done.stdout)
        return run


SITTINGS = (
    Sitting("one way", relays=RELAYS, goals={PLAIN: 0.4, FLOOR: 1.4}),
    Sitting("both ways", both=True, goals={PLAIN: 0.8}),
    Sitting("one way, TLS to the model", tls=True, goals={PLAIN: 0.45}),
    Sitting("both ways, the model's pieces 200 ms long", both=True, piece_ms=200, relays=(PLAIN, PROGRAM)),
    Sitting("200 calls one way", calls=200, relays=(PLAIN, PROGRAM), goals={PLAIN: 0.4}),
    Sitting("200 calls both ways", calls=200, both=True, relays=(PLAIN, PROGRAM), goals={PLAIN: 0.8}),
    Sitting("30 calls talking, each interrupted every 2 s", 30, both=True, interrupt=True, relays=(PROGRAM,)),
)


def figures() -> Iterator[Figure]:
    """All of them."""
    lacking = [name for name in ("starlette", "uvicorn", "picows", "trustme") if find_spec(name) is None]
    if lacking:
        raise SystemExit(
            f"To be compared with, {', '.join(lacking)} has to be installed: pip install -e '.[dev,bench]'"
        )
    for sitting in SITTINGS:
        yield from _of(sitting)


def _of(sitting: Sitting) -> Iterator[Figure]:
    runs: dict[str, list[Run]] = {relay: [] for relay in sitting.relays}
    for _ in range(RUNS):
        for relay in sitting.relays:
            runs[relay].append(sitting.run(relay))
    what = sitting.what
    for relay in sitting.relays:
        yield of_runs(f"{what}: {NAMES[relay]}", _each(runs[relay], "us_a_frame"), "us a frame")
    for other in (PLAIN, FLOOR):
        if other in runs:
            pairs = zip(_each(runs[PROGRAM], "us_a_frame"), _each(runs[other], "us_a_frame"), strict=True)
            goal = f"at most {sitting.goals[other]}" if other in sitting.goals else ""
            yield of_runs(f"{what}: this program to {NAMES[other]}", [mine / its for mine, its in pairs], "times", goal)
    for relay in sitting.relays:
        for place, name in enumerate(("p50", "p99")):
            late = [run["late_ms"][place] for run in runs[relay]]
            yield of_runs(f"{what}: callee to model, {name}, {NAMES[relay]}", late, "ms")
    counted = ("lost",) if sitting.interrupt else ("lost", "lost_out")  # who is interrupted shall not hear the rest
    lost = [sum(run[name] for run in runs[relay] for name in counted) for relay in sitting.relays]
    yield Figure(f"{what}: frames lost", f"{sum(lost):.0f}", " ".join(f"{each:.0f}" for each in lost), "0", lost, "")
    yield from _of_program(sitting, runs[PROGRAM])


def _of_program(sitting: Sitting, runs: list[Run]) -> Iterator[Figure]:
    """What the others have none of."""
    if sitting.both:
        gaps = [run["gap_ms"][1] for run in runs]
        yield of_runs(f"{sitting.what}: between the agent's frames, p99, this program", gaps, "ms")
    if sitting.interrupt:
        for place, name in enumerate(("p50", "p99")):
            clears = [run["clear_ms"][place] for run in runs]
            yield of_runs(f"{sitting.what}: speech_started to clear, {name}", clears, "ms")
    load = median(_each(runs, "load_core"))
    yield Figure(f"{sitting.what}: what the load took of a core", f"{load:.2f}", "", "", [load], "")


def _each(runs: list[Run], name: str) -> list[float]:
    return [run[name] for run in runs]
