"""A clock for whole calls in memory: when nothing can go on but by waiting, it is later at once."""

from __future__ import annotations

from math import ceil, inf

from trio.abc import Clock


class JumpingClock(Clock):
    """Jumps to the next moment at which somebody wakes; moments are `grain_s` apart, and who wakes in between is late.

    Unlike trio's own mock clock it needs no turn of the loop to find out that all is idle. There may be no thread and
    no socket whose work takes time, as nothing waits for it.
    """

    def __init__(self, grain_s: float = 0.0) -> None:
        self._grain_s = grain_s
        self._now = 0.0

    def start_clock(self) -> None:
        """Nothing is to be done."""

    def current_time(self) -> float:
        """Seconds since the run began."""
        return self._now

    def deadline_to_sleep_time(self, deadline: float) -> float:
        """None, once it has jumped; asked by the loop when no task can go on."""
        if deadline == inf:
            return inf
        if deadline > self._now:
            self._now = max(deadline, ceil(deadline / self._grain_s) * self._grain_s) if self._grain_s else deadline
        return 0.0
