"""Takes a process's memory away for one line of its code: MemoryError is raised where that line would have run."""

from __future__ import annotations

import linecache
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import CodeType, FrameType, ModuleType
from typing import Any

Line = tuple[str, int]  # of a function, by its name


def code_of(module: ModuleType) -> frozenset[CodeType]:
    """All that its functions and methods run."""
    return frozenset(_all_code(_defined_in(module)))


def _defined_in(module: ModuleType) -> Sequence[CodeType]:
    found: list[CodeType] = []
    for holder in [module, *(each for each in vars(module).values() if isinstance(each, type))]:
        for each in vars(holder).values():
            each = each.fget if isinstance(each, property) else each
            code = getattr(each, "__code__", None)
            if code is not None and code.co_filename == module.__file__:
                found.append(code)
    return found


def _all_code(codes: Sequence[CodeType]) -> Iterator[CodeType]:
    for code in codes:
        yield code
        yield from _all_code([each for each in code.co_consts if isinstance(each, CodeType)])


@contextmanager
def watched(codes: frozenset[CodeType], each: Callable[[Line], None]) -> Iterator[None]:
    """`each` is called before each line of this code; what it raises, the line raises, and nothing is watched then."""

    def lines(frame: FrameType, event: str, _: Any) -> Any:
        if event == "line":
            text = linecache.getline(frame.f_code.co_filename, frame.f_lineno).strip()
            if not text.startswith(("try:", "with ")):  # which do nothing, or stand for their own end, too
                each((frame.f_code.co_qualname, frame.f_lineno))
        return lines

    before = sys.gettrace()
    sys.settrace(lambda frame, event, _: lines if frame.f_code in codes else None)
    try:
        yield
    finally:
        sys.settrace(before)


class Hunger:
    """Counts how often each line runs; the one that is named has no memory when it runs for that time."""

    def __init__(self, at: Line | None = None, time: int = 1) -> None:
        self.ran: dict[Line, int] = {}
        self.met = False
        self._at, self._time = at, time

    def __call__(self, line: Line) -> None:
        self.ran[line] = self.ran.get(line, 0) + 1
        if line == self._at and self.ran[line] == self._time and not self.met:
            self.met = True
            raise MemoryError
