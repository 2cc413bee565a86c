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


# Where today's judge orders otherwise than the one that these calls were kept with, and why. What was decided besides
# (every verdict, every other order, how the call ends) is as it was.
WHY = {
    "patience": "while the callee is owed a sound and hears none, a clock runs",
    "rollover": "a session is changed before the model's limit",
    "fetch": "from the answer to the fetch there is a longer wait of its own",
    "stream": "it begins with the fetch, no longer with the answer",
    "+AskGreeting": "the greeting is asked for with the set-up, as soon as the model's socket is open",
    "-AskGreeting": "and no longer once the session is ready",
    "greeting": "it begins with the greeting's sound, and is the patience clock's until then",
}


def _ringing(connected: int) -> dict[int, tuple[str, ...]]:
    """The greeting was made while it rang; `connected`: the line in which the model's socket was open."""
    return {
        connected: ("+AskGreeting ",),
        9: ("+StartTimer patience", "+StartTimer rollover", "-AskGreeting "),
        10: ("+StartTimer patience", "+StopTimer patience"),
        11: ("+StopTimer patience",),
        13: ("+StartTimer fetch", "-StartTimer stream"),
        14: ("+StopTimer fetch",),
    }


_OVER = ("+StopTimer rollover",)
OTHERWISE: dict[str, dict[int, tuple[str, ...]]] = {
    "barge-in": {**_ringing(7), 22: _OVER},
    "create-answer-lost": {**_ringing(6), 20: _OVER},
    "ordinary": {**_ringing(7), 20: _OVER},
    "stream-drops": {**_ringing(7), 24: _OVER},
    "ordinary-guard-off-failed": {6: ("+StartTimer fetch", "-StartTimer stream"), 8: ("+StopTimer fetch",)},
    "race-guard-off-failed": {6: ("+StartTimer fetch", "-StartTimer stream"), 7: ("+StopTimer fetch",)},
    "race": {
        7: ("+StartTimer fetch", "-StartTimer stream"),
        8: ("+StopTimer fetch",),
        10: ("+StartTimer patience",),
        11: ("+AskGreeting ",),
        13: ("+StartTimer rollover", "-AskGreeting ", "-StartTimer greeting"),
        14: ("+StartTimer patience", "+StopTimer patience"),
        15: ("+StopTimer patience",),
        20: _OVER,
    },
}


def differing(one: Judged) -> tuple[str, ...]:
    """What differs in a step: + what is ordered today, - what was recorded; of a timer, which."""
    sides = [(sign, side) for each in one.differences for sign, side in (("-", each.recorded), ("+", each.today))]
    names = {f"{sign}{side.get('type', 'verdict')} {side.get('timer', '')}" for sign, side in sides if side}
    return tuple(sorted(names))


def test_a_kept_call_is_judged_as_it_was_but_for_what_is_listed(path: Path) -> None:
    found = {one.recorded.line: differing(one) for one in steps(path) if one.differences}
    assert found == OTHERWISE.get(path.stem, {})


def test_every_difference_has_its_reason_and_every_reason_its_difference() -> None:
    listed = {name.split()[-1] for lines in OTHERWISE.values() for names in lines.values() for name in names}
    assert listed == set(WHY)
    assert set(OTHERWISE) <= {path.stem for path in CALLS}


def test_a_kept_call_ends_as_it_was_expected_to(path: Path) -> None:
    assert expected(steps(path)[-1].after) == header(path)["expects"]


def test_a_kept_call_is_masked(path: Path) -> None:
    text = path.read_text("utf-8")
    assert not _PRIVATE.search(text)
    said = {word for line in text.splitlines() for word in words(record_of(line.encode(), 1))}
    assert {word for word in said if word.strip(REMOVED)} <= OURS


OURS = {SORRY}  # nobody said it: it is code
