from __future__ import annotations

import pytest

from tests.cli.console import calls
from voicecall_cli.console import palette
from voicecall_cli.console.verdicts import ruling_word, verdict_lines
from voicecall_core.call.guard import Guard, rule
from voicecall_core.call.guard_table import NAIVE, TABLE, Asker, Ruling, State
from voicecall_core.call.step import Call


def shown(call: Call, width: int, height: int) -> list[str]:
    lines = verdict_lines(call.verdicts, width=width, height=height)
    assert len(lines) <= height
    assert all(line.cell_len <= width for line in lines)
    return [line.plain for line in lines]


def test_a_verdict_says_who_asked_in_which_state_and_why() -> None:
    lines = shown(calls.talking(), 80, 20)
    assert lines[0].split() == ["4.871", "greeting", "fallback", "reserved", "refused"]
    assert lines[1].strip() == "stream-owns-document: the call's document belongs to its stream"


@pytest.mark.parametrize("width", [60, 80, 116])
@pytest.mark.parametrize("height", [1, 2, 3, 4, 5, 9, 27, 56])
def test_the_newest_is_always_there_and_the_lines_are_used(width: int, height: int) -> None:
    lines = shown(calls.asked_often(), width, height)
    assert any("29.900" in line and "turned away" in line for line in lines[-3:])
    assert len(lines) == height


def test_where_there_is_room_all_are_shown_in_full() -> None:
    text = "\n".join(shown(calls.over(), 80, 40))
    for _, verdict in calls.over().verdicts:
        assert f"{verdict.rule}: {verdict.reason}" in text


def test_where_there_is_little_the_older_ones_take_a_line_each() -> None:
    lines = shown(calls.over(), 80, 6)
    assert len(lines) == 6
    assert "greeting fallback" in lines[0] and "hang-up: ending a call" in lines[-1]


def test_every_verdict_fits_its_columns() -> None:
    """No cell of the table is cut where it is told in full, at the narrowest screen that has the whole view."""
    for (asker, state), cell in TABLE.items():
        verdict = rule(Guard(state=state), asker, TABLE)
        first, *rest = verdict_lines([(1.0, verdict)], width=80, height=9)
        assert ruling_word(verdict) in first.plain and state in first.plain
        told = " ".join(line.plain.strip() for line in rest)
        assert told == f"{cell.rule}: {cell.reason}"


@pytest.mark.parametrize(
    ("asker", "state", "style"),
    [
        (Asker.FETCH_FIRST, State.RESERVED, palette.GOOD),
        (Asker.FALLBACK, State.LIVE, palette.BAD),
        (Asker.UPGRADE_WRONG, State.LIVE, palette.BAD),
        (Asker.SAY, State.LIVE, palette.CARE),
        (Asker.SAY, State.RESERVED, palette.CARE),
        (Asker.FETCH_AGAIN, State.LIVE, palette.FAINT),
        (Asker.UPGRADE_WRONG, State.OVER, palette.BAD),
    ],
)
def test_each_ruling_has_its_colour(asker: Asker, state: State, style: str) -> None:
    assert palette.of_verdict(rule(Guard(state=state), asker, TABLE)) == style


def test_what_is_granted_without_a_guard_is_no_good_news() -> None:
    verdict = rule(Guard(), Asker.FALLBACK, NAIVE)
    assert verdict.ruling is Ruling.GRANTED and palette.of_verdict(verdict) == palette.BAD
