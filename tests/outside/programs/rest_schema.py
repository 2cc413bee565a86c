"""The carrier's REST interface as an OpenAPI schema: the published parameters and fields, with their types.

Twilio: docs/voice/api, docs/iam/api, docs/phone-numbers/api. Only what the built-in carrier has.
"""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
TEXT_OR_NULL: Schema = {"type": ["string", "null"]}
WHOLE: Schema = {"type": "integer"}
FLAG: Schema = {"type": "boolean"}
URL: Schema = {"type": "string", "examples": ["http://127.0.0.1:9/said"]}
METHOD: Schema = {"type": "string", "enum": ["GET", "POST"]}
DATE: Schema = {"type": "string", "format": "date"}
RFC_2822 = r"^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} \+0000$"
MOMENT: Schema = {"type": "string", "pattern": RFC_2822}
MOMENT_OR_NULL: Schema = {"type": ["string", "null"], "pattern": RFC_2822}
STATES = ["queued", "ringing", "in-progress", "completed", "busy", "failed", "no-answer", "canceled"]


def sid(kind: str) -> Schema:
    return {"type": "string", "pattern": f"^{kind}[0-9a-f]{{32}}$"}


def thing(fields: Schema) -> Schema:
    return {"type": "object", "properties": fields, "required": list(fields)}


def page(name: str, entry: Schema) -> Schema:
    whole = dict.fromkeys(("page", "page_size", "start", "end"), WHOLE)
    addresses = {"uri": TEXT, "first_page_uri": TEXT, "next_page_uri": TEXT_OR_NULL, "previous_page_uri": TEXT_OR_NULL}
    return thing({name: {"type": "array", "items": entry}, **whole, **addresses})


CALL = thing(
    {
        "sid": sid("CA"),
        "account_sid": sid("AC"),
        "parent_call_sid": TEXT_OR_NULL,
        "to": TEXT_OR_NULL,
        "to_formatted": TEXT_OR_NULL,
        "from": TEXT_OR_NULL,
        "from_formatted": TEXT_OR_NULL,
        "phone_number_sid": TEXT_OR_NULL,
        "status": {"enum": STATES},
        "date_created": MOMENT_OR_NULL,
        "date_updated": MOMENT_OR_NULL,
        "start_time": MOMENT_OR_NULL,
        "end_time": MOMENT_OR_NULL,
        "duration": {"type": ["string", "null"], "pattern": r"^\d+$"},
        "price": TEXT_OR_NULL,
        "price_unit": TEXT_OR_NULL,
        "direction": {"enum": ["inbound", "outbound-api", "outbound-dial"]},
        "answered_by": TEXT_OR_NULL,
        "api_version": TEXT,
        "annotation": TEXT_OR_NULL,
        "forwarded_from": TEXT_OR_NULL,
        "group_sid": TEXT_OR_NULL,
        "caller_name": TEXT_OR_NULL,
        "queue_time": {"type": "string", "pattern": r"^\d+$"},
        "trunk_sid": TEXT_OR_NULL,
        "uri": TEXT,
        "subresource_uris": {"type": "object"},
    }
)
RECORDING = thing(
    {
        "sid": sid("RE"),
        "account_sid": sid("AC"),
        "call_sid": sid("CA"),
        "conference_sid": TEXT_OR_NULL,
        "api_version": TEXT,
        "date_created": MOMENT,
        "date_updated": MOMENT,
        "start_time": MOMENT,
        "duration": {"type": ["string", "null"], "pattern": r"^\d+$"},
        "price": TEXT_OR_NULL,
        "price_unit": TEXT_OR_NULL,
        "status": {"enum": ["in-progress", "paused", "stopped", "processing", "completed", "absent", "deleted"]},
        "channels": WHOLE,
        "source": TEXT,
        "error_code": {"type": ["integer", "null"]},
        "encryption_details": {"type": ["object", "null"]},
        "uri": TEXT,
        "subresource_uris": {"type": "object"},
        "media_url": TEXT_OR_NULL,
    }
)
NOTIFICATION = thing(
    {
        "sid": sid("NO"),
        "account_sid": sid("AC"),
        "call_sid": TEXT_OR_NULL,
        "api_version": TEXT,
        "error_code": TEXT,
        "log": TEXT,
        "message_date": MOMENT,
        "message_text": TEXT,
        "more_info": TEXT,
        "request_method": METHOD,
        "request_url": TEXT,
        "date_created": MOMENT,
        "date_updated": MOMENT,
        "uri": TEXT,
    }
)
EVENT = thing({"request": {"type": "object"}, "response": {"type": "object"}})
ACCOUNT = thing(
    {
        "sid": sid("AC"),
        "friendly_name": TEXT,
        "status": {"enum": ["active", "suspended", "closed"]},
        "type": {"enum": ["Trial", "Full"]},
        "owner_account_sid": sid("AC"),
        "auth_token": TEXT_OR_NULL,
        "date_created": MOMENT,
        "date_updated": MOMENT,
        "uri": TEXT,
        "subresource_uris": {"type": "object"},
    }
)
BALANCE = thing({"account_sid": sid("AC"), "balance": TEXT, "currency": TEXT})
NUMBER = thing(
    {
        "sid": sid("PN"),
        "account_sid": sid("AC"),
        "phone_number": TEXT,
        "friendly_name": TEXT,
        "capabilities": thing({"voice": FLAG, "sms": FLAG, "mms": FLAG, "fax": FLAG}),
        "voice_url": TEXT_OR_NULL,
        "voice_method": METHOD,
        "voice_fallback_url": TEXT_OR_NULL,
        "voice_fallback_method": METHOD,
        "voice_caller_id_lookup": FLAG,
        "voice_application_sid": TEXT_OR_NULL,
        "status_callback": TEXT_OR_NULL,
        "status_callback_method": METHOD,
        "status": TEXT,
        "beta": FLAG,
        "origin": TEXT,
        "api_version": TEXT,
        "date_created": MOMENT,
        "date_updated": MOMENT,
        "uri": TEXT,
    }
)
REFUSAL = thing({"code": WHOLE, "message": TEXT, "more_info": TEXT, "status": WHOLE})


