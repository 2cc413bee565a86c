"""Pings and pongs of one WebSocket: how many are borne, and whether ours were answered."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import anyio

# Pings and pongs in a second beyond which a peer wants something else than to know whether somebody is there.
PINGS = 20
# A pong is waited for in pieces of this length. One that lasted twice as long tells of our own loop: it read nothing
# meanwhile, so that nothing could have come.
_WAIT = 0.5


class Pulse:
    """Numbers our pings, and remembers when the peer's came."""

    def __init__(self) -> None:
        self._came = deque[float](maxlen=PINGS)
        self._asked = 0
        self._answered = 0  # the number of the latest ping that was answered
        self._pong = anyio.Event()

    def bears_another(self) -> bool:
        """Whether one more ping or pong of the peer's can be borne; it is counted if so."""
        now = anyio.current_time()
        if len(self._came) == PINGS and now - self._came[0] < 1:
            return False
        self._came.append(now)
        return True

    def ask(self) -> int:
        """The number of a ping that is about to be sent."""
        self._asked += 1
        self._pong = anyio.Event()
        return self._asked

    def answered(self, pong: bytes) -> None:
        """A pong, which also answers every earlier ping (RFC 6455 section 5.5.3), or a peer's unasked one."""
        if pong.isdigit() and self._answered < int(pong) <= self._asked:
            self._answered = int(pong)
            self._pong.set()

    async def answer_to(self, ping: int, within: float, check: Callable[[], None]) -> bool:
        """Whether a ping is answered within so many seconds in which our own loop could read; `check` may raise."""
        while within > 0 and self._answered < ping:
            began = anyio.current_time()
            with anyio.move_on_after(_WAIT):
                await self._pong.wait()
            if anyio.current_time() - began < 2 * _WAIT:
                within -= _WAIT
            check()
        return self._answered >= ping
