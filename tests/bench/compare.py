"""`make bench-compare A=... B=...`: what has moved between two files of `make bench JSON=...`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

Kept = dict[str, Any]


def moved(before: list[float], after: list[float]) -> str:
    """The ratio of the medians; marked if the runs of the one lie wholly beside those of the other."""
    if not before or not after:
        return ""
    was, now = median(before), median(after)
    ratio = f"{now / was:.2f}" if was else f"{now - was:+g}"
    apart = min(after) > max(before) or max(after) < min(before)
    return f"{ratio} *" if apart else ratio


def main(old: Path, new: Path) -> None:
    """Print both, figure by figure."""
    before, after = (json.loads(path.read_text("utf-8")) for path in (old, new))
    console = Console()
    for name in sorted({*before["machine"], *after["machine"]}):
        values = [kept["machine"].get(name, "none") for kept in (before, after)]
        if values[0] != values[1]:
            console.print(f"not the same: {name}, {values[0]} and {values[1]}", markup=False)
    table = Table(show_edge=False)
    for column in ("what", "before", "after", "after to before"):
        table.add_column(column)
    for room, figures in after["figures"].items():
        known: dict[str, Kept] = {figure["what"]: figure for figure in before["figures"].get(room, [])}
        for figure in figures:
            was = known.get(figure["what"])
            change = moved(was["runs"], figure["runs"]) if was else "new"
            table.add_row(f"{room}: {figure['what']}", was["shown"] if was else "", figure["shown"], change)
    console.print(table)
    console.print("* no run of the one is among those of the other")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:3]))
