"""The list of calls, filtered and paged as REST shows it. Knows nothing of who asks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from voicecall_core.simulator.books import Record
from voicecall_core.simulator.whole import whole

PAGE_SIZE, LARGEST_PAGE = 50, 1000

_Test = Callable[[Record], bool]


def page(records: Iterable[Record], query: Sequence[tuple[str, str]], path: str) -> dict[str, object]:
    """One page, newest calls first, with the addresses of its neighbours."""
    asked = dict(query)
    tests = [test for name, value in query if (test := _filter(name, value)) is not None]
    found = [record for record in reversed(list(records)) if all(test(record) for test in tests)]
    size = max(1, min(whole(asked.get("PageSize", ""), PAGE_SIZE), LARGEST_PAGE))
    number = whole(asked.get("Page", ""), 0)
    shown = found[number * size : (number + 1) * size]

    def address(page_number: int) -> str:
        kept = [(name, value) for name, value in query if name not in ("Page", "PageSize", "PageToken")]
        return f"{path}?{urlencode([*kept, ('PageSize', str(size)), ('Page', str(page_number))])}"

    return {
        "first_page_uri": address(0),
        "end": number * size + max(len(shown) - 1, 0),
        "previous_page_uri": address(number - 1) if number else None,
        "calls": [record.json() for record in shown],
        "uri": address(number),
        "page_size": size,
        "start": number * size,
        "next_page_uri": address(number + 1) if len(found) > (number + 1) * size else None,
        "page": number,
    }


def _filter(name: str, value: str) -> _Test | None:
    match name:
        case "To":
            return lambda record: record.to == value
        case "From":
            return lambda record: record.from_ == value
        case "Status":
            return lambda record: record.json()["status"] == value
        case "StartTime" | "StartTime<" | "StartTime>":
            return _started(name[9:], value)
    return None


def _started(relation: str, value: str) -> _Test:
    """Started at or before (`<`), at or after (`>`), or on the very day. An unreadable date matches nothing."""
    try:
        wanted = datetime.fromisoformat(value.replace("Z", "+00:00"))
    except ValueError:
        return lambda record: False
    wanted = wanted.replace(tzinfo=wanted.tzinfo or UTC)
    day = len(value) == len("2026-01-31")

    def test(record: Record) -> bool:
        # assumption: a call that has not started counts from its creation, to the second
        epoch_s = int(record.answered_at or record.created_at)
        started = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=epoch_s)
        if relation == "<":
            return started <= wanted
        if relation == ">":
            return started >= wanted
        return started.date() == wanted.date() if day else started == wanted

    return test
