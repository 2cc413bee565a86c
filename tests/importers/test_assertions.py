"""What a line tells by the words that it joins, and what only looks so."""

from __future__ import annotations

import pytest

from tests.importers.spoiled import told
from tests.importers.test_false_alarms import CREATE, FETCH, SERVE, START, at, races, stop
from tests.importers.test_imported import SID, STREAM_SID
from voicecall_core.importers.log_facts import Fact, Foreign, Told
from voicecall_core.importers.log_kinds import LogKind, recognise
from voicecall_core.importers.report import tell
from voicecall_core.importers.verdict import Race
from voicecall_core.importers.whole_log import imported
from voicecall_core.words import events as e


def facts(words: str) -> list[Fact]:
    return [found.fact for found in imported([CREATE, at(2, words)], LogKind.SERVER)][1:]


@pytest.mark.parametrize(
    "words",
    [
        f"INFO stream {STREAM_SID} started",
        f"INFO leg attached streamSid={STREAM_SID}",
        f"INFO Medienstrom {STREAM_SID} verbunden",
        f"INFO {STREAM_SID} is up",
        "INFO media_socket_open",
    ],
)
def test_a_stream_is_up(words: str) -> None:
    assert [type(fact) for fact in facts(words)] == [e.StreamStarted]


@pytest.mark.parametrize(
    "words",
    [
        f"INFO stream {STREAM_SID} not started",
        f"INFO waiting until stream {STREAM_SID} is up",
        f"INFO stream {STREAM_SID} would have started",
        "INFO event stream started",
        "INFO is the media stream up?",
    ],
)
def test_a_stream_is_not_up(words: str) -> None:
    assert not facts(words)


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (f"Call {SID} -> in-progress", "in-progress"),
        (f"call status ringing for {SID}", "ringing"),
        (f"{SID} is completed", "completed"),
        (f"Statusmeldung für {SID}: no-answer", "no-answer"),
        (f"status_callback call_sid={SID} status=failed", "failed"),
        (f"Call status update: call_sid={SID} status=busy duration=None", "busy"),
    ],
)
def test_a_status_is_told_with_its_call(words: str, status: str) -> None:
    (fact,) = facts(words)
    assert isinstance(fact, e.StatusReported) and fact.status == status


@pytest.mark.parametrize(
    "words", [f"call {SID} is not in-progress", f"update of {SID} failed: HTTP 400", f"request completed for {SID}"]
)
def test_a_status_is_not_told(words: str) -> None:
    assert not any(isinstance(fact, e.StatusReported) for fact in facts(words))


@pytest.mark.parametrize(
    "words",
    [
        "ERROR could not place call: HTTP 400 error: Unable to create record: no such number",
        "ERROR outbound call rejected by Twilio: 21219 unverified",
        "ERROR Anruf konnte nicht gestartet werden",
    ],
)
def test_a_create_is_refused(words: str) -> None:
    report = told([at(1, words)], LogKind.SERVER)
    assert report.calls[0].diagnosis.rule == "create-refused"


@pytest.mark.parametrize(
    "words",
    [
        "ERROR failed to make call to payment service: 503",
        "ERROR could not place call to inventory: timeout",
        "ERROR failed to start call recording",
        "ERROR billing: invoice 21220 could not be sent",
    ],
)
def test_another_call_that_fails_is_none_of_ours(words: str) -> None:
    assert recognise([at(1, words), at(2, words)]) is None
    assert not any(isinstance(fact, e.CreateRefused) for fact in facts(words))


def test_a_call_that_is_up_was_not_refused() -> None:
    lines = [CREATE, FETCH, SERVE, START, at(9, "ERROR outbound call rejected by Twilio: 21219"), stop(40)]
    report = told(lines)
    assert not report.calls[0].diagnosis.findings and [each.line for each in report.calls[0].failures] == [5]


@pytest.mark.parametrize(
    "words",
    [
        'caller: "I got an error 21220 from Twilio, the call failed"',
        'agent: "I am using TwiML <Say> fallback"',
    ],
)
def test_what_is_spoken_did_not_happen(words: str) -> None:
    assert not facts(words)


