from __future__ import annotations

import io
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from tests.cli.console import calls
from tests.cli.console.test_footer import GAUGES
from voicecall_cli.console.footer import ConsoleGauges
from voicecall_cli.console.header import HeaderLine
from voicecall_cli.console.screen import screen, screen_lines
from voicecall_core.call.step import Call
from voicecall_core.words import events as e

TITLE = HeaderLine("+49•••••123", "simulated: ordinary")
SIZES = [(80, 24), (120, 40), (200, 60), (100, 30), (140, 24), (80, 50), (60, 15), (40, 10), (20, 5), (10, 3), (1, 1)]
CALLS = {
    "fresh": calls.fresh(),
    "ringing": calls.ringing(),
    "talking": calls.talking(),
    "ending": calls.ending(),
    "over": calls.over(),
    "raced": calls.raced(),
    "often": calls.asked_often(),
    "talkative": calls.talkative(),
    "hostile": calls.hostile(),
    "unconfirmed": calls.unconfirmed(),
    "said": calls.said(),
}


def printed(
    call: Call, width: int, height: int, *, gauges: ConsoleGauges | None = GAUGES, typed: str | None = None
) -> list[str]:
    """What a terminal of this size shows, line by line."""
    console = Console(
        width=width, height=height, file=io.StringIO(), force_terminal=True, legacy_windows=False, record=True
    )
    console.print(screen(call, gauges, width=width, height=height, now=call.at + 0.7, title=TITLE, typed=typed))
    lines = console.export_text(styles=False).split("\n")
    assert len(lines) == height
    assert all(cell_len(line) <= width for line in lines)
    return lines


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_it_has_as_many_lines_as_the_screen_and_none_is_wider(name: str, width: int, height: int) -> None:
    printed(CALLS[name], width, height)
    printed(CALLS[name], width, height, gauges=None)
    printed(CALLS[name], width, height, typed="tell them that we are late")


@pytest.mark.parametrize("name", [name for name in CALLS if CALLS[name].verdicts])
@pytest.mark.parametrize(("width", "height"), SIZES[:8])
def test_the_newest_verdict_and_their_number_are_there(name: str, width: int, height: int) -> None:
    call = CALLS[name]
    lines = printed(call, width, height)
    heading = next(line for line in lines if "Guard" in line)
    refused = sum(verdict.refused for _, verdict in call.verdicts)
    assert f"{len(call.verdicts)} verdict" in heading
    assert (f"{refused} refused" in heading) is (refused > 0)
    at, verdict = call.verdicts[-1]
    assert any(f"{at:.3f} {verdict.asker[:17]}" in line for line in lines)


@pytest.mark.parametrize(("width", "height"), [(80, 24), (120, 40), (200, 60)])
def test_the_usual_screens_have_everything(width: int, height: int) -> None:
    text = "\n".join(printed(calls.talking(), width, height))
    for words in (
        "+49•••••123",
        calls.CALL_ID,
        "talking",
        "0:07",
        "4 verdicts, 1 refused",
        "first-start: the stream starts; its token is spent",
        "create answered",
        "session updated",
        "first mark back",
        "3,911 ms",
        "start to first audio 11 ms",
        "answer to first audio 241 ms",
        "I only wanted to hear…",
        "412 tokens in, 129 out, about $0.0087",
        "loop 0.8 ms",
        "in ━━━───",
        "s say something",
        "h hang up",
    ):
        assert words in text


@pytest.mark.parametrize(("width", "height"), [(80, 24), (120, 40), (200, 60), (60, 15)])
def test_a_broken_law_is_not_overlooked(width: int, height: int) -> None:
    lines = printed(calls.raced(), width, height)
    assert any("law 2 broken" in line for line in lines[:4])
    assert "failed" in lines[0] or width < 80


@pytest.mark.parametrize(("width", "height"), [(80, 24), (120, 40), (200, 60)])
def test_what_strangers_said_appears_as_they_said_it(width: int, height: int) -> None:
    text = "\n".join(printed(calls.hostile(), width, height))
    assert "[bold red]not markup[/] \\x1b[2J\\x1b]0;title\\x07 esrever 你好" in text
    assert "\x1b" not in text and "\x07" not in text


def test_a_recording_is_drawn_without_gauges() -> None:
    text = "\n".join(printed(calls.talking(), 80, 24, gauges=None))
    assert "412 tokens in" in text and "loop" not in text and "queue" not in text


def test_the_sentence_being_typed_is_seen_on_the_smallest_screen() -> None:
    assert any("we are late▏" in line for line in printed(calls.talking(), 40, 8, typed="tell them that we are late"))


def test_a_call_without_keys_names_none() -> None:
    lines = screen_lines(calls.talking(), None, width=80, height=24, now=20.0, title=TITLE, keys=False)
    assert not any("hang up" in line.plain for line in lines)


@settings(max_examples=20, deadline=None)
@given(st.text(max_size=400), st.integers(1, 220), st.integers(1, 70))
def test_nothing_that_anybody_says_breaks_any_screen(said: str, width: int, height: int) -> None:
    heard = replace(e.Heard(1, "u9", said), at=13.0)
    call = calls.played(calls.talking(), [(13.0, heard), (13.1, e.ModelErred(1, said, said))])
    lines = printed(call, width, height, typed=said)
    assert all(each.isprintable() for line in lines for each in line)
