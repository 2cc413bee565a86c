"""The clock for calls by chance: nobody waits for it, and nobody wakes too early."""

from __future__ import annotations

import pytest
import trio

from tests.jumping_clock import JumpingClock


@pytest.mark.parametrize(
    ("grain_s", "woken"),
    [(0.0, [(0.03, 0.03), (0.07, 0.07), (60.0, 60.0)]), (0.1, [(0.03, 0.1), (0.07, 0.1), (60.0, 60.0)])],
)
def test_everybody_wakes_at_a_moment_of_the_clock(grain_s: float, woken: list[tuple[float, float]]) -> None:
    seen: list[tuple[float, float]] = []

    async def sleeper(due: float) -> None:
        await trio.sleep_until(due)
        seen.append((due, round(trio.current_time(), 9)))

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            for due, _ in woken:
                nursery.start_soon(sleeper, due)

    trio.run(main, clock=JumpingClock(grain_s))
    assert sorted(seen) == woken
