"""One line of a log: its stamp, its text, the names on it, and what it says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

from voicecall_core.diagnosis.evidence import Sure
from voicecall_core.importers import assertions, carrier_messages, phrases, requests, stamps
from voicecall_core.importers.correlation import CALL, SID, STREAM
from voicecall_core.importers.formats.matching import Formats, Found
from voicecall_core.importers.json_objects import Record, fields_of, strings_of
from voicecall_core.importers.log_facts import Begins, Saying, Told, told
from voicecall_core.importers.wording import is_code, is_prose, is_speech, shortest
from voicecall_core.words.values import TERMINAL

# A literal stands first in each, and the look back at what is before it after that: so the search skips to it.
_SID = re.compile(r"CA(?<!\wCA)[0-9a-fA-F]{32}(?!\w)")
_STREAM = re.compile(r"MZ(?<!\wMZ)[0-9a-fA-F]{32}(?!\w)")
_UUID = re.compile(r"[0-9a-f]{8}-(?<![\w/-][0-9a-f]{8}-)(?:[0-9a-f]{4}-){3}[0-9a-f]{12}(?![\w-])")
_MODEL = tuple((sort, f"{sort}_", re.compile(rf"{sort}_(?<!\w{sort}_)\w{{3,64}}")) for sort in ("resp", "item", "sess"))
_VALUE = r"[\"']?\s*[=:]\s*[\"']?([\w-]{3,64})(?![\w-]|\.\.\.|\u2026)"  # none that is cut off
_CALL_SID = re.compile(rf"(?i:call_?sid|provider_?call_?id){_VALUE}")
_STREAM_SID = re.compile(rf"(?i:stream_?sid){_VALUE}")
_CALL_ID = re.compile(rf"(?<![A-Za-z])(?i:call_?id){_VALUE}")
_FOR_CALL = re.compile(r"for call ([\w-]{8,64})")
_NO_NAMES = frozenset({"unknown", "undefined", "null", "none", "nan"})


def names_in(text: str) -> dict[str, str]:
    """The names on a line, by sort; of several of one sort that which can be nothing else, or else the first."""
    found: dict[str, str] = {}
    if text.count("-", 0, 4000) >= 4 and (match := _UUID.search(text)):
        found[CALL] = match[0]
    if "CA" in text and (match := _SID.search(text)):
        found[SID] = match[0]
    if "MZ" in text and (match := _STREAM.search(text)):
        found[STREAM] = match[0]
    if "_" in text:
        for sort, start, pattern in _MODEL:
            if start in text and (match := pattern.search(text)):
                found[sort] = match[0]
    if "all" in text or "tream" in text:
        _add_given(text, found)
    return found


def _add_given(text: str, found: dict[str, str]) -> None:
    """Add names of any form that the line says to be names, where a sort has none yet."""
    for sort, pattern, hints in _GIVEN:
        if sort in found:
            continue
        for hint in hints:
            if hint in text:
                match = pattern.search(text)
                if match is not None and match[1].lower() not in _NO_NAMES:
                    # Some programs call the SID the call's id.
                    found.setdefault(SID if sort == CALL and _SID.fullmatch(match[1]) else sort, match[1])
                break


_GIVEN = (
    (SID, _CALL_SID, ("allSid", "all_sid", "allsid", "allId", "all_id")),
    (STREAM, _STREAM_SID, ("treamSid", "tream_sid", "treamsid")),
    (CALL, _CALL_ID, ("allId", "all_id", "allid", "allID")),
    (CALL, _FOR_CALL, ("for call ",)),
)
_TIMES = ("t", "time", "timestamp", "@timestamp", "ts", "date", "asctime", "datetime")
_HEAD = 8_000  # characters of a line in which sentences, forms and documents are looked for; messages may be longer
_LEVEL_WITHIN = 120  # characters: loggers' names come before the level
_ERROR = re.compile(
    r"\b(?:ERROR|FATAL|CRITICAL|FEHLER)\b|^\W*(?:[Ee]rror|fatal)\b|^[\w.]*(?:Error|Exception): "
    r"|\w(?:Error|Exception) \["
)
_EXCEPTION = re.compile(r"[\w.]+(?:Error|Exception): \S")
_TOPIC = re.compile(
    r"(?i)twilio|twiml|open ?ai|realtime|web ?socket|\bws\b|stream|webhook|callback|(?<![a-z])calls?(?![a-z])|call_?sid"
    r"|\bCA[0-9a-f]{32}\b|(?<![a-z])modell?(?![a-z])|(?<![a-z])response_|anruf|medien"
)
_NEEDLES = shortest(
    (*phrases.NEEDLES, *assertions.NEEDLES, "error", "fatal", "critical", "fehler", "exception: ", "exception [")
)
_TEXTS = ("0", "1", "2", "3", "message", "msg", "event", "text", "log")
_NO_WORDS = frozenset({*_TIMES, *_TEXTS, "level", "severity", "logger", "name", "pid", "hostname", "v", "_meta"})


@dataclass(slots=True)  # not frozen: one is made for each line, and that takes five times as long
class LogLine:
    """A line taken apart. `tag`: it bears the mark of a program that does nothing but calls.

    `record`: the object it is, if it is one. `found`: what a format file says of it.
    """

    stamp: stamps.Stamp | None
    text: str
    tag: bool
    record: Record | None = None
    error: bool = False  # a record whose level says so
    found: Found | None = None


def may_say(line: str, formats: Formats) -> bool:
    """A quick look: nine lines of ten of any log fail it, and are skipped without another."""
    if "CallSid" in line:
        return True
    for needle in formats.needles:
        if needle in line:
            return True
    if (
        carrier_messages.may_hold_message(line)
        or requests.may_hold_request(line)
        or carrier_messages.may_hold_document(line)
    ):
        return True
    if line.startswith("{") and "\\u" in line:
        return True  # letters that are spelled out
    return is_named(line) or _may_say_in_words(line, formats)


def _may_say_in_words(line: str, formats: Formats) -> bool:
    low = line.lower()
    for needle in _needles(formats.low_needles):  # a loop: `any` of a generator takes twice as long
        if needle in low:
            return True
    return False


@cache
def _needles(of_formats: tuple[str, ...]) -> tuple[str, ...]:
    return shortest((*_NEEDLES, *of_formats))


def opened(line: str, formats: Formats) -> LogLine:
    """A line taken apart; `line` is plain (see lines.plain)."""
    if line.lstrip().startswith("{"):
        record = _record(line)
        if record is not None:
            return _of_record(line, record, formats)
    stamp = stamps.stamp(line)
    text = stamps.behind(line, stamp if stamp is not None and _at_head(line, stamp) else None)
    tag = formats.tagged(text)
    found = formats.found(text, line, tag=tag)
    if found is not None and "stamp" in found.fields:
        stamp = stamps.stamp(found.fields["stamp"]) or stamp
    return _with_object(LogLine(stamp, text, tag, found=found))


def _with_object(line: LogLine) -> LogLine:
    """A line whose last part is a record, behind a level or a request's name: its words and fields are the line's."""
    start = line.text.find("{")
    if start <= 0 or line.stamp is None or line.found is not None or not line.text.endswith("}"):
        return line
    record = _record(line.text[start:])
    if record is None or next(carrier_messages.says(record, 0), None) is not None:
        return line
    if not (words := dict.fromkeys(strings_of(record, _TEXTS))):
        return line
    return replace(line, text=" ".join((line.text[:start].strip(), *words, *fields_of(record, _NO_WORDS))))


def _at_head(line: str, stamp: stamps.Stamp) -> bool:
    """Nothing but names of places stands before the stamp: cutting it off loses nothing."""
    return "{" not in line[: stamp.end] and '"' not in line[: stamp.end]


def _record(line: str) -> Record | None:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) else None


def _of_record(line: str, record: Record, formats: Formats) -> LogLine:
    """A log record, or a message that stands on its line alone."""
    if next(carrier_messages.says(record, 0), None) is not None:
        return LogLine(_stamp_of(record), line, False, record)
    words = dict.fromkeys(strings_of(record, _TEXTS))
    said = " ".join(words) or line
    text = " ".join((*words, *fields_of(record, _NO_WORDS))) if words else line
    tag = formats.tagged(said) or "voice-call" in str(record.get("subsystem", ""))
    found = formats.found(said, said, tag=tag)
    return LogLine(_stamp_of(record), text, tag, record, _is_error(record.get("level")), found)


def _is_error(level: object) -> bool:
    """A level by name, or by its number as pino writes it."""
    return level in ("error", "fatal", "ERROR", "FATAL", "CRITICAL") or (isinstance(level, int) and 50 <= level <= 60)


def _stamp_of(record: Record) -> stamps.Stamp | None:
    meta = record.get("_meta")
    for part in ({name.lower(): value for name, value in record.items()}, meta if isinstance(meta, dict) else {}):
        for key in _TIMES:
            value = part.get(key)
            if isinstance(value, str) and (found := stamps.stamp(value)):
                return found
            if isinstance(value, int | float) and not isinstance(value, bool) and 1e9 < value < 1e19:
                while value > 1e11:  # milliseconds, microseconds, nanoseconds
                    value /= 1000
                return stamps.Stamp(stamps.Style.ZONED, float(value), 0, True)
    return None


def sayings(line: LogLine, *, plugin: bool) -> Iterator[Saying]:
    """What a line says. `plugin`: it is an OpenClaw log, where requests and sockets may be anybody's.

    A format file's word goes first. Then what can be parsed is, before anything is read out of its words; on lines of
    programs that do nothing but calls their sentences come first.
    """
    head = line.text[:_HEAD]
    if line.found is not None:
        yield line.found.saying(head)
        if line.found.failed:
            yield Saying(told(Told.ERROR, phrases.reason(head)), Begins.NEAR, Sure.LIKELY)
        return
    if _is_source(line, head):
        return
    readers = [_sentences, _forms, _documents, _messages] if line.tag else [_forms, _messages, _sentences, _documents]
    readers.append(_assertions)
    if not plugin:  # a request to the carrier is read from its path, and then from the words beside it
        readers.insert(len(readers) - ("/2010-04-01/" in head), _requests)
    readers.append(_errors)
    for reader in readers:
        found = list(reader(line, head))
        if found:
            yield from found
            return


def parsed(line: LogLine) -> Iterator[Saying]:
    """What can be parsed of a record of several lines: its forms, its messages, the whole documents in it."""
    head = line.text[:_HEAD]
    for reader in (_forms, _messages, *([_documents] if "<Response" in head else [])):
        found = list(reader(line, head))
        if found:
            yield from found
            return


def is_of_calls(text: str) -> bool:
    """Whether a text speaks of anything that a call is made of."""
    return _TOPIC.search(text[:_HEAD]) is not None


def _sentences(line: LogLine, head: str) -> Iterator[Saying]:
    """What the words say; a sentence about calls is not one of a call."""
    if not _is_sentence_about(line, head) and (said := phrases.said_in(head, tag=line.tag)) is not None:
        yield said


def _forms(line: LogLine, head: str) -> Iterator[Saying]:
    form = carrier_messages.form_in(head) if "CallSid" in head else None
    if form is not None:
        ended = form.get("CallStatus") in TERMINAL
        yield Saying(carrier_messages.said_by(form, head), Begins.PERHAPS if ended else Begins.OFTEN)


def _documents(line: LogLine, head: str) -> Iterator[Saying]:
    if carrier_messages.may_hold_document(head) and not _is_sentence_about(line, head):
        yield from carrier_messages.documents_in(head)


def _messages(line: LogLine, head: str) -> Iterator[Saying]:
    if carrier_messages.may_hold_message(line.text):
        for say in carrier_messages.messages_in(line.text):
            yield Saying(say, message=True)


def _assertions(line: LogLine, head: str) -> Iterator[Saying]:
    """What the words tell together."""
    if not _is_sentence_about(line, head) and (said := assertions.asserted_in(head)) is not None:
        yield said


def _requests(line: LogLine, head: str) -> Iterator[Saying]:
    if requests.may_hold_request(head):
        yield from requests.requests_in(head)


def is_named(text: str) -> bool:
    """Whether a text bears the carrier's own name for a call or a stream."""
    return ("CA" in text and _SID.search(text) is not None) or ("MZ" in text and _STREAM.search(text) is not None)


def is_exception(text: str) -> bool:
    """Whether a line is the last of a traceback, which no book quotes without the lines before it."""
    return _EXCEPTION.match(text) is not None


def _is_source(line: LogLine, head: str) -> bool:
    """A program's source, which holds what it would log, or what somebody said; no line with a call's name is."""
    bare = line.stamp is None and line.record is None and not line.tag
    named = _SID.search(head) or _STREAM.search(head)
    return (bare and is_code(head) and not named) or (line.record is None and not named and is_speech(head))


def _is_sentence_about(line: LogLine, head: str) -> bool:
    return line.stamp is None and line.record is None and not line.tag and is_prose(head)


def _errors(line: LogLine, head: str) -> Iterator[Saying]:
    """A line that the log marks as an error, if it speaks of anything that a call is made of."""
    if (line.error or _ERROR.search(head[:_LEVEL_WITHIN])) and is_of_calls(head):
        begins = Begins.PERHAPS if _SID.search(head) else Begins.NEAR
        yield Saying(told(Told.ERROR, phrases.reason(head)), begins, Sure.LIKELY)
