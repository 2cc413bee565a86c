"""OpenClaw's calls.jsonl: a snapshot of a call a line, without a time of its own and without what was written by REST.

What happened between two snapshots of a call is concluded from what changed; nothing here is sure. Knows nothing of
how its plugin works but the order in which it keeps a record: a state is kept before it is acted on, the first message
stays in the record until it was said or the realtime path took it over.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from voicecall_core.diagnosis.evidence import Sure
from voicecall_core.importers.correlation import CALL, SID, Thread
from voicecall_core.importers.log_facts import Begins, Fact, Foreign, Saying, Told
from voicecall_core.words.events import Created

_ENDED = {
    "completed": "completed",
    "hangup-user": "completed",
    "hangup-bot": "completed",
    "timeout": "completed",
    "voicemail": "completed",
    "failed": "failed",
    "error": "failed",
    "busy": "busy",
    "no-answer": "no-answer",
    "canceled": "canceled",
}
_ANSWERED = frozenset({"answered", "active", "speaking", "listening"})
_CALLS = 256  # calls whose last snapshot is remembered


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What of a snapshot is compared with the next. Times in ms since 1970, 0 if not told."""

    state: str = ""
    sid: str = ""
    started: float = 0
    answered: float = 0
    ended: float = 0
    reason: str = ""
    realtime: bool = False
    waiting: bool = False  # the first message is in the record
    mode: str = ""
    spoke: bool = False


class Snapshots:
    """Reads the lines of a calls.jsonl one after the other."""

    def __init__(self) -> None:
        self._last: OrderedDict[str, Snapshot] = OrderedDict()

    def read(self, line: str) -> tuple[dict[str, str], str, list[tuple[float | None, Saying]]] | None:
        """The call's names, its state, what is new and in which second (None: not told); None if it is no snapshot."""
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            return None
        if not isinstance(record, dict) or not isinstance(record.get("callId"), str) or not record["callId"]:
            return None
        name = record["callId"]
        before, after = self._last.get(name, Snapshot()), _snapshot(record)
        self._last[name] = _kept(before, after)
        self._last.move_to_end(name)
        while len(self._last) > _CALLS:
            self._last.popitem(last=False)
        names = {CALL: name, **({SID: after.sid} if after.sid else {})}
        return (
            names,
            after.state,
            [(at / 1000 if at else None, Saying(say, Begins.OFTEN, Sure.LIKELY)) for at, say in _news(before, after)],
        )


def _snapshot(record: Mapping[str, Any]) -> Snapshot:
    metadata = record.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    ids = record.get("processedEventIds")
    return Snapshot(
        state=_text(record, "state"),
        sid=_text(record, "providerCallId"),
        started=_ms(record, "startedAt"),
        answered=_ms(record, "answeredAt"),
        ended=_ms(record, "endedAt"),
        reason=_text(record, "endReason"),
        realtime=any(isinstance(each, str) and each.startswith("realtime-") for each in ids)
        if isinstance(ids, list)
        else False,
        waiting=bool(metadata.get("initialMessage")),
        mode=_text(metadata, "mode"),
        spoke=_text(record, "state") == "speaking",
    )


def _text(record: Mapping[str, Any], key: str) -> str:
    value = record.get(key)
    return value if isinstance(value, str) else ""


def _ms(record: Mapping[str, Any], key: str) -> float:
    value = record.get(key)
    fits = isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 1e15
    return float(value) if fits and value is not None else 0


def _kept(before: Snapshot, after: Snapshot) -> Snapshot:
    """What is known after a snapshot: what was once told stays told."""
    once = {each.name: getattr(after, each.name) or getattr(before, each.name) for each in fields(Snapshot)}
    return Snapshot(**{**once, "state": after.state})


def _news(before: Snapshot, after: Snapshot) -> Iterator[tuple[float, Any]]:
    """What changed, in the order in which it must have happened."""
    if after.sid and not before.sid:
        yield after.started, _created(after.mode)
    if after.state == "ringing" and before.state != "ringing":
        yield 0, _status("ringing")
    if after.state in _ANSWERED and before.state not in _ANSWERED and not before.answered:
        yield after.answered, _status("in-progress")
    if after.answered and after.answered != before.answered:
        yield after.answered, _foreign(Told.REGISTERED, "again" if before.answered else "")
    realtime = before.realtime or after.realtime
    if after.spoke and not before.spoke and not before.realtime and (after.waiting or before.waiting):
        yield 0, _foreign(Told.SPEAKING, after.mode or before.mode or "conversation")
    if realtime and not before.realtime:
        yield 0, _foreign(Told.REALTIME)
    if after.state in _ENDED and before.state not in _ENDED:
        yield after.ended, _ending(_ENDED[after.state], after.reason or after.state)


def _created(mode: str) -> Any:
    def say(thread: Thread, line: int) -> Iterator[Fact]:
        yield Created(thread.sid)
        if mode == "notify":
            yield Foreign(Told.NOTIFY)

    return say


def _status(said: str) -> Any:
    return lambda thread, line: [thread.status(said)]


def _foreign(what: Told, detail: str = "") -> Any:
    return lambda thread, line: [Foreign(what, detail)]


def _ending(said: str, reason: str) -> Any:
    def say(thread: Thread, line: int) -> Iterator[Fact]:
        thread.over = True
        yield Foreign(Told.ENDED, reason)
        yield thread.status(said)

    return say
