"""The corpus of other programs' logs: what is told of them, held against the truth beside each."""

from __future__ import annotations

import pytest

from tests.importers.corpus import LOGS, names, truth_of
from voicecall_core.importers.verdict import Race


@pytest.mark.parametrize("name", names())
def test_a_truth_speaks_of_its_log(name: str) -> None:
    truth, lines = truth_of(name), (LOGS / f"{name}.log").read_text("utf-8").split("\n")
    assert truth.made in ("run", "written") and truth.race in set(Race)
    assert all(0 < line <= len(lines) and lines[line - 1].strip() for line in (*truth.lines, *truth.leads))
    assert not (truth.nothing and (truth.rule or truth.leads or truth.race == Race.FOUND))
