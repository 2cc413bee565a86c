"""Where a moment of ours lies on the stream's clock, whatever is held up on the way."""

from __future__ import annotations

import pytest

from voicecall_core.media.stream_clock import StreamClock


def test_before_the_first_frame_it_is_the_time_since_the_stream_began() -> None:
    assert StreamClock(5.0).ms(5.25) == 250


def test_the_frame_that_came_soonest_tells_the_time() -> None:
    clock = StreamClock(5.0)
    for n, late_s in enumerate((0.030, 0.004, 0.500, 0.480, 0.460, 0.010)):
        clock.arrived(100 + n * 20, 5.0 + (n + 1) * 0.020 + late_s)
    assert clock.ms(5.2) == 100 + 200 - 4


def test_what_came_soonest_is_not_forgotten_at_once() -> None:
    clock = StreamClock(0.0)
    for n in range(510):
        clock.arrived(n * 20, (n + 1) * 0.020 + (0.300 if n > 490 else 0.0))
    assert clock.ms(11.0) == 11_000


@pytest.mark.parametrize("drift", (-1e-4, 1e-4))
def test_a_clock_that_drifts_is_followed(drift: float) -> None:
    clock = StreamClock(0.0)
    for n in range(180_000):  # an hour
        clock.arrived(n * 20, (n + 1) * 0.020 * (1 + drift))
    assert clock.ms(3_600 * (1 + drift)) == pytest.approx(3_600_000, abs=3)
