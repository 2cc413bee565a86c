"""A whole log, line by line: its calls, each diagnosed, what was skipped, what stays unknown. Memory has a bound."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from voicecall_core.diagnosis.evidence import Sure, weakest
from voicecall_core.importers import line_records
from voicecall_core.importers.correlation import Thread, Threads
from voicecall_core.importers.formats.matching import Formats, built_in
from voicecall_core.importers.imported_calls import ImportedCall, import_call
from voicecall_core.importers.lines import plain, printable
from voicecall_core.importers.log_facts import Foreign, LogFact, Told
from voicecall_core.importers.log_kinds import LogKind
from voicecall_core.importers.log_line import LogLine
from voicecall_core.importers.own_lines import Closing, OwnLines, concluded, facts_of
from voicecall_core.importers.places import ONE_FILE, Places
from voicecall_core.importers.reading import Said, said_by
from voicecall_core.importers.records import Record, as_one, records
from voicecall_core.importers.snapshots import Snapshots
from voicecall_core.importers.stamps import Clock, Stamp, Style, stamp
from voicecall_core.importers.twilio_sayings import said_in
from voicecall_core.importers.unknowns import Clockwork
from voicecall_core.importers.unread import Between, Inside, Templates
from voicecall_core.importers.verdict import Race
from voicecall_core.words.events import Heard, Spoken


class ImportedLog:
    """The facts of a log, as an iterator; afterwards it says how many lines there were and how many said nothing."""

    def __init__(
        self, lines: Iterable[str], kind: LogKind, formats: Formats | None = None, unread: Templates | None = None
    ) -> None:
        self.kind = kind
        self.between = Between()
        self.keeps: Callable[[str], bool] = lambda key: True  # whether a fact of a call is still kept, and so shown
        self._unread = unread
        self._formats = formats or built_in()
        self.lines = 0
        self.skipped = 0
        self.clock = Clock()
        self.threads = Threads()
        self.unstamped = False  # a fact's line has no stamp: it is given that of the line before it
        self.torn: list[int] = []  # lines from which on records could not be read
        self.own = OwnLines()
        readers = {
            LogKind.SNAPSHOTS: self._snapshots,
            LogKind.TWILIO: self._records,
            LogKind.PLAIN: self._own_lines,
            LogKind.LINE: self._line,
        }
        self._facts = readers.get(kind, self._scanned)(lines)

    def __iter__(self) -> Iterator[LogFact]:
        return self

    def __next__(self) -> LogFact:
        return next(self._facts)

    def _scanned(self, lines: Iterable[str]) -> Iterator[LogFact]:
        plugin = self.kind in (LogKind.CONSOLE, LogKind.OBJECTS)
        before = ""  # the line before, whose stamp is only read if it is needed
        for record in records(self._counted(lines)):
            line = record.line
            read: set[int] = set()
            if '"media"' in line and self.threads.frame(line):
                read.add(record.number)
                self.skipped += 1  # of thousands of frames each tells no more than that it came
            else:
                for said in said_by(record, self._formats, plugin=plugin):
                    found = list(self._found(said, self._at(said.line, before)))
                    if found or said.nothing:
                        read.add(said.number if not said.whole else 0)
                    yield from found
            if not read and self.clock.counting and (each := stamp(line)) is not None:
                self.clock.read(each)  # else the beginnings of its minutes would be missed
            before = line
            if 0 not in read and (record.rest or not read):
                self._miss(record, read)

    def _miss(self, record: Record, read: set[int]) -> None:
        """Count the lines of a record that nothing was understood of; if that is all of them, they are shown as one."""
        lines = [(record.number, record.line)]
        if record.rest:
            lines = [each for each in (*lines, *record.rest) if each[0] not in read]
        self.skipped += len(lines)
        if record.rest and not read:
            lines = [(record.number, as_one(record))]
        for number, line in lines:
            self.between.missed(number, line)
            if self._unread is not None:
                self._unread.add(number, line)

    def _counted(self, lines: Iterable[str]) -> Iterator[str]:
        for self.lines, line in enumerate(lines, 1):
            yield plain(line) if "\x1b" in line or "[0m" in line or "[39m" in line or "[22m" in line else line

    def _at(self, part: LogLine, before: str) -> float | None:
        """When a line was written: by its stamp, or else by that of the line before it."""
        own = part.stamp
        if own is None:
            self.unstamped = True
            own = stamp(plain(before)) if before else None
        return self.clock.now if own is None else self.clock.read(own)

    def _found(self, said: Said, at: float | None) -> Iterator[LogFact]:
        thread, guess = self.threads.of(said.names, at, said.saying.begins)
        if thread is not None:
            yield from self._of_thread(thread, guess, said, at)

    def _of_thread(self, thread: Thread, guess: bool, said: Said, at: float | None) -> Iterator[LogFact]:
        number, part, saying = said.number, said.line, said.saying
        for keep, same in self.threads.joined:
            yield LogFact(keep, at, number, Foreign(Told.JOINED, same))
        self.threads.joined.clear()
        sure = weakest(saying.sure, Sure.LIKELY) if guess else saying.sure
        facts = list(saying.say(thread, number))
        text = printable(part.text) if facts and self.keeps(thread.key) else ""
        if facts:
            self.between.told(thread.key, number)
        for fact in facts:
            yield LogFact(thread.key, at, number, fact, text, sure, guess, thread.known_as)

    def _snapshots(self, lines: Iterable[str]) -> Iterator[LogFact]:
        reader = Snapshots()
        for number, line in enumerate(lines, 1):
            self.lines = number
            read = reader.read(plain(line))
            if read is None:
                self.skipped += 1
                continue
            names, state, news = read
            for at, saying in news:
                part = LogLine(None, f"a snapshot: {state or 'no state'}", True)
                yield from self._found(Said(number, part, saying, names), at)

    def _records(self, lines: Iterable[str]) -> Iterator[LogFact]:
        """Twilio's own records, whose stamps all have date and zone."""
        alone: dict[int, Thread] = {}  # the records that name no call, by their number
        for told in said_in(self._counted(lines), self.torn):
            said = Said(told.line, LogLine(None, told.pii_text, True), told.saying, told.names)
            if told.at is None:
                self.unstamped = True
            else:
                self.clock.read(Stamp(Style.ZONED, told.at, 0, told.at % 1 != 0))
            if told.names:
                yield from self._found(said, told.at)
                continue
            if told.record not in alone:
                alone[told.record] = self.threads.alone(told.at)
            yield from self._of_thread(alone[told.record], False, said, told.at)

    def _line(self, lines: Iterable[str]) -> Iterator[LogFact]:
        """The built-in carrier's own record of a call."""
        for told in line_records.said_in(self._counted(lines)):
            if told is None:
                self.skipped += 1
                continue
            self.clock.read(Stamp(Style.ZONED, told.at or 0.0, 0, True))
            yield from self._found(
                Said(told.line, LogLine(None, told.pii_text, True), told.saying, told.names), told.at
            )

    def _own_lines(self, lines: Iterable[str]) -> Iterator[LogFact]:
        """This program's own lines, in seconds since their call was new_call."""
        for fact in facts_of(map(plain, self._counted(lines)), self.own):
            self.clock.read(Stamp(Style.ZONED, fact.at or 0.0, 0, True))
            self.skipped -= 1
            yield fact
        self.skipped += self.lines


