from __future__ import annotations

from typing import Any

import pytest

from voicecall_core.callfile.migrations import CONVERTERS, climbed, readable
from voicecall_core.callfile.writer import FORMAT
from voicecall_core.errors import CallFileError
from voicecall_core.words.codec import read
from voicecall_core.words.terms import Terms


def test_a_rung_leads_from_every_version_to_the_next() -> None:
    assert set(CONVERTERS) == set(range(1, FORMAT))


def test_an_old_line_climbs_rung_by_rung() -> None:
    def renamed(record: dict[str, Any]) -> dict[str, Any]:
        return {("at" if key == "time" else key): value for key, value in record.items()}

    def in_seconds(record: dict[str, Any]) -> dict[str, Any]:
        return {**record, "at": record["at"] / 1000} if "at" in record else record

    ladder = {1: renamed, 2: in_seconds}
    assert climbed({"time": 1500}, 1, converters=ladder, to=3) == {"at": 1.5}
    assert climbed({"at": 1500}, 2, converters=ladder, to=3) == {"at": 1.5}
    assert climbed({"at": 1.5}, 3, converters=ladder, to=3) == {"at": 1.5}


CODES_OF_FORMAT_1 = [
    ({"type": "UpdateAnswered", "number": 1, "answer": "refused", "code": 21220}, {"refusal": "not-in-progress"}),
    ({"type": "UpdateAnswered", "number": 1, "answer": "refused", "code": 20404}, {"refusal": "not-found"}),
    ({"type": "UpdateAnswered", "number": 1, "answer": "refused", "code": 20503}, {}),
    ({"type": "UpdateAnswered", "number": 1, "answer": "accepted"}, {}),
    ({"type": "CreateRefused", "code": 20404}, {}),
    ({"type": "ModelErred", "session": 1, "code": "conversation_already_has_active_response"}, {"busy": True}),
    ({"type": "ModelErred", "session": 1, "code": "invalid_value"}, {}),
    ({"type": "ResponseEnded", "session": 1, "status": "failed", "reason": "insufficient_quota"}, {"retryable": False}),
    ({"type": "ResponseEnded", "session": 1, "status": "failed", "reason": "server_error"}, {}),
    ({"type": "ResponseEnded", "session": 1, "status": "completed"}, {}),
    ({"type": "ModelFailed", "session": 1, "code": "insufficient_quota"}, {}),
    ("nonsense", {}),
    (None, {}),
]


@pytest.mark.parametrize(("event", "meaning"), CODES_OF_FORMAT_1)
def test_what_the_judge_of_format_1_made_of_a_code_stands_beside_it(event: Any, meaning: dict[str, Any]) -> None:
    line = {"at": 1.5, "event": event, "orders": [{"type": "LookUp"}]}
    climbing = climbed(line, 1, to=2)
    assert climbing == {**line, "event": {**event, **meaning} if isinstance(event, dict) else event}


def test_a_header_of_format_1_is_what_it_was() -> None:
    header = {"voicecall": 1, "call": "c-1", "terms": {}}
    assert climbed(header, 1, to=2) == header


def test_a_version_without_a_rung_is_none_that_was_written() -> None:
    with pytest.raises(CallFileError, match="Format 1 is none"):
        climbed({}, 1, converters={2: dict}, to=3)


@pytest.mark.parametrize("version", [0, -1, "1", 1.0, True, None, [1]])
def test_a_format_is_a_counted_number(version: object) -> None:
    with pytest.raises(CallFileError) as caught:
        readable(version)
    assert caught.value.line == 1


def test_a_later_format_says_both_numbers_and_what_to_do() -> None:
    with pytest.raises(CallFileError, match=f"format {FORMAT + 1}; this program reads up to format {FORMAT}") as caught:
        readable(FORMAT + 1)
    assert caught.value.fix


def ready(*orders: dict[str, Any]) -> dict[str, Any]:
    event = {"type": "ModelReached", "session": 2, "stage": "ready"}
    return {"at": 1.5, "event": event, **({"orders": list(orders)} if orders else {})}


def test_from_2_to_3_forwarding_is_the_last_order_of_the_step_in_which_a_session_became_ready() -> None:
    stopped, asked = {"type": "StopTimer", "timer": "model"}, {"type": "AskGreeting", "session": 2, "ref": "greeting-2"}
    forwarded = {"type": "ForwardAudio", "session": 2}
    assert climbed(ready(stopped, asked), 2, to=3) == ready(stopped, asked, forwarded)


def test_from_3_to_4_what_was_called_patience_is_how_long_an_interruption_lasts() -> None:
    limits = {"patience_s": 0.9, "first_audio_s": 6.0, "farewell_s": 10.0, "model_ready_s": 3.0}
    header = {"voicecall": 3, "call": "c-1", "terms": {"call_id": "c-1", "limits": limits}}
    kept = {"call_id": "c-1", "limits": {"interruption_s": 0.9, "model_ready_s": 3.0}}
    assert climbed(header, 3, to=4) == {**header, "terms": kept}
    terms = read(Terms, climbed(header, 3, to=4)["terms"])
    assert (terms.limits.interruption_s, terms.patience_s) == (0.9, Terms("c-1").patience_s)


def test_from_4_to_5_the_guards_rules_have_the_names_of_today() -> None:
    verdict = {"asker": "greeting fallback", "ruling": "refused", "rule": "document-is-the-streams"}
    line = {"at": 1.5, "event": {"type": "StatusReported"}, "verdicts": [verdict, {"rule": "same-bytes"}, "odd"]}
    renamed = [{**verdict, "rule": "stream-owns-document"}, {"rule": "same-bytes"}, "odd"]
    assert climbed(line, 4, to=5) == {**line, "verdicts": renamed}
    for kept in ({**line, "verdicts": 7}, {"voicecall": 4, "call": "c-1"}):
        assert climbed(kept, 4, to=5) == kept


@pytest.mark.parametrize(
    "record",
    [
        ready(),  # of a session that had been given up: nothing was ordered, and nothing is today
        {"at": 0.1, "event": {"type": "ModelReached", "session": 1, "stage": "created"}},
        {"at": 9.0, "event": {"type": "ModelFailed"}, "orders": [{"type": "StopTimer", "timer": "model"}]},
        {"voicecall": 1, "call": "c-1"},
        {"at": 0.1, "event": "nonsense", "orders": 7},
    ],
)
def test_from_2_to_3_every_other_line_stays(record: dict[str, Any]) -> None:
    assert climbed(record, 2, to=3) == record
