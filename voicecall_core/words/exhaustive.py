"""The check that a table leaves no case out."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any


def assert_exhaustive(table: str, keys: Collection[Any], cases: Iterable[Any]) -> None:
    """Check that `keys` are exactly `cases`, as a file does with its tables when it is imported.

    Raises AssertionError naming the table, each case it lacks and each key that is no case.
    """
    wanted = set(cases)
    problems = [
        f"{problem} {', '.join(sorted(map(_name, odd)))}"
        for problem, odd in (("lacks", wanted - set(keys)), ("does not need", set(keys) - wanted))
        if odd
    ]
    if problems:
        raise AssertionError(f"{table} {' and '.join(problems)}")


def _name(case: Any) -> str:
    return case.__name__ if isinstance(case, type) else str(case)
