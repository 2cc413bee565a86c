"""A call file from its first line to its last, as it comes. Knows nothing of judging, nor of terminals.

One chunk and one line of it are held at a time, however long it is. What a call that was cut off leaves behind, half
of a last line, is said and harms nothing; any other line that cannot be read is an error that names it.
"""

from __future__ import annotations

import errno
from collections import Counter
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path
from typing import Protocol

from voicecall_core.errors import CallFileError
from voicecall_core.journal import Header
from voicecall_core.replay.lines import Line, Lines
from voicecall_core.replay.migrations import climbed, readable
from voicecall_core.replay.words import Recorded, header_of, record_of, step_of

CHUNK = 64 * 1024
_IS_CALL_FILE = "voicecall"
_BEGINS = b'{"voicecall"'

_WORDS = {
    errno.ENOENT: "There is no file {name}.",
    errno.EISDIR: "{name} is a directory, not a call file.",
    errno.EACCES: "{name} may not be read by you.",
}


class Source(Protocol):
    """Where bytes come from: a file, a pipe."""

    def read1(self, size: int = -1, /) -> bytes: ...


def opened(path: Path) -> BufferedReader:
    """The file, open. Raises CallFileError in words."""
    try:
        return open(path, "rb")
    except (OSError, ValueError) as error:
        raise CallFileError(_why(error).format(name=path)) from None


def _why(error: OSError | ValueError) -> str:
    if isinstance(error, OSError) and error.errno in _WORDS:
        return _WORDS[error.errno]
    return "{name} cannot be read: " + str(getattr(error, "strerror", "") or error).replace("{", "(") + "."


class Recording:
    """A call file being read. `header` is there as soon as its line was read; the rest grows while it is read.

    `unknown` counts the types of event that this program does not know. `torn` is the number of the half line at the
    end, 0 if there is none. `ended`: the source has, so far, no more.
    """

    def __init__(self, source: Source, name: str) -> None:
        self.name = name
        self.header: Header | None = None
        self.format = 0
        self.unknown: Counter[str] = Counter()
        self.torn = 0
        self.steps = 0
        self.ended = False
        self._source = source
        self._lines = Lines()
        self._seen = 0
        self._waiting: list[Recorded] = []

    def __iter__(self) -> Iterator[Recorded]:
        """Every step to the end of the source. Raises CallFileError at the first line that cannot be read."""
        while self._waiting or not self.ended:
            yield from self.more()
        yield from self.finish()

    def opened(self) -> Header:
        """The header; as much is read as that takes. Raises CallFileError if there is none."""
        while self.header is None and not self.ended:
            self.prime()
        if self.header is None:
            self._waiting += self.finish()
        assert self.header is not None, "finish raises where there is none"
        return self.header

    def prime(self) -> None:
        """Read one chunk towards the header; what it holds beyond that is kept for `more`."""
        self._waiting += self._chunk()

    def more(self) -> list[Recorded]:
        """The steps that the next chunk completes. Waits for the source, if it is a pipe."""
        steps, self._waiting = self._waiting, []
        return steps or self._chunk()

    def _chunk(self) -> list[Recorded]:
        try:
            chunk = self._source.read1(CHUNK)
        except OSError as error:
            raise CallFileError(_why(error).format(name=self.name)) from None
        self.ended = not chunk
        self._seen += len(chunk)
        return [step for line in self._lines.feed(chunk) for step in self._read(line)]

    def finish(self) -> list[Recorded]:
        """The last step, if its line's end is missing but nothing else. Raises CallFileError if there is no header."""
        steps: list[Recorded] = []
        last = self._lines.end()
        if last is not None and self._is_torn(last):
            self.torn = last.number
        elif last is not None:
            steps = self._read(last)
        if self.header is None:
            raise CallFileError(self._empty(), line=self.torn)
        return steps

    def _is_torn(self, last: Line) -> bool:
        """Whether a line without its end is half a line, of a file that is known to be a call file."""
        if self.header is None and not last.text.startswith(_BEGINS):
            return False
        try:
            record_of(last.text, last.number)
        except CallFileError:
            return True
        return False

    def _empty(self) -> str:
        if self.torn:
            return f"{self.name} ends within its first line: nothing of the call was written down."
        return f"{self.name} is empty." if not self._seen else f"{self.name} holds only blanks."

    def _read(self, line: Line) -> list[Recorded]:
        if self.header is None:
            self.header = self._header(line)
            return []
        step = step_of(climbed(record_of(line.text, line.number), self.format), line.number)
        self.steps += 1
        if step.unknown:
            self.unknown[step.unknown] += 1
        return [step]

    def _header(self, line: Line) -> Header:
        try:
            record = record_of(line.text, line.number)
        except CallFileError as error:
            raise CallFileError(f"{self.name} is not a call file. {error.message}", line=line.number) from None
        if _IS_CALL_FILE not in record:
            raise CallFileError(f"{self.name} is not a call file: its first line is no header.", line=line.number)
        self.format = readable(record[_IS_CALL_FILE])
        return header_of(climbed(record, self.format), line.number)
