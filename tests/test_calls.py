"""Every call file in tests/calls: judged again, it must come out as it was kept. A new file needs no further code.

`voicecall replay CALL --save-as-test tests/calls` writes one. Knows nothing of what happened in these calls.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from voicecall_core.call.media_stream import SORRY
from voicecall_core.callfile.excerpt import expected
from voicecall_core.callfile.reader import CallFile, opened
from voicecall_core.callfile.records import REMOVED, record_of
from voicecall_core.callfile.rejudging import Judged, rejudge

CALLS = sorted((Path(__file__).parent / "calls").glob("*.jsonl"))
_PRIVATE = re.compile(r"\+\d{6,}|\b(AC|SK)[0-9a-f]{32}\b|\bsk-\w+")


@pytest.fixture(params=CALLS, ids=lambda path: path.stem)
def path(request: pytest.FixtureRequest) -> Path:
    assert isinstance(request.param, Path)
    return request.param


def steps(path: Path) -> list[Judged]:
    with opened(path) as source:
        recording = CallFile(source, path.name)
        found = list(rejudge(recording.opened().terms, recording))
    assert not recording.torn and not recording.unknown
    return found


def header(path: Path) -> dict[str, Any]:
    with opened(path) as source:
        return record_of(source.readline(), 1)


def words(value: Any, name: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield from words(each, key)
    elif isinstance(value, list):
        for each in value:
            yield from words(each, name)
    elif name.startswith("pii_"):
        yield value


def test_there_are_calls() -> None:
    assert len(CALLS) >= 5


def test_a_kept_call_is_judged_as_it_was(path: Path) -> None:
    assert {one.recorded.line: one.differences for one in steps(path) if one.differences} == {}


def test_a_kept_call_ends_as_it_was_expected_to(path: Path) -> None:
    assert expected(steps(path)[-1].after) == header(path)["expects"]


def test_a_kept_call_is_masked(path: Path) -> None:
    text = path.read_text("utf-8")
    assert not _PRIVATE.search(text)
    said = {word for line in text.splitlines() for word in words(record_of(line.encode(), 1))}
    assert {word for word in said if word.strip(REMOVED)} <= OURS


OURS = {SORRY}  # nobody said it: it is code
