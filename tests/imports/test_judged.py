from __future__ import annotations

from tests.imports.spoiled import log, told
from voicecall_core.imports.facts import Foreign, Found, Told
from voicecall_core.imports.judged import Judged, judge
from voicecall_core.imports.recorded import recorded
from voicecall_core.judgement.rulings import Asker, Ruling
from voicecall_core.words import events as e
from voicecall_core.words import orders as o


def call(name: str) -> Judged:
    (judged,) = told(log(name)).calls
    return judged


def test_what_the_guard_would_have_decided_at_each_line_of_the_fields_log() -> None:
    said = {row.line: (row.decided, row.evidence) for row in call("field.log").rows if row.decided}
    assert list(said) == [1, 2, 3, 4, 5, 6, 7]
    assert said[1] == ("greeting fallback: refused, the call's document belongs to its stream", True)
    assert said[4] == ("greeting fallback: refused, the call's document belongs to its stream", True)
    assert said[5] == ("fetch: granted, the first fetch of a call gets its document", False)
    assert "nothing is begun again" in said[6][0] and "nothing ends it here" in said[7][0]


def test_the_rows_are_in_seconds_since_the_calls_first_line() -> None:
    assert [round(row.at, 3) for row in call("field.log").rows][-1] == 0.575


def test_todays_guard_lets_no_document_out_for_any_log() -> None:
    for name in ("field.log", "gateway.log", "server.log", "calls.jsonl"):
        judged = call(name)
        assert not judged.call.broken
        asked = [verdict for row in judged.rows for verdict in row.verdicts if verdict.asker is Asker.FALLBACK]
        assert asked and all(verdict.ruling is Ruling.REFUSED for verdict in asked)


def test_a_sid_that_is_told_late_was_the_calls_from_the_beginning() -> None:
    judged = call("server.log")
    assert judged.call.sid == judged.names.sid == "CA" + "a" * 32
    assert not judged.call.strays and judged.call.guard.generation == 1


def test_what_the_log_does_not_tell_is_said() -> None:
    unknown = " / ".join(call("field.log").unknown)
    for part in ("create", "SID", "stream started", "took effect", "handshake", "ended", "heard", "minute"):
        assert part in unknown
    healthy = " / ".join(call("healthy.log").unknown)
    assert "create" not in healthy and "SID" not in healthy and "minute" not in healthy


def test_a_call_of_nothing_can_be_judged() -> None:
    assert judge([]).rows == ()
    assert judge([Found("1", None, 1, Foreign(Told.ERROR, "x"))]).race is None


# --- as recorded ------------------------------------------------------------------------------------------------


def test_what_the_other_program_did_becomes_orders_of_the_step_before() -> None:
    found = recorded(call("field.log"))
    assert found.lines == (1, 5)
    (callback, _, written), (fetched, _, answered) = found.steps
    assert isinstance(callback, e.StatusReported) and isinstance(fetched, e.Fetched)
    assert [type(order) for order in written] == [o.UpdateCall]
    assert answered == (o.AnswerFetch(1, o.Document(o.DocumentKind.STREAM, 1)),)


def test_a_write_refused_with_21220_is_tried_again() -> None:
    lines = [
        *log("field.log")[:4],
        ":57.640 [voice-call] Twilio playTts update hit call state race (21220); retrying in 250ms",
    ]
    (judged,) = told(lines).calls
    refused = recorded(judged).steps[-1]
    assert isinstance(refused[0], e.UpdateAnswered)
    assert (refused[0].number, refused[0].answer, refused[0].code) == (1, e.RestAnswer.REFUSED, 21220)
    assert refused[0].refusal is e.Refusal.NOT_IN_PROGRESS
    assert [type(order) for order in refused[2]] == [o.UpdateCall]
