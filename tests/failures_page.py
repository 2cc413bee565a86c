"""docs/failures.md: what each failure met in the field is, written by hand; what covers it, from the code."""

from __future__ import annotations

import re
from pathlib import Path

from tests.diagnosis.near_misses import FILES
from voicecall_core.diagnosis.failures import WHY_NOT
from voicecall_core.diagnosis.table import RULES
from voicecall_core.simulator.scenarios.catalogue import SCENARIOS

PAGE = Path(__file__).parents[1] / "docs" / "failures.md"
_ROW = re.compile(r'^\| <a id="(\w+)"></a>(\w+) \| (.*) \|$')
BY_HAND, COLUMNS = (0, 1, 2, 5), 6  # behind the number: seen, cause, in a recorded call; rule, scenario; reported in


def rows(page: str) -> dict[str, list[str]]:
    """The page's rows: number to cells, in their order. Raises ValueError for a number that has two."""
    found: dict[str, list[str]] = {}
    for match in filter(None, map(_ROW.match, page.splitlines())):
        anchor, number, cells = match.groups()
        if anchor != number or number in found:
            raise ValueError(f"docs/failures.md: row {number} stands there twice, or under the anchor {anchor}")
        found[number] = [cell.strip() for cell in cells.split("|")]
    return found


def written(page: str) -> str:
    """The page with the rule and the scenario of each row as the code has them."""
    lines = []
    for line in page.splitlines():
        match = _ROW.match(line)
        if match is not None:
            number = match.group(1)
            seen, cause, shows, _, _, reported = [cell.strip() for cell in match.group(3).split("|")]
            cells = (f'<a id="{number}"></a>{number}', seen, cause, shows, _rules(number), _shown(number), reported)
            line = f"| {' | '.join(cells)} |"
        lines.append(line)
    return "\n".join(lines) + "\n"


def _rules(number: str) -> str:
    """The rules that recognise a failure, or why there is none."""
    names = [f"`{rule.name}`" for rule in RULES if number in rule.failures]
    return ", ".join(names) or f"none: {WHY_NOT[number]}"


def _shown(number: str) -> str:
    """Where a failure can be seen."""
    shown = [f"`{name}`" for name, scenario in SCENARIOS.items() if number in scenario.failures]
    by_hand = [f"`{rule.name}.jsonl`" for rule in RULES if number in rule.failures and rule.name in FILES]
    return ", ".join(shown or by_hand)
