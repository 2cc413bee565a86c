"""The list of calls: what gives way where there is no room."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.callfile.recorded import dialled
from voicecall_cli.console.call_table import call_table
from voicecall_core.archive.folder import Row, rows
from voicecall_core.words.terms import Policy


@pytest.fixture
def calls(tmp_path: Path) -> list[Row]:
    dialled(tmp_path / "one.jsonl", "ordinary")
    dialled(tmp_path / "two.jsonl", "race", Policy.NAIVE)
    return rows(tmp_path)


@pytest.mark.parametrize("width", [50, 80, 100, 120, 200])
def test_no_line_is_wider_than_the_terminal(calls: list[Row], width: int) -> None:
    assert all(line.cell_len <= width for line in call_table(calls, width=width))


def test_where_there_is_room_everything_is_told(calls: list[Row]) -> None:
    head, *_ = call_table(calls, width=None)
    for title in ("when", "call", "to", "scenario", "outcome", "first word", "worst reply", "longest wait", "cost"):
        assert title in head.plain
    assert call_table(calls, width=200)[0].plain == head.plain


def test_on_a_small_screen_whom_and_what_became_of_it_stay(calls: list[Row]) -> None:
    head, *lines = call_table(calls, width=80)
    assert "to" in head.plain.split() and "cost" not in head.plain
    assert all("+15" in line.plain for line in lines) and "failed" in lines[-1].plain and "race" in lines[-1].plain


def test_a_simulated_call_costs_nothing(calls: list[Row]) -> None:
    assert all(line.plain.endswith("–") for line in call_table(calls, width=None)[1:])
