"""What Twilio's own records say of a call: its failures, its requests and what answered them, its statuses."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, urlsplit

from voicecall_core.carriers.twilio import webhooks
from voicecall_core.carriers.twilio.errors import known
from voicecall_core.importers import carrier_messages
from voicecall_core.importers.correlation import SID, STREAM, Thread
from voicecall_core.importers.log_facts import Begins, Fact, Saying, Told, only, told
from voicecall_core.importers.twilio_records import Shape, TwilioRecord, records_in, seconds_of
from voicecall_core.words.events import Created, CreateRefused, StreamReported
from voicecall_core.words.values import TERMINAL

# Alerts that say that the stream was never opened (docs/api/errors): no answer, refused, unreachable, no TLS, no 101,
# an address that cannot be opened. Others of their kind may come in the middle of a stream.
_NEVER_OPENED = frozenset({31901, 31902, 31904, 31910, 31920, 31922, 31923})
_LEVELS = frozenset({"error", "warning"})  # the others report no failure
_REST_PATH = re.compile(r"^/2010-04-01/Accounts/\w+/Calls(?:/(CA\w+))?(?:\.json)?/?$")
_STREAM_SID = re.compile(r"MZ[0-9a-fA-F]{32}")
# Insights' names for a call's progress are those of StatusCallbackEvent, with `answered` for in-progress.
_PROGRESS = {
    "initiated": "initiated",
    "ringing": "ringing",
    "answered": "in-progress",
    "completed": "completed",
    "busy": "busy",
    "no-answer": "no-answer",
    "failed": "failed",
    "canceled": "canceled",
}


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that a record says: at which line, of which names, when in seconds since 1970, in what words.

    `record` counts the records of the file.
    """

    line: int
    names: dict[str, str]
    at: float | None
    pii_text: str
    saying: Saying
    record: int = 0


def said_in(lines: Iterable[str], torn: list[int]) -> Iterator[Said]:
    """All that a file of Twilio's own records says; `torn` is given the line from which on it could not be read."""
    for number, record in enumerate(records_in(lines)):
        if record.shape is Shape.TORN:
            torn.append(record.line)
        else:
            yield from (replace(said, record=number) for said in _SAYS[record.shape](record))


def _text(value: object) -> str:
    return value if isinstance(value, str) else str(value) if isinstance(value, int) else ""


def _names(*told: object) -> dict[str, str]:
    """The names among some texts: a call's SID, a stream's."""
    names: dict[str, str] = {}
    for each in map(_text, told):
        if webhooks.is_call_sid(each):
            names.setdefault(SID, each)
        elif (match := _STREAM_SID.search(each)) is not None:
            names.setdefault(STREAM, match[0])
    return names


def _alert(record: TwilioRecord) -> Iterator[Said]:
    fields = record.fields
    words = dict(parse_qsl(_text(fields.get("alert_text"))))
    about = words.get("parserMessage") or words.get("Msg") or _text(fields.get("alert_text"))
    variables = dict(parse_qsl(_text(fields.get("request_variables")), keep_blank_values=True)[:64])
    request = (_text(fields.get("request_method")), _text(fields.get("request_url")), variables)
    at = seconds_of(fields.get("date_generated")) or seconds_of(fields.get("date_created"))
    resource = _text(fields.get("resource_sid"))
    level = _text(fields.get("log_level")).lower()
    yield from _failed(record.line, _code(fields.get("error_code")), level, about, resource, request, at)


def _debugger(record: TwilioRecord) -> Iterator[Said]:
    """The same that an alert says, as the debugger's webhook is told it: the payload is an object, or its text."""
    payload = record.fields.get("payload")
    if isinstance(payload, str):
        try:
            payload = json.loads(payload)
        except (ValueError, RecursionError):
            return
    if not isinstance(payload, dict):
        return
    info = payload.get("more_info")
    info = info if isinstance(info, dict) else {}
    about = _text(info.get("Msg")) or _text(info.get("msg")) or _text(info.get("parserMessage"))
    webhook = payload.get("webhook")
    asked = webhook.get("request") if isinstance(webhook, dict) else None
    asked = asked if isinstance(asked, dict) else {}
    parameters = asked.get("parameters")
    form = {key: _text(value) for key, value in parameters.items()} if isinstance(parameters, dict) else {}
    request = (_text(asked.get("method")), _text(asked.get("url")), form)
    level, at = _text(record.fields.get("level")).lower(), seconds_of(record.fields.get("timestamp"))
    resource = _text(payload.get("resource_sid"))
    yield from _failed(record.line, _code(payload.get("error_code")), level, about, resource, request, at)


