from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.cli.console import calls
from tests.cli.console.test_footer import GAUGES
from voicecall_cli.console.footer import key_line
from voicecall_cli.console.gauges import ConsoleGauges
from voicecall_cli.console.header import HeaderLine
from voicecall_cli.console.history import Told, told
from voicecall_cli.console.keys import Key
from voicecall_cli.console.pages import OPENS, OVERVIEW, Looks, Page
from voicecall_cli.console.screen import pictured
from voicecall_core.call.step import Call, step
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
    call: Call,
    width: int,
    height: int,
    *,
    gauges: ConsoleGauges | None = GAUGES,
    typed: str | None = None,
    now: float | None = None,
    looks: Looks = OVERVIEW,
    steps: Sequence[Told] = (),
) -> list[str]:
    """What a terminal of this size shows, line by line."""
    picture = pictured(
        call,
        gauges,
        width=width,
        height=height,
        now=call.at + 0.7 if now is None else now,
        title=TITLE,
        looks=looks,
        steps=steps,
        foot=key_line(call, typed, width=width, keys=True),
        keys=[("h", "hang up")],
    )
    lines = [line.plain for line in picture.lines]
    assert len(lines) == height
    assert all(cell_len(line) <= width for line in lines)
    return lines


def as_one(lines: list[str]) -> str:
    return "\n".join(lines)


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_it_has_as_many_lines_as_the_screen_and_none_is_wider(name: str, width: int, height: int) -> None:
    printed(CALLS[name], width, height)
    printed(CALLS[name], width, height, gauges=None)
    printed(CALLS[name], width, height, typed="tell them that we are late")


THREE = pytest.mark.parametrize(("width", "height"), [(80, 24), (120, 40), (200, 60)])


@THREE
def test_each_of_the_five_questions_has_its_answer(width: int, height: int) -> None:
    text = as_one(printed(calls.talking(), width, height))
    for words in (
        "+49•••••123   talking  0:12  picked up 0:04",
        "AGENT speaks since 0:11 (0.9 s)",  # who, and since when
        "0:05  agent   Hello, this is an AI assistant calling",  # what was heard
        "Thank you! I▸ only wanted to hear…",
        "✓ healthy",  # is it well
        "first word 241 ms",
        "4 decisions, 1 expected refusal",  # what was blocked, and what that saved
        "kept out as on every call: the program's own REST <Say>",
        "would have replaced",
        "412 tokens in, 129 out, about $0.0087 so far",
        "callee ━━━───",
        "h hang up",
        "s say",
        "? help",
    ):
        assert words in text


@THREE
def test_the_handshake_is_large_while_it_happens_and_one_line_afterwards(width: int, height: int) -> None:
    """And what it had belongs to the conversation then."""
    during = printed(calls.ringing(), width, height)
    assert any("session updated" in line for line in during) and any("create answered" in line for line in during)
    sounding = calls.played(calls.fresh(), calls.DIAL, calls.ANSWER[:5])
    assert any("session updated" in line for line in printed(sounding, width, height, now=6.0))
    after = printed(sounding, width, height, now=8.0)
    assert not any("session updated" in line for line in after)
    assert sum("Handshake" in line and "answer to first word 241 ms" in line for line in after) == 1
    assert room_for_words(after) == room_for_words(printed(sounding, width, height, now=6.0)) + 9


def room_for_words(lines: list[str]) -> int:
    """Lines between the conversation's heading and the guard's."""
    heads = [index for index, line in enumerate(lines) if line.startswith(("─ Heard by", "─ Guard"))]
    return heads[1] - heads[0] - 1


@THREE
def test_what_is_refused_on_every_call_is_no_alarm_and_what_a_stranger_wants_is(width: int, height: int) -> None:
    quiet, loud = calls.talking(), calls.played(calls.talking(), [(12.5, e.UpgradeAsked(9, 1, False))])
    assert "blocked" not in as_one([line for line in printed(quiet, width, height) if "Guard" in line])
    lines = printed(loud, width, height)
    assert any("5 decisions, 1 blocked, 1 expected refusal" in line for line in lines)
    assert any("TURNED AWAY (403) a media socket with a wrong token" in line for line in lines)


@THREE
def test_a_note_gives_way_to_what_comes(width: int, height: int) -> None:
    call = calls.played(calls.talking(), [(13.0, e.DigitPressed(1, "7"))])
    assert any("key pressed: 7" in line for line in printed(call, width, height))
    assert not any("key pressed: 7" in line for line in printed(call, width, height, now=30.0))


