"""What is on its way to standard output, off the audio path. Knows nothing of what it says.

Making a line costs time, and a pipe whose reader is slow blocks whoever writes to it: a thread does both, never the
loop that carries the audio.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

import anyio
import anyio.to_thread

T = TypeVar("T")
LINES_WAITING = 10_000  # beyond it the oldest are dropped: a call is not held up by who reads of it


class Printer(Generic[T]):
    """Takes what will be lines at any time; `run` writes in order until `finish` has been called and all is out."""

    def __init__(self, write: Callable[[Iterable[T]], None]) -> None:
        self._write = write
        self._lines: deque[T] = deque(maxlen=LINES_WAITING)
        self._more = anyio.Event()
        self._finished = False
        self.broken = False  # nobody reads any more

    def put(self, line: T) -> None:
        """Take a line."""
        self._lines.append(line)
        self._more.set()

    def finish(self) -> None:
        """No more will come."""
        self._finished = True
        self._more.set()

    async def run(self, when_broken: Callable[[], None]) -> None:
        """Write until finished; `when_broken` is called once if the reader has gone."""
        while True:
            await self._more.wait()
            self._more = anyio.Event()
            batch = list(self._lines)
            self._lines.clear()
            if batch and not self.broken:
                try:
                    await anyio.to_thread.run_sync(self._write, batch)
                except BrokenPipeError:
                    self.broken = True
                    when_broken()
            if self._finished and not self._lines:
                return
