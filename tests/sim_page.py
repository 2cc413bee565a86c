"""docs/sim.md's table of numbers, made from the one by which the line chooses."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from voicecall_core.line.numbers import NUMBERS, REFUSED
from voicecall_core.simulator.carrier.rest_errors import REFUSALS
from voicecall_core.simulator.scenarios.catalogue import SCENARIOS

PAGE = Path(__file__).parent.parent / "docs" / "sim.md"
_HEADING = "## Numbers\n"


def written(page: str, table: Callable[[Sequence[str], Iterable[Sequence[str]]], list[str]], made: str) -> str:
    """The page with its last part made anew."""
    kept = page[: page.index(_HEADING)]
    about = {each.name: each.about for each in SCENARIOS.listed()}
    rows = [(f"`{number}`", f"refused: {code}", REFUSALS[code].message) for number, code in REFUSED.items()]
    rows += [(f"`{number}`", f"`{name}`", about[name]) for number, name in NUMBERS.items()]
    lines = [
        _HEADING,
        "A call to one of these plays the scenario beside it; to any other number, `ordinary`. `--scenario` plays one",
        "in every call. A number keeps its scenario: tests may stand on it. The first four are Twilio's own; which of",
        "them has which code is an assumption. `model-unreachable` and `model-unreachable-at-first` can be had by",
        "`--scenario` alone: their port is closed before any number is called.",
        "",
        made,
        "",
        *table(("Number", "Scenario", "What happens"), rows),
    ]
    return kept + "\n".join(lines) + "\n"