def _code(value: object) -> int:
    text = _text(value)
    return int(text) if text.isdecimal() and len(text) < 7 else 0


def _failed(
    line: int,
    code: int,
    level: str,
    about: str,
    resource: str,
    request: tuple[str, str, Mapping[str, str]],
    at: float | None,
) -> Iterator[Said]:
    """An alert: its failure, and what was written where the alert is about a write. Those of messages say nothing."""
    method, url, variables = request
    names = _names(resource, variables.get("CallSid"), variables.get("StreamSid"))
    if not code or (level and level not in _LEVELS) or not (names or (not resource and code in known())):
        return
    begins = Begins.OFTEN if names else Begins.ALWAYS  # an alert that names no call is told by itself
    parts = (f"alert {code}{f' ({level})' if level else ''}", about.rstrip("."), f"{method} {url}".strip())
    sentence = ": ".join(part for part in parts if part)
    path = _REST_PATH.match(urlsplit(url).path) if "api.twilio.com" in url or "/2010-04-01/" in url else None
    if path is not None and path[1]:
        names = {**_names(path[1]), **names}
        for saying in _written(variables):
            yield Said(line, names, at, sentence, saying)
        yield Said(line, names, at, sentence, Saying(told(Told.WRITE_REFUSED, str(code)), begins))
        return
    yield Said(line, names, at, sentence, Saying(told(Told.ERROR, sentence), begins))
    if code in _NEVER_OPENED and SID in names:
        never = StreamReported("stream-error", names[SID], sentence[:300])
        yield Said(line, names, at, sentence, Saying(only(never), begins))


def _written(parameters: Mapping[str, str]) -> Iterator[Saying]:
    """What a REST request writes to a call, by its parameters."""
    low = {key.lower(): value for key, value in parameters.items()}
    if low.get("twiml"):
        yield from carrier_messages.documents_in(f"twiml={low['twiml']}")
    elif low.get("status") in ("completed", "canceled"):
        yield Saying(told(Told.HANG_UP))
    elif low.get("url"):
        yield Saying(told(Told.WRITE))


def _call_event(record: TwilioRecord) -> Iterator[Said]:
    """A request and what answered it: Twilio's webhooks, and what was asked of Twilio."""
    request, response = record.fields.get("request"), record.fields.get("response")
    if not isinstance(request, dict):
        return
    response = response if isinstance(response, dict) else {}
    parameters = request.get("parameters")
    parameters = parameters if isinstance(parameters, dict) else {}
    form = {_form_key(key): _text(value) for key, value in list(parameters.items())[:64]}
    method, url = _text(request.get("method")).upper(), _text(request.get("url"))
    names = _names(form.get("CallSid"), record.owner, form.get("StreamSid"))
    status = _code(response.get("response_code") or response.get("status_code"))
    body = _text(response.get("response_body") or response.get("body"))
    at = seconds_of(response.get("date_created")) or seconds_of(request.get("date_created"))
    words = f"{method} {url} -> {status or 'no answer'}"
    path = _REST_PATH.match(urlsplit(url).path)
    if path is not None:
        names = {**_names(path[1] or ""), **names}
        sayings = _rest(method, bool(path[1]), form, status, body)
    else:
        sayings = _webhook(form, status, body)
    for saying, added in sayings:
        yield Said(record.line, names, at, f"{words}{added}", saying)


def _form_key(name: str) -> str:
    """`call_sid`, as Call Events write it, as the form had it: `CallSid`."""
    return "".join(part[:1].upper() + part[1:] for part in name.split("_")) if name.islower() else name


