"""Lines that were not understood: those that stand inside a call, and all of a log's by their template.

Templates are found after Drain (He and others, 2017): lines of as many words and the same first word are one template
if half of its words are the same, those that vary aside; where they differ, a `<*>` stands. It is written here and not
taken from drain3, which pins old versions of two further packages (jsonpickle, cachetools) for a state that is never
saved here. Memory is bounded: what comes after `MOST_TEMPLATES` is counted only.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from voicecall_core.importers.lines import plain, printable
from voicecall_core.importers.stamps import stamp

MOST_TEMPLATES = 2_000
MOST_EXAMPLES = 5  # of a call
_HELD = 50  # lines not understood that are looked back at when a call's next fact comes
_LONGEST = 400  # characters of a line that its template is made of
_MOST_WORDS = 60
_MOST_ALIKE = 40  # templates of the same length and first word
_ALIKE = 0.5  # of the words, for two lines to be of one template
_ANY = "<*>"
_VARIABLE = re.compile(r"\d|^[\"'].*[\"']$|^\W+$")
_SPLIT = re.compile(r"\s+")


@dataclass(slots=True)
class Template:
    """One sort of lines: its words, how many they are, and the first of them."""

    words: list[str]
    count: int
    number: int
    pii_line: str

    @property
    def text(self) -> str:
        """The template as it may be shown."""
        return printable(" ".join(self.words))

    @property
    def example(self) -> str:
        """Its first line as it may be shown."""
        return printable(plain(self.pii_line))


class Templates:
    """All lines that were not understood, grouped while they come."""

    def __init__(self) -> None:
        self.lines = 0
        self.ungrouped = 0  # lines beyond what is kept
        self._groups: dict[tuple[int, str], list[Template]] = {}
        self._known: dict[tuple[str, ...], Template] = {}
        self._count = 0

    def add(self, number: int, line: str) -> None:
        """Count a line with its template."""
        if not line.strip():
            return
        self.lines += 1
        words = _words(line)
        if (known := self._known.get(words)) is not None:
            known.count += 1
            return
        found = self._nearest(words)
        if found is not None:
            found.count += 1
            found.words = [one if one == other else _ANY for one, other in zip(found.words, words, strict=True)]
        elif self._count >= MOST_TEMPLATES:
            self.ungrouped += 1
            return
        else:
            found = Template(list(words), 1, number, line[:_LONGEST])
            self._count += 1
            self._groups.setdefault((len(words), words[0]), []).append(found)
        if len(self._known) >= 4 * MOST_TEMPLATES:
            self._known.clear()
        self._known[words] = found

    def _nearest(self, words: Sequence[str]) -> Template | None:
        """The template that has most of these words, if it has half of them, or the last that there is room for."""
        group = self._groups.get((len(words), words[0]), [])
        best = max(group, key=lambda each: _same(each.words, words), default=None)
        if best is None or len(group) >= _MOST_ALIKE:
            return best
        fixed = len(words) - best.words.count(_ANY)
        return best if best.words == list(words) or 0 < _ALIKE * fixed <= _same(best.words, words) else None

    def groups(self) -> list[Template]:
        """The templates, the most frequent first."""
        found = [each for group in self._groups.values() for each in group]
        return sorted(found, key=lambda each: (-each.count, each.number))


def _words(line: str) -> tuple[str, ...]:
    """A line's words behind its stamp, with those that differ from line to line left open."""
    line = plain(line[:_LONGEST])
    found = stamp(line)
    text = line[found.end :] if found is not None else line
    words = [_ANY if _VARIABLE.search(word) else word for word in _SPLIT.split(text.strip())[:_MOST_WORDS]]
    return tuple(words) or (_ANY,)


def _same(one: Sequence[str], other: Sequence[str]) -> int:
    return sum(a == b and a != _ANY for a, b in zip(one, other, strict=True))


@dataclass(frozen=True, slots=True)
class UnreadLine:
    """A line that was not understood, as it may be shown."""

    number: int
    pii_text: str


@dataclass(frozen=True, slots=True)
class Inside:
    """The lines between a call's first and last that nothing was understood of: how many, and the first of them.

    A record of several lines counts as one.
    """

    count: int = 0
    examples: tuple[UnreadLine, ...] = ()

    def and_more(self, other: Inside) -> Inside:
        """These and others of the same call."""
        kept = sorted({*self.examples, *other.examples}, key=lambda each: each.number)
        return Inside(self.count + other.count, tuple(kept[:MOST_EXAMPLES]))


class Between:
    """Keeps count of the lines that were not understood, for each call between its facts."""

    def __init__(self) -> None:
        self.inside: dict[str, Inside] = {}
        self._count = 0
        self._last: dict[str, tuple[int, int]] = {}  # by call: the count at its last fact, and that fact's line
        self._held: deque[tuple[int, str]] = deque(maxlen=_HELD)

    def missed(self, number: int, line: str) -> None:
        """A line was not understood."""
        self._count += 1
        self._held.append((number, line))

    def told(self, key: str, number: int) -> None:
        """A line told something of a call: what was not understood since the last one that did stands inside it."""
        count, last = self._last.get(key, (self._count, number))
        self._last[key] = (self._count, max(last, number))
        if self._count > count:
            before = self.inside.get(key, Inside())
            new = (each for each in self._held if last < each[0] < number)
            self.inside[key] = before.and_more(Inside(self._count - count, _examples(new, before)))


def _examples(lines: Iterable[tuple[int, str]], before: Inside) -> tuple[UnreadLine, ...]:
    """As many as there is still room for."""
    room = MOST_EXAMPLES - len(before.examples)
    found: list[UnreadLine] = []
    for number, line in lines:
        if len(found) >= room:
            break
        if line.strip():
            found.append(UnreadLine(number, printable(plain(line))))
    return tuple(found)
