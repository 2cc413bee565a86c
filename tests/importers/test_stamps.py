from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecall_core.importers.stamps import Clock, Style, stamp

NOON = 1776513657.0  # 2026-04-18 12:00:57 UTC


@pytest.mark.parametrize(
    ("line", "style", "seconds", "rest"),
    [
        (":57.619  status callback", Style.MINUTE, 57.619, "status callback"),
        ("    :57.619  indented, as quoted", Style.MINUTE, 57.619, "indented, as quoted"),
        ("> :57.619 quoted", Style.MINUTE, 57.619, "quoted"),
        ("12:00:57.619 WARN x", Style.DAY, 43257.619, "WARN x"),
        ("[12:00:57 INF] x", Style.DAY, 43257.0, "INF] x"),
        ("59:57.619 x", Style.HOUR, 3597.619, "x"),
        ("2026-04-18T12:00:57.619Z x", Style.ZONED, NOON + 0.619, "x"),
        ("2026-04-18T14:00:57.619+02:00 x", Style.ZONED, NOON + 0.619, "x"),
        ("2026-04-18 12:00:57,619 INFO x", Style.LOCAL, NOON + 0.619, "INFO x"),
        ("2026-04-18 12:00:57.123456789 x", Style.LOCAL, NOON + 0.123456789, "x"),
        ("2026/04/18 12:00:57 [error] 7#7", Style.LOCAL, NOON, "[error] 7#7"),
        ('1.2.3.4 - - [18/Apr/2026:12:00:57 +0000] "POST /x', Style.ZONED, NOON, '] "POST /x'),
        ("1776513657619 x", Style.ZONED, NOON + 0.619, "x"),
        ("1776513657.619 x", Style.ZONED, NOON + 0.619, "x"),
        ("gateway_1  | 2026-04-18T12:00:57.619Z x", Style.ZONED, NOON + 0.619, "x"),
    ],
)
def test_every_common_form_is_read(line: str, style: Style, seconds: float, rest: str) -> None:
    found = stamp(line)
    assert found is not None
    assert (found.style, line[found.end :].strip()) == (style, rest)
    assert found.seconds == pytest.approx(seconds, abs=1e-6)


def test_of_two_stamps_the_finer_one_counts() -> None:
    found = stamp("Apr 18 12:00:57 host node[12]: 2026-04-18T12:00:57.619Z x")
    assert found is not None and found.seconds == pytest.approx(NOON + 0.619)


@pytest.mark.parametrize("line", ["", "no time at all", "12:61:77 x", "2026-02-31 12:00:00 x", "31:00:00 x", "1.2.3.4"])
def test_what_is_no_time_is_no_stamp(line: str) -> None:
    assert stamp(line) is None


def read(*lines: str) -> list[float]:
    clock = Clock()
    return [clock.read(found) for line in lines if (found := stamp(line)) is not None]


def test_shortened_seconds_begin_their_next_minute() -> None:
    assert read(":57.500 a", ":59.900 b", ":00.100 c", ":58.000 d", ":01.000 e") == pytest.approx(
        [57.5, 59.9, 60.1, 118.0, 121.0]
    )


def test_a_line_that_came_a_little_late_does_not_begin_a_minute() -> None:
    assert read(":00.010 a", ":59.990 b", ":00.020 c") == pytest.approx([0.01, -0.01, 0.02])


def test_a_time_of_day_begins_its_next_day() -> None:
    assert read("23:59:59.900 a", "00:00:00.100 b") == pytest.approx([86399.9, 86400.1])


def test_two_forms_of_stamps_are_set_to_each_other_where_they_meet() -> None:
    clock = Clock()
    first, second, third = (stamp(line) for line in ("2026-04-18T12:00:57.619Z a", ":57.700 b", ":57.900 c"))
    assert first and second and third
    start = clock.read(first)
    assert clock.read(second) == start
    assert clock.read(third) == pytest.approx(start + 0.2)
    assert clock.shortened is Style.MINUTE


@given(st.text(alphabet="0123456789:.,-/TZ+ []JanFeb\u0663", max_size=60))
def test_no_text_makes_it_raise(line: str) -> None:
    found = stamp(line)
    if found is not None:
        Clock().read(found)
        assert 0 <= found.end <= len(line)
