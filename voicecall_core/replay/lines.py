"""Bytes as numbered lines, in bounded memory. Knows nothing of what stands in them.

No I/O: whoever has bytes feeds them. CRLF and a byte order mark are taken away, empty lines are skipped.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass

from voicecall_core.errors import CallFileError

# The longest honest line is one that carries a conversation's history to a reopened session: some tens of kB.
LINE_MOST = 4 * 1024 * 1024
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True, slots=True)
class Line:
    """One line without its end. `number` counts from 1. `whole`: its end was there."""

    number: int
    text: bytes
    whole: bool = True


class Lines:
    """Cuts what it is fed into lines."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self._number = 0
        self._begun = False

    def feed(self, chunk: bytes) -> Iterator[Line]:
        """The lines that this chunk completes. Raises CallFileError for what is no text, or a line without end."""
        if not chunk:
            return
        self._look_at_the_beginning(chunk)
        searched = len(self._rest)
        self._rest += chunk
        start = 0
        while (end := self._rest.find(b"\n", max(start, searched))) >= 0:
            self._number += 1
            if text := self._plain(bytes(self._rest[start:end])):
                yield Line(self._number, text)
            start = end + 1
        del self._rest[:start]
        if len(self._rest) > LINE_MOST:
            raise CallFileError(
                f"Line {self._number + 1} is longer than {LINE_MOST // 1024 // 1024} MB.", line=self._number + 1
            )

    def end(self) -> Line | None:
        """What stands behind the last line's end, if anything does."""
        rest, self._rest = bytes(self._rest), bytearray()
        self._number += 1
        text = self._plain(rest) if self._number == 1 or rest.strip(b"\0") else rest
        return Line(self._number, text, whole=False) if text else None

    def _plain(self, line: bytes) -> bytes:
        if self._number == 1:
            line = line.removeprefix(codecs.BOM_UTF8)
        if b"\0" in line:
            raise CallFileError(f"Line {self._number} is not text: it holds a zero byte.", line=self._number)
        return line.strip(b" \t\r")

    def _look_at_the_beginning(self, chunk: bytes) -> None:
        if not self._begun and chunk.startswith(_UTF16):
            raise CallFileError(
                "The file is written in UTF-16.", line=1, fix="Convert it first: iconv -f UTF-16 -t UTF-8 FILE"
            )
        self._begun = True
