from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from tests.cli.console import calls
from tests.cli.console.calls import Timed
from voicecall_cli.console.lines import lines
from voicecall_core.call.step import Call, step
from voicecall_core.words import events as e
from voicecall_core.words.terms import Policy
from voicecall_core.words.values import CallStatus


def told(call: Call, *parts: Iterable[Timed]) -> list[str]:
    said = []
    for part in parts:
        for at, event in part:
            event = replace(event, at=at)
            done = step(call, event)
            said += [line.plain for line in lines(done)]
            call = done.call
    return said


ORDINARY = (calls.DIAL, calls.ANSWER, calls.TALK, calls.GOODBYE, calls.END)


def test_an_ordinary_call_reads_from_top_to_bottom() -> None:
    said = told(calls.fresh(), *ORDINARY)
    assert said[0] == "   0.004  dialling"
    assert "   4.871  status callback: in-progress" in said
    assert "   5.900  callee said: Hello?" in said
    assert said[-1].strip() == "over: completed: the agent said goodbye and hung up"


def test_a_verdict_is_told_in_words_below_what_it_answers() -> None:
    said = told(calls.fresh(), *ORDINARY)
    at = said.index("   4.871  status callback: in-progress")
    assert said[at + 1].strip() == (
        "guard: greeting fallback, reserved: refused by stream-owns-document: the call's document belongs to its stream"
    )


@pytest.mark.parametrize(
    "event",
    [
        e.AudioBegan(1, "r2", "i3"),
        e.AudioSent(1, "i2", "r2", 9000),
        e.SpeechStopped(1, 9000),
        e.Heard(1, "u9", "an unfini", final=False),
        e.Spoken(1, "i2", "r2", " more", final=False),
        e.TurnCommitted(1, "u9"),
    ],
)
def test_what_only_fills_a_log_is_left_out(event: e.Event) -> None:
    assert told(calls.talking(), [(13.0, event)]) == []


def test_notes_and_broken_laws_are_told_once() -> None:
    (digit,) = told(calls.talking(), [(13.0, e.DigitPressed(1, "5"))])
    assert digit == "  13.000  key pressed: 5"
    naive = calls.played(calls.fresh(Policy.NAIVE), [(0.1, e.DialBegan()), (0.2, e.Created(calls.SID))])
    said = told(naive, [(0.6, e.StatusReported(CallStatus.IN_PROGRESS, calls.SID))])
    assert [line.strip()[:18] for line in said[-2:]] == ["invariant 1 broken", "invariant 2 broken"]
    assert any("write 1: <Say> over the live call" in line for line in said)


def test_what_failed_is_told_before_what_is_done_about_it() -> None:
    said = told(calls.talking(), [(13.0, e.ModelFailed(1, "lost", "closed with 1006"))])
    assert said[0] == "  13.000  model session 1 failed, lost: closed with 1006"
    assert said[1].strip() == "open model session 2"


def test_what_strangers_said_is_one_harmless_line() -> None:
    (line,) = told(calls.talking(), [(13.0, e.Heard(1, "u3", calls.HOSTILE))])
    assert "[bold red]not markup[/] \\x1b[2J" in line
    assert line.isprintable()
