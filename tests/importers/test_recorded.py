from __future__ import annotations

import pytest

from tests.importers.spoiled import log, told
from voicecall_core.diagnosis import Sure
from voicecall_core.importers.imported_calls import ImportedCall, import_call
from voicecall_core.importers.log_facts import Foreign, LogFact, Told
from voicecall_core.words import events as e
from voicecall_core.words import orders as o
from voicecall_core.words.terms import Kind
from voicecall_core.words.values import RestAnswer

SID = "CA" + "a" * 32


def call(name: str) -> ImportedCall:
    (found,) = told(log(name)).calls
    return found


def of(*lines: str) -> ImportedCall:
    (found,) = told(lines).calls
    return found


def acts(found: ImportedCall) -> list[tuple[int, str]]:
    """Every event and order with its line."""
    return [
        (evidence.line, type(each).__name__)
        for step, evidence in zip(found.steps, found.evidence, strict=True)
        for each in (step.event, *step.orders)
        if type(each) is not e.Event
    ]


def test_what_happened_and_what_the_other_program_did_stand_at_their_own_lines() -> None:
    assert acts(call("seed.log")) == [
        (1, "StatusReported"),
        (2, "StartTimer"),
        (3, "AskGreeting"),
        (4, "UpdateCall"),
        (5, "Fetched"),
        (5, "AnswerFetch"),
        (6, "StartTimer"),
    ]


def test_an_answer_is_that_of_the_fetch_before_it() -> None:
    answers = [each for step in call("seed.log").steps for each in step.orders if isinstance(each, o.AnswerFetch)]
    assert answers == [o.AnswerFetch(1, o.Document(o.DocumentKind.STREAM, 1))]


@pytest.mark.parametrize("name", ["gateway.log", "healthy.log", "calls.jsonl"])
def test_a_fetch_that_no_line_shows_is_not_in_the_record(name: str) -> None:
    assert "Fetched" not in [kind for _, kind in acts(call(name))]


def test_documents_alone_are_no_fetches() -> None:
    document = f"answering {SID} with <Response><Connect><Stream url='wss://x'/></Connect></Response>"
    assert acts(of(*[document] * 5)) == [(line, "AnswerFetch") for line in range(1, 6)]


def test_only_what_no_line_shows_is_marked_as_deduced() -> None:
    for name in ("seed.log", "field.log", "gateway.log", "server.log", "healthy.log"):
        assert not any(evidence.deduced for evidence in call(name).evidence)
    snapshots = call("calls.jsonl")
    deduced = [
        step.orders for step, evidence in zip(snapshots.steps, snapshots.evidence, strict=True) if evidence.deduced
    ]
    assert deduced == [(o.AnswerFetch(0, o.Document(o.DocumentKind.STREAM)),)]


def test_a_sentence_is_likely_and_what_is_parsed_is_certain() -> None:
    assert {evidence.sure for evidence in call("seed.log").evidence} == {Sure.LIKELY}
    assert {evidence.sure for evidence in call("calls.jsonl").evidence} == {Sure.LIKELY}
    sure = {evidence.line: evidence.sure for evidence in call("server.log").evidence}
    assert [sure[line] for line in (3, 5, 8, 13, 16)] == [Sure.CERTAIN] * 5
    assert [sure[line] for line in (10, 17)] == [Sure.LIKELY] * 2


def test_the_steps_are_in_seconds_since_the_calls_first_line() -> None:
    assert [round(step.event.at, 3) for step in call("field.log").steps][-1] == 0.575


def test_a_sid_that_is_told_late_was_the_calls_from_the_beginning() -> None:
    found = call("server.log")
    events = [step.event for step in found.steps]
    sids = {event.sid for event in events if isinstance(event, e.Created | e.Fetched | e.StreamStarted)}
    assert sids == {found.names.sid} == {SID}


def test_a_call_whose_log_shows_no_stream_is_not_taken_for_a_streams() -> None:
    assert of(*log("field.log")[:4]).terms.kind is Kind.SAY
    assert call("field.log").terms.kind is call("calls.jsonl").terms.kind is Kind.STREAM


def test_a_write_refused_with_21220_is_tried_again_which_is_deduced() -> None:
    found = of(
        *log("field.log")[:4],
        ":57.640 [voice-call] Twilio playTts update hit call state race (21220); retrying in 250ms",
    )
    refused, again = found.steps[-2].event, found.steps[-1].orders
    assert isinstance(refused, e.UpdateAnswered)
    assert (refused.number, refused.answer, refused.code) == (1, RestAnswer.REFUSED, 21220)
    assert [type(order) for order in again] == [o.UpdateCall]
    assert [evidence.deduced for evidence in found.evidence[-2:]] == [False, True]


def test_what_the_log_does_not_tell_is_said() -> None:
    unknown = " / ".join(call("field.log").unknown)
    for part in ("create", "SID", "stream started", "took effect", "handshake", "ended", "heard", "minute"):
        assert part in unknown
    healthy = " / ".join(call("healthy.log").unknown)
    assert "create" not in healthy and "SID" not in healthy and "minute" not in healthy


def test_a_call_of_nothing_can_be_recorded() -> None:
    assert import_call([]).steps == ()
    assert not import_call([LogFact("1", None, 1, Foreign(Told.ERROR, "x"))]).diagnosis.findings
