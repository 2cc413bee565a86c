"""One line of a log: its stamp, its text, and what it says. Knows nothing of the lines around it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from voicecall_core.imports import documents, forms, messages, phrases, requests, stamps
from voicecall_core.imports.facts import Begins, Saying
from voicecall_core.imports.objects import Record, strings_of

_TIMES = ("time", "timestamp", "@timestamp", "ts", "date", "asctime", "datetime")
_HEAD = 8_000  # characters of a line in which sentences, forms and documents are looked for; messages may be longer
_TEXTS = ("0", "1", "2", "3", "message", "msg", "event", "text", "log")


@dataclass(frozen=True, slots=True)
class Line:
    """A line taken apart. `tag`: it bears the plugin's tag. `record`: the object it is, if it is one."""

    stamp: stamps.Stamp | None
    text: str
    tag: bool
    record: Record | None = None


def may_say(line: str) -> bool:
    """A quick look: nine lines of ten of any log fail it, and are skipped without another."""
    if "voice-call" in line or "[MediaStream]" in line or "CallSid" in line:
        return True
    if messages.may_hold_message(line) or requests.may_hold_request(line) or documents.may_hold_document(line):
        return True
    low = phrases.normal(line)
    for needle in phrases.NEEDLES:  # a loop: `any` of a generator takes twice as long
        if needle in low:
            return True
    return False


def opened(line: str) -> Line:
    """A line taken apart; `line` is plain (see lines.plain)."""
    if line.lstrip().startswith("{"):
        record = _record(line)
        if record is not None:
            return _of_record(line, record)
    stamp = stamps.stamp(line)
    text = line[stamp.end :].lstrip(" \t]|>-,:)") if stamp is not None and _at_head(line, stamp) else line.strip()
    return Line(stamp, text, phrases.tagged(text))


def _at_head(line: str, stamp: stamps.Stamp) -> bool:
    """Nothing but names of places stands before the stamp: cutting it off loses nothing."""
    return "{" not in line[: stamp.end] and '"' not in line[: stamp.end]


def _record(line: str) -> Record | None:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) else None


def _of_record(line: str, record: Record) -> Line:
    """A log record, or a message that stands on its line alone."""
    if next(messages.says(record, 0), None) is not None:
        return Line(_stamp_of(record), line, False, record)
    text = " ".join(dict.fromkeys(strings_of(record, _TEXTS))) or line
    tag = phrases.tagged(text) or "voice-call" in str(record.get("subsystem", ""))
    return Line(_stamp_of(record), text, tag, record)


def _stamp_of(record: Record) -> stamps.Stamp | None:
    meta = record.get("_meta")
    for part in (record, meta if isinstance(meta, dict) else {}):
        for key in _TIMES:
            value = part.get(key)
            if isinstance(value, str) and (found := stamps.stamp(value)):
                return found
            if isinstance(value, int | float) and not isinstance(value, bool) and 1e9 < value < 1e19:
                while value > 1e11:  # milliseconds, microseconds, nanoseconds
                    value /= 1000
                return stamps.Stamp(stamps.Style.ZONED, float(value), 0, True)
    return None


def sayings(line: Line, *, plugin: bool) -> Iterator[Saying]:
    """What a line says. `plugin`: it is an OpenClaw log, where requests and sockets may be anybody's."""
    head = line.text[:_HEAD]
    said = phrases.said_in(head, tag=line.tag)
    if said is not None:
        yield said
        return
    if "CallSid" in head:
        form = forms.form_in(head)
        if form is not None:
            ended = form.get("CallStatus") in phrases.TERMINAL
            yield Saying(forms.said_by(form, head), Begins.PERHAPS if ended else Begins.OFTEN)
            return
    found = False
    if documents.may_hold_document(head):
        for document in documents.documents_in(head):
            found = True
            yield document
    if not found and messages.may_hold_message(line.text):
        for say in messages.messages_in(line.text):
            found = True
            yield Saying(say)
    if not found and not plugin and requests.may_hold_request(head):
        yield from requests.requests_in(head)
