"""The carrier's forms, TwiML and messages and the model's events inside log lines, by the live translators."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, unquote_plus

from voicecall_core.carriers.base import Digit, Mark, Media, Start, Stop
from voicecall_core.carriers.twilio import media, webhooks
from voicecall_core.diagnosis.evidence import Sure
from voicecall_core.errors import PeerError
from voicecall_core.importers.correlation import Thread
from voicecall_core.importers.json_objects import Record, as_text, objects_in
from voicecall_core.importers.log_facts import Fact, Say, Saying, Told, told
from voicecall_core.importers.wording import denies
from voicecall_core.models.base import AudioDelta, AudioDone
from voicecall_core.models.openai_realtime import reading
from voicecall_core.words.events import AudioEnded, AudioSent, DigitPressed, Event, MarkReturned, ModelReached
from voicecall_core.words.values import TERMINAL, ModelStage

_PART = re.compile(r"<(Connect|Stream|Say|Play|Gather|Pause|Hangup|Redirect|Dial|Enqueue|Refer|Response)\b")
_TAG = re.compile(r"<(/?)([A-Za-z]\w*)[^<>]*?(/?)>")
_BODY = re.compile(r"(?i)\bpayload\b|\btwiml(?:['\"]\s*:|\s*=|:\s*['\"])")
_WRITTEN = re.compile(
    r"(?i)\bpayload\b|(?<![a-z])updat|\bredirect(?:ing)? call|\brest(?![a-z])|\bover(?:writ|rid)"
    r"|\bmodif|\bpost(?:ed|ing)\b|\breplac|\bersetz"
)
_FIELD = re.compile(r"(?i)\btwiml(?:['\"]\s*:|\s*=|:\s*['\"])")  # the request's field; `TwiML: <Response>` is a label
_ANSWERS = re.compile(r"(?i)(?<![a-z</])(?:serv|return|respon[ds]|answer|repl[yi]|render|fetch)")
_CREATES = re.compile(r"['\"]To['\"]\s*:|\bto=|calls\.create")
_HANGS_UP = re.compile(r"(?i)['\"]?\bstatus['\"]?\s*[:=]\s*['\"]?completed\b")


def may_hold_document(line: str) -> bool:
    """A quick look: lines that fail it hold no document."""
    return "<Response" in line or "<Connect" in line or "<Say" in line or "Payload" in line or "%3CResponse" in line


def documents_in(text: str) -> Iterator[Saying]:
    """What the document on a line says; one that a clause denies or refuses was not written."""
    text = unquote_plus(text) if "%3C" in text else text
    parts = list(dict.fromkeys(_PART.findall(text)))
    if _is_broken(text):
        yield Saying(told(Told.ERROR, "a document whose tags do not match"))
        return
    if not parts:
        if "Payload" in text and _HANGS_UP.search(text):
            yield Saying(told(Told.HANG_UP))
    elif "Connect" in parts or "Stream" in parts:
        yield Saying(told(Told.STREAM_SERVED))
    elif "<Response" not in text and "</" not in text:
        return  # a sentence about documents
    elif not (_WRITTEN.search(text) or (_FIELD.search(text) and not _ANSWERS.search(text))):
        yield Saying(told(Told.OTHER_SERVED, _named(parts)))
    elif denies(text, r"<(?:response|say|play)"):
        yield Saying(told(Told.WITHHELD))
    elif not _CREATES.search(text):
        yield Saying(told(Told.OVERWRITE, _named(parts)), sure=Sure.CERTAIN if _BODY.search(text) else Sure.LIKELY)


def _is_broken(text: str) -> bool:
    """Whether a document that stands on a line from its first tag to its last one is no XML: its tags do not match."""
    start, end = text.find("<Response"), text.rfind("</Response>")
    up: list[str] = []
    for closes, name, empty in _TAG.findall(text[start : end + 11] if 0 <= start < end else ""):
        if not closes and not empty:
            up.append(name)
        elif closes and (not up or up.pop() != name):
            return True
    return False


def _named(parts: list[str]) -> str:
    return "".join(f"<{part}>" for part in parts if part != "Response")


_BREAK = re.compile(r"[\s\"'<>]")
_MULTI = re.compile(r"(?:ImmutableMultiDict|FormData|MultiDict)\(\[(.*)\]\)")
_PAIR = re.compile(r"\(\s*'(\w+)',\s*'([^']*)'\s*\)")
_FIELDS = 64  # Twilio's forms have some thirty


def form_in(text: str) -> dict[str, str] | None:
    """The form on a line; None if there is none."""
    encoded = _encoded(text)
    if encoded:
        return encoded
    match = _MULTI.search(text)
    if match is not None:
        return dict(_PAIR.findall(match[1])[:_FIELDS]) or None
    for record in objects_in(text):
        for part in (record, *(value for value in record.values() if isinstance(value, dict))):
            if "CallSid" in part and ("CallStatus" in part or "AccountSid" in part or "StreamEvent" in part):
                return _texts(part)
    return None


def _encoded(text: str) -> dict[str, str]:
    """The form in the one run of characters that holds `CallSid=`, if it holds more than that."""
    middle = text.find("CallSid=")
    if middle < 0:
        return {}
    start = max((match.end() for match in _BREAK.finditer(text, 0, middle)), default=0)
    end = _BREAK.search(text, middle)
    run = text[start : end.start() if end else len(text)]
    if "=" in run.partition("=")[2].partition("&")[0]:
        run = run.partition("=")[2]  # body=AccountSid=...
    fields = dict(parse_qsl(run, keep_blank_values=True)[:_FIELDS])
    return fields if "CallSid" in fields and len(fields) > 1 else {}


def _texts(record: Record) -> dict[str, str]:
    """A framework's dict, whose values are texts or lists of one text."""
    fields: dict[str, str] = {}
    for name, value in list(record.items())[:_FIELDS]:
        value = value[0] if isinstance(value, list) and value else value
        if isinstance(value, str | int):
            fields[name] = str(value)
    return fields


