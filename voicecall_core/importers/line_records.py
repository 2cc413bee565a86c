"""A call on the built-in carrier, as the line's own file tells it: every write, every document, every stream.

docs/verdict.md has the format. It is the carrier's record, so that nothing which was written to the call is missing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from voicecall_core.importers.correlation import SID, Thread
from voicecall_core.importers.imported_calls import ImportedCall
from voicecall_core.importers.json_objects import Record
from voicecall_core.importers.log_facts import Begins, Fact, Foreign, LogFact, Say, Saying, Told, only, told
from voicecall_core.importers.twilio_records import seconds_of
from voicecall_core.importers.twilio_sayings import Said
from voicecall_core.importers.verdict import Race, Verdict
from voicecall_core.words import events as e
from voicecall_core.words.values import TERMINAL, ModelStage

HEADER = "voicecall_line"
_STREAM_VERB = "Connect/Stream"


def is_line_file(record: Record) -> bool:
    """Whether an object is the header of such a file."""
    return isinstance(record.get(HEADER), int)


def said_in(lines: Iterable[str]) -> Iterator[Said | None]:
    """What each line says, None for one that says nothing."""
    header: Record = {}
    for number, line in enumerate(lines, 1):
        record = _object(line)
        if is_line_file(record):
            header = record
            yield None
        else:
            yield from _of(number, record, header)


def _object(line: str) -> Record:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _of(number: int, record: Record, header: Record) -> Iterator[Said | None]:
    saying = _saying(record, header)
    if saying is None:
        yield None
        return
    ms, took = _number(record, "ms"), _number(record, "took_ms") if record.get("what") == "rest" else 0
    began = seconds_of(header.get("began")) or 0.0
    yield Said(number, {SID: _text(header, "sid")}, began + (ms - took) / 1000, _words(record), saying)


def _saying(record: Record, header: Record) -> Saying | None:
    if "finding" in record:
        grave = record.get("severity") == "broken" and record.get("law") != 1  # those of the first law are diagnosed
        return Saying(told(Told.ERROR, _text(record, "told")), Begins.NO) if grave else None
    if "model" in record:
        return _of_model(record)
    says = _SAYS.get(_text(record, "what"))
    made = None if says is None else says(record, header)
    if made is None:
        return None
    return Saying(made, Begins.ALWAYS if record.get("what") == "placed" else Begins.PERHAPS)


def _of_model(record: Record) -> Saying | None:
    session = max(1, _number(record, "session"))
    match record.get("model"):
        case "opened":
            return Saying(only(e.ModelReached(session, ModelStage.UPGRADED)), Begins.NO)
        case "refused":
            return Saying(only(e.ModelFailed(session, str(_number(record, "status")), "refused")), Begins.NO)
        case "closed" if record.get("reason") == "during the handshake":
            return Saying(told(Told.ERROR, "WebSocket was closed before the connection was established"), Begins.NO)
    return None


def _placed(record: Record, header: Record) -> Say:
    return told(Told.INBOUND) if header.get("direction") == "inbound" else only(e.Created(_text(header, "sid")))


def _rest(record: Record, header: Record) -> Say | None:
    """An update that brought a document, or ended the call."""
    if record.get("detail") != "update":
        return None
    kind, _, asked = _text(record, "source").partition(" ")
    code = _number(record, "code")
    refused = [] if code == 200 else [Foreign(Told.WRITE_REFUSED, str(code))]
    if kind == "Status":
        return only(Foreign(Told.HANG_UP), *refused)
    if kind == "Url":
        return only(Foreign(Told.WRITE), *refused)
    verbs = asked.split()
    if kind != "Twiml" or _STREAM_VERB in verbs:
        return only(*refused) if kind == "Twiml" else None  # another stream in the place of this one: a hand-over
    if set(verbs) <= {"Hangup", "Reject", "Response"}:
        return only(Foreign(Told.HANG_UP), *refused)
    return only(Foreign(Told.OVERWRITE, _tags(asked).replace("<Hangup>", "")), *refused)


def _tags(verbs: str) -> str:
    return "".join(f"<{verb}>" for verb in verbs.replace("/", " ").split())


def _webhook(record: Record, header: Record) -> Say | None:
    kind, _, status = _text(record, "detail").partition(":")
    if kind == "status":
        return None if status in TERMINAL else lambda thread, line: [thread.status(status)]
    if kind in ("fetch", "redirect", "fallback", "gather", "record", "dial"):
        direction = "inbound" if header.get("direction") == "inbound" else "outbound-api"
        return lambda thread, line: [thread.fetched(direction)]
    return None


def _received(record: Record, header: Record) -> Say | None:
    if record.get("source") == "update":
        return None  # told by the write
    verbs = _text(record, "detail")
    streams = _STREAM_VERB in verbs.split()
    return told(Told.STREAM_SERVED) if streams else told(Told.OTHER_SERVED, _tags(verbs).lower())


def _stream_ended(record: Record, header: Record) -> Say:
    why = record.get("detail")

    def say(thread: Thread, line: int) -> Iterator[Fact]:
        if why not in ("server-closed", "dropped"):
            yield from thread.stopped()
        yield from thread.closed(1006 if why == "dropped" else 1000)

    return say


def _ended(record: Record, header: Record) -> Say:
    status = _text(record, "detail")

    def say(thread: Thread, line: int) -> Iterator[Fact]:
        thread.over = True
        yield thread.status(status)

    return say


def _marked(record: Record, header: Record) -> Say:
    name, stream_ms = _text(record, "detail"), _number(record, "stream_ms")
    return lambda thread, line: [e.MarkReturned(thread.socket, name, "", stream_ms)]


_SAYS: dict[str, Callable[[Record, Record], Say | None]] = {
    "placed": _placed,
    "rest": _rest,
    "webhook-sent": _webhook,
    "received": _received,
    "discarded": _received,
    "stream-opened": lambda record, header: lambda thread, line: [thread.upgraded()],
    "stream-started": lambda record, header: lambda thread, line: thread.started(""),
    "stream-ended": _stream_ended,
    "stream-failed": lambda record, header: told(Told.NEVER_CONNECTED, _text(record, "detail")),
    "mark-set": lambda record, header: told(Told.MARK_SENT, _text(record, "detail")),
    "marked": _marked,
    "cleared": lambda record, header: told(Told.CLEARED),
    "digit": lambda record, header: lambda thread, line: [e.DigitPressed(thread.socket, _text(record, "detail")[:1])],
    "ended": _ended,
}


def _text(record: Record, key: str) -> str:
    value = record.get(key)
    return value if isinstance(value, str) else ""


def _number(record: Record, key: str) -> int:
    value = record.get(key)
    return value if isinstance(value, int) else 0


def _words(record: Record) -> str:
    """A line in words."""
    if "finding" in record:
        return f"{_text(record, 'finding')}: {_text(record, 'told')}"
    who = f"model session {_number(record, 'session')} {_text(record, 'model')}" if "model" in record else ""
    parts = [who or _text(record, "what"), *(_text(record, key) for key in ("detail", "source", "reason"))]
    code, request = _number(record, "code"), _number(record, "request")
    parts += [str(code)] * bool(code) + [f"(request {request})"] * bool(request)
    return " ".join(part for part in parts if part)


def held_to_be_whole(call: ImportedCall, facts: Iterable[LogFact]) -> ImportedCall:
    """A call whose every write is on record: whether the race was there is certain once the call is over."""
    over = any(isinstance(each.fact, e.StatusReported) and each.fact.status in TERMINAL for each in facts)
    if not over:
        return call
    call = replace(call, unknown=tuple(each for each in call.unknown if "model" in each))
    if call.verdict.race is not Race.UNKNOWN:
        return call
    why = "the carrier's own record of the call holds every write to it, and none took a stream's place"
    return replace(call, verdict=Verdict(Race.ABSENT, why))
