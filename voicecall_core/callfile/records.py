"""One JSON line of a call file as a header or a step. Knows nothing of files, nor of judging.

What a later version has added is kept: a type of event that this program does not know is a step without an event.
What people said may have been taken out of the file; a mark then stands where words are needed.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from voicecall_core.call.guard import Verdict
from voicecall_core.call.state import Entry
from voicecall_core.callfile.writer import CallFileHeader
from voicecall_core.errors import CallFileError
from voicecall_core.words.codec import event_from, order_from, read
from voicecall_core.words.events import EVENTS, Event
from voicecall_core.words.numbers import PhoneNumber
from voicecall_core.words.terms import Terms

REMOVED = "…"  # stands for words that were taken out; not empty, for an empty sentence is judged otherwise
PRIVATE = "pii_"
_SHOWN = 60  # characters of a broken line that a message repeats
_TIME_MOST = 10 * 366 * 86_400.0  # seconds: no call is that long, and no clock shows it


@dataclass(frozen=True, slots=True)
class Recorded:
    """One step as the file has it, its verdicts and orders as JSON. `event` is None for a type called `unknown`."""

    line: int
    at: float
    event: Event | None
    verdicts: tuple[Any, ...] = ()
    orders: tuple[Any, ...] = ()
    unknown: str = ""

    @property
    def entry(self) -> Entry | None:
        """The step, with as many of its verdicts and orders as this program knows; None if the event is unknown."""
        if self.event is None:
            return None
        verdicts = (_or_none(_verdict, each) for each in self.verdicts)
        orders = (_or_none(order_from, _with_words(each)) for each in self.orders)
        return Entry(
            self.event,
            tuple(v for v in verdicts if v is not None),
            tuple(o for o in orders if o is not None),
            self.line,
        )


def record_of(text: bytes, line: int) -> dict[str, Any]:
    """A line as a JSON object. Raises CallFileError in words if it is none."""
    try:
        record = json.loads(text.decode("utf-8"), parse_constant=_no_number)
    except UnicodeDecodeError:
        raise CallFileError(f"Line {line} is not UTF-8 text.", line=line) from None
    except (ValueError, RecursionError):
        raise CallFileError(f"Line {line} is not JSON: {_shown(text)}", line=line) from None
    if not isinstance(record, dict):
        raise CallFileError(f"Line {line} is not a JSON object: {_shown(text)}", line=line)
    return record


def _no_number(name: str) -> Any:
    raise ValueError(name)


def _shown(text: bytes) -> str:
    shown = text[: _SHOWN + 1].decode("utf-8", "replace")
    return repr(shown[:_SHOWN] + ("…" if len(shown) > _SHOWN else ""))


def header_of(record: Mapping[str, Any], line: int) -> CallFileHeader:
    """The header that this line is. Raises CallFileError in words."""
    try:
        terms = {"call_id": str(record["call"]), **record["terms"]}
        if terms.get("kept_ms") and not terms.get("pii_kept"):
            terms["pii_kept"] = REMOVED
        return CallFileHeader(
            terms=read(Terms, terms),
            callee=PhoneNumber(read(str, record.get("to", ""))),
            caller=PhoneNumber(record["from"]) if read(str, record.get("from", "")) else None,
            began=datetime.fromisoformat(read(str, record["began"])),
            tool=read(str, record.get("tool", "")),
            scenario=read(str, record.get("scenario", "")),
            seed=read(int, record.get("seed", 0)),
            half=read(str, record.get("simulated", "")),
            callee_model=read(str, record.get("callee_model", "")),
        )
    except KeyError as error:
        raise CallFileError(f"The header lacks {error}.", line=line) from None
    except (ValueError, TypeError) as error:
        raise CallFileError(f"The header cannot be read: {error}.", line=line) from None


def step_of(record: Mapping[str, Any], line: int) -> Recorded:
    """The step that this line is. Raises CallFileError in words."""
    at, event = record.get("at", 0.0), record.get("event")
    verdicts, orders = record.get("verdicts", []), record.get("orders", [])
    if not isinstance(event, dict) or not isinstance(event.get("type"), str):
        raise CallFileError(f"Line {line} has no event.", line=line)
    if not isinstance(at, int | float) or isinstance(at, bool) or not 0 <= at <= _TIME_MOST:
        raise CallFileError(f"Line {line} has no time: {str(at)[:_SHOWN]!r}.", line=line)
    if not isinstance(verdicts, list) or not isinstance(orders, list):
        raise CallFileError(f"Line {line}: verdicts and orders are lists.", line=line)
    name = event["type"]
    if name not in EVENTS:
        return Recorded(line, float(at), None, tuple(verdicts), tuple(orders), name)
    try:
        told = event_from(_with_words({**event, "at": float(at)}))
    except (ValueError, TypeError) as error:
        raise CallFileError(f"Line {line}: {name} cannot be read: {error}.", line=line) from None
    return Recorded(line, float(at), told, tuple(verdicts), tuple(orders))


def _with_words(record: Any) -> Any:
    """The record with a mark for every word that is needed and was taken out."""
    kind = EVENTS.get(record.get("type", "")) if isinstance(record, dict) else None
    if kind is None:
        return record
    needed = (
        f.name for f in dataclasses.fields(kind) if f.name.startswith(PRIVATE) and f.default is dataclasses.MISSING
    )
    return {**dict.fromkeys(needed, REMOVED), **record}


def _verdict(record: Any) -> Verdict:
    verdict = read(Verdict, record)
    assert isinstance(verdict, Verdict)
    return verdict


def _or_none(reader: Any, record: Any) -> Any:
    try:
        return reader(record)
    except (ValueError, TypeError, AttributeError):
        return None
