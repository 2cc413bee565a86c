"""The list of what can happen in a simulated call. Knows scenarios by their names and their one sentence alone."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from voicecall_core.simulator.scenarios import SCENARIOS


def show_scenarios() -> None:
    """Print every scenario's name, what happens in it, and what comes of it."""
    table = Table(box=None, pad_edge=False, show_edge=False)
    table.add_column("scenario", style="bold", no_wrap=True)
    table.add_column("what happens")
    table.add_column("outcome", no_wrap=True)
    for scenario in SCENARIOS.values():
        table.add_row(scenario.name, Text(scenario.about), scenario.expects.outcome)
    Console().print(table)
