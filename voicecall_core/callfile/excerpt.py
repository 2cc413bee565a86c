"""A recorded call made smaller and masked, to be kept as a test."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from voicecall_core.call.endings import Outcome
from voicecall_core.call.step import Call, Step, new_call, step
from voicecall_core.callfile.records import PRIVATE, REMOVED
from voicecall_core.callfile.writer import CallFileHeader, step_object
from voicecall_core.masking import blotted
from voicecall_core.words.codec import event_from, to_typed_object
from voicecall_core.words.events import Event
from voicecall_core.words.numbers import PhoneNumber
from voicecall_core.words.orders import Order, StartTimer, StopTimer
from voicecall_core.words.terms import Policy, Terms

_IDS = {
    "sid": "CA{:032d}",
    "stream_sid": "MZ{:032d}",
    "item": "item-{}",
    "response": "response-{}",
    "tool_call": "tool-call-{}",
}
_OURS = frozenset({"", "apology", "one-moment", "clip"})  # names that this program gave
_PLAIN = re.compile(r"[A-Za-z0-9_./: -]{0,40}")
_CODE = re.compile(r"[a-z0-9_.-]{0,60}")  # of a reason only a code is kept: decisions rest on some, on sentences never
_NUMBER = re.compile(r"\d{7,}")  # also inside of a word: somebody's identifier


class Masks:
    """One call's masks."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], str] = {}
        self._count: Counter[str] = Counter()

    def masked(self, value: Any, name: str = "") -> Any:
        """A JSON value of a field called `name`, without what is private."""
        if isinstance(value, dict):
            return {key: self.masked(each, key) for key, each in value.items()}
        if isinstance(value, list):
            return [self.masked(each, name) for each in value]
        return self._text(value, name) if isinstance(value, str) else value

    def _text(self, text: str, name: str) -> str:
        if name.startswith(PRIVATE):
            return REMOVED if text else ""
        if name == "sids" or name in _IDS:
            return self._renamed(text, "sid" if name == "sids" else name)
        if name == "digit":
            return "0"  # what is pressed may be a PIN
        excerpt_lines = _CODE if name == "reason" else _PLAIN
        return text if excerpt_lines.fullmatch(text) and blotted(text) == text and not _NUMBER.search(text) else REMOVED

    def _renamed(self, text: str, kind: str) -> str:
        if text in _OURS:
            return text
        if (kind, text) not in self._known:
            self._count[kind] += 1
            self._known[kind, text] = _IDS[kind].format(self._count[kind])
        return self._known[kind, text]


Also = Callable[[Terms, Sequence[Step], Call], Hashable]
CALL_ID = "c-kept"
_NOBODY = PhoneNumber("")
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_TIMERS = (StartTimer, StopTimer)


def nothing_more(terms: Terms, steps: Sequence[Step], call: Call) -> Hashable:
    """No other property of the call has to stay."""
    return None


def excerpt_lines(
    header: CallFileHeader, events: Iterable[Event], *, also: Also = nothing_more
) -> list[dict[str, Any]]:
    """The lines of the test's call file. `also` names what else must stay, as a diagnosis."""
    terms = replace(
        header.terms,
        call_id=CALL_ID,
        pii_say=REMOVED if header.terms.pii_say else "",
        pii_greeting=REMOVED if header.terms.pii_greeting else "",
    )
    masks = Masks()
    masked = [event_from(masks.masked(to_typed_object(event))) for event in events]
    fewest = _fewest(terms, masked, also)
    steps = _judged(terms, fewest)
    call = steps[-1].call if steps else new_call(terms)
    bare = replace(header, terms=terms, callee=_NOBODY, caller=None, began=_EPOCH)
    return [
        {**bare.as_object(), "expects": expected(call)},
        *map(step_object, steps),
    ]


def expected(call: Call) -> dict[str, Any]:
    """How a call must end and which laws it must break, as a test's header has it."""
    ending = call.ending
    return {
        "outcome": str(ending.outcome or ""),
        "cause": str(ending.cause or ""),
        "laws_broken": sorted({law.law for law in call.broken}),
    }


def file_name(header: CallFileHeader, call: Call) -> str:
    """What the test is called: the scenario, if there was one, the policy if it was not the guard, the outcome."""
    parts = [header.scenario or "call"]
    parts += ["guard-off"] if header.terms.policy is Policy.NAIVE else []
    outcome = call.ending.outcome
    parts += [str(outcome)] if outcome not in (None, Outcome.COMPLETED) else []
    return "-".join(parts)


def _judged(terms: Terms, events: Iterable[Event]) -> list[Step]:
    call, steps = new_call(terms), []
    for event in events:
        made = step(call, event)
        steps.append(made)
        call = made.call
    return steps


def _fewest(terms: Terms, events: Sequence[Event], also: Also) -> list[Event]:
    """Leave out as much as goes without a difference: large pieces first, then event by event, the last ones first."""
    wanted = _essence(terms, events, also)
    left = list(events)
    size = max(1, len(left) // 2)
    while True:
        for start in range(len(left) - 1, -1, -size):
            fewer = left[: max(0, start - size + 1)] + left[start + 1 :]
            if len(fewer) < len(left) and _essence(terms, fewer, also) == wanted:
                left = fewer
        if size == 1:
            return left
        size //= 2


def _essence(terms: Terms, events: Sequence[Event], also: Also) -> Hashable:
    """What a call decided, comparable."""
    steps = _judged(terms, events)
    call = steps[-1].call if steps else new_call(terms)
    verdicts = tuple(replace(verdict, reason="") for _, verdict in call.verdicts)
    return (
        verdicts,
        tuple(_orders(steps)),
        tuple(law.law for law in call.broken),
        tuple(sorted(call.timing.first.items())),
        (call.phase, call.ending, call.conversation.greeting, call.model.session),
        also(terms, steps, call),
    )


def _orders(steps: Sequence[Step]) -> Iterator[Order]:
    for made in steps:
        yield from (order for order in made.orders if not isinstance(order, _TIMERS))
