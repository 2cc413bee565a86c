"""Somebody else's code in a thread of its own: what it does, and that it may never end, stops nothing here."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import anyio
import anyio.from_thread
from anyio.lowlevel import current_token

MOST = 32  # threads that run at once; one that never ends keeps its place


class Crowded(Exception):
    """Too many threads have not come to their end."""


class DaemonThreads:
    """Runs functions in threads that do not keep the process alive."""

    def __init__(self, most: int = MOST) -> None:
        self._places = threading.BoundedSemaphore(most)

    async def run(self, job: Callable[[], Any], name: str) -> Any:
        """What `job` returns, or raises. Whoever is cancelled while it waits leaves the thread to itself.

        Raises Crowded, with nothing begun, if too many have not ended.
        """
        if not self._places.acquire(blocking=False):
            raise Crowded
        done, token = anyio.Event(), current_token()
        came: list[tuple[Any, BaseException | None]] = []

        def work() -> None:
            try:
                came.append((job(), None))
            except BaseException as error:  # SystemExit too: it would end the thread without an answer
                came.append((None, error))
            finally:
                self._places.release()
            with suppress(Exception):  # the loop has ended meanwhile: nobody waits any more
                anyio.from_thread.run_sync(done.set, token=token)

        threading.Thread(target=work, name=name, daemon=True).start()
        await done.wait()
        value, error = came[0]
        if error is not None:
            raise error if isinstance(error, Exception) else RuntimeError(type(error).__name__)
        return value
