"""A clock that jumps to the next deadline as soon as everybody waits: minutes on the phone pass in a moment.

Nothing of the machine's own speed is in such a call, so that its times are the same on every machine. While a tool
runs, in a thread or over HTTP, nobody can tell whether everybody waits: time is the machine's own until it is done.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")


class VirtualClock:
    """The clock of one run."""

    def __init__(self) -> None:
        from trio.testing import MockClock  # 0.1 s: not for whoever only reads rehearsals

        self._clock = MockClock(autojump_threshold=0)
        self._real = 0

    def run(self, job: Callable[[], Awaitable[T]]) -> T:
        """Do a job on this clock, and return what it returns."""
        import trio

        return trio.run(job, clock=self._clock)

    @contextmanager
    def real_time(self) -> Iterator[None]:
        """Let time pass as it does on the machine for as long as the block takes; blocks may overlap."""
        self._real += 1
        if self._real == 1:
            self._clock.autojump_threshold = math.inf
            self._clock.rate = 1.0
        try:
            yield
        finally:
            self._real -= 1
            if not self._real:
                self._clock.rate = 0.0
                self._clock.autojump_threshold = 0.0
