"""One measured figure, ready to be printed, and to be kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Figure:
    """What was measured, its median, all runs, and the goal if there is one; the runs as numbers, in their unit."""

    what: str
    median: str
    all: str
    goal: str = ""
    runs: Sequence[float] = ()
    unit: str = ""


def of_runs(what: str, runs: Sequence[float], unit: str = "s", goal: str = "") -> Figure:
    """A figure of several runs in one unit."""
    digits = {"s": 3, "times": 2}.get(unit, 1)
    return Figure(
        what,
        f"{median(runs):.{digits}f} {unit}",
        " ".join(f"{run:.{digits}f}" for run in runs),
        goal,
        runs,
        unit,
    )
