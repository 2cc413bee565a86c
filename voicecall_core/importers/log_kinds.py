"""Which kind of log a file is, by its first telling line. Knows nothing of what the lines mean."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain, islice

from voicecall_core.importers import log_line, phrases
from voicecall_core.importers.correlation import CALL, SID, STREAM, Thread
from voicecall_core.importers.formats.matching import Formats, built_in
from voicecall_core.importers.json_objects import Record
from voicecall_core.importers.line_records import is_line_file
from voicecall_core.importers.lines import plain
from voicecall_core.importers.log_facts import Begins, Foreign, Saying, Told
from voicecall_core.importers.own_lines import is_own
from voicecall_core.importers.reading import with_fields
from voicecall_core.importers.records import Joining, as_one
from voicecall_core.importers.records import Record as Joined
from voicecall_core.importers.twilio_records import is_twilio
from voicecall_core.importers.wording import is_statement


class LogKind(StrEnum):
    """The kinds of files that are read; their values are what `--as` takes."""

    CALL = "call"
    PLAIN = "plain"
    CONSOLE = "openclaw"
    OBJECTS = "openclaw-json"
    SNAPSHOTS = "openclaw-calls"
    TWILIO = "twilio"
    LINE = "line"
    SERVER = "server"


ABOUT = {
    LogKind.CALL: "a call file of this program",
    LogKind.PLAIN: "the readable lines of this program",
    LogKind.CONSOLE: "an OpenClaw console log",
    LogKind.OBJECTS: "an OpenClaw log, one JSON object a line",
    LogKind.SNAPSHOTS: "OpenClaw's calls.jsonl, one snapshot of a call a line",
    LogKind.TWILIO: "Twilio's own records: alerts, call events, Insights events, calls",
    LogKind.LINE: "a call on this program's line: the built-in carrier's own record",
    LogKind.SERVER: "a server log around Twilio and a realtime model",
}

MOST_TRIED = 2_000_000  # lines: ten seconds' reading, and a gateway's of weeks without a call
_MOST_HELD = 32_000_000  # characters of a pipe's head: it cannot be read twice
_TOGETHER = 200  # lines: what is told further apart was not told of one call
_SIDE_BY_SIDE = 3  # the same, without a stamp
_SOURCE, _SOURCE_WITHIN = 3, 2_000  # statements, among so many lines, that show a program's source
_AFTER_SERVER = 2_000  # a line that could be any server's is outdone by a plugin's own within so many more


def recognise(head: Iterable[str], limit: int = MOST_TRIED, formats: Formats | None = None) -> LogKind | None:
    """The kind of a file by its first lines, `None` if none of them tells. Reads no further than it must.

    Lines that name no call tell it together: two different things that belong to a call, near each other.
    """
    taken: list[str] = []
    head = iter(head)
    if is_twilio(_noted(head, taken)):
        return LogKind.TWILIO
    head = chain(taken, head)
    left, known = limit, formats or built_in()
    perhaps: LogKind | None = None
    seen: dict[object, int] = {}
    statements = 0
    for number, line in enumerate(_joined_too(islice(head, limit))):
        left -= 1
        statements += number < _SOURCE_WITHIN and is_statement(line)
        shown = shown_by(line, known)
        if shown is not None and statements >= _SOURCE and not shown.placed:
            continue  # a program's source, which holds what it would log
        if shown is not None and not shown.enough:
            apart = _TOGETHER if shown.placed else _SIDE_BY_SIDE
            seen = {each: at for each, at in seen.items() if number - at <= apart}
            seen |= dict.fromkeys(shown.about, number)
        if shown is not None and (shown.enough or len(seen) > 1):
            if shown.kind is not LogKind.SERVER:
                return shown.kind
            if perhaps is None:
                perhaps, left = shown.kind, min(left, _AFTER_SERVER)
        if left <= 0:
            break
    return perhaps


def _noted(lines: Iterator[str], taken: list[str]) -> Iterator[str]:
    """The lines, each noted when it is taken."""
    for line in lines:
        taken.append(line)
        yield line


def _joined_too(lines: Iterable[str]) -> Iterator[str]:
    """The lines as they come, and after those of a record the record as one line."""
    joining = Joining()
    for line in lines:
        yield line
        if (record := joining.add(line)) is not None and record.rest:
            yield _in_one(record)
    yield from (_in_one(record) for record in joining.rest() if record.rest)


def _in_one(record: Joined) -> str:
    return with_fields(record) if record.trace else as_one(record)


def sniffed(lines: Iterable[str], formats: Formats | None = None) -> tuple[LogKind | None, Iterator[str]]:
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

    kind = recognise(head(), formats=formats)
    return kind, chain(held, rest)


@dataclass(frozen=True, slots=True)
class Shown:
    """What one line shows its file to be; `enough`: alone. Otherwise `about` is what it speaks of.

    `placed`: the line has a stamp or is a record, which no sentence of a book has.
    """

    kind: LogKind
    enough: bool
    about: tuple[object, ...] = ()
    placed: bool = True


def shown_by(line: str, formats: Formats) -> Shown | None:
    """What one line shows its file to be, if anything."""
    line = plain(line)
    if is_own(line):
        return Shown(LogKind.PLAIN, enough=True)
    stripped = line.lstrip()
    if not stripped.startswith("{") and not log_line.may_say(line, formats):
        return None
    opened = log_line.opened(line, formats)
    if opened.record is not None:
        if kind := _of_object(opened.record):
            return Shown(kind, enough=True)
    elif opened.tag and (opened.found is not None or phrases.said_in(opened.text[:4000], tag=True) is not None):
        return Shown(LogKind.CONSOLE, enough=True)
    first = next(log_line.sayings(opened, plugin=False), None)
    if first is None and (opened.stamp is not None or opened.record is not None) and log_line.is_named(opened.text):
        return Shown(LogKind.SERVER, False, ("a name",))
    if first is None or first.web:
        return None
    kind = (LogKind.CONSOLE if opened.record is None else LogKind.OBJECTS) if first.own else LogKind.SERVER
    named = {CALL, SID, STREAM} & {*log_line.names_in(opened.text), *first.names}
    if first.begins <= Begins.NO and not (named or first.message):
        return None
    placed = opened.stamp is not None or opened.record is not None or log_line.is_exception(opened.text)
    about = tuple(_things(first))
    quotable = about == (Told.TO_MODEL,)  # what a program sends to the model stands in every page about it
    return Shown(kind, bool(named) or (first.message and placed and not quotable), about, placed)


def _things(saying: Saying) -> Iterator[object]:
    """The sorts of facts that a saying makes, whichever call it is."""
    for fact in saying.say(Thread("0", Counter()), 1):
        yield fact.told if isinstance(fact, Foreign) else type(fact)


def _of_object(record: Record) -> LogKind | None:
    if isinstance(record.get("voicecall"), int):
        return LogKind.CALL
    if is_line_file(record):
        return LogKind.LINE
    if {"callId", "state", "direction"} <= record.keys():
        return LogKind.SNAPSHOTS
    return None


def tried() -> str:
    """What was looked for in vain, as a sentence."""
    kinds = [f"{about} (--as {kind})" for kind, about in ABOUT.items()]
    return f"It was tried as {', '.join(kinds[:-1])} and {kinds[-1]}."
