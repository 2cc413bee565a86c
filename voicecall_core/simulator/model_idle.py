"""Notices a silence as long as the session's `idle_timeout_ms`. Knows nothing of what is done about it.

Source: OpenAI, the timeout counts from the end of the last response's playback.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import anyio


class IdleWatch:
    """Calls `on_idle` once for every silence that lasts too long."""

    def __init__(self, on_idle: Callable[[int], Awaitable[None]]) -> None:
        self._on_idle = on_idle
        self._idle_ms: int | None = None
        self._quiet_at: float | None = None
        self._change = anyio.Event()

    def quiet_from(self, at: float) -> None:
        """The model has had its say, which plays until `at`."""
        self._quiet_at = at
        self._changed()

    def disturbed(self) -> None:
        """Somebody speaks, or is about to."""
        self._quiet_at = None
        self._changed()

    def retune(self, terms: dict[str, Any]) -> None:
        """The session's settings have changed; a timeout that was off counts from now at the earliest."""
        before, wanted = self._idle_ms, terms["audio"]["input"]["turn_detection"]
        self._idle_ms = wanted.get("idle_timeout_ms") if wanted is not None else None
        if before is None and self._quiet_at is not None:
            self._quiet_at = max(self._quiet_at, anyio.current_time())
        self._changed()

    async def run(self) -> None:
        """Watch until cancelled."""
        while True:
            change = self._change
            if self._idle_ms is None or self._quiet_at is None:
                await change.wait()
                continue
            idle_ms = self._idle_ms
            with anyio.move_on_after(self._quiet_at + idle_ms / 1000 - anyio.current_time()):
                await change.wait()
            if not change.is_set():
                self._quiet_at = None
                await self._on_idle(idle_ms)

    def _changed(self) -> None:
        self._change.set()
        self._change = anyio.Event()
