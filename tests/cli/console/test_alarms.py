from __future__ import annotations

from rich.text import Text

from tests.cli.console import calls
from voicecall_cli.console import palette, verdicts
from voicecall_core.call.step import Call


def alarm_lines(call: Call, *, width: int, height: int) -> list[Text]:
    return verdicts.alarm_lines(call.broken, call.notes, width=width, height=height)


def test_broken_laws_come_first_and_in_red() -> None:
    laws = alarm_lines(calls.raced(), width=80, height=4)
    assert [str(line.style) for line in laws[:2]] == [palette.BAD, palette.BAD]
    assert [line.plain for line in laws[:2]] == [
        f" {law.at:8.3f} invariant {law.law} broken: {law.text}" for law in calls.raced().broken
    ]
    assert "the model's handshake is cancelled" in laws[2].plain


def test_where_there_is_little_room_it_says_how_many_are_not_shown() -> None:
    lines = alarm_lines(calls.raced(), width=80, height=2)
    assert len(lines) == 2
    assert lines[0].plain.endswith("(and 1 before)") and "invariant 2" in lines[0].plain
    (line,) = alarm_lines(calls.raced(), width=80, height=1)
    assert "invariant 2" in line.plain
    assert all(line.cell_len <= 30 for line in alarm_lines(calls.raced(), width=30, height=3))


def test_notes_show_the_words_of_strangers_as_text() -> None:
    text = "\n".join(line.plain for line in alarm_lines(calls.hostile(), width=120, height=6))
    assert "[red]bad[/red]: \\x1b[31mreason" in text
    assert "[link=x]odd\\x00" in text
    assert "key pressed: 5" in text


def test_a_call_without_any_shows_none() -> None:
    assert alarm_lines(calls.talking(), width=80, height=4) == []
    assert alarm_lines(calls.raced(), width=80, height=0) == []
