"""What the other policy would have done with a recorded call, up to the first write that differs.

What the carrier did after that write it did to another call, so it is no evidence; `aftermath` goes on from there.
Knows nothing of files.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from voicecall_core.judgement.call import Call, Step, minted, step
from voicecall_core.judgement.guard import Verdict
from voicecall_core.replay.led import Led
from voicecall_core.replay.words import Recorded
from voicecall_core.words.events import Event
from voicecall_core.words.orders import AnswerFetch, HangUp, Order, UpdateCall
from voicecall_core.words.terms import Policy, Terms

WRITES = (UpdateCall, AnswerFetch, HangUp)


@dataclass(frozen=True, slots=True)
class Parting:
    """Where the two policies part: the line, both sides' verdicts and writes, the call and the carrier just after.

    `before` is the call of the other policy before the line, `led` the carrier after it, with the other's writes.
    """

    line: Recorded
    event: Event
    recorded: tuple[tuple[Verdict, ...], tuple[Order, ...]]
    other: Step
    before: Call
    led: Led


@dataclass(frozen=True, slots=True)
class Otherwise:
    """The recorded call under the other policy. `steps`: how many were judged. `parting`: None if no write differs.

    `unlike`: steps before the parting in which other orders than writes differ, as the time at which a model is opened.
    """

    policy: Policy
    steps: int
    unlike: int
    parting: Parting | None


def otherwise(terms: Terms, steps: Iterable[Recorded], policy: Policy) -> Otherwise:
    """Judge the call by `policy` until a write differs from the recorded ones."""
    call = minted(replace(terms, policy=policy))
    led = Led()
    count = unlike = 0
    for recorded in steps:
        count += 1
        if recorded.event is None:
            continue
        verdicts, orders = recorded.spoken()
        other = step(call, recorded.event)
        if _writes(orders) != _writes(other.orders):
            led.follow(recorded.event, other.orders, other.call.sid)
            parting = Parting(recorded, recorded.event, (verdicts, orders), other, call, led)
            return Otherwise(policy, count, unlike, parting)
        unlike += tuple(map(_bare, orders)) != tuple(map(_bare, other.orders))
        led.follow(recorded.event, orders, other.call.sid)
        call = other.call
    return Otherwise(policy, count, unlike, None)


def _writes(orders: Sequence[Order]) -> list[Order]:
    return [_bare(order) for order in orders if isinstance(order, WRITES)]


def _bare(order: Order) -> Order:
    """An order without words of people, which may have been taken out of the file."""
    if isinstance(order, UpdateCall | AnswerFetch):
        return replace(order, document=replace(order.document, pii_text=""))
    for name in ("pii_text", "pii_lines"):
        if hasattr(order, name):
            order = replace(order, **{name: "" if name == "pii_text" else ()})
    return order
