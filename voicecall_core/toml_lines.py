"""In which line each key, table and item of a TOML text stands. What the values are is tomllib's business.

The scan takes the text for well-formed; where it is not, it stops, and tomllib says what is wrong.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_left

Path = tuple[str | int, ...]

_BLANKS = re.compile(r"[ \t]*")
_SPACE = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
_PART = re.compile(r'"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'|[A-Za-z0-9_-]+')
_SCALAR = re.compile(
    r'"""(?:\\.|[^\\])*?"""(?:"{0,2})'  # a text may end in two quotation marks of its own
    r"|'''.*?'''(?:'{0,2})"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'"
    r"|[^\s,\[\]{}#\"'][^,\]}#\n]*",
    re.DOTALL,
)


class Lost(Exception):
    """The text is no TOML."""


class TooDeep(Exception):
    """More names in a row than are allowed."""

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


class Twice(Exception):
    """A key has two values."""

    def __init__(self, key: str, line: int, first: int) -> None:
        super().__init__(key, line, first)
        self.key, self.line, self.first = key, line, first


def lines_of(text: str, deepest: int) -> dict[Path, int]:
    """The 1-based line of each path of names and places in lists. Raises Lost, TooDeep and Twice.

    Lines end with a line feed alone, as in the text that tomllib was given.
    """
    return _Scan(text, deepest).run()


class _Scan:
    """One pass over the text."""

    def __init__(self, text: str, deepest: int) -> None:
        self.text, self.deepest, self.at = text, deepest, 0
        self.ends = [found.start() for found in re.finditer("\n", text)]
        self.lines: dict[Path, int] = {}
        self.assigned: set[Path] = set()
        self.lengths: dict[Path, int] = {}  # of the arrays of tables, so far

    def run(self) -> dict[Path, int]:
        table: Path = ()
        while self.skip(_SPACE) < len(self.text):
            if self.takes("[["):
                table = self.header(array=True)
            elif self.takes("["):
                table = self.header(array=False)
            else:
                self.binding(table)
        return self.lines

    def header(self, *, array: bool) -> Path:
        """[a.b] or [[a.b]], behind its bracket: the path of the table that begins."""
        line = self.line()
        *way, last = self.key()
        self.expect("]]" if array else "]")
        path = (*self.walk((), way, line), last)
        if array:
            self.lines.setdefault(path, line)
            self.lengths[path] = self.lengths.get(path, 0) + 1
        path = self.inside(path)
        self.assign(path, f"[{last}]", line)
        return path

    def binding(self, table: Path) -> None:
        """a.b = value."""
        line = self.line()
        *way, last = self.key()
        self.expect("=")
        path = (*self.walk(table, way, line), last)
        self.assign(path, last, line)
        self.skip(_BLANKS)
        self.value(path)

    def assign(self, path: Path, key: str, line: int) -> None:
        if path in self.assigned:
            raise Twice(key, line, self.lines[path])
        self.assigned.add(path)
        self.lines[path] = line

    def value(self, path: Path) -> None:
        if len(path) > self.deepest:
            raise TooDeep(self.line())
        if self.takes("["):
            self.items(path)
        elif self.takes("{"):
            while self.skip(_SPACE) < len(self.text) and not self.takes("}"):
                self.binding(path)
                self.skip(_SPACE)
                self.takes(",")
        else:
            self.skip(_SCALAR)

    def items(self, path: Path) -> None:
        place = 0
        while self.skip(_SPACE) < len(self.text) and not self.takes("]"):
            self.lines[(*path, place)] = self.line()
            self.value((*path, place))
            place += 1
            self.skip(_SPACE)
            self.takes(",")

    def key(self) -> list[str]:
        """A key of one part or several, with the blanks on both sides of it."""
        parts = []
        while True:
            self.skip(_BLANKS)
            parts.append(_unquoted(self.skipped(_PART)))
            if len(parts) > self.deepest:
                raise TooDeep(self.line())
            self.skip(_BLANKS)
            if not self.takes("."):
                return parts

    def walk(self, path: Path, way: list[str], line: int) -> Path:
        """Down `way`, into the newest table of each array; what is first named here begins here."""
        for name in way:
            path = (*path, name)
            self.lines.setdefault(path, line)
            path = self.inside(path)
        return path

    def inside(self, path: Path) -> Path:
        return (*path, self.lengths[path] - 1) if path in self.lengths else path

    def line(self) -> int:
        return bisect_left(self.ends, self.at) + 1

    def takes(self, mark: str) -> bool:
        found = self.text.startswith(mark, self.at)
        self.at += len(mark) if found else 0
        return found

    def expect(self, mark: str) -> None:
        if not self.takes(mark):
            raise Lost

    def skip(self, pattern: re.Pattern[str]) -> int:
        found = pattern.match(self.text, self.at)
        if found is None:
            raise Lost
        self.at = found.end()
        return self.at

    def skipped(self, pattern: re.Pattern[str]) -> str:
        start = self.at
        return self.text[start : self.skip(pattern)]


def _unquoted(part: str) -> str:
    if part[0] not in "\"'":
        return part
    try:
        return str(tomllib.loads(f"key = {part}")["key"])
    except tomllib.TOMLDecodeError:
        raise Lost from None
