"""`make bench`: runs every measurement, prints a table of each kind, and keeps them all as JSON if a file is named.

Knows nothing of how each is made.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.bench import (
    calls,
    importing,
    judging,
    line,
    listing,
    long_call,
    many,
    refusing,
    relaying,
    starting,
    tolerance,
    webhooks,
)
from tests.bench.figure import Figure

ROOMS = {
    "starting": starting,
    "calls": calls,
    "relaying": relaying,
    "judging": judging,
    "long_call": long_call,
    "importing": importing,
    "line": line,
    "listing": listing,
    "many": many,
    "refusing": refusing,
    "tolerance": tolerance,
    "webhooks": webhooks,
}
_PACKAGES = ("anyio", "uvloop", "websockets", "h11", "starlette", "uvicorn", "picows")


def main(wanted: list[str], kept: Path | None) -> None:
    """Measure the rooms that are named, all without a name."""
    console, measured = Console(), dict[str, list[Figure]]()
    for name, room in ROOMS.items():
        if wanted and name not in wanted:
            continue
        table = Table(title=name, title_justify="left", show_edge=False)
        for column in ("what", "median", "all", "goal"):
            table.add_column(column)
        measured[name] = list(room.figures())
        for figure in measured[name]:
            table.add_row(figure.what, figure.median, figure.all, figure.goal)
        console.print(table)
        console.print()
    if kept is not None:
        kept.write_text(json.dumps(_as_json(measured), indent=1) + "\n", "utf-8")


def _as_json(measured: dict[str, list[Figure]]) -> dict[str, object]:
    figures = {
        name: [
            {"what": f.what, "unit": f.unit, "runs": list(f.runs), "shown": f.median, "goal": f.goal} for f in figures
        ]
        for name, figures in measured.items()
    }
    return {"machine": machine(), "figures": figures}


def machine() -> dict[str, str]:
    """What measured: figures of two machines say nothing about two programs."""
    versions = {"python": platform.python_version(), "system": platform.platform(), "cores": str(os.cpu_count())}
    for package in _PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            continue
    return versions


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measure.")
    parser.add_argument("rooms", nargs="*", choices=[[], *ROOMS], help="what to measure; all without a name")
    parser.add_argument("--json", type=Path, help="the file to keep the figures in")
    given = parser.parse_args()
    main(given.rooms, given.json)