def sort_of(form: dict[str, str], text: str) -> str:
    """What a form is: stream, status or fetch."""
    if "StreamEvent" in form:
        return "stream"
    progress = form.get("CallbackSource") or "SequenceNumber" in form or "CallDuration" in form
    return "status" if progress or re.search(r"(?i)status[-_ ]?(?:callback|update)|/status\b", text) else "fetch"


def said_by(form: dict[str, str], text: str) -> Say:
    """What a form says."""
    sort = sort_of(form, text)

    def say(thread: Thread, line: int) -> Iterator[Fact]:
        fields = {**form}
        if not webhooks.is_call_sid(fields.get("CallSid", "")):
            fields["CallSid"] = thread.sid  # a log that shortens SIDs
        thread.forms[sort] += 1
        try:
            yield _event(sort, fields, thread)
        except PeerError:
            return

    return say


def _event(sort: str, fields: dict[str, str], thread: Thread) -> Event:
    if sort == "stream":
        return webhooks.stream_reported(fields.items())
    if sort == "status":
        reported = webhooks.status_reported(fields.items())
        thread.over = thread.over or reported.status in TERMINAL
        return reported
    again = thread.fetched()
    return webhooks.fetched(fields.items(), again.request, again.generation)


_STREAM_EVENTS = frozenset({"start", "media", "stop", "mark", "dtmf", "clear"})
_SENT = frozenset(
    {
        "session.update",
        "response.create",
        "response.cancel",
        "conversation.item.truncate",
        "conversation.item.create",
        "conversation.item.delete",
        "input_audio_buffer.clear",
    }
)
# Types of the model's events that are something to us; those of its beta interface are only worth a name.
_TYPE = (
    r"session\.(?:created|updated)|response\.(?:created|done)|response\.(?:output_)?audio\.done"
    r"|input_audio_buffer\.(?:speech_started|speech_stopped|committed)"
)
_TYPED = re.compile(rf"(?i:\b(?:event|received|recv|type|message)\b|<-|<<|[←◀])[\"']?[\s:=]{{1,3}}[\"']?({_TYPE})\b")
_ALONE = re.compile(rf"(?i:\b(?:openai|oai|realtime|model))\W{{1,3}}({_TYPE})\s*$")
_CUT = re.compile(rf"\{{\s*[\"']type[\"']: ?[\"']({_TYPE})[\"']")
_CUT_STOP = re.compile(r"\{\s*[\"']event[\"']: ?[\"']stop[\"'].*?[\"']streamSi")
_CUT_START = re.compile(r"\{\s*[\"']event[\"']: ?[\"']start[\"'], ?[\"']sequenceNumber[\"']")
_NESTED = ("message", "msg", "data", "payload", "body", "event", "frame", "0", "1", "2", "text", "details")
_DEPTH = 2


