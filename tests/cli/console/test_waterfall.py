from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cli.console import calls
from voicecall_cli.console.waterfall import axis_of, rows_of, waterfall_lines
from voicecall_core.call.phase import Phase
from voicecall_core.call.step import Call
from voicecall_core.call.timing import Moment
from voicecall_core.words import events as e
from voicecall_core.words.terms import Policy
from voicecall_core.words.values import CallStatus


def shown(call: Call, width: int = 80, now: float = 99.0) -> list[str]:
    lines = waterfall_lines(call, width=width, now=now)
    assert all(line.cell_len <= width for line in lines)
    return [line.plain for line in lines]


def test_each_moment_has_a_row_with_what_it_took() -> None:
    text = "\n".join(shown(calls.over()))
    for moment in Moment:
        if moment not in (Moment.ENDING, Moment.OVER, Moment.GREETING_READY):
            assert moment in text
    assert "made in ringing" in text and Moment.GREETING_READY not in text  # how the first word came, once it has
    for figure in ("210 ms", "3,911 ms", "140 ms", "551 ms", "11 ms", "4,308 ms"):
        assert figure in text


def test_bars_of_later_steps_begin_further_right() -> None:
    carrier = [line[:84] for line in shown(calls.over(), width=170)[:8]]
    begins = [next(i for i, cell in enumerate(line[17:]) if cell in "━╸╺╍") for line in carrier]
    assert begins == sorted(begins) and begins[-1] > begins[0]


def test_a_long_wait_is_drawn_shorter_in_a_broken_line_with_its_true_figure() -> None:
    answered = next(line[:84] for line in shown(calls.over(), width=170) if "answered" in line and "3,911" in line)
    assert "╍" in answered
    assert 0 < answered.count("╍") <= 14


def test_the_step_under_way_grows() -> None:
    early, late = (
        next(row for row in rows_of(calls.ringing(), now)[0] if row.label == "answered") for now in (1.4, 3.4)
    )
    assert early.running and late.running
    assert (early.end, late.end) == (1.4, 3.4)
    assert early.start == late.start == 0.96


def test_nothing_grows_any_more_when_the_call_is_ending() -> None:
    assert not any(row.running for group in rows_of(calls.raced(), 99.0) for row in group)


def test_a_step_stops_growing_when_what_it_waits_for_is_gone() -> None:
    """The stream was overwritten and the handshake cancelled, while the call itself goes on."""
    call = calls.played(calls.fresh(Policy.NAIVE), calls.RACE[:-1])
    assert call.phase is Phase.ANSWERED
    assert not any(row.running for group in rows_of(call, 99.0) for row in group)


def test_a_create_that_was_answered_after_the_first_callback_is_measured_from_its_request() -> None:
    call = calls.played(
        calls.fresh(),
        (
            (0.010, e.DialBegan()),
            (0.300, e.StatusReported(CallStatus.RINGING, calls.SID)),
            (0.900, e.Created(calls.SID)),
        ),
    )
    rows = {row.label: row for row in rows_of(call, 1.0)[0]}
    assert rows["create answered"].start == 0.010
    assert rows["ringing"].start == 0.010
    assert rows["initiated"].end is None


def test_a_say_call_has_the_carrier_alone() -> None:
    lines = shown(calls.said())
    assert len([line for line in lines if line.strip()]) == 6
    assert not any("model" in line for line in lines)


@pytest.mark.parametrize("call", [calls.fresh(), calls.ringing(), calls.talking(), calls.over(), calls.raced()])
@pytest.mark.parametrize("width", [76, 80, 120, 200])
def test_it_fits_its_width(call: Call, width: int) -> None:
    assert len(shown(call, width, call.at + 1)) == 9


@given(st.lists(st.floats(0, 1e5), min_size=1, max_size=20))
def test_an_axis_keeps_the_order_of_times(times: list[float]) -> None:
    axis = axis_of(times)
    places = [axis.place(each) for each in sorted(times)]
    assert places == sorted(places)
    assert all(0 <= place <= 1 for place in places)


@given(st.lists(st.integers(0, 10_000), min_size=12, max_size=20, unique=True))
def test_no_wait_takes_more_of_the_axis_than_its_share(millis: list[int]) -> None:
    axis = axis_of(each / 1000 for each in millis)
    places = [place for _, place in axis.knots]
    assert max(later - earlier for earlier, later in pairwise(places)) < 0.35
