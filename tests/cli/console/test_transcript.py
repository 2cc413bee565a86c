from __future__ import annotations

import pytest

from tests.cli.console import calls
from voicecall_cli.console.screen import transcript_lines
from voicecall_core.call.step import Call


def shown(call: Call, width: int, height: int) -> list[str]:
    lines = transcript_lines(call.transcript, width=width, height=height)
    assert len(lines) <= height
    assert all(line.cell_len <= width for line in lines)
    return [line.plain for line in lines]


def test_it_says_who_said_what_and_when() -> None:
    lines = shown(calls.over(), 80, 20)
    assert lines[0].split()[:3] == ["0:01", "agent", "Hello,"]
    assert lines[1] == " " * 16 + "this a good time?"
    assert lines[2] == "  0:05  callee  Hello?"


def test_words_that_are_still_being_spoken_end_in_an_ellipsis() -> None:
    assert shown(calls.talking(), 80, 20)[-1].endswith("I only wanted to hear…")
    assert shown(calls.over(), 80, 20)[-1].endswith("Goodbye!")


@pytest.mark.parametrize(("width", "height"), [(60, 3), (80, 5), (200, 30), (20, 2), (30, 1)])
def test_of_very_much_the_newest_is_shown(width: int, height: int) -> None:
    lines = shown(calls.talkative(), width, height)
    assert len(lines) == height
    assert "ten" in lines[-1] or width < 40


def test_markup_is_text() -> None:
    text = "\n".join(shown(calls.hostile(), 100, 20))
    assert "[bold red]not markup[/]" in text
    assert "\\x1b[2J" in text
    assert "\x1b" not in text and "\u202e" not in text


def test_no_lines_no_words() -> None:
    assert shown(calls.fresh(), 80, 5) == []
    assert shown(calls.over(), 80, 0) == []
