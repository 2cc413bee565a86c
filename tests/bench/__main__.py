"""`make bench`: runs every measurement and prints one table. Knows nothing of how each is made."""

from __future__ import annotations

import sys

from rich.console import Console
from rich.table import Table

from tests.bench import calls, importing, judging, listing, many, refusing, starting, tolerance

ROOMS = {
    "starting": starting,
    "calls": calls,
    "judging": judging,
    "importing": importing,
    "listing": listing,
    "many": many,
    "refusing": refusing,
    "tolerance": tolerance,
}


def main(wanted: list[str]) -> None:
    """Measure the rooms that are named, all without a name."""
    console = Console()
    for name, room in ROOMS.items():
        if wanted and name not in wanted:
            continue
        table = Table(title=name, title_justify="left", show_edge=False)
        for column in ("what", "median", "all", "goal"):
            table.add_column(column)
        for figure in room.figures():
            table.add_row(figure.what, figure.median, figure.all, figure.goal)
        console.print(table)
        console.print()


if __name__ == "__main__":
    main(sys.argv[1:])
