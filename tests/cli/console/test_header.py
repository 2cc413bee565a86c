from __future__ import annotations

from tests.cli.console import calls
from voicecall_cli.console.header import HeaderLine, header_line, in_phase
from voicecall_core.call.step import Call
from voicecall_core.words.terms import Kind, Policy

TITLE = HeaderLine("+49•••••123", "simulated: race")


def shown(call: Call, width: int = 120, now: float = 0.0) -> str:
    line = header_line(call, TITLE, width=width, now=now)
    assert line.cell_len == width
    return line.plain


def test_it_says_who_is_called_and_how_far_it_is() -> None:
    line = shown(calls.ringing(), now=3.96)
    for words in ("+49•••••123", calls.CALL_ID, "ringing", "0:03", "guard on", "simulated: race", "gpt-realtime-2.1"):
        assert words in line


def test_the_clock_of_a_phase_begins_with_it() -> None:
    assert in_phase(calls.talking(), 15.101) == 10
    assert in_phase(calls.fresh(), 3.0) == 0
    over = calls.over()
    assert round(in_phase(over, 99), 3) == 15.796


def test_there_is_one_clock_from_the_dialling_on_and_it_stops_with_the_call() -> None:
    assert "talking  0:12  picked up 0:04" in shown(calls.talking(), now=12.4)
    assert "over  0:15" in shown(calls.over(), now=99.0)


def test_what_has_little_room_is_cropped_and_what_has_none_is_left_out() -> None:
    assert "guard on" in shown(calls.talking(), width=80) and "simulated" in shown(calls.talking(), width=80)
    assert "simulated" not in shown(calls.talking(), width=60)


def test_a_narrow_line_keeps_what_matters() -> None:
    line = shown(calls.talking(), width=40, now=13.0)
    assert "+49•••••123" in line and "talking" in line and "guard" not in line
    shown(calls.over(), width=1)


def test_it_says_that_there_is_no_guard_and_that_there_is_no_model() -> None:
    assert "guard off" in shown(calls.fresh(Policy.NAIVE))
    assert "say call" in shown(calls.fresh(kind=Kind.SAY))
