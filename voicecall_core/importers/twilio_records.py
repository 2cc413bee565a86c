"""Twilio's own records of calls as objects: what its REST interfaces answer and what its command line prints.

Knows nothing of what a record says of a call. The shapes, each by the keys that nothing else has:

alert            monitor.twilio.com/v1/Alerts, a list or one (docs/usage/monitor-alert; the SDK's monitor/v1/alert);
                 the same as `twilio debugger:logs:list` prints it, as JSON (camel case), TSV or a table
                 (twilio-cli, src/commands/debugger/logs/list.js; twilio-cli-core, src/services/output-formats)
debugger         what the debugger's webhook is given (docs/usage/troubleshooting/debugging-event-webhooks)
call event       /Calls/{Sid}/Events.json: a request with its response (docs/voice/api/call-event-resource)
insights event   insights.twilio.com/v1/Voice/{Sid}/Events (docs/voice/insights/api/call-events-resource)
call             /Calls.json and /Calls/{Sid}.json (docs/voice/api/call-resource)
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from itertools import islice
from urllib.parse import parse_qsl

from voicecall_core.importers.json_objects import Record


class Shape(StrEnum):
    """What a record is."""

    ALERT = "alert"
    DEBUGGER = "debugger event"
    CALL_EVENT = "call event"
    INSIGHT = "insights event"
    CALL = "call resource"
    TORN = "cut off"  # where a document ends before its end


@dataclass(frozen=True, slots=True)
class TwilioRecord:
    """One record, its keys in snake case. `line`: where it begins. `owner`: the call whose list it stands in."""

    line: int
    shape: Shape
    fields: Record
    owner: str = ""


MOST_READ = 32_000_000  # characters: some ten thousand alerts with all that they quote
_HEAD_LINES = 60  # in which a document shows what it is
_HEAD = 64_000  # characters, of one that is a single line
_DECODER = json.JSONDecoder()
_LIST = re.compile(r"\"(alerts|events|calls)\"\s*:\s*\[")
_OF_CALL = re.compile(r"/(?:Calls|Voice)/(CA[0-9a-fA-F]{32})/")
_KEYS = (  # that show a document of several lines to be one of these, before it is read
    re.compile(r"\"(?:alert_text|alertText)\"\s*:"),
    re.compile(r"\"PayloadType\"\s*:"),
    re.compile(r"\"events\"\s*:\s*\[\s*\{\s*\"re(?:quest|sponse)\"\s*:|\"response_body\"\s*:"),
    re.compile(r"\"(?:carrier_edge|carrierEdge|sip_edge|sipEdge)\"\s*:"),
    re.compile(r"\"(?:subresource_uris|subresourceUris)\"\s*:"),
)
_HEADING = re.compile(r"(?i)\berror ?code\b.*\balert ?text\b|\balert ?text\b.*\berror ?code\b")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def is_twilio(head: Iterator[str]) -> bool:
    """Whether a file that begins with these lines is Twilio's own record. Takes no more of them than that needs."""
    first = next((line for line in islice(head, _HEAD_LINES) if line.strip()), "")
    bare = first.strip()[:_HEAD]
    if not bare.startswith(("{", "[")):
        return _HEADING.search(bare[:1000]) is not None or (
            "PayloadType=" in bare and "Payload=" in bare and " " not in bare
        )
    if (found := _decoded(first.strip(), 0)[0]) is None:  # a document of several lines, or one that is cut off
        text = "\n".join([first, *islice(head, _HEAD_LINES)])[:_HEAD]
        found = _decoded(text.strip(), 0)[0]
        if found is None:
            return _is_list(bare) or (len(bare) < 3 and any(pattern.search(text) for pattern in _KEYS))
    return _is_record(found)


def _is_list(text: str) -> bool:
    """Whether a line that is cut off begins a list of records."""
    listed = _LIST.search(text)
    if listed is None and not text.startswith("["):
        return False
    return any(True for _ in _elements(text, listed.end() if listed is not None else 1, 1, "", []))


def _is_record(found: object) -> bool:
    """Whether a document is a record, or a list of them."""
    if isinstance(found, dict):
        lists = [each for key in ("alerts", "events", "calls") if isinstance(each := found.get(key), list)]
        return shape_of(found) is not None or any(_is_record(each) for each in lists)
    return isinstance(found, list) and any(isinstance(each, dict) and shape_of(each) is not None for each in found)


def records_in(lines: Iterable[str]) -> Iterator[TwilioRecord]:
    """The records of a file, in its order; what is cut off or none of them is passed over. Bounded in what it reads."""
    text, whole = _bounded(lines)
    start = len(text) - len(text.lstrip())
    if text[start : start + 1] in ("{", "["):
        torn: list[int] = []
        yield from _documents(text, torn)
        if torn or not whole:
            yield TwilioRecord(torn[0] if torn else 0, Shape.TORN, {})
    elif "PayloadType=" in text[start : start + _HEAD].partition("\n")[0]:
        yield from _forms(text)
    else:
        yield from _rows(text)


def _bounded(lines: Iterable[str]) -> tuple[str, bool]:
    """The lines as one text, and whether that is all of them."""
    kept: list[str] = []
    size = 0
    for line in lines:
        size += len(line) + 1
        if size > MOST_READ:
            return "\n".join(kept), False
        kept.append(line)
    return "\n".join(kept), True


