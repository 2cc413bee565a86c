"""Every recorded step through today's judge, beside what was recorded. Knows nothing of files.

Only what was decided is compared: verdicts without the wording of their reasons, orders without what was measured, and
without the words of people where these were taken out of the file.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from voicecall_core.call.guard import Verdict
from voicecall_core.call.step import Call, Step, new_call, step
from voicecall_core.callfile.records import PRIVATE, Recorded
from voicecall_core.words.codec import order_from, read, to_object, to_typed_object
from voicecall_core.words.terms import Terms

_WORDING, _MEASURED = "reason", "longest_wait_s"


@dataclass(frozen=True, slots=True)
class Difference:
    """A verdict or an order that stands on one side alone, or differently on both: as JSON, None where it is absent."""

    recorded: dict[str, Any] | None
    today: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Judged:
    """One recorded step with what today's judge makes of its event: `step` is None for one that it does not know.

    `after` is the call as it then stands.
    """

    recorded: Recorded
    after: Call
    step: Step | None
    differences: tuple[Difference, ...] = ()


def rejudge(terms: Terms, steps: Iterable[Recorded]) -> Iterator[Judged]:
    """Each step, judged in turn. An event that is not known changes nothing."""
    call = new_call(terms)
    for recorded in steps:
        one = judge_one(call, recorded)
        yield one
        call = one.after


def judge_one(call: Call, recorded: Recorded) -> Judged:
    """One step of a call that stands as `call`."""
    event = recorded.event
    if event is None:
        return Judged(recorded, call, None)
    try:
        today = step(call, event)
    except Exception as error:
        raise AssertionError(f"line {recorded.line}: today's judge fails on {type(event).__name__}") from error
    return Judged(recorded, today.call, today, differences(recorded, today))


def differences(recorded: Recorded, today: Step) -> tuple[Difference, ...]:
    """Where today's verdicts and orders are not the recorded ones."""
    verdicts = _compared(recorded.verdicts, [to_object(verdict) for verdict in today.verdicts], _known_verdict)
    orders = _compared(recorded.orders, [to_typed_object(order) for order in today.orders], _known_order)
    return (*verdicts, *orders)


def _compared(before: Iterable[Any], now: list[dict[str, Any]], known: Any) -> Iterator[Difference]:
    left = [known(each) for each in before]
    if left == now:
        return
    worded = any(_has_words(each) for each in left)
    keys_left, keys_now = ([_key(each, worded) for each in side] for side in (left, now))
    for kind, a, b, c, d in SequenceMatcher(None, keys_left, keys_now, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        for index in range(max(b - a, d - c)):
            yield Difference(
                left[a + index] if a + index < b else None,
                now[c + index] if c + index < d else None,
            )


def _known_verdict(record: Any) -> Any:
    return _through(record, lambda: to_object(read(Verdict, record)))


def _known_order(record: Any) -> Any:
    return _through(record, lambda: to_typed_object(order_from(record)))


def _through(record: Any, again: Any) -> Any:
    """The record as today's words write it, so that fields of a later version do not count; itself, if they cannot."""
    try:
        return again()
    except (ValueError, TypeError, AttributeError):
        return record if isinstance(record, dict) else {"type": str(record)}


def _key(record: dict[str, Any], worded: bool) -> str:
    bare = {key: value for key, value in record.items() if key != _MEASURED and (key != _WORDING or "type" in record)}
    return json.dumps(bare if worded else without_words(bare), sort_keys=True)


def _has_words(record: Any) -> bool:
    if isinstance(record, dict):
        return any(key.startswith(PRIVATE) or _has_words(value) for key, value in record.items())
    return isinstance(record, list) and any(_has_words(each) for each in record)


def without_words(record: Any) -> Any:
    """A JSON value without what people said: no key that begins with `pii_`, however deep."""
    if isinstance(record, dict):
        return {key: without_words(value) for key, value in record.items() if not key.startswith(PRIVATE)}
    return [without_words(each) for each in record] if isinstance(record, list) else record
