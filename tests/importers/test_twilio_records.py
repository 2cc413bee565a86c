"""Twilio's own records, written as its documents show them."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.importers.spoiled import log, told
from voicecall_core.importers.imported_calls import ImportedCall
from voicecall_core.importers.log_kinds import LogKind, recognise
from voicecall_core.importers.report import tell
from voicecall_core.importers.verdict import Race
from voicecall_core.words import events as e

SID, OTHER, ACCOUNT = "CA" + "a" * 32, "CA" + "c" * 32, "AC" + "b" * 32
STREAM = '<Response><Connect><Stream url="wss://x.example/media"/></Connect></Response>'
SAY = "<Response><Say>Hello</Say></Response>"


def alert(code: int = 31920, resource: str | None = SID, **fields: Any) -> dict[str, Any]:
    return {
        "account_sid": ACCOUNT,
        "alert_text": f"Msg=Stream+-+Handshake+Error&ErrorCode={code}&LogLevel=ERROR",
        "date_created": "2026-04-18T12:00:59Z",
        "date_generated": "2026-04-18T12:00:58Z",
        "error_code": str(code),
        "log_level": "error",
        "request_method": "GET",
        "request_url": "wss://x.example/media",
        "resource_sid": resource,
        "sid": "NO" + "0" * 32,
    } | fields


def alerts(*each: dict[str, Any]) -> dict[str, Any]:
    return {"meta": {"key": "alerts", "page": 0}, "alerts": list(each)}


def camel(record: dict[str, Any]) -> dict[str, Any]:
    return {key.split("_")[0] + "".join(p.title() for p in key.split("_")[1:]): v for key, v in record.items()}


def event(second: int, url: str, form: dict[str, str], status: int = 200, body: str = "") -> dict[str, Any]:
    asked = {"method": "POST", "url": url, "parameters": form}
    date = f"Sat, 18 Apr 2026 12:00:{second:02} +0000"
    return {"request": asked, "response": {"response_code": status, "date_created": date, "response_body": body}}


def rest(second: int, form: dict[str, str], code: int = 200, body: str = "", sid: str = SID) -> dict[str, Any]:
    return event(second, f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Calls/{sid}.json", form, code, body)


FORM = {"call_sid": SID, "account_sid": ACCOUNT, "call_status": "in-progress", "direction": "outbound-api"}
ANSWERED = event(57, "https://x.example/status", FORM | {"callback_source": "call-progress-events"}, 204)
FETCH = event(58, "https://x.example/voice", FORM, body=STREAM)


def insight(second: int, name: str, **fields: Any) -> dict[str, Any]:
    return {
        "edge": "carrier_edge",
        "group": "call",
        "level": "INFO",
        "name": name,
        "timestamp": f"2026-04-18T12:00:{second:02}Z",
        "call_sid": SID,
        "carrier_edge": {},
        "sip_edge": None,
    } | fields


def one(text: object, indent: int | None = 2) -> ImportedCall:
    lines = text.splitlines() if isinstance(text, str) else json.dumps(text, indent=indent).splitlines()
    assert recognise(lines) is LogKind.TWILIO
    (call,) = told(lines).calls
    return call


JS_DATE = "Sat Apr 18 2026 12:00:58 GMT+0000 (Coordinated Universal Time)"
ROW = (JS_DATE, "error", "31920", "Stream - Handshake Error", SID)
FORMS: dict[str, str] = {
    "list": json.dumps(alerts(alert()), indent=2),
    "list on one line": json.dumps(alerts(alert())),
    "single": json.dumps(alert(request_variables=f"CallSid={SID}", response_body="<html>502</html>"), indent=4),
    "command line, JSON": json.dumps([camel(alert())], indent=2),
    "command line, TSV": "dateCreated\tlogLevel\terrorCode\talertText\tresourceSid\n" + "\t".join(ROW),
    "command line, table": "\n".join(
        "".join(cell.ljust(width) for cell, width in zip(row, (66, 11, 12, 28, 34), strict=True))
        for row in (("Date Created", "Log Level", "Error Code", "Alert Text", "Resource SID"), ROW)
    ),
    "webhook": urlencode(
        {
            "AccountSid": ACCOUNT,
            "Timestamp": "2026-04-18T12:00:58Z",
            "Level": "ERROR",
            "PayloadType": "application/json",
            "Payload": json.dumps(
                {"resource_sid": SID, "error_code": "31920", "more_info": {"Msg": "Stream - Handshake Error"}}
            ),
        }
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_an_alert_names_its_failure_its_meaning_and_its_call(form: str) -> None:
    call = one(FORMS[form])
    (failure,) = call.failures
    assert call.names.sid == SID
    assert "alert 31920" in failure.pii_text and "Stream - Handshake Error" in failure.pii_text
    assert "was not answered with 101" in failure.meaning
    assert failure.line == {"list": 7, "command line, JSON": 2, "command line, TSV": 2, "command line, table": 2}.get(
        form, 1
    )


def test_alerts_of_messages_and_notices_are_no_failures_of_calls() -> None:
    found = told(
        json.dumps(alerts(alert(30007, "SM" + "0" * 32), alert(log_level="notice"), alert(14107, None))).splitlines()
    )
    assert not found.calls


def test_every_alert_on_a_line_is_told() -> None:
    call = one(alerts(alert(), alert(31921, alert_text="Msg=closed")), indent=None)
    assert len(call.failures) == 2


def test_alerts_that_name_no_call_are_not_given_to_another() -> None:
    calls = told(json.dumps(alerts(alert(), alert(11200, None), alert(11200, None))).splitlines()).calls
    assert [(call.names.sid, len(call.failures)) for call in calls] == [(SID, 1), ("", 1), ("", 1)]


def test_a_refused_write_is_told_with_what_it_was_to_write() -> None:
    url = f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Calls/{SID}.json"
    call = one(alert(21220, None, request_method="POST", request_url=url, request_variables=urlencode({"Twiml": SAY})))
    assert call.names.sid == SID and call.writes == (1,)
    assert "is not in progress" in call.failures[0].meaning


def test_call_events_show_who_wrote_a_document_over_the_stream() -> None:
    call = one({"events": [ANSWERED, rest(57, {"twiml": SAY}), FETCH], "page": 0})
    assert call.verdict.race is Race.FOUND and call.diagnosis.rule == "race"
    proof = call.diagnosis.findings[0].proof[0].words
    assert "Say" in proof and "POST" in proof


@pytest.mark.parametrize(
    "written",
    [
        rest(57, {"status": "completed"}),
        rest(57, {"status": "completed"}, 400, '{"code": 21220}'),
        event(57, f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Calls.json", {"twiml": SAY}, 201),
        rest(57, {"twiml": SAY}, sid=OTHER),
    ],
)
def test_a_hang_up_a_create_and_another_calls_write_are_no_race(written: dict[str, Any]) -> None:
    lines = json.dumps({"events": [ANSWERED, written, FETCH]}).splitlines()
    assert all(call.verdict.race is not Race.FOUND for call in told(lines, LogKind.TWILIO).calls)


def test_a_webhook_that_was_answered_with_an_error_is_a_failure() -> None:
    call = one({"events": [ANSWERED, event(58, "https://x.example/voice", FORM, 502, "<html>Bad Gateway</html>")]})
    assert "a webhook was answered with HTTP 502" in call.failures[0].pii_text


def test_events_without_a_sid_in_them_are_of_the_call_whose_list_they_are() -> None:
    form = {"twiml": SAY}
    page: dict[str, Any] = {
        "events": [event(57, "https://api.twilio.com/2010-04-01/Accounts/AC1/Calls/CA1.json", form)]
    }
    page |= {"uri": f"/2010-04-01/Accounts/{ACCOUNT}/Calls/{SID}/Events.json?Page=0"}
    assert one(page).names.sid == SID


def test_insights_tell_how_a_call_went() -> None:
    names = ("initiated", "ringing", "answered", "completed")
    page = {
        "meta": {},
        "events": [
            *(insight(50 + n, name) for n, name in enumerate(names)),
            insight(55, "ice", edge="sdk_edge", level="ERROR", sdk_edge={"error": {"code": 31600}}),
        ],
    }
    call = one(page)
    told = [step.event.status for step in call.steps if isinstance(step.event, e.StatusReported)]
    assert told == ["initiated", "ringing", "in-progress", "completed"]
    assert [round(step.event.at) for step in call.steps] == [0, 1, 2, 3, 5]
    assert "error 31600" in call.failures[0].pii_text


def test_a_call_resource_tells_how_it_ended() -> None:
    call = one(
        {
            "calls": [
                {
                    "sid": SID,
                    "status": "busy",
                    "direction": "outbound-api",
                    "date_created": "Sat, 18 Apr 2026 12:00:50 +0000",
                    "end_time": "Sat, 18 Apr 2026 12:00:57 +0000",
                    "to": "+4915112345678",
                    "subresource_uris": {},
                }
            ]
        }
    )
    assert call.diagnosis.rule == "busy" and call.verdict.race is Race.ABSENT
    assert call.steps[-1].event.at == 7.0


def test_what_is_cut_off_is_said_and_the_rest_is_told() -> None:
    text = json.dumps(alerts(alert(), alert(11200)), indent=1)
    found = told(text[: text.rindex("11200")].splitlines())
    assert len(found.calls[0].failures) == 1
    assert any("cut off" in unknown for unknown in found.unknown)


def test_where_a_record_is_cut_off_is_said_even_if_nothing_of_it_is_told() -> None:
    text = "\n".join(json.dumps(each) for each in (alert(), alert(11200)))
    assert any("behind line 2" in each for each in told(text[:-20].splitlines(), LogKind.TWILIO).unknown)


@pytest.mark.parametrize("cut", range(0, 900, 37))
def test_no_beginning_of_a_record_is_a_traceback(cut: int) -> None:
    text = json.dumps(alerts(alert()), indent=1)[:cut]
    tell(told(text.splitlines(), LogKind.TWILIO))


@pytest.mark.parametrize("name", ["seed.log", "gateway.log", "server.log", "calls.jsonl", "healthy.log"])
def test_other_logs_are_not_taken_for_twilios(name: str) -> None:
    assert recognise(log(name)) not in (None, LogKind.TWILIO)


def test_a_servers_own_log_that_quotes_an_alert_is_not_twilios() -> None:
    lines = [json.dumps({"level": 50, "time": 1776513657619, "msg": "alert", "body": alert()})] * 3
    assert recognise(lines) is not LogKind.TWILIO
