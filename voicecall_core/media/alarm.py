"""A timer that calls back: on asyncio the event loop's own, elsewhere a task that sleeps.

A frame leaves every 20 ms for each call: the loop's timer costs a fraction of a task that is woken for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import Context
from math import ceil
from weakref import WeakKeyDictionary

import anyio
import anyio.lowlevel

from voicecall_core.net.callback_stream import callback_context
from voicecall_core.net.relay import LOOK_EVERY_S
from voicecall_core.net.reserve import RESERVE

# All calls of a loop are woken together, two hundred times a second at most: a timer for each frame of each costs as
# much as all else that is done with it. A frame leaves up to this much later, of the 300 ms that it leaves ahead.
TICK_S = 0.005


class _Ticks:
    """One loop's alarms by the tick at which they ring, with one timer for all of a tick."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop, self._context = loop, callback_context()
        self._due: dict[int, list[Alarm]] = {}

    def add(self, alarm: Alarm, tick: int) -> None:
        """Ring it at that tick, unless it is set to another by then."""
        if (due := self._due.get(tick)) is not None:
            due.append(alarm)
            return
        self._loop.call_at(tick * TICK_S, self._ring, tick, context=self._context)
        self._due[tick] = [alarm]

    def _ring(self, tick: int) -> None:
        for alarm in self._due.pop(tick, ()):
            alarm.tick_has_come(tick)


_TICKS: WeakKeyDictionary[asyncio.AbstractEventLoop, _Ticks] = WeakKeyDictionary()


def _ticks_of(loop: asyncio.AbstractEventLoop) -> _Ticks:
    if (ticks := _TICKS.get(loop)) is None:
        ticks = _TICKS[loop] = _Ticks(loop)
    return ticks


class Alarm:
    """Calls `ring` at the time it is set to, or up to a tick later, while `run` runs; raises what `ring` raises."""

    __slots__ = ("_at", "_context", "_failed", "_fault", "_loop", "_moved", "_ring", "_tick", "_ticks", "_timer")

    def __init__(self, ring: Callable[[], None]) -> None:
        self._ring = ring
        self._at: float | None = None
        self._moved = anyio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._context: Context | None = None
        self._timer: asyncio.Handle | None = None  # for what is due at once
        self._ticks: _Ticks | None = None
        self._tick = 0  # at which it rings; 0: at none
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
        self._context, self._ticks = callback_context(), _ticks_of(self._loop)
        try:
            self._arm()
            await self._watch()
        finally:
            self._loop, self._tick = None, 0
            if self._timer is not None:
                self._timer.cancel()
        assert self._fault is not None
        raise self._fault

    async def _watch(self) -> None:
        """Wait for a fault, and look now and then whether a timer was lost: one cannot be set where memory lacks."""
        seen: tuple[float | None, int] = None, 0
        while self._fault is None:
            with anyio.move_on_after(LOOK_EVERY_S):
                await self._failed.wait()
            overdue = self._at is not None and self._at <= anyio.current_time()
            if overdue and seen == (self._at, self._tick) and self._fault is None:
                self._time_has_come()
            seen = self._at, self._tick

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._loop is None or self._ticks is None or self._at is None:
            return
        if self._at <= 0:
            self._tick = 0
            self._timer = self._loop.call_soon(self._time_has_come, context=self._context)
        elif (tick := ceil(self._at / TICK_S)) != self._tick:
            self._tick = tick
            self._ticks.add(self, tick)

    def tick_has_come(self, tick: int) -> None:
        """Ring, if it is still set to that tick."""
        if tick == self._tick:
            self._time_has_come()

    def _time_has_come(self) -> None:
        self._at, self._timer, self._tick = None, None, 0
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
