"""What holds for every diagnosis: it reads no error's text, never fails, and is told in sentences with its proof."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.diagnosis.near_misses import FILES, call_of, diagnosed, mute, read
from voicecall_core.diagnosis import Diagnosis, Sure, diagnose, report_lines
from voicecall_core.words.events import StatusReported
from voicecall_core.words.values import CallStatus

READ = {name: read(path)[:2] for name, path in FILES.items()}


@pytest.mark.parametrize("name", FILES)
def test_no_rule_reads_the_text_of_an_error(name: str) -> None:
    terms, steps = READ[name]
    silent = [replace(step, event=mute(step.event)) for step in steps]
    kept = [(finding.rule, finding.steps) for finding in diagnosed(terms, steps).findings]
    assert [(finding.rule, finding.steps) for finding in diagnosed(terms, silent).findings] == kept


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_any_steps_in_any_order_get_a_diagnosis(data: st.DataObject) -> None:
    """Imported logs lose lines and reorder them: what is left is diagnosed as far as it goes, and never fails."""
    terms, steps = READ[data.draw(st.sampled_from(sorted(READ)))]
    some = data.draw(st.lists(st.sampled_from(steps), max_size=len(steps) + 3))
    found = diagnosed(terms, some)
    assert all(1 <= n <= len(some) for finding in found.findings for n in finding.steps)
    assert all(finding.proof for finding in found.findings)


def test_nothing_recorded_is_nothing_found() -> None:
    terms, _ = READ["race-inferred"]
    assert report_lines(diagnosed(terms, [])) == ["healthy: nothing went wrong."]


@pytest.mark.parametrize("name", FILES)
def test_findings_come_by_weight(name: str) -> None:
    weights = [finding.weight for finding in diagnosed(*READ[name]).findings]
    assert weights == sorted(weights, reverse=True)


def test_a_finding_is_told_with_its_proof_and_its_remedy() -> None:
    lines = report_lines(diagnosed(*READ["overwrite"]))
    assert lines[0] == (
        "overwrite (certain): A <Say> document was written over the live stream: the carrier ended the stream."
    )
    assert lines[1] == "  line 6, 0.500 s: start on socket 2"
    assert lines[2] == "  line 7, 0.600 s: operator said -> write 1: <Say> over the live call"
    assert lines[4].startswith("  Have the agent say it through the stream")


def test_lines_of_another_log_are_named_as_they_are_there() -> None:
    terms, steps = READ["overwrite"]
    there = [replace(step, line=line) for line, step in enumerate(steps, 1001)]
    placed = diagnose(terms, there, call_of(terms, steps))
    assert [proof.line for proof in placed.findings[0].proof] == [1005, 1006, 1008]


def test_a_race_that_is_not_recorded_is_called_likely() -> None:
    found: Diagnosis = diagnosed(*READ["race-inferred"])
    assert found.findings[0].sure is Sure.LIKELY


@pytest.mark.parametrize(("seconds", "found"), [(4.9, True), (5.1, False)])
def test_a_race_is_concluded_only_of_a_call_that_ended_soon_after_the_answer(seconds: float, found: bool) -> None:
    """The carrier's voice has spoken its sentence by then; who talks for longer has somebody to talk to."""
    terms, steps = READ["race-inferred"]
    reports = [step.event for step in steps if isinstance(step.event, StatusReported)]
    answered = next(event.at for event in reports if event.status is CallStatus.IN_PROGRESS)
    *before, last = steps
    ended = [*before, replace(last, event=replace(last.event, at=answered + seconds))]
    assert (diagnosed(terms, ended).rule == "race-inferred") is found
