"""The carrier's forms inside log lines, through the translators of the live call. Knows nothing of paths.

A form is printed as the urlencoded text that came, or as the dict that a framework made of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import parse_qsl

from voicecall_core.carriers.twilio import webhooks
from voicecall_core.errors import PeerError
from voicecall_core.imports.facts import Fact, Say
from voicecall_core.imports.objects import Record, objects_in
from voicecall_core.imports.threads import Thread
from voicecall_core.words.events import TERMINAL, Event

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
