"""The named waits of a call. Knows nothing of what is waited for."""

from __future__ import annotations

from collections.abc import Callable

import anyio

from voicecall_core.session.plan import Spawn
from voicecall_core.words import orders as o
from voicecall_core.words.events import Timer


class Waits:
    """One wait of each name at a time; `fired` is called when one has run out."""

    def __init__(self, spawn: Spawn, fired: Callable[[Timer], None]) -> None:
        self._spawn, self._fired = spawn, fired
        self._running: dict[Timer, anyio.CancelScope] = {}

    def start(self, order: o.StartTimer) -> None:
        """Start a wait, or start it anew."""
        self.stop(o.StopTimer(order.timer))
        scope = self._running[order.timer] = anyio.CancelScope()
        self._spawn(self._wait, order.timer, order.seconds, scope)

    async def _wait(self, timer: Timer, seconds: float, scope: anyio.CancelScope) -> None:
        with scope:
            await anyio.sleep(seconds)
            if self._running.get(timer) is scope:
                del self._running[timer]
                self._fired(timer)

    def stop(self, order: o.StopTimer) -> None:
        """Forget a wait."""
        if (scope := self._running.pop(order.timer, None)) is not None:
            scope.cancel()
