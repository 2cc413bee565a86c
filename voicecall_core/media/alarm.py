"""A timer that calls back: on asyncio the event loop's own, elsewhere a task that sleeps.

A frame leaves every 20 ms for each call: the loop's timer costs a fraction of a task that is woken for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import Context

import anyio
import anyio.lowlevel

from voicecall_core.net.callback_stream import callback_context
from voicecall_core.net.relay import LOOK_EVERY_S
from voicecall_core.net.reserve import RESERVE


class Alarm:
    """Calls `ring` at the time it is set to, while `run` runs. What `ring` raises, `run` raises."""

    __slots__ = ("_at", "_context", "_failed", "_fault", "_loop", "_moved", "_ring", "_timer")

    def __init__(self, ring: Callable[[], None]) -> None:
        self._ring = ring
        self._at: float | None = None
        self._moved = anyio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._context: Context | None = None
        self._timer: asyncio.Handle | None = None
        self._failed = anyio.Event()
        self._fault: Exception | None = None

    def set(self, at: float) -> None:
        """Ring once at `at`, by `anyio.current_time`, and not at the time set before; never before this returns."""
        if at == self._at:
            return
        self._at = at
        self._moved.set()
        self._arm()

    @property
    def is_set(self) -> bool:
        """Whether there is a time at which it will ring."""
        return self._at is not None

    async def run(self) -> None:
        """Ring when it is time, until cancelled."""
        try:
            self._loop = asyncio.get_running_loop()
        except RuntimeError:  # trio's
            return await self._sleep()
        self._context = callback_context()
        try:
            self._arm()
            await self._watch()
        finally:
            self._loop = None
            if self._timer is not None:
                self._timer.cancel()
        assert self._fault is not None
        raise self._fault

    async def _watch(self) -> None:
        """Wait for a fault, and look now and then whether a timer was lost: one cannot be set where memory lacks."""
        seen: tuple[float | None, asyncio.Handle | None] = None, None
        while self._fault is None:
            with anyio.move_on_after(LOOK_EVERY_S):
                await self._failed.wait()
            overdue = self._at is not None and self._at <= anyio.current_time()
            if overdue and seen == (self._at, self._timer) and self._fault is None:
                self._time_has_come()
            seen = self._at, self._timer

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._loop is None or self._at is None:
            return
        if self._at <= 0:
            self._timer = self._loop.call_soon(self._time_has_come, context=self._context)
        else:
            self._timer = self._loop.call_at(self._at, self._time_has_come, context=self._context)

    def _time_has_come(self) -> None:
        self._at = self._timer = None
        try:
            self._ring()
        except Exception as error:  # in a callback nobody would hear of it
            self._fault = error
            RESERVE.give_for(error)
            self._failed.set()

    async def _sleep(self) -> None:
        while True:
            self._moved = anyio.Event()
            if self._at is None:
                await self._moved.wait()
            elif self._at > (now := anyio.current_time()):
                with anyio.move_on_after(self._at - now):
                    await self._moved.wait()
            else:
                self._at = None
                await anyio.lowlevel.checkpoint()
                self._ring()
