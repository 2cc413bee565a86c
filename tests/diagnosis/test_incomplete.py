"""Records that do not tell everything: what is missing proves nothing, and no finding is surer than its lines."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.diagnosis.near_misses import FILES, call_of, diagnosed, read
from voicecall_core.call.step import Entry, new_call
from voicecall_core.diagnosis import Diagnosis, Evidence, Sure, diagnose, report_lines
from voicecall_core.diagnosis.incomplete import REMEDIES
from voicecall_core.diagnosis.table import BY_NAME
from voicecall_core.words.events import Event
from voicecall_core.words.terms import Terms

CALLS = sorted((Path(__file__).parents[1] / "calls").glob("*.jsonl"))
BY_HAND = {name: read(path)[:2] for name, path in FILES.items()}
RECORDED = {path.stem: read(path)[:2] for path in CALLS}
HEALTHY = [  # whatever a complete record may show of them besides
    name
    for name, (terms, steps) in RECORDED.items()
    if not any(finding.rule in REMEDIES for finding in diagnosed(terms, steps).findings)
]
EVERY = {**RECORDED, **BY_HAND}


def incomplete(terms: Terms, steps: list[Entry], sure: Sure = Sure.CERTAIN, *, deduced: bool = False) -> Diagnosis:
    evidence = [Evidence(100 + n, f"text {n}", sure, deduced) for n in range(1, len(steps) + 1)]
    return diagnose(terms, steps, new_call(terms), evidence=evidence)


def some_of(data: st.DataObject, steps: list[Entry]) -> list[Entry]:
    """Some of the steps in their order; of some only the event, of some only what was done."""
    found = []
    for step in steps:
        match data.draw(st.sampled_from(("all", "all", "nothing", "event", "orders"))):
            case "all":
                found.append(step)
            case "event":
                found.append(replace(step, orders=()))
            case "orders":
                found.append(Entry(Event(at=step.event.at), orders=step.orders))
    return found


def test_there_are_healthy_calls_to_try_it_with() -> None:
    assert len(HEALTHY) >= 3


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_of_a_healthy_call_no_part_shows_a_failure(data: st.DataObject) -> None:
    terms, steps = RECORDED[data.draw(st.sampled_from(HEALTHY))]
    found = incomplete(terms, some_of(data, steps))
    assert not found.findings
    assert not found.healthy and found.rule == "nothing found"


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_what_is_certain_of_a_part_is_true_of_the_whole(data: st.DataObject) -> None:
    terms, steps = EVERY[data.draw(st.sampled_from(sorted(EVERY)))]
    whole = {finding.rule for finding in diagnosed(terms, steps).findings}
    part = incomplete(terms, some_of(data, steps))
    assert {finding.rule for finding in part.findings if finding.sure is Sure.CERTAIN} <= whole


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_no_finding_is_surer_than_its_lines(data: st.DataObject) -> None:
    terms, steps = EVERY[data.draw(st.sampled_from(sorted(EVERY)))]
    some = some_of(data, steps)
    for finding in incomplete(terms, some, Sure.LIKELY).findings:
        assert finding.sure is (Sure.LIKELY if len(finding.proof) > 1 else Sure.POSSIBLE) or (
            finding.sure is Sure.POSSIBLE
        )
    assert all(finding.sure is Sure.POSSIBLE for finding in incomplete(terms, some, Sure.POSSIBLE).findings)


def test_the_race_without_a_stream_is_as_sure_as_what_tells_of_it() -> None:
    terms, steps = BY_HAND["overwrite"]
    assert [finding.rule for finding in incomplete(terms, steps).findings] == ["overwrite"]
    (found,) = incomplete(terms, steps, Sure.LIKELY).findings
    assert (found.sure, found.proof[0].line) == (Sure.LIKELY, 105)
    assert found.proof[0].words == "text 5"


def test_a_write_that_is_deduced_is_no_overwrite_of_a_live_stream() -> None:
    assert not incomplete(*BY_HAND["overwrite"], deduced=True).findings


def test_a_record_that_tells_no_failure_is_not_called_healthy() -> None:
    terms, _ = BY_HAND["overwrite"]
    (line,) = report_lines(incomplete(terms, []))
    assert line.startswith("nothing found: ")


def test_the_rules_that_may_be_asked_exist() -> None:
    assert REMEDIES.keys() <= BY_NAME.keys()


@pytest.mark.parametrize("name", REMEDIES)
def test_the_owner_of_another_program_is_not_told_to_use_this_one(name: str) -> None:
    assert not re.search(r"--\w|voicecall|by name\b", REMEDIES[name] or BY_NAME[name].fix)


def test_a_complete_record_keeps_its_own_remedy() -> None:
    terms, steps = BY_HAND["overwrite"]
    found = diagnose(terms, steps, call_of(terms, steps)).findings[0]
    assert "by name" in found.fix and found.proof[0].words == "start on socket 2"
