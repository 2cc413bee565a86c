"""A call file from its first line to its last, as it comes, in bounded memory."""

from __future__ import annotations

import codecs
import errno
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import Any, Protocol

from voicecall_core.callfile.migrations import climbed, readable
from voicecall_core.callfile.records import Recorded, header_of, record_of, step_of
from voicecall_core.callfile.writer import CallFileHeader
from voicecall_core.errors import CallFileError

# The longest honest line is one that carries a conversation's history to a reopened session: some tens of kB.
LINE_MOST = 4 * 1024 * 1024
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True, slots=True)
class NumberedLine:
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

    def feed(self, chunk: bytes) -> Iterator[NumberedLine]:
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
                yield NumberedLine(self._number, text)
            start = end + 1
        del self._rest[:start]
        if len(self._rest) > LINE_MOST:
            raise CallFileError(
                f"Line {self._number + 1} is longer than {LINE_MOST // 1024 // 1024} MB.", line=self._number + 1
            )

    def end(self) -> NumberedLine | None:
        """What stands behind the last line's end, if anything does."""
        rest, self._rest = bytes(self._rest), bytearray()
        self._number += 1
        text = self._plain(rest) if self._number == 1 or rest.strip(b"\0") else rest
        return NumberedLine(self._number, text, whole=False) if text else None

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


CHUNK = 64 * 1024
_IS_CALL_FILE = "voicecall"
BEGINS = b'{"voicecall"'  # as every call file does

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


class CallFile:
    """A call file being read. `header` is there as soon as its line was read; the rest grows while it is read.

    `unknown` counts the types of event that this program does not know. `torn` is the number of the half line at the
    end, 0 if there is none. `ended`: the source has, so far, no more. `behind` counts the lines that stand behind the
    object with which `dial --json` closes a call: they are nothing of the call's.
    """

    def __init__(self, source: Source, name: str) -> None:
        self.name = name
        self.header: CallFileHeader | None = None
        self.format = 0
        self.unknown: Counter[str] = Counter()
        self.torn = 0
        self.steps = 0
        self.behind = 0
        self.ended = False
        self._closed = False
        self._source = source
        self._lines = Lines()
        self._seen = 0
        self._waiting: list[Recorded] = []

    def __iter__(self) -> Iterator[Recorded]:
        """Every step to the end of the source. Raises CallFileError at the first line that cannot be read."""
        while self._waiting or not self.ended:
            yield from self.more()
        yield from self.finish()

    def opened(self) -> CallFileHeader:
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

    def _is_torn(self, last: NumberedLine) -> bool:
        """Whether a line without its end is half a line, of a file that is known to be a call file."""
        if self.header is None and not last.text.startswith(BEGINS):
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

    def _read(self, line: NumberedLine) -> list[Recorded]:
        if self.header is None:
            self.header = self._header(line)
            return []
        if self._closed:
            self.behind += 1
            return []
        record = record_of(line.text, line.number)
        if self._closes(record):
            self._closed = True
            return []
        step = step_of(climbed(record, self.format), line.number)
        self.steps += 1
        if step.unknown:
            self.unknown[step.unknown] += 1
        return [step]

    @staticmethod
    def _closes(record: Mapping[str, Any]) -> bool:
        """Whether it is the object with which `dial --json` closes a call, whose other lines are those of its file."""
        return "event" not in record and "outcome" in record and "exit" in record

    def _header(self, line: NumberedLine) -> CallFileHeader:
        try:
            record = record_of(line.text, line.number)
        except CallFileError as error:
            raise CallFileError(f"{self.name} is not a call file. {error.message}", line=line.number) from None
        if _IS_CALL_FILE not in record:
            raise CallFileError(f"{self.name} is not a call file: its first line is no header.", line=line.number)
        self.format = readable(record[_IS_CALL_FILE])
        return header_of(climbed(record, self.format), line.number)
