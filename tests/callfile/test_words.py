from __future__ import annotations

import json
from typing import Any

import pytest

from tests.callfile.recorded import HEADER
from tests.samples import any_of
from voicecall_core.callfile.records import REMOVED, header_of, record_of, step_of
from voicecall_core.errors import CallFileError
from voicecall_core.words import events as e
from voicecall_core.words.codec import to_typed_object
from voicecall_core.words.events import EVENTS

SAID: dict[str, Any] = {"at": 1.5, "event": {"type": "Heard", "session": 1, "item": "i", "pii_text": "hello"}}


def test_a_step_is_its_event_with_its_time() -> None:
    step = step_of({**SAID, "orders": [{"type": "CreateCall"}]}, 7)
    assert step.event == e.Heard(1, "i", "hello", at=1.5)
    assert (step.line, step.at, step.unknown) == (7, 1.5, "")


def test_an_event_of_a_later_version_is_kept_as_unknown() -> None:
    step = step_of({"at": 2, "event": {"type": "Teleported", "where": "moon"}}, 3)
    assert (step.event, step.unknown, step.at) == (None, "Teleported", 2.0)


def test_a_field_of_a_later_version_is_passed_over() -> None:
    assert step_of({"at": 0, "event": {"type": "DialBegan", "mood": "good"}}, 3).event == e.DialBegan()


def test_words_that_were_taken_out_leave_a_mark() -> None:
    step = step_of({"at": 1, "event": {"type": "Heard", "session": 1, "item": "i"}}, 3)
    assert step.event == e.Heard(1, "i", REMOVED, at=1.0)


@pytest.mark.parametrize("name", EVENTS)
def test_every_event_can_be_read_without_what_people_said(name: str) -> None:
    record = {key: value for key, value in to_typed_object(any_of(EVENTS[name])).items() if not key.startswith("pii_")}
    assert type(step_of({"at": 0, "event": record}, 2).event) is EVENTS[name]


@pytest.mark.parametrize(
    "record",
    [
        {},
        {"at": 1},
        {"event": "DialBegan"},
        {"event": {"type": 5}},
        {"at": "soon", "event": {"type": "DialBegan"}},
        {"at": -1, "event": {"type": "DialBegan"}},
        {"at": 1e300, "event": {"type": "DialBegan"}},
        {"at": True, "event": {"type": "DialBegan"}},
        {"at": 1, "event": {"type": "Created"}},
        {"at": 1, "event": {"type": "Created", "sid": 5}},
        {"at": 1, "event": {"type": "TimerFired", "timer": "egg"}},
        {"at": 1, "event": {"type": "DialBegan"}, "orders": {}},
        {"at": 1, "event": {"type": "DialBegan"}, "verdicts": "none"},
    ],
)
def test_a_step_that_cannot_be_read_names_its_line(record: dict[str, Any]) -> None:
    with pytest.raises(CallFileError, match="Line 9") as caught:
        step_of(record, 9)
    assert caught.value.line == 9


@pytest.mark.parametrize(
    "text", [b"hello", b"[1]", b"5", b'{"at": NaN}', b'"\xff"', b"[" * 100_000, b'{"a":' + b"9" * 5000 + b"}"]
)
def test_a_line_that_is_no_json_object_names_its_line(text: bytes) -> None:
    with pytest.raises(CallFileError, match="Line 9") as caught:
        record_of(text, 9)
    assert len(caught.value.message) < 200


@pytest.mark.parametrize(
    "change",
    [
        {"call": None, "terms": None},
        {"terms": {"policy": "sometimes"}},
        {"terms": []},
        {"began": "yesterday"},
        {"began": 5},
        {"to": 49},
        {"from": 49},
        {"seed": "x"},
    ],
)
def test_a_header_that_cannot_be_read_says_why(change: dict[str, Any]) -> None:
    with pytest.raises(CallFileError, match="The header"):
        header_of({**HEADER, "terms": {}, **change}, 1)


def test_numbers_stay_masked() -> None:
    header = header_of({**HEADER, "to": "+15•••••100", "from": "+49•••••123", "terms": {}}, 1)
    assert (str(header.callee), str(header.caller)) == ("+15•••••100", "+49•••••123")
    assert json.dumps(header.as_object())


def test_what_a_later_version_ordered_is_left_out_of_what_is_spoken() -> None:
    orders = [{"type": "Dance"}, {"type": "CreateCall"}, 5, {"type": "HangUp"}]
    entry = step_of({**SAID, "orders": orders, "verdicts": [{"asker": "x"}, None]}, 2).entry
    assert entry is not None
    assert [type(order).__name__ for order in entry.orders] == ["CreateCall"]
    assert entry.verdicts == ()