def _rest(method: str, of_call: bool, form: Mapping[str, str], status: int, body: str) -> Iterator[tuple[Saying, str]]:
    if method != "POST":
        return
    if not of_call:
        if 200 <= status < 300:
            yield Saying(_created, Begins.OFTEN), ""
        elif status >= 400:
            yield Saying(only(CreateRefused(_refused(body), f"HTTP {status}")), Begins.OFTEN), _quoted(body)
        return
    document = form.get("Twiml") or form.get("TwiML") or ""
    for saying in _written(form):
        yield saying, _quoted(document)
    if status >= 400:
        code = _refused(body)
        yield Saying(told(Told.WRITE_REFUSED, str(code or f"HTTP {status}"))), f" {code or ''} {_quoted(body)}"


def _created(thread: Thread, line: int) -> Iterator[Fact]:
    yield Created(thread.sid)


def _refused(body: str) -> int:
    match = re.search(r"\"code\"\s*:\s*(\d{5})\b", body)
    return int(match[1]) if match is not None else 0


def _quoted(body: str) -> str:
    return f": {' '.join(body.split())}" if body else ""


def _webhook(form: dict[str, str], status: int, body: str) -> Iterator[tuple[Saying, str]]:
    if "CallSid" not in form:
        return
    sort = carrier_messages.sort_of(form, "")
    said = form.get("StreamEvent") or form.get("CallStatus", "")
    yield Saying(carrier_messages.said_by(form, ""), Begins.OFTEN), f" ({sort}: {said})" if said else f" ({sort})"
    if status >= 400 or not status:
        why = f"a webhook was answered with HTTP {status}" if status else "a webhook was not answered"
        yield Saying(told(Told.ERROR, why)), f": {why}{_quoted(body)}"
    elif sort == "fetch" and body:
        for saying in carrier_messages.documents_in(body):
            yield saying, _quoted(body)


def _insight(record: TwilioRecord) -> Iterator[Said]:
    fields = record.fields
    name, edge, level = (_text(fields.get(key)) for key in ("name", "edge", "level"))
    at, names = seconds_of(fields.get("timestamp")), _names(fields.get("call_sid"), record.owner)
    words = f"Insights: {fields.get('group') or 'event'} {name} ({edge or 'edge unknown'})"
    status = _PROGRESS.get(name.lower().replace("_", "-"))
    if status is not None and edge != "sdk_edge":
        yield Said(record.line, names, at, words, Saying(lambda thread, line: [_status(thread, status)], Begins.OFTEN))
    elif level == "ERROR":
        detail = fields.get(edge)
        error = detail.get("error") if isinstance(detail, dict) else None
        code = _code(error.get("code")) if isinstance(error, dict) else 0
        words += f": error {code}" if code else ": error"
        yield Said(record.line, names, at, words, Saying(told(Told.ERROR, words), Begins.OFTEN))


def _status(thread: Thread, said: str) -> Fact:
    reported = thread.status(said)
    thread.over = thread.over or reported.status in TERMINAL
    return reported


def _call(record: TwilioRecord) -> Iterator[Said]:
    """A call's own resource: when it was placed, and how it ended if it did."""
    fields = record.fields
    names, status, way = _names(fields.get("sid")), _text(fields.get("status")), _text(fields.get("direction"))
    words = f"call resource: {way}, {status}"
    placed = seconds_of(fields.get("date_created"))
    first = told(Told.INBOUND) if way == "inbound" else _created
    yield Said(record.line, names, placed, words, Saying(first, Begins.OFTEN))
    if webhooks.status_named(status) in TERMINAL:
        ended = seconds_of(fields.get("end_time")) or seconds_of(fields.get("date_updated"))
        yield Said(record.line, names, ended, words, Saying(lambda thread, line: [_status(thread, status)]))


_SAYS = {
    Shape.ALERT: _alert,
    Shape.DEBUGGER: _debugger,
    Shape.CALL_EVENT: _call_event,
    Shape.INSIGHT: _insight,
    Shape.CALL: _call,
}
