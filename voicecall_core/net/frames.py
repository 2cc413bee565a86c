"""WebSocket frames as nearly all of a call's are, whole text: cut out and written in a few lines of our own.

Everything else (control frames, fragments, binary, whatever is wrong) is for the library, which is given whole frames.
RFC 6455 section 5.2 has the layout.
"""

from __future__ import annotations

import os
from struct import Struct

try:
    from websockets.speedups import apply_mask
except ImportError:  # where the library has no compiled part
    from websockets.utils import apply_mask

__all__ = ["MASK", "USUAL", "WHOLE_TEXT", "TextFrames", "apply_mask", "cut"]

WHOLE_TEXT = 0x81  # FIN, no extension, opcode 1
MASK = 0x80
USUAL = 126  # in place of a length: two bytes of length follow, as in nearly all messages of a call
_LONGEST_CONTROL = 125
_HEADS = frozenset({0x00, 0x01, 0x02, 0x80, 0x81, 0x82, 0x88, 0x89, 0x8A})  # what the RFC knows, without extensions
_NO_END = 1 << 62
_SHORT, _LONG = Struct(">BB").pack, Struct(">BBH").pack
_MASKS = 4_096  # bytes of chance that are asked of the system at a time


def cut(data: bytes, at: int, *, masked: bool, limit: int) -> tuple[int, int]:
    """Where the frame that begins at `at` ends, which may lie beyond the data; 0 if its head has not come yet.

    The second number is where the payload begins, if it is whole text that its sender has masked (or not) as it must;
    else 0. What is wrong by its head, or longer than `limit` bytes, has no end: all that follows is the library's
    to refuse.
    """
    if len(data) - at < 2:
        return 0, 0
    first, second = data[at], data[at + 1]
    length, body = second & 0x7F, at + 2
    if first not in _HEADS or (second & MASK != 0) is not masked or (first & 0x08 and length > _LONGEST_CONTROL):
        return _NO_END, 0
    if length >= 126:
        body += 2 if length == 126 else 8
        length = int.from_bytes(data[at + 2 : body])
    if masked:
        body += 4
    if body > len(data):
        return 0, 0
    end = _NO_END if length > limit else body + length
    return end, body if first == WHOLE_TEXT and end == body + length else 0


class TextFrames:
    """Writes whole text frames; `masked` as a client must, each with a mask of its own that nobody can foresee."""

    __slots__ = ("_chance", "_mask", "_used")

    def __init__(self, *, masked: bool) -> None:
        self._mask = MASK if masked else 0
        self._chance, self._used = b"", 0

    def of(self, text: str) -> bytes:
        """The frame of a message."""
        payload = text.encode()
        length, mask = len(payload), self._mask
        if USUAL <= length < 65_536:
            head = _LONG(WHOLE_TEXT, mask | USUAL, length)
        elif length < USUAL:
            head = _SHORT(WHOLE_TEXT, mask | length)
        else:
            head = _SHORT(WHOLE_TEXT, mask | 127) + length.to_bytes(8)
        if not mask:
            return head + payload
        used = self._used
        if used >= len(self._chance):
            self._chance, used = os.urandom(_MASKS), 0
        self._used = used + 4
        key = self._chance[used : used + 4]
        return head + key + apply_mask(payload, key)
