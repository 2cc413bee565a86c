from __future__ import annotations

import pytest

from voicecall_cli.console.text import clock, counted, dollars, lasted, span, stamp


@pytest.mark.parametrize(("seconds", "shown"), [(-1, "0:00"), (7.9, "0:07"), (760, "12:40"), (3723, "1:02:03")])
def test_a_clock_shows_whole_seconds(seconds: float, shown: str) -> None:
    assert clock(seconds) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"), [(None, "–"), (0.0113, "11 ms"), (1.204, "1,204 ms"), (12.34, "12.3 s"), (125, "2:05")]
)
def test_a_span_is_in_the_unit_one_reads(seconds: float | None, shown: str) -> None:
    assert span(seconds) == shown


def test_other_figures() -> None:
    assert (lasted(3.21), lasted(760), lasted(None)) == ("3.2 s", "12:40", "–")
    assert stamp(1.2) == "   1.200"
    assert (dollars(None), dollars(0.01234), dollars(2.5)) == ("unknown", "$0.0123", "$2.50")
    assert (counted(1, "verdict"), counted(2, "verdict"), counted(1200, "reply", "replies")) == (
        "1 verdict",
        "2 verdicts",
        "1,200 replies",
    )