@pytest.mark.parametrize(
    "line",
    [
        "    log.warn('media stream not connected, using TwiML <Say> fallback');",
        "tests/test_voice.py::test_say_fallback_is_used_without_stream FAILED [ 33%]",
        "- status callback `in-progress` no longer makes the TwiML <Say> fallback",
        'E       assert calls == ["<Response><Say>Hi</Say></Response>"]',
    ],
)
def test_source_and_reports_are_no_logs(line: str) -> None:
    assert recognise([line, "  log.info('TwiML fetch, returning realtime TwiML');", line]) is None


@pytest.mark.parametrize(
    ("words", "what"),
    [
        ("answering with <Response><Say>Hi</Say></Response>", Told.OTHER_SERVED),
        ("TwiML: <Response><Say>Hi</Say></Response>", Told.OTHER_SERVED),
        ('twiml_served twiml="<Response><Say>Hi</Say></Response>"', Told.OTHER_SERVED),
        ('calls.update twiml="<Response><Say>Please hold</Say></Response>"', Told.OVERWRITE),
        ("posting <Response><Say>Hi</Say></Response> over the call", Told.OVERWRITE),
        ("body=Twiml=%3CResponse%3E%3CSay%3EHi%3C%2FSay%3E%3C%2FResponse%3E", Told.OVERWRITE),
        ("not updating the call with <Response><Say>Hi</Say></Response>", Told.WITHHELD),
        ("dry run, update: <Response><Say>Hi</Say></Response>", Told.WITHHELD),
        ("user said bye, update <Response><Say>Bye</Say><Hangup/></Response>", Told.OVERWRITE),
        ("<Response><Connect><Stream></Response>", Told.ERROR),
    ],
)
def test_a_document_is_served_or_written_or_neither(words: str, what: Told) -> None:
    (fact,) = facts(words)
    assert isinstance(fact, Foreign) and fact.told is what


def test_a_request_and_its_answer_are_one_write() -> None:
    rest = f"https://api.twilio.com/2010-04-01/Accounts/AC{'0' * 32}/Calls/{SID}.json"
    sent, answered = at(6, f"DEBUG sdk POST Request: {rest}"), at(7, f'DEBUG pool "POST {rest} HTTP/1.1" 200 2095')
    assert told([CREATE, sent, answered, FETCH, SERVE]).calls[0].writes == (2,)
    assert told([CREATE, sent, answered, sent, answered]).calls[0].writes == (2, 4)


def test_a_socket_that_the_carrier_opens_shows_a_streams_document() -> None:
    write = at(6, f"INFO app updating call {SID} with <Response><Say>Hi</Say></Response>")
    upgrade = at(7, 'INFO uvicorn 3.8.1.1:0 - "WebSocket /media" [accepted]')
    assert races(told([CREATE, write, upgrade])) == ["race"]
    assert not races(told([CREATE, write]))
    assert not races(told([CREATE, write, upgrade, at(40, "INFO uvicorn connection closed")]))


def test_a_write_is_told_as_what_is_known_of_it() -> None:
    refused = at(6, "ERROR app update failed: Twilio error 21220, call is not in-progress")
    write = at(6, f"INFO app updating call {SID} with <Response><Say>Hi</Say></Response>")
    text = "\n".join(tell(told([CREATE, write, refused, FETCH, SERVE])))
    assert "Written to a call by REST: line 2 (refused)." in text


def test_lines_alike_are_told_once_in_their_order() -> None:
    lost = [at(9 + index, f"ERROR app OpenAI send {index} failed") for index in range(5)]
    lost[1:1] = [at(9, "ERROR app OpenAI is slow")]
    told_lines = [line for line in tell(told([CREATE, FETCH, SERVE, START, *lost])) if "OpenAI send" in line]
    assert told_lines[0].endswith("(4 further lines like it)")
    text = "\n".join(tell(told([CREATE, FETCH, SERVE, START, *lost])))
    assert 0 < text.index("    line 5: ") < text.index("    line 6: ")


def test_a_call_that_was_not_taken_has_nothing_else_to_tell() -> None:
    report = told([at(1, "ERROR outbound call rejected by Twilio: 21219 unverified")])
    assert report.race is Race.ABSENT and not report.calls[0].unknown