def imported(lines: Iterable[str], kind: LogKind, formats: Formats | None = None) -> ImportedLog:
    """The facts of a log of this kind, in the order of its lines."""
    return ImportedLog(lines, kind, formats)


MOST_FACTS = 100_000  # facts kept of a log: some thousand ordinary calls
MOST_OF_A_CALL = 5_000


@dataclass(frozen=True, slots=True)
class LogReport:
    """What a log tells. `skipped` lines said nothing to us; `unkept` facts were beyond what is kept.

    `places` says in which file a line stands; `logs` are those files, if there are several.
    """

    kind: LogKind
    calls: tuple[ImportedCall, ...]
    lines: int
    skipped: int
    unkept: int = 0
    unknown: tuple[str, ...] = ()
    places: Places = ONE_FILE
    logs: tuple[ReadLog, ...] = ()

    @property
    def race(self) -> Race:
        """Found if any call shows it; absent if every call shows that it was not there."""
        answers = {call.verdict.race for call in self.calls}
        return next(
            (race for race in (Race.FOUND, Race.UNKNOWN) if race in answers), Race.ABSENT if answers else Race.UNKNOWN
        )

    @property
    def shows_failure(self) -> bool:
        """Whether anything went wrong in any call, by a rule or by the log's own word."""
        return any(call.diagnosis.findings or call.failures for call in self.calls)


