"""What the other policy would have done with a recorded call, up to the first write that differs.

What the carrier did after that write it did to another call, so it is no evidence; `outcomes` goes on from there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from voicecall_core.call.step import Entry, Step, new_call, step
from voicecall_core.checker.trace_fitting import Fit
from voicecall_core.words.orders import AnswerFetch, HangUp, Order, UpdateCall
from voicecall_core.words.terms import Policy, Terms

WRITES = (UpdateCall, AnswerFetch, HangUp)


@dataclass(frozen=True, slots=True)
class Divergence:
    """Where the two policies diverge: the recorded step, the other policy's, and the carrier after the latter."""

    recorded: Entry
    other: Step
    fit: Fit


class Counterfactual:
    """A recorded call under the other policy, step by step until a write differs.

    `unlike`: steps before that in which other orders than writes differ, as the time at which a model is opened.
    """

    def __init__(self, terms: Terms, policy: Policy) -> None:
        self.policy = policy
        self.unlike = 0
        self._call = new_call(replace(terms, policy=policy))
        self._fit = Fit()

    def follow(self, recorded: Entry) -> Divergence | None:
        """Judge the next recorded event by the other policy; a divergence is the end of it."""
        other = step(self._call, recorded.event)
        if _writes(recorded.orders) != _writes(other.orders):
            self._fit.follow(other, other.call.sid)
            return Divergence(recorded, other, self._fit)
        self.unlike += tuple(map(_bare, recorded.orders)) != tuple(map(_bare, other.orders))
        self._fit.follow(recorded, other.call.sid)
        self._call = other.call
        return None


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
