"""Where a line stands: in which file, and at which of its lines. The lines of several files are counted on."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from types import MappingProxyType

GAP = 1_000  # between two files: lines that stand near each other belong together, and these do not


@dataclass(frozen=True, slots=True)
class Places:
    """The files of a story. `firsts`: what is added to the line numbers of each, in their order. Of one file, 0."""

    files: tuple[str, ...] = ("",)
    firsts: tuple[int, ...] = (0,)

    def of(self, line: int) -> tuple[str, int]:
        """The file that a line stands in, and its number there."""
        index = max(0, bisect_left(self.firsts, line) - 1)
        return self.files[index], line - self.firsts[index]

    def words(self, lines: Sequence[int], notes: Mapping[int, str] = MappingProxyType({})) -> str:
        """`line 4`, `lines 4, 5 (refused)`; of several files `lines 4, 5 of app.log, 23 of alerts.json`."""
        told = f"line{'' if len(lines) == 1 else 's'} "
        parts = groupby(lines, key=lambda line: self.of(line)[0])
        named = ((file, ", ".join(self._noted(line, notes) for line in each)) for file, each in parts)
        return told + ", ".join(each if len(self.files) == 1 else f"{each} of {file}" for file, each in named)

    def _noted(self, line: int, notes: Mapping[int, str]) -> str:
        number = self.of(line)[1]
        return f"{number} ({notes[line]})" if line in notes else f"{number}"


ONE_FILE = Places()


def placed(files: Iterable[tuple[str, int]]) -> Places:
    """The places of some files, each with the number of its lines."""
    names, firsts, first = [], [], 0
    for name, lines in files:
        names.append(name)
        firsts.append(first)
        first += lines + GAP
    return Places(tuple(names), tuple(firsts))
