"""A call file without what people said or pressed, line by line, as it is read. Knows nothing of what lines mean."""

from __future__ import annotations

import json
from typing import Any

from voicecall_core.callfile.reader import CHUNK, LINE_MOST, Source
from voicecall_core.callfile.records import REMOVED
from voicecall_core.callfile.rejudging import without_words

_HALF = b"{"  # in place of a line that is no JSON: half a line may hold words too


class Wordless:
    """A source whose lines hold no key that begins with `pii_`, and no digit that the callee pressed."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._rest = b""

    def read1(self, size: int = -1, /) -> bytes:
        """Whole lines, as many as the next chunks complete; empty at the end."""
        while chunk := self._source.read1(CHUNK):
            *lines, self._rest = (self._rest + chunk).split(b"\n")
            if lines:
                return b"".join(_without(line) + b"\n" for line in lines)
            if len(self._rest) > LINE_MOST:
                break  # the reader refuses it
        rest, self._rest = self._rest, b""
        return _without(rest) if rest.strip(b"\0 \t\r") else rest


def _without(line: bytes) -> bytes:
    if not line.strip():
        return line
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return _HALF
    return json.dumps(_undigited(without_words(record)), separators=(",", ":")).encode()


def _undigited(record: Any) -> Any:
    event = record.get("event") if isinstance(record, dict) else None
    if not isinstance(event, dict) or "digit" not in event:
        return record
    return {**record, "event": {**event, "digit": REMOVED}}