def schema(account: str, number: str, call: str) -> Schema:
    """The schema for that account, where that call is up."""
    below = f"/2010-04-01/Accounts/{account}"
    paths = {**_of_the_account(account, below), **_of_calls(number, call, below)}
    return {"openapi": "3.1.0", "info": {"title": "The carrier's REST interface", "version": "2010"}, "paths": paths}


PAGING: Schema = {"PageSize": WHOLE, "Page": WHOLE}
MADE: Schema = {"DateCreated" + bound: DATE for bound in ("", "<", ">")}


def _of_calls(number: str, call: str, below: str) -> Schema:
    one_call = {"CallSid": [call, "CA" + "0" * 32]}
    times = {name + bound: DATE for name in ("StartTime", "EndTime") for bound in ("", "<", ">")}
    filters = {"To": TEXT, "From": TEXT, "Status": {"enum": STATES}, "ParentCallSid": TEXT, **times, **PAGING}
    return {
        below + "/Calls.json": {
            "get": asks(page("calls", CALL), query=filters),
            "post": asks(CALL, form=_create(number), needs=["To", "From"], status="201"),
        },
        below + "/Calls/{CallSid}.json": {
            "get": asks(CALL, path=one_call),
            "post": asks(CALL, path=one_call, form={"Url": URL, "Method": METHOD, "Twiml": TEXT}),
            "delete": asks(None, path=one_call, status="204"),
        },
        below + "/Calls/{CallSid}/Events.json": {"get": asks(page("events", EVENT), path=one_call, query=PAGING)},
        below + "/Calls/{CallSid}/Notifications.json": {
            "get": asks(page("notifications", NOTIFICATION), path=one_call, query={"Log": WHOLE, **PAGING})
        },
        below + "/Calls/{CallSid}/Recordings.json": {
            "get": asks(page("recordings", RECORDING), path=one_call, query={**MADE, **PAGING}),
            "post": asks(RECORDING, path=one_call, form=_record(), status="201"),
        },
    }


def _of_the_account(account: str, below: str) -> Schema:
    numbers = {"Sid": ["PN" + account[2:], "PN" + "0" * 32]}
    return {
        "/2010-04-01/Accounts.json": {"get": asks(page("accounts", ACCOUNT), query={"FriendlyName": TEXT})},
        below + ".json": {"get": asks(ACCOUNT)},
        below + "/Balance.json": {"get": asks(BALANCE)},
        below + "/Recordings.json": {
            "get": asks(page("recordings", RECORDING), query={"CallSid": TEXT, **MADE, **PAGING})
        },
        below + "/Notifications.json": {"get": asks(page("notifications", NOTIFICATION), query=PAGING)},
        below + "/IncomingPhoneNumbers.json": {
            "get": asks(page("incoming_phone_numbers", NUMBER), query={"PhoneNumber": TEXT, "FriendlyName": TEXT})
        },
        below + "/IncomingPhoneNumbers/{Sid}.json": {
            "get": asks(NUMBER, path=numbers),
            "post": asks(NUMBER, path=numbers, form=_number()),
        },
    }


def _create(number: str) -> Schema:
    return {
        "To": {"type": "string", "examples": ["+15555550100"]},
        "From": {"type": "string", "examples": [number]},
        "Url": URL,
        "Twiml": {"type": "string", "examples": ["<Response/>"]},
        "Method": METHOD,
        "FallbackUrl": URL,
        "FallbackMethod": METHOD,
        "StatusCallback": URL,
        "StatusCallbackMethod": METHOD,
        "SendDigits": TEXT,
        "Timeout": WHOLE,
        "TimeLimit": WHOLE,
        "Record": FLAG,
        "MachineDetection": {"enum": ["Enable", "DetectMessageEnd"]},
        "MachineDetectionTimeout": WHOLE,
        "AsyncAmd": {"enum": ["true", "false"]},
        "ApplicationSid": TEXT,
    }


def _record() -> Schema:
    return {"RecordingStatusCallback": URL, "RecordingStatusCallbackMethod": METHOD, "Trim": TEXT}


def _number() -> Schema:
    return {
        "FriendlyName": TEXT,
        "VoiceUrl": URL,
        "VoiceMethod": METHOD,
        "VoiceFallbackUrl": URL,
        "StatusCallback": URL,
        "StatusCallbackMethod": METHOD,
    }


def asks(
    answer: Schema | None,
    *,
    path: dict[str, list[str]] | None = None,
    query: Schema | None = None,
    form: Schema | None = None,
    needs: list[str] | None = None,
    status: str = "200",
) -> Schema:
    """One operation; whatever is asked wrongly is refused in the published form."""

    def content(shape: Schema) -> Schema:
        return {"content": {"application/json": {"schema": shape}}}

    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "enum": values}}
        for name, values in (path or {}).items()
    ]
    parameters += [{"name": name, "in": "query", "schema": kind} for name, kind in (query or {}).items()]
    good = {"description": "Done", **(content(answer) if answer is not None else {})}
    refused = {code: {"description": "Refused", **content(REFUSAL)} for code in ("400", "404", "405", "429")}
    operation: Schema = {"parameters": parameters, "responses": {status: good, **refused}}
    if form is not None:
        fields = {"type": "object", "properties": form, "required": needs or []}
        operation["requestBody"] = {"content": {"application/x-www-form-urlencoded": {"schema": fields}}}
    return operation
