"""Which kind of log a file is, by its first telling line. Knows nothing of what the lines mean."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum
from itertools import chain, islice

from voicecall_core.importers import log_line, phrases
from voicecall_core.importers.lines import plain


class LogKind(StrEnum):
    """The kinds of files that are read; their values are what `--as` takes."""

    CALL = "call"
    CONSOLE = "openclaw"
    OBJECTS = "openclaw-json"
    SNAPSHOTS = "openclaw-calls"
    SERVER = "server"


ABOUT = {
    LogKind.CALL: "a call file of this program",
    LogKind.CONSOLE: "an OpenClaw console log",
    LogKind.OBJECTS: "an OpenClaw log, one JSON object a line",
    LogKind.SNAPSHOTS: "OpenClaw's calls.jsonl, one snapshot of a call a line",
    LogKind.SERVER: "a server log around Twilio and a realtime model",
}

MOST_TRIED = 2_000_000  # lines: ten seconds' reading, and a gateway's of weeks without a call
_MOST_HELD = 32_000_000  # characters of a pipe's head: it cannot be read twice
_AFTER_SERVER = 2_000  # a line that could be any server's is outdone by a plugin's own within so many more


def recognise(head: Iterable[str], limit: int = MOST_TRIED) -> LogKind | None:
    """The kind of a file by its first lines, `None` if none of them tells. Reads no further than it must."""
    left = limit
    perhaps: LogKind | None = None
    for line in islice(head, limit):
        left -= 1
        kind = kind_of(line)
        if kind is not None and kind is not LogKind.SERVER:
            return kind
        if kind is LogKind.SERVER and perhaps is None:
            perhaps, left = kind, min(left, _AFTER_SERVER)
        if left <= 0:
            break
    return perhaps


def sniffed(lines: Iterable[str]) -> tuple[LogKind | None, Iterator[str]]:
    """The kind, and all of the lines again: for a source that cannot be read twice. Bounded in what it holds."""
    rest = iter(lines)
    held: list[str] = []

    def head() -> Iterator[str]:
        size = 0
        for line in rest:
            held.append(line)
            yield line
            size += len(line)
            if size > _MOST_HELD:
                return

    kind = recognise(head())
    return kind, chain(held, rest)


def kind_of(line: str) -> LogKind | None:
    """What one line shows its file to be, if anything."""
    line = plain(line)
    stripped = line.lstrip()
    if not stripped.startswith("{") and not log_line.may_say(line):
        return None
    if stripped.startswith("{"):
        if kind := _of_object(stripped):
            return kind
    opened = log_line.opened(line)
    if opened.record is None and phrases.said_in(opened.text[:4000], tag=opened.tag) is not None:
        return LogKind.CONSOLE
    return LogKind.SERVER if next(log_line.sayings(opened, plugin=False), None) is not None else None


def _of_object(line: str) -> LogKind | None:
    opened = log_line.opened(line)
    if opened.record is None:
        return None
    if isinstance(opened.record.get("voicecall"), int):
        return LogKind.CALL
    if {"callId", "state", "direction"} <= opened.record.keys():
        return LogKind.SNAPSHOTS
    if phrases.said_in(opened.text[:4000], tag=opened.tag) is not None:
        return LogKind.OBJECTS
    return None


def tried() -> str:
    """What was looked for in vain, as a sentence."""
    kinds = [f"{about} (--as {kind})" for kind, about in ABOUT.items()]
    return f"It was tried as {', '.join(kinds[:-1])} and {kinds[-1]}."
