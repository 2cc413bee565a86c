"""Logs that look like the race and show none: nothing untrue may be said of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.importers.spoiled import log, told
from tests.importers.test_imported import SID, STREAM_SID, start
from tests.importers.test_race import RACES
from voicecall_core.importers.log_kinds import LogKind, recognise
from voicecall_core.importers.whole_log import LogReport, imported
from voicecall_core.words import events as e

SEED = log("seed.log")
ROOT = Path(__file__).parents[2]
_REST = "https://api.twilio.com/2010-04-01/Accounts/AC00000000000000000000000000000000"
_STREAM = '<Response><Connect><Stream url="wss://x"/></Connect></Response>'


def at(second: int, words: str) -> str:
    return f"2026-05-02 09:15:{second:02d},000 {words}"


CREATE = at(1, f'INFO httpx HTTP Request: POST {_REST}/Calls.json "HTTP/1.1 201 Created"')
FETCH = at(7, f"DEBUG app form {{'CallSid': '{SID}', 'CallStatus': 'in-progress', 'AccountSid': 'AC1'}}")
SERVE = at(7, f"DEBUG app answering {SID} with {_STREAM}")
START = at(8, f"DEBUG app < {start()}")


def bare_write(second: int) -> str:
    return at(second, f'INFO httpx HTTP Request: POST {_REST}/Calls/{SID}.json "HTTP/1.1 200 OK"')


def stop(second: int) -> str:
    return at(second, f'DEBUG app < {{"event":"stop","sequenceNumber":"34","streamSid":"{STREAM_SID}"}}')


def payload(second: int, document: str) -> str:
    return at(second, f"DEBUG twilio.http_client Payload: {{'Twiml': '<Response>{document}</Response>'}} {SID}")


def races(report: LogReport) -> list[str]:
    return [found.rule for call in report.calls for found in call.diagnosis.findings if found.rule in RACES]


GUARDS = (
    "not using TwiML <Say> fallback",
    "WARN: not using TwiML <Say> fallback: the stream owns the call",
    "TwiML <Say> fallback refused: the document belongs to the stream",
    "Guard: would have used TwiML <Say> fallback, blocked",
    "if no stream comes, TwiML <Say> fallback is used",
    "Skipping TwiML <Say> fallback (realtime)",
    "TwiML <Say> fallback enabled",
    "TwiML <Say> fallback: suppressed",
    "TwiML <Say> fallback could not be used",
    "Kein Ausweichen auf TwiML <Say>",
    "refusing TwiML <Say> update, the stream's document is live",
    "Deferring TwiML <Say> fallback until the stream decides",
    "Greeting queued until the stream starts instead of TwiML <Say> fallback",
    "TwiML <Say> fallback was never used",
    "registered fallback handler: TwiML <Say>",
    "assistant said: we are using TwiML <Say> fallback",
    "TODO remove TwiML <Say> fallback",
    "did it use TwiML <Say> fallback?",
    'the page calls "using TwiML <Say> fallback" a bug',
    "update() with TwiML <Say> removed, fallback gone",
    "plugin loaded: fallback=TwiML <Say>",
    "TwiML <Say> fallback failed: 400 Bad Request",
)


@pytest.mark.parametrize("words", GUARDS)
def test_a_guard_that_works_is_no_write(words: str) -> None:
    report = told([*SEED[:3], f":57.635  {words}", *SEED[4:]])
    assert not races(report) and not report.calls[0].writes


@pytest.mark.parametrize(
    "refused",
    [
        ":57.639  ERROR: Twilio 21220: Call is not in-progress. Cannot redirect.",
        ":57.639  REST update failed (code 21220), not retrying",
        ':57.639  {"code": 21220, "status": 400}',
    ],
)
def test_a_write_that_the_carrier_refused_did_nothing(refused: str) -> None:
    assert not races(told([*SEED[:4], refused, *SEED[4:]]))


def test_a_write_whose_answer_stands_on_a_line_of_its_own_was_refused() -> None:
    request = at(6, f"DEBUG twilio.http_client POST Request: {_REST}/Calls/{SID}.json")
    lines = [CREATE, request, payload(6, "<Say>Hi</Say>"), FETCH, SERVE]
    assert races(told(lines)) == ["race"]
    refused = at(6, "DEBUG twilio.http_client Response Status Code: 400")
    assert not races(told([*lines[:3], refused, *lines[3:]]))


@pytest.mark.parametrize(
    "words", ["Using TwiML <Say> fallback before the <Dial> hand-over", "Using TwiML <Say> fallback for goodbye"]
)
def test_a_write_that_says_it_ends_the_call_is_none_over_its_stream(words: str) -> None:
    assert not races(told([*SEED[:3], f":57.635  {words}", *SEED[4:]]))


@pytest.mark.parametrize("document", ["<Say>one moment</Say><Dial>+4915</Dial>", "<Dial>+4915</Dial>"])
def test_a_hand_over_is_none(document: str) -> None:
    assert not races(told([CREATE, FETCH, SERVE, START, payload(9, document), stop(9)]))


def test_a_goodbye_is_none() -> None:
    assert not races(told([CREATE, FETCH, SERVE, START, payload(9, "<Say>bye</Say><Hangup/>"), stop(9)]))


@pytest.mark.parametrize(
    "lines",
    [
        [CREATE, FETCH, SERVE, bare_write(9)],
        [CREATE, FETCH, SERVE, bare_write(20)],
        [CREATE, FETCH, SERVE, START, bare_write(12), stop(12)],
        [CREATE, bare_write(5), FETCH, SERVE],
    ],
)
def test_a_request_that_may_be_a_hang_up_is_none(lines: list[str]) -> None:
    report = told(lines)
    assert not races(report) and len(report.calls[0].writes) == 1


@pytest.mark.parametrize(
    "words",
    ["OpenAI WebSocket is not open", "ERROR: OpenAI WebSocket not connected", "waiting for OpenAI WebSocket open"],
)
def test_a_socket_that_is_not_open_is_not_read_as_open(words: str) -> None:
    facts = [found.fact for found in imported([CREATE, at(2, words)], LogKind.SERVER)]
    assert not any(isinstance(fact, e.ModelReached) for fact in facts)
    facts = [found.fact for found in imported([CREATE, at(2, "OpenAI WebSocket open")], LogKind.SERVER)]
    assert any(isinstance(fact, e.ModelReached) for fact in facts)


def test_a_call_without_a_fetch_gets_none() -> None:
    other = '1.2.3.4 - - [02/May/2026:09:15:09 +0000] "POST /api/answers HTTP/1.1" 200 1'
    waiting = [at(9, "no TwiML fetch yet"), at(10, "waiting for TwiML fetch"), at(11, "TwiML fetch timed out")]
    facts = [found.fact for found in imported([CREATE, START, *[other] * 5, *waiting, stop(20)], LogKind.SERVER)]
    assert not any(isinstance(fact, e.Fetched) for fact in facts)


_ACCESS = '1.2.3.4 - - [18/Apr/2026:12:00:57 +0000] "POST {} HTTP/1.1" 200 12'
_ABOUT = """\
# Voice agent
When a call is answered, Twilio fetches the call's TwiML, which is answered with `<Connect><Stream>`, and sends the
status callback that says `in-progress`. In many programs that makes somebody speak the first message by using the TwiML
<Say> fallback over the live call.
"""


@pytest.mark.parametrize(
    "lines",
    [
        [_ACCESS.format(path) for path in ("/api/answers", "/order/status", "/voice-chat/x", "/answer", "/status")],
        _ABOUT.splitlines(),
        ["max duration timer of the pool", *["other things"] * 500, "a <Say> fallback"],
    ],
    ids=["an access log", "prose", "far apart"],
)
def test_what_is_no_call_is_none(lines: list[str]) -> None:
    assert recognise(lines) is None


@pytest.mark.parametrize(
    "page",
    [
        "README.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
        *(f"docs/{page.name}" for page in sorted((ROOT / "docs").glob("*.md"))),
    ],
)
def test_this_programs_own_pages_are_no_calls(page: str) -> None:
    assert recognise((ROOT / page).read_text("utf-8").splitlines()) is None


@pytest.mark.parametrize("error", [":58.194  ERROR: WebSocket was closed before established", ":58.2 ERROR 31920"])
def test_no_error_is_evidence_of_the_race(error: str) -> None:
    assert not races(told([SEED[0], *SEED[4:6], error]))


def test_a_hang_up_told_in_words_explains_its_request() -> None:
    report = told([CREATE, FETCH, SERVE, START, at(8, f"INFO app hanging up {SID}"), bare_write(8), stop(9)])
    assert not races(report) and not report.calls[0].writes
    unsaid = told([CREATE, FETCH, SERVE, at(7, f"INFO app not hanging up {SID} yet"), bare_write(7)])
    assert len(unsaid.calls[0].writes) == 1


@pytest.mark.parametrize("words", ["Outbound call created", "call placed:", "Call initiated"])
def test_a_call_is_created_by_its_name_only(words: str) -> None:
    facts = [found.fact for found in imported([at(1, f"INFO {words} sid={SID}")], LogKind.SERVER)]
    assert facts == [e.Created(SID)]
    assert list(imported([at(1, f"INFO {words} in the database")], LogKind.SERVER)) == []
