"""Lists as REST shows them: filters by date, pages and the addresses of their neighbours. Knows no resource.

Twilio: docs/usage/twilios-response (paging).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from voicecall_core.simulator.carrier.whole_numbers import whole

PAGE_SIZE, LARGEST_PAGE = 50, 1000

Query = Sequence[tuple[str, str]]


def paged(name: str, found: Sequence[object], query: Query, path: str) -> dict[str, object]:
    """The page of `found` that the query asks for, under that name."""
    asked = dict(query)
    size = max(1, min(whole(asked.get("PageSize", ""), PAGE_SIZE), LARGEST_PAGE))
    number = whole(asked.get("Page", ""), 0)
    shown = found[number * size : (number + 1) * size]

    def address(page_number: int) -> str:
        kept = [(key, value) for key, value in query if key not in ("Page", "PageSize", "PageToken")]
        return f"{path}?{urlencode([*kept, ('PageSize', str(size)), ('Page', str(page_number))])}"

    return {
        "first_page_uri": address(0),
        "end": number * size + max(len(shown) - 1, 0),
        "previous_page_uri": address(number - 1) if number else None,
        name: list(shown),
        "uri": address(number),
        "page_size": size,
        "start": number * size,
        "next_page_uri": address(number + 1) if len(found) > (number + 1) * size else None,
        "page": number,
    }


def dated(relation: str, value: str) -> Callable[[float | None], bool]:
    """A test of epoch seconds: at or before (`<`), at or after (`>`), or on the very day.

    An unreadable date matches nothing, nor does a moment that there is not.
    """
    try:
        wanted = datetime.fromisoformat(value.replace("Z", "+00:00"))
    except ValueError:
        return lambda moment: False
    wanted = wanted.replace(tzinfo=wanted.tzinfo or UTC)
    day = len(value) == len("2026-01-31")

    def test(moment: float | None) -> bool:
        if moment is None:
            return False
        at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=int(moment))
        if relation == "<":
            return at <= wanted
        if relation == ">":
            return at >= wanted
        return at.date() == wanted.date() if day else at == wanted

    return test


def between(field: str, query: Query) -> Callable[[float | None], bool]:
    """The test of all of a query's bounds on one date: `DateCreated`, `DateCreated<`, `DateCreated>`."""
    tests = [dated(name[len(field) :], value) for name, value in query if name in (field, field + "<", field + ">")]
    return lambda moment: all(test(moment) for test in tests)
