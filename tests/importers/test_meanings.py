from __future__ import annotations

import json
import re

import pytest

from tests.importers.spoiled import told
from voicecall_core.carriers.twilio.errors import known
from voicecall_core.importers.meanings import meaning_of
from voicecall_core.importers.report import tell
from voicecall_core.models.openai_realtime.failures import FATAL
from voicecall_core.models.openai_realtime.meanings import CLOSES, CODES, HARMLESS

SID = "CA" + "a" * 32
RESPONSE = json.dumps(
    {
        "type": "response.done",
        "response": {
            "id": "resp_1",
            "status": "failed",
            "status_details": {"type": "failed", "error": {"type": "x", "code": "insufficient_quota"}},
        },
    }
)
NAMED = {
    "alert 31920 (error): Stream - Handshake Error": "was not answered with 101",
    "ERROR twilio.base.exceptions.TwilioRestException: HTTP 401 error: Unable to create record": "account SID",
    "TwilioRestException: HTTP 400 error: Unable to create record: 'To' is not valid (21211)": "Twilio's 21211",
    "Error: [HTTP 429] Twilio: Too Many Requests": "too many requests",
    'ERROR OpenAI: {"type":"invalid_request_error","code":"invalid_api_key"}': "invalid_api_key: ",
    'ERROR response failed {"type": "insufficient_quota", "code": "insufficient_quota"}': "no credit left",
    'ERROR {"type":"invalid_request_error","code":"session_expired","message":"60 minutes"}': "longest",
    "websockets.exceptions.InvalidStatus: OpenAI: server rejected WebSocket connection: HTTP 401": "know the key",
    "Error: openai Unexpected server response: 404": "no such model",
    "ERROR realtime model answered with status code: 503": "an error of its own",
    '"POST /twilio/voice HTTP/1.1" -> 502': "failed to answer the carrier's webhook",
    '"POST /2010-04-01/Accounts/AC1/Calls.json HTTP/1.1" 401 120': "do not belong together",
    "ERROR webhook /voice answered with HTTP 403": "turned the carrier's webhook away",
    "ERROR webhook: HTTP 413 Payload Too Large": "too large for the program",
    "ERROR POST https://x.example/voice -> 404: a webhook was answered with HTTP 404": "nothing at this path",
    "websocket closed code=1006": "without a close frame",
    "ConnectionClosedError: received 1011 (internal error) keepalive ping timeout": "pings were not answered",
    "socket disconnected (code: 3000)": "wants credentials",
    "openai ws closed with 4000: invalid_request_error.beta_api_shape_disabled": "beta interface",
    "openai ws closed with 4000": "gave the session up",
    "Error: connect ECONNREFUSED 127.0.0.1:5050": "nobody listens",
    "[Errno 98] error EADDRINUSE: address already in use": "another program has the port",
    "ConnectionRefusedError: [Errno 111] Connect call failed": "nobody listens",
    "ERROR: WebSocket was closed before the connection was established": "not why",
}
NAMED |= {
    "ERROR twilio error 12100": "Twilio's 12100: the program's document is not XML",
    "OpenAI connection failed: HTTP 401": "know the key",
    "invalid Twilio signature on /voice": "made with another auth token",
    "You exceeded your current quota, please check your plan": "no credit left",
    "Conversation already has an active response": "while another was being made",
    "no close frame received or sent": "without a close frame",
    "opening handshake timed out": "no connection was made in time",
    "[Errno -2] Name or service not known": "could not be looked up",
}
NOT_NAMED = (
    "GET /media upgrade refused with 401",
    "order 21 shipped",
    "ERROR worker took 11200 ms",
    "ERROR wrote 21220 bytes",
    "job 31921 started on port 12100",
    "ERROR item 1006 of 4000 was skipped",
    "ERROR user 401 not found",
    "ERROR Cannot read properties of undefined (reading 'send')",
    "ERROR HTTP 418",
    "ERROR call to the printer: HTTP 404",
    "error at 10.1.0.6:11200",
    "request 20404 to the database failed",
)


@pytest.mark.parametrize("line", NAMED)
def test_what_failed_is_named_with_what_to_do(line: str) -> None:
    found = meaning_of(line)
    assert found is not None and NAMED[line] in found.what
    assert found.fix.endswith(".")


@pytest.mark.parametrize("line", NOT_NAMED)
def test_a_number_that_is_no_code_means_nothing(line: str) -> None:
    assert meaning_of(line) is None


@pytest.mark.parametrize("code", sorted(known()))
def test_what_is_said_of_twilios_numbers_is_about_the_other_program(code: int) -> None:
    found = meaning_of(f"Twilio error {code}")
    assert found is not None
    said = f"{found.what} {found.fix}"
    assert not re.search(r"--|voicecall|TWILIO_|this program|report it|\b(?:our|we|us)\b", said), said


def test_every_code_that_ends_a_session_has_a_meaning() -> None:
    assert FATAL.keys() | HARMLESS <= CODES.keys()
    assert {1000, 1001, *range(1002, 1004), *range(1005, 1016), 3000, 4000} <= CLOSES.keys()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (f"ERROR {SID} openai: server rejected WebSocket connection: HTTP 401", "know the key"),
        (f'INFO {SID} <- {{"type":"error","error":{{"type":"x","code":"insufficient_quota"}}}}', "no credit left"),
        (f"INFO {SID} <- {RESPONSE}", "no credit left"),
        (f'DEBUG urllib3 "POST /2010-04-01/Accounts/AC1/Calls/{SID}.json HTTP/1.1" 404 20', "no such thing"),
        (f'INFO 1.2.3.4 - "POST /voice?CallSid={SID} HTTP/1.1" 403 Forbidden', "turned the carrier's webhook away"),
        (f"INFO {SID} connection closed code=1008", "a rule of its own"),
    ],
)
def test_the_first_failure_leads_the_calls_story_with_what_to_do(line: str, words: str) -> None:
    before = (f"INFO call created {SID}", f'{SID} "WebSocket /media" [accepted]')
    report = told(f"2026-04-18T12:00:50Z {each}" for each in (*before, line))
    (call,) = report.calls
    assert call.failures[0].line == 3 and words in call.failures[0].meaning
    text = tell(report)
    assert any(call.failures[0].fix in each for each in text) and report.shows_failure


@pytest.mark.parametrize("code", [1000, 1001, 1005, 1006])
def test_a_socket_that_is_closed_as_sockets_are_is_no_failure(code: int) -> None:
    lines = [
        f"2026-04-18T12:00:50Z INFO call created {SID}",
        f"2026-04-18T12:00:51Z {SID} connection closed code={code}",
    ]
    assert not told(lines).shows_failure


def test_what_the_session_survives_is_no_failure() -> None:
    error = '{"type":"error","error":{"type":"invalid_request_error","code":"response_cancel_not_active"}}'
    assert not told([f"2026-04-18T12:00:50Z INFO call created {SID}", f"2026-04-18T12:00:51Z {error}"]).shows_failure