@THREE
@pytest.mark.parametrize("page", [page for page in Page if page is not Page.OVERVIEW])
def test_a_page_stands_below_the_first_lines(page: Page, width: int, height: int) -> None:
    steps = steps_of(calls.DIAL, calls.ANSWER, calls.TALK)
    lines = printed(calls.talking(), width, height, looks=Looks(page), steps=steps)
    assert "AGENT speaks" in lines[1] and "healthy" in lines[2] and "h hang up" in lines[-1]
    assert any(line.startswith(f"─ {page.capitalize()}") for line in lines)
    shows = {
        Page.TRANSCRIPT: "Hello, this is an AI",
        Page.GUARD: "the stream starts; its token is spent",
        Page.LADDER: "callee's turn committed",
        Page.METERS: "speech of the agent that has not left",
        Page.HELP: "hang up",
    }
    assert shows[page] in as_one(lines)


@THREE
def test_a_tall_screen_shows_what_happened_last_until_the_conversation_needs_the_room(width: int, height: int) -> None:
    steps = steps_of(calls.DIAL, calls.ANSWER, calls.TALK)
    text = as_one(printed(calls.talking(), width, height, steps=steps))
    assert ("What happened last" in text and "callee's turn committed" in text) is (height >= 36)
    assert "What happened last" not in as_one(printed(calls.talkative(), width, height, steps=steps))


def steps_of(*parts: Iterable[calls.Timed]) -> list[Told]:
    call, steps = calls.fresh(), list[Told]()
    for part in parts:
        for at, event in part:
            made = step(call, replace(event, at=at))
            call = made.call
            steps.append(told(made))
    return steps


def test_a_page_is_scrolled_as_far_as_it_goes() -> None:
    looks = Looks(Page.TRANSCRIPT)
    end = printed(calls.talkative(), 80, 24, looks=looks)
    assert "ten" in end[-3]
    up = looks.pressed(Key.PAGE_UP, 500)
    assert up.back == 10 and printed(calls.talkative(), 80, 24, looks=up) != end
    top = looks.pressed(Key.HOME, 500)
    assert top.back == 500 and top.pressed(Key.END, 500).back == 0
    far = printed(calls.talkative(), 80, 24, looks=replace(looks, back=100_000))
    assert "Hello, this is an AI" in as_one(far)


def test_a_key_opens_its_page_and_leaves_it() -> None:
    for key, page in OPENS.items():
        assert OVERVIEW.pressed(key, 0).page is page
        assert Looks(page, back=3).pressed(key, 9) == OVERVIEW
        assert Looks(page, back=3).pressed("\x1b", 9) == OVERVIEW
    assert OVERVIEW.pressed(Key.UP, 9) == OVERVIEW and OVERVIEW.pressed("z", 9) == OVERVIEW


@pytest.mark.parametrize(("width", "height"), [(80, 24), (120, 40), (200, 60), (60, 15)])
def test_a_broken_law_is_not_overlooked(width: int, height: int) -> None:
    lines = printed(calls.raced(), width, height)
    assert any("invariant 2 broken" in line for line in lines[:7])
    assert any("✗ failed: its stream was overwritten" in line for line in lines[:4])


@pytest.mark.parametrize(("width", "height"), [(80, 24), (120, 40), (200, 60)])
def test_what_strangers_said_appears_as_they_said_it(width: int, height: int) -> None:
    text = as_one(printed(calls.hostile(), width, height))
    assert all(words in text for words in ("[bold red]not markup[/]", "\\x1b[2J\\x1b]0;title\\x07", "esrever", "你好"))
    assert "\x1b" not in text and "\x07" not in text


def test_a_recording_is_drawn_without_gauges() -> None:
    text = "\n".join(printed(calls.talking(), 80, 24, gauges=None))
    assert "412 tokens in" in text and "loop" not in text and "queue" not in text


def test_the_sentence_being_typed_is_seen_on_the_smallest_screen() -> None:
    assert any("we are late▏" in line for line in printed(calls.talking(), 40, 8, typed="tell them that we are late"))


def test_a_call_without_keys_names_none() -> None:
    assert not key_line(calls.talking(), None, width=80, keys=False)
    lines = pictured(calls.talking(), None, width=80, height=24, now=20.0, title=TITLE).lines
    assert not any("hang up" in line.plain for line in lines)


@settings(max_examples=20, deadline=None)
@given(st.text(max_size=400), st.integers(1, 220), st.integers(1, 70))
def test_nothing_that_anybody_says_breaks_any_screen(said: str, width: int, height: int) -> None:
    heard = replace(e.Heard(1, "u9", said), at=13.0)
    call = calls.played(calls.talking(), [(13.0, heard), (13.1, e.ModelErred(1, said, said))])
    lines = printed(call, width, height, typed=said)
    assert all(each.isprintable() for line in lines for each in line)
