from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.callfile.recorded import SID, dialled, lines_of, objects, reading
from voicecall_core.call.step import Call
from voicecall_core.callfile.reader import CallFile, opened
from voicecall_core.callfile.rejudging import Difference, Judged, rejudge, without_words
from voicecall_core.simulator.scenarios.catalogue import SCENARIOS
from voicecall_core.words import events as e
from voicecall_core.words.terms import Policy
from voicecall_core.words.values import CallStatus

SEEDS = range(10)


def again(path: Path) -> list[Judged]:
    with opened(path) as source:
        recording = CallFile(source, path.name)
        return list(rejudge(recording.opened().terms, recording))


def of(lines: list[str]) -> list[Judged]:
    recording = reading("\n".join(lines) + "\n")
    return list(rejudge(recording.opened().terms, recording))


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(sorted(SCENARIOS)), st.sampled_from(Policy), st.sampled_from(SEEDS))
def test_after_every_line_the_call_is_what_it_was(tmp_path: Path, scenario: str, policy: Policy, seed: int) -> None:
    same_after_every_line(tmp_path, scenario, policy, seed)


@pytest.mark.every
@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("policy", Policy)
def test_every_scenario_with_ten_seeds(tmp_path: Path, scenario: str, policy: Policy) -> None:
    for seed in SEEDS:
        same_after_every_line(tmp_path, scenario, policy, seed)


def same_after_every_line(directory: Path, scenario: str, policy: Policy, seed: int) -> None:
    path = directory / "call.jsonl"
    path.unlink(missing_ok=True)
    placed = dialled(path, scenario, policy, seed)
    replayed = again(path)
    assert [one.recorded.event for one in replayed] == [live.event for live in placed.steps]
    for one, live in zip(replayed, placed.steps, strict=True):
        assert one.step == live, f"line {one.recorded.line}"
        assert one.after == live.call
        assert not one.differences
    assert replayed[-1].after == placed.call


def test_what_people_said_can_be_taken_out(tmp_path: Path) -> None:
    dialled(tmp_path / "call.jsonl", "model-drops")
    lines = [json.dumps(without_words(each)) for each in objects(tmp_path / "call.jsonl")]
    assert "pii_" not in "".join(lines)
    assert [one.differences for one in of(lines) if one.differences] == []


def changed(lines: list[str], number: int, change: Any) -> list[str]:
    record = json.loads(lines[number - 1])
    change(record)
    return [*lines[: number - 1], json.dumps(record), *lines[number:]]


CALL = lines_of(
    e.DialBegan(),
    e.Created(SID, at=0.1),
    e.StatusReported(CallStatus.IN_PROGRESS, SID, at=0.3),
    e.Fetched(1, 1, SID, at=0.4),
)


def differing(lines: list[str]) -> dict[int, tuple[Difference, ...]]:
    return {one.recorded.line: one.differences for one in of(lines) if one.differences}


def test_a_verdict_that_fell_otherwise_is_shown_on_both_sides() -> None:
    def granted(record: dict[str, Any]) -> None:
        record["verdicts"][0]["ruling"] = "granted"

    [(line, (one,))] = differing(changed(CALL, 4, granted)).items()
    assert line == 4
    assert one.recorded is not None and one.today is not None
    assert (one.recorded["ruling"], one.today["ruling"]) == ("granted", "refused")


def test_an_order_that_stands_on_one_side_alone_is_shown_there() -> None:
    missing = differing(changed(CALL, 5, lambda record: record["orders"].pop(0)))
    assert [(one.recorded, one.today and one.today["type"]) for one in missing[5]] == [(None, "AnswerFetch")]
    more = differing(changed(CALL, 5, lambda record: record["orders"].append({"type": "Dance", "with": 2})))
    assert [(one.recorded and one.recorded["type"], one.today) for one in more[5]] == [("Dance", None)]


def test_the_wording_of_a_reason_is_no_difference() -> None:
    def reworded(record: dict[str, Any]) -> None:
        record["verdicts"][0]["reason"] = "because"

    assert differing(changed(CALL, 4, reworded)) == {}


def test_a_field_that_a_later_version_writes_is_no_difference() -> None:
    def later(record: dict[str, Any]) -> None:
        record["orders"][0]["mood"] = "good"
        record["verdicts"][0]["mood"] = "good"

    assert differing(changed(CALL, 5, later)) == {}


def test_other_words_are_a_difference_as_long_as_they_are_there() -> None:
    lines = lines_of(e.DialBegan(), e.OperatorSpoke("hello", at=1), e.Created(SID, at=2))
    assert differing(lines) == {}


def test_an_event_that_is_not_known_changes_nothing() -> None:
    lines = [*CALL[:3], json.dumps({"at": 0.2, "event": {"type": "Teleported"}}), *CALL[3:]]
    found = of(lines)
    assert found[1].after is found[2].after and found[2].step is None
    assert differing(lines) == {}


def states(lines: list[str]) -> Iterator[Call]:
    for one in of(lines):
        yield one.after


def test_a_call_that_was_cut_off_stands_where_it_stood() -> None:
    assert list(states(CALL))[:-1] == list(states(CALL[:-1]))
