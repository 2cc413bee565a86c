"""The corpus of other programs' logs: what is told of them, held against the truth beside each."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.importers.corpus import LOGS, figures, held, names, truth_of
from voicecall_core.importers.verdict import Race


@pytest.mark.parametrize("name", names())
def test_a_truth_speaks_of_its_log(name: str) -> None:
    truth, lines = truth_of(name), (LOGS / f"{name}.log").read_text("utf-8").split("\n")
    assert truth.made in ("run", "written") and truth.race in set(Race)
    assert all(0 < line <= len(lines) and lines[line - 1].strip() for line in (*truth.lines, *truth.leads))
    assert not (truth.nothing and (truth.rule or truth.leads or truth.race == Race.FOUND))


@pytest.mark.parametrize("name", names())
def test_nothing_untrue_is_told(name: str) -> None:
    assert held(name).untrue == ()


def test_the_page_says_how_often_it_is_right() -> None:
    page = (Path(__file__).parents[2] / "docs" / "imports.md").read_text("utf-8")
    assert "\n".join(figures()) in page


def test_the_corpus_is_broad() -> None:
    truths = [truth_of(name) for name in names()]
    assert len([truth for truth in truths if truth.race == Race.FOUND]) >= 20
    assert len([truth for truth in truths if truth.leads or truth.rule]) >= 20
    assert len([truth for truth in truths if truth.nothing]) >= 20
    assert len([truth for truth in truths if truth.made == "run"]) >= 60