def may_hold_message(line: str) -> bool:
    """A quick look: lines that fail it hold no message."""
    return (
        "streamSi" in line
        or "sequenceNumber" in line
        or "session." in line
        or "response." in line
        or "input_audio_buffer." in line
        or ("type" in line and ("event_id" in line or '"error"' in line or "'error'" in line))
        or "conversation.item" in line
    )


def messages_in(text: str) -> Iterator[Say]:
    """What the messages on a line say, complete ones or their heads."""
    found = False
    for record in objects_in(text):
        for say in says(record):
            found = True
            yield say
    if found:
        return
    match = _CUT.search(text) or _TYPED.search(text) or _ALONE.search(text)
    if match is not None:
        yield from says({"type": match[1]})
    elif _CUT_STOP.search(text):
        yield from says({"event": "stop", "streamSid": ""})
    elif _CUT_START.search(text):
        yield lambda thread, line: thread.started("")


def says(record: Record, depth: int = _DEPTH) -> Iterator[Say]:
    """What an object says: a message itself, or one that holds messages."""
    event, kind = record.get("event"), record.get("type")
    if isinstance(event, str) and event in _STREAM_EVENTS and ("streamSid" in record or event in record):
        yield _of_stream(event, record)
    elif isinstance(kind, str) and kind in _SENT:
        yield told(Told.TO_MODEL, kind)
    elif (isinstance(kind, str) and "." in kind) or (kind == "error" and isinstance(record.get("error"), dict)):
        yield _of_model(record)
    elif depth:
        for key in _NESTED:
            value = record.get(key)
            if isinstance(value, str) and "{" in value:
                for inner in objects_in(value):
                    yield from says(inner, depth - 1)
            elif isinstance(value, dict):
                yield from says(value, depth - 1)


def _of_stream(event: str, record: Record) -> Say:
    ours = "sequenceNumber" not in record  # Twilio counts its messages, nobody else does
    if event == "clear":
        return told(Told.CLEARED)
    if event == "mark" and ours:
        return told(Told.MARK_SENT, _name(record))
    if event == "media" and ours:
        return _audio_sent
    text = as_text(record)
    return lambda thread, line: _heard(text, thread)


def _name(record: Record) -> str:
    mark = record.get("mark")
    name = mark.get("name") if isinstance(mark, dict) else ""
    return name if isinstance(name, str) else ""


def _audio_sent(thread: Thread, line: int) -> Iterator[Fact]:
    """A frame for the carrier: the first of each item of the agent's speech is something to us."""
    response, item = thread.sounding
    if thread.spoken != (item or "?"):
        thread.spoken = item or "?"
        yield AudioSent(thread.socket, item, response, thread.stream_ms)


def _heard(text: str, thread: Thread) -> Iterator[Fact]:
    """One message of the carrier's; what its documents do not allow says nothing."""
    try:
        message = media.read(text)
    except PeerError:
        return
    match message:
        case Start():
            yield from thread.started(message.stream_sid, message.sid, message.encoding)
        case Media():
            thread.stream_ms = max(thread.stream_ms, message.stream_ms)
        case Mark():
            yield MarkReturned(thread.socket, message.name, "", thread.stream_ms)
        case Digit():
            yield DigitPressed(thread.socket, message.digit)
        case Stop():
            yield from thread.stopped()


def _of_model(record: Record) -> Say:
    text = as_text(record)

    def say(thread: Thread, line: int) -> Iterator[Fact]:
        if record.get("type") == "session.created":
            thread.sessions += 1
            thread.session, thread.voice_names = thread.sessions, reading.VoiceNames()
        try:
            heard = reading.read(text, thread.session, thread.voice_names)
        except PeerError:
            return
        if isinstance(heard, AudioDelta):
            yield from thread.sounded(heard.response, heard.item, len(heard.payload_b64) * 3 // 4)
        elif isinstance(heard, AudioDone):
            yield AudioEnded(heard.session, heard.response, heard.item, thread.sounded_ms(heard.item))
        else:
            yield from heard

    return say


def model_upgraded(thread: Thread, line: int) -> Iterator[Fact]:
    """The model's socket is open."""
    yield ModelReached(thread.session, ModelStage.UPGRADED)
