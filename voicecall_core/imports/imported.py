"""A whole log, line by line, as facts of calls; memory does not grow with the log. Knows nothing of what they prove."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from voicecall_core.diagnosis.evidence import Sure, weakest
from voicecall_core.imports.facts import Foreign, Found, Saying, Told
from voicecall_core.imports.kinds import Kind
from voicecall_core.imports.lines import plain, shown
from voicecall_core.imports.logline import Line, may_say, opened, sayings
from voicecall_core.imports.naming import names_in
from voicecall_core.imports.snapshots import Snapshots
from voicecall_core.imports.stamps import Clock, stamp
from voicecall_core.imports.threads import Threads


class Imported:
    """The facts of a log, as an iterator; afterwards it says how many lines there were and how many said nothing."""

    def __init__(self, lines: Iterable[str], kind: Kind) -> None:
        self.kind = kind
        self.lines = 0
        self.skipped = 0
        self.clock = Clock()
        self.threads = Threads()
        self.unstamped = False  # a fact's line has no stamp: it is given that of the line before it
        self._facts = self._snapshots(lines) if kind is Kind.SNAPSHOTS else self._scanned(lines)

    def __iter__(self) -> Iterator[Found]:
        return self

    def __next__(self) -> Found:
        return next(self._facts)

    def _scanned(self, lines: Iterable[str]) -> Iterator[Found]:
        plugin = self.kind in (Kind.CONSOLE, Kind.OBJECTS)
        before = ""  # the line before, whose stamp is only read if it is needed
        for number, line in enumerate(lines, 1):
            self.lines = number
            if "\x1b" in line or "[0m" in line or "[39m" in line or "[22m" in line:
                line = plain(line)
            said = False
            frame = '"media"' in line and self.threads.frame(line)
            if not frame and may_say(line):
                part = opened(plain(line))
                for saying in sayings(part, plugin=plugin):
                    found = list(self._found(number, part, self._at(part, before), saying, names_in(part.text)))
                    said = said or bool(found)
                    yield from found
            elif self.clock.counting and (each := stamp(line)) is not None:
                self.clock.read(each)  # else the beginnings of its minutes would be missed
            before = line
            self.skipped += not said

    def _at(self, part: Line, before: str) -> float | None:
        """When a line was written: by its stamp, or else by that of the line before it."""
        own = part.stamp
        if own is None:
            self.unstamped = True
            own = stamp(plain(before)) if before else None
        return self.clock.now if own is None else self.clock.read(own)

    def _found(
        self, number: int, part: Line, at: float | None, saying: Saying, names: Mapping[str, str]
    ) -> Iterator[Found]:
        thread, guess = self.threads.of(names, at, saying.begins)
        if thread is None:
            return
        for keep, same in self.threads.joined:
            yield Found(keep, at, number, Foreign(Told.JOINED, same))
        self.threads.joined.clear()
        sure = weakest(saying.sure, Sure.LIKELY) if guess else saying.sure
        facts = list(saying.say(thread, number))
        text = shown(part.text) if facts else ""
        for fact in facts:
            yield Found(thread.key, at, number, fact, text, sure, guess, thread.known_as)

    def _snapshots(self, lines: Iterable[str]) -> Iterator[Found]:
        reader = Snapshots()
        for number, line in enumerate(lines, 1):
            self.lines = number
            read = reader.read(plain(line))
            if read is None:
                self.skipped += 1
                continue
            names, state, news = read
            for at, saying in news:
                part = Line(None, f"a snapshot: {state or 'no state'}", True)
                yield from self._found(number, part, at, saying, names)


def imported(lines: Iterable[str], kind: Kind) -> Imported:
    """The facts of a log of this kind, in the order of its lines."""
    return Imported(lines, kind)
