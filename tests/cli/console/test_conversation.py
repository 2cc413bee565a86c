from __future__ import annotations

import pytest

from tests.cli.console import calls
from voicecall_cli.console.conversation import conversation_lines, whole_conversation
from voicecall_core.call.as_heard import as_heard
from voicecall_core.call.step import Call
from voicecall_core.words import events as e
from voicecall_core.words.values import ItemPlay


def shown(call: Call, width: int, height: int, now: float | None = None) -> list[str]:
    said = as_heard(call, call.at if now is None else now)
    lines = conversation_lines(said, width=width, height=height)
    assert len(lines) <= height
    assert all(line.cell_len <= width for line in lines)
    return [line.plain for line in lines]


def test_it_says_who_said_what_when_it_was_heard_and_how_long_he_waited() -> None:
    lines = shown(calls.over(), 100, 20)
    assert lines[0].split()[:3] == ["0:05", "agent", "Hello,"] and lines[0].endswith("241 ms")
    assert lines[1].strip() == "a good time?"
    assert lines[2] == "  0:05  callee  Hello?"


def test_a_greeting_that_waits_is_not_said() -> None:
    lines = shown(calls.ringing(), 100, 20)
    assert lines[0].split()[:3] == ["waits", "agent", "Hello,"]
    (greeting, _) = conversation_lines(as_heard(calls.ringing(), 2.0), width=100, height=5)
    assert all(str(span.style) in ("dim", "magenta") for span in greeting.spans)


def test_how_far_the_sound_has_come_stands_in_the_words() -> None:
    assert shown(calls.played(calls.fresh(), calls.DIAL, calls.ANSWER[:5]), 100, 5, now=7.112)[0].startswith(
        "  0:05  agent   Hello, this is an AI assistant▸ calling"
    )


def test_an_interrupted_sentence_ends_where_it_was_cut() -> None:
    cut = e.SpeechStarted(1, 9000, 8200, (ItemPlay("i2", "r2", 3100, 2000, 0, 6800),))
    line = shown(calls.played(calls.talking(), [(13.3, cut)]), 100, 20)[-1]
    assert line.startswith("  0:11  agent   Thank you! I— [cut off after 1.4 s of 3.1 s]")


def test_words_that_are_still_being_spoken_end_in_an_ellipsis() -> None:
    assert "I only wanted to hear…" in shown(calls.talking(), 80, 20)[-1]
    assert "Goodbye!" in shown(calls.over(), 100, 20)[-1]


def test_a_turn_whose_words_are_not_known_is_there() -> None:
    call = calls.played(calls.fresh(), calls.DIAL, calls.ANSWER[:8])
    assert shown(call, 80, 9)[-1] == "  0:05  callee  [not transcribed]"


@pytest.mark.parametrize(("width", "height"), [(60, 3), (80, 5), (200, 30), (20, 2), (30, 1)])
def test_of_very_much_the_newest_is_shown(width: int, height: int) -> None:
    lines = shown(calls.talkative(), width, height)
    assert len(lines) == height


def test_all_of_it_is_there_to_scroll_back_to() -> None:
    text = " ".join(line.plain for line in whole_conversation(as_heard(calls.talkative(), 99), width=120))
    assert all(f"{index} one two three" in text for index in range(40))


def test_markup_is_text() -> None:
    text = "\n".join(shown(calls.hostile(), 100, 20))
    assert "[bold red]not markup[/]" in text
    assert "\\x1b[2J" in text
    assert "\x1b" not in text and "\u202e" not in text


def test_no_lines_no_words() -> None:
    assert shown(calls.fresh(), 80, 5) == []
    assert shown(calls.over(), 80, 0) == []