class Gathering:
    """The facts of a log, gathered by call while they come."""

    def __init__(self) -> None:
        self.calls: dict[str, list[LogFact]] = {}
        self.unkept = 0
        self._kept = 0
        self._same: dict[str, str] = {}

    def add(self, found: LogFact) -> None:
        """Keep a fact with its call."""
        if isinstance(found.fact, Foreign) and found.fact.told is Told.JOINED:
            self._join(found.key, found.fact.detail)
            return
        if isinstance(found.fact, Heard | Spoken) and not found.fact.final:
            return
        if not self.has_room(found.key):
            self.unkept += 1
            return
        key = self._same.get(found.key, found.key)
        self._kept += 1
        self.calls.setdefault(key, []).append(found)

    def has_room(self, key: str) -> bool:
        """Whether a further fact of a call is kept."""
        return self._kept < MOST_FACTS and len(self.calls.get(self._same.get(key, key), ())) < MOST_OF_A_CALL

    def by_call(self, inside: Mapping[str, Inside]) -> dict[str, Inside]:
        """What stands inside each call, where two turned out to be one."""
        found: dict[str, Inside] = {}
        for key, each in inside.items():
            key = self._same.get(key, key)
            found[key] = found.get(key, Inside()).and_more(each)
        return found

    def _join(self, keep: str, same: str) -> None:
        keep = self._same.get(keep, keep)
        self._same[same] = keep
        facts = [*self.calls.pop(keep, []), *self.calls.pop(same, [])]
        if facts:
            self.calls[keep] = sorted(facts, key=lambda found: found.line)


@dataclass(frozen=True, slots=True)
class ReadLog:
    """A log that was read and is not yet judged: the facts of each of its calls, and what is known of its clock.

    `dated`: the one style of its stamps, if all of them tell their date. `closings`: of this program's own lines, what
    the last of each call says.
    """

    name: str
    kind: LogKind
    calls: tuple[tuple[LogFact, ...], ...]
    clock: Clockwork
    dated: Style | None
    lines: int
    skipped: int
    unkept: int
    unknown: tuple[str, ...]
    closings: tuple[Closing | None, ...] = ()
    unread: tuple[Inside, ...] = ()

    def report(self) -> LogReport:
        """What it tells by itself: every call diagnosed."""
        places = Places((self.name,))
        each = zip(self.calls, self.unread, strict=True)
        calls = [import_call(found, self.clock, places, unread) for found, unread in each]
        if self.kind is LogKind.LINE:
            calls = [line_records.held_to_be_whole(*each) for each in zip(calls, self.calls, strict=True)]
        for index, closing in enumerate(self.closings):
            if closing is not None:
                calls[index] = concluded(calls[index], closing)
        return LogReport(self.kind, tuple(calls), self.lines, self.skipped, self.unkept, self.unknown, places)


def read_log(lines: Iterable[str], kind: LogKind, name: str = "", formats: Formats | None = None) -> ReadLog:
    """Read a whole log of this kind. Raises nothing for what is in the lines.

    `formats`: those by which lines are understood, if not the built-in ones alone.
    """
    facts = ImportedLog(lines, kind, formats)
    gathering = Gathering()
    facts.keeps = gathering.has_room
    for found in facts:
        gathering.add(found)
    clock = Clockwork(
        facts.clock.shortened,
        len(facts.clock.styles),
        facts.clock.fine or facts.clock.now is None,
        facts.unstamped and facts.clock.now is not None,
        kind is LogKind.SNAPSHOTS,
    )
    styles, calls = facts.clock.styles, tuple(map(tuple, gathering.calls.values()))
    dated = styles[0] if len(styles) == 1 and styles[0] in (Style.ZONED, Style.LOCAL) else None
    unknown = tuple(_unknown(facts, gathering))
    closings = tuple(map(facts.own.closings.get, gathering.calls))
    inside = gathering.by_call(facts.between.inside)
    unread = tuple(inside.get(key, Inside()) for key in gathering.calls)
    told = (facts.lines, facts.skipped, gathering.unkept)
    return ReadLog(name, kind, calls, clock, dated, *told, unknown, closings, unread)


def story(lines: Iterable[str], kind: LogKind, formats: Formats | None = None) -> LogReport:
    """Read a whole log of this kind and diagnose its calls. Raises nothing for what is in the lines."""
    return read_log(lines, kind, formats=formats).report()


def unread_in(lines: Iterable[str], kind: LogKind, formats: Formats | None = None) -> Templates:
    """The lines of a log that nothing was understood of, grouped. Raises nothing for what is in them."""
    unread = Templates()
    for _ in ImportedLog(lines, kind, formats, unread):
        pass
    return unread


def _unknown(facts: ImportedLog, gathering: Gathering) -> list[str]:
    """What stays unknown of the log as a whole."""
    unknown = []
    if facts.clock.now is None and gathering.calls and facts.kind is not LogKind.SNAPSHOTS:
        unknown.append("any time: no line bears a stamp that is known here")
    if facts.threads.guessed:
        unknown.append(
            "whose some lines are: several calls were up, and lines without a name went to the last one named"
        )
    if facts.torn:
        unknown.append(f"what stands behind line {facts.torn[0]}: the record is cut off, or is no JSON")
    if facts.kind is LogKind.SNAPSHOTS:
        unknown.append("what was written to the carrier by REST, and when a snapshot was taken")
    return unknown
