"""The carrier's stream messages and the model's events inside log lines, through the translators of the live call.

Knows nothing of the rest of the line. What this program would itself have sent is somebody else's act here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from voicecall_core.carriers.base import Digit, Mark, Media, Start, Stop
from voicecall_core.carriers.twilio import media
from voicecall_core.errors import PeerError
from voicecall_core.imports.facts import Fact, Say, Told, told
from voicecall_core.imports.objects import Record, as_text, objects_in
from voicecall_core.imports.threads import Thread
from voicecall_core.models.base import AudioDelta, AudioDone
from voicecall_core.models.openai_realtime import reading
from voicecall_core.words.events import AudioEnded, AudioSent, DigitPressed, MarkReturned, ModelReached, ModelStage

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
_CUT = re.compile(rf"\{{\s*[\"']type[\"']: ?[\"']({_TYPE})[\"']")
_CUT_STOP = re.compile(r"\{\s*[\"']event[\"']: ?[\"']stop[\"'].*?[\"']streamSid[\"']")
_NESTED = ("message", "msg", "data", "payload", "body", "event", "frame", "0", "1", "2", "text", "details")
_DEPTH = 2


def may_hold_message(line: str) -> bool:
    """A quick look: lines that fail it hold no message."""
    return (
        "streamSid" in line
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
    match = _CUT.search(text) or _TYPED.search(text)
    if match is not None:
        yield from says({"type": match[1]})
    elif _CUT_STOP.search(text):
        yield from says({"event": "stop", "streamSid": ""})


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
            thread.session = thread.sessions
        try:
            heard = reading.read(text, thread.session)
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
