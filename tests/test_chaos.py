"""Calls by chance: a few of them in each run; and what is wrong with one is seen, and left behind as a call file."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos import judged, scenario_of
from voicecall_core import read_call
from voicecall_core.words.terms import Policy


def test_a_seed_always_makes_the_same_call() -> None:
    assert scenario_of(7) == scenario_of(7)
    assert scenario_of(7) != scenario_of(8)


@pytest.mark.parametrize("seed", range(1, 5))
def test_a_call_by_chance_breaks_no_law(seed: int, tmp_path: Path) -> None:
    _, outcome, wrong = judged(seed, folder=tmp_path)
    assert outcome != "none" and wrong == []
    assert list(tmp_path.iterdir()) == []


def test_a_call_without_the_guard_is_caught_and_kept(tmp_path: Path) -> None:
    _, _, wrong = judged(2, folder=tmp_path / "kept", policy=Policy.NAIVE)
    assert wrong
    (kept,) = (tmp_path / "kept" / "2").iterdir()
    assert read_call(kept).call.terms.policy is Policy.NAIVE
