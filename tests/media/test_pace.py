"""A bounded lead, for as long as anybody talks."""

from __future__ import annotations

import pytest

from voicecall_core.media.leg import LEAD_MS, Pace

HOUR_OF_FRAMES = 180_000


def test_the_lead_leaves_at_once_and_then_a_frame_every_20_ms_for_an_hour() -> None:
    pace, now, departures = Pace(), 1_000.0, []
    for _ in range(HOUR_OF_FRAMES):
        now = pace.due(now)
        pace.sent(now)
        departures.append(now)
        assert pace.ahead_s(now) <= LEAD_MS / 1000 + 1e-9
    burst = LEAD_MS // 20
    assert departures[:burst] == [1_000.0] * burst
    assert departures[-1] == pytest.approx(1_000.0 + (HOUR_OF_FRAMES - burst) * 0.02, abs=1e-6)


def test_after_a_pause_nothing_is_made_up_for() -> None:
    pace = Pace()
    pace.sent(0.0)
    assert pace.due(5.0) == 5.0
    pace.sent(5.0)
    assert pace.ahead_s(5.0) == pytest.approx(0.02)
