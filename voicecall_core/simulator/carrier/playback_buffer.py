"""The carrier's buffer of audio for the callee, with the marks in it. Knows nothing of clocks or sockets.

Twilio: docs/voice/media-streams/websocket-messages. A mark is due when all audio before it has played, or at once if
nothing is buffered; `clear` empties the buffer and makes all pending marks due.
"""

from __future__ import annotations

from collections import deque

from voicecall_core.audio import BYTES_PER_MS, FRAME_BYTES

BUFFER_BYTES = 600_000 * BYTES_PER_MS  # ten minutes, then warning 31931 and no more is taken


class PlaybackBuffer:
    """Audio waiting to be played, one 20 ms frame at a time."""

    def __init__(self) -> None:
        self._waiting = bytearray()
        self._marks: deque[tuple[int, str]] = deque()
        self._received = 0
        self._played = 0
        self._sounding = False

    @property
    def waiting_ms(self) -> int:
        """How much audio has not begun to play."""
        return len(self._waiting) // BYTES_PER_MS

    def take(self, audio: bytes) -> bool:
        """Buffer more audio. False if the buffer is full: nothing of it was taken."""
        if len(self._waiting) + len(audio) > BUFFER_BYTES:
            return False
        self._waiting += audio
        self._received += len(audio)
        return True

    def mark(self, name: str) -> bool:
        """Set a mark after what is buffered. True if it is due at once, as nothing is buffered or sounding."""
        if not self._waiting and not self._sounding:
            return True
        self._marks.append((self._received, name))
        return False

    def clear(self) -> list[str]:
        """Throw away what has not begun to play; the pending marks, all due now."""
        due = [name for _, name in self._marks]
        self._marks.clear()
        self._waiting.clear()
        self._played = self._received
        return due

    def tick(self) -> tuple[list[str], bytes]:
        """The marks that the frame before this one completed, then the next frame: shorter or empty if it ran dry."""
        due: list[str] = []
        while self._marks and self._marks[0][0] <= self._played:
            due.append(self._marks.popleft()[1])
        frame = bytes(self._waiting[:FRAME_BYTES])
        del self._waiting[:FRAME_BYTES]
        self._played += len(frame)
        self._sounding = bool(frame)
        return due, frame