_OPENING = re.compile(r"[{\[]")
_NEXT = re.compile(r"\s*,?\s*(?=\{)")
_END = re.compile(r"\s*\]")


def _documents(text: str, torn: list[int]) -> Iterator[TwilioRecord]:
    """JSON documents one after the other; of one that is cut off, what is whole of its list. `torn`: where that is."""
    at, line, counted = 0, 1, 0
    while (match := _OPENING.search(text, at)) is not None:
        start = match.start()
        line, counted = line + text.count("\n", counted, start), start
        found, end = _decoded(text, start)
        listed = _LIST.search(text, start, len(text) if found is None else end)
        if isinstance(found, dict) and (shape := shape_of(found)) is not None:
            yield TwilioRecord(line, shape, snake(found))
        elif listed is not None or text[start] == "[":
            opening = listed.end() if listed is not None else match.end()
            elements = _elements(text, opening, line + text.count("\n", start, opening), _owner(text, start), torn)
            yield from elements
        if found is None:
            if not torn:
                torn.append(line)
            return
        at = end


def _decoded(text: str, at: int) -> tuple[object, int]:
    try:
        return _DECODER.raw_decode(text, at)
    except (ValueError, RecursionError):
        return None, at


def _owner(text: str, start: int) -> str:
    """The call whose events a list holds, by the addresses of its pages, which stand before or behind it."""
    match = _OF_CALL.search(text, start)
    return match[1] if match is not None else ""


def _elements(text: str, at: int, line: int, owner: str, torn: list[int]) -> Iterator[TwilioRecord]:
    while (match := _NEXT.match(text, at)) is not None:
        line += text.count("\n", at, match.end())
        found, end = _decoded(text, match.end())
        if not isinstance(found, dict):
            break
        if (shape := shape_of(found)) is not None:
            yield TwilioRecord(line, shape, snake(found), owner)
        line += text.count("\n", match.end(), end)
        at = end
    if _END.match(text, at) is None:
        torn.append(line)


def _forms(text: str) -> Iterator[TwilioRecord]:
    """What the debugger's webhook is given, one form a line."""
    for number, line in enumerate(text.split("\n"), 1):
        fields: Record = dict(parse_qsl(line.strip(), keep_blank_values=True)[:64])
        if (shape := shape_of(fields)) is not None:
            yield TwilioRecord(number, shape, snake(fields))


def _rows(text: str) -> Iterator[TwilioRecord]:
    """The command line's table, or its TSV: a heading, then an alert a line."""
    cuts: list[tuple[str, int, int | None]] = []
    names: list[str] = []
    for number, line in enumerate(text.split("\n"), 1):
        if _HEADING.search(line[:1000]):
            names = [_key(name) for name in line.split("\t")] if "\t" in line else []
            cuts = [] if names else _columns(line)
            continue
        if names:
            row: Record = dict(zip(names, line.split("\t"), strict=False))
        else:
            row = {name: line[start:end].strip() for name, start, end in cuts}
        if str(row.get("error_code", "")).isdecimal():
            yield TwilioRecord(number, Shape.ALERT, row)


def _columns(heading: str) -> list[tuple[str, int, int | None]]:
    """Where each column begins and ends: names of one or two words stand two blanks apart."""
    found = list(re.finditer(r"\S+(?: \S+)*", heading))
    ends: list[int | None] = [each.start() for each in found[1:]]
    return [(_key(each[0]), each.start(), end) for each, end in zip(found, [*ends, None], strict=True)]


def shape_of(record: Record) -> Shape | None:
    """What an object is, by its keys."""
    keys = {_key(name) for name in record}
    if {"alert_text", "error_code"} <= keys:
        return Shape.ALERT
    if {"payload", "payload_type"} <= keys:
        return Shape.DEBUGGER
    if {"request", "response"} <= keys and isinstance(record.get("request"), dict):
        return Shape.CALL_EVENT
    if {"name", "group", "edge", "timestamp"} <= keys:
        return Shape.INSIGHT
    if {"sid", "status", "direction"} <= keys and str(record.get("sid", "")).startswith("CA"):
        return Shape.CALL
    return None


def snake(record: Record) -> Record:
    """An object with its own keys in snake case; what they hold is left as it is."""
    return {_key(name): value for name, value in record.items()}


def _key(name: str) -> str:
    return _CAMEL.sub("_", name.strip()).replace(" ", "_").lower()


_JS_DATE = re.compile(r"[A-Z][a-z]{2} ([A-Z][a-z]{2} \d{2} \d{4} \d{2}:\d{2}:\d{2} GMT[+-]\d{4})")


def seconds_of(text: object) -> float | None:
    """A date as Twilio writes it (ISO 8601, RFC 2822) or as its command line prints it, in seconds since 1970."""
    if not isinstance(text, str) or not text.strip():
        return None
    text = text.strip()
    try:
        if (match := _JS_DATE.match(text)) is not None:
            return datetime.strptime(match[1], "%b %d %Y %H:%M:%S GMT%z").timestamp()
        when = datetime.fromisoformat(text) if text[:4].isdecimal() else parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return (when if when.tzinfo is not None else when.replace(tzinfo=UTC)).timestamp()
