"""What a call is shown on, as a guest of the call: writing there never waits, never fails, and keeps only so much.

A reader may leave, stop reading, lack our letters or have no room; the call goes on. Knows nothing of calls.
"""

from __future__ import annotations

import os
import select
import threading
from collections import deque
from collections.abc import Callable
from typing import IO

import anyio

MOST_BYTES = 4 * 1024 * 1024  # that wait for a reader; beyond it what is new is dropped, in whole pieces
_AT_ONCE = 64 * 1024
_POLL_S = 0.02


class GuestFile:
    """A text file in front of `stream`, written in a thread of its own. `failure` says why it is written no more."""

    def __init__(self, stream: IO[str] | None) -> None:
        self.encoding: str = getattr(stream, "encoding", None) or "utf-8"
        self.failure = ""
        self.dropped = 0  # pieces
        self._tty = stream is not None and stream.isatty()
        self._sink = _sink_of(stream)
        self._pieces: deque[bytes] = deque()
        self._waiting = self._taken = 0  # bytes: not yet written; written so far
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    # --- what a console asks of its file ---

    def write(self, text: str) -> int:
        """Take a text; what this stream's encoding has no letter for is shown as a question mark."""
        if self.failure or not text:
            return len(text)
        piece = text.encode(self.encoding, "replace")
        with self._changed:
            if self._waiting + len(piece) > MOST_BYTES:
                self.dropped += 1
                return len(text)
            self._pieces.append(piece)
            self._waiting += len(piece)
            self._changed.notify()
        if self._thread is None:  # a daemon: a reader that stops reading must not keep the program
            self._thread = threading.Thread(target=self._write_on, name="guest", daemon=True)
            self._thread.start()
        return len(text)

    def flush(self) -> None:
        """Nothing: it is on its way."""

    def isatty(self) -> bool:
        return self._tty

    # --- what its owner asks ---

    @property
    def behind(self) -> bool:
        """Something still waits for the reader."""
        return self._waiting > 0 and not self.failure

    async def drained(self, patience_s: float) -> bool:
        """Wait until all is written, for as long as the reader takes something every so often; whether it was."""
        taken, since = self._taken, anyio.current_time()
        while self.behind:
            if self._taken != taken:
                taken, since = self._taken, anyio.current_time()
            elif anyio.current_time() - since > patience_s:
                return False
            await anyio.sleep(_POLL_S)
        return not self.failure

    def _write_on(self) -> None:
        while not self.failure:
            with self._changed:
                while not self._pieces:
                    self._changed.wait()
                piece = self._pieces.popleft()
            for start in range(0, len(piece), _AT_ONCE):
                self._put(piece[start : start + _AT_ONCE])

    def _put(self, piece: bytes) -> None:
        while piece and not self.failure:
            try:
                count = self._sink(piece)
            except Exception as error:
                self.failure = getattr(error, "strerror", None) or str(error) or type(error).__name__
                return
            piece = piece[count:]
            self._taken += count
            with self._changed:
                self._waiting -= count


def _sink_of(stream: IO[str] | None) -> Callable[[bytes], int]:
    """Where the bytes go: past Python's own buffer, whose lock a thread that waits would hold at the program's end."""
    if stream is None:
        return len
    try:
        stream.flush()
        number = stream.fileno()
    except (AttributeError, OSError, ValueError):
        return lambda piece: _written_to(stream, piece)
    return lambda piece: _written(number, piece)


def _written(number: int, piece: bytes) -> int:
    while True:
        try:
            return os.write(number, piece)
        except BlockingIOError:  # somebody has made the stream non-blocking
            select.select([], [number], [])


def _written_to(stream: IO[str], piece: bytes) -> int:
    stream.write(piece.decode(getattr(stream, "encoding", None) or "utf-8", "replace"))
    return len(piece)
