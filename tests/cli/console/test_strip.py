from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.cli.console import calls
from voicecall_cli.console.strip import strip_line
from voicecall_core.words import events as e


def cells(now: float, width: int = 157) -> str:
    """The strip with a quarter of a second a cell, up to `now`."""
    line = strip_line(calls.talking(), width=width, now=now)
    assert line.cell_len <= width
    return line.plain[6:126]


def test_it_shows_who_spoke_when_both_did_and_when_nobody_did() -> None:
    assert cells(13.1).lstrip() == "·▄█" + "▄" * 16 + "··" + "▀" * 6 + "··" + "▄" * 5


def test_before_the_answer_it_is_empty() -> None:
    assert strip_line(calls.ringing(), width=157, now=3.0).plain[6:126].strip() == ""


def test_it_only_ever_moves() -> None:
    early, late = cells(12.1), cells(12.1 + 0.25 * 7)
    assert late[:-8] == early[7:-1]


def test_silence_in_which_he_waits_too_long_and_a_lost_stream_are_told_apart() -> None:
    asked = calls.played(calls.fresh(), calls.DIAL, calls.ANSWER, calls.TALK[:4])
    assert strip_line(asked, width=157, now=15.0).plain[6:126].endswith("········!!!!!!!")
    gone = calls.played(calls.talking(), [(13.0, e.StreamStopped(1))])
    assert strip_line(gone, width=157, now=14.9).plain[6:126].endswith("▄▄▄▄xxxxxxxx")


def test_it_ends_with_the_call() -> None:
    assert " end" in strip_line(calls.over(), width=100, now=90.0).plain
    assert "▄" in strip_line(calls.over(), width=100, now=90.0).plain[6:60]


@pytest.mark.parametrize("width", [1, 10, 20, 40, 79, 80, 200, 400])
def test_it_fits(width: int) -> None:
    assert strip_line(calls.talking(), width=width, now=13.0).cell_len <= width


@settings(deadline=None)
@given(st.floats(0, 1e5), st.integers(1, 300))
def test_no_time_and_no_width_break_it(now: float, width: int) -> None:
    assert strip_line(calls.over(), width=width, now=now).cell_len <= width
