"""A recorded call as rules read it: what happened and what was ordered, in order. Judges nothing.

Steps are numbered from 1. An order of step n follows the event of step n and precedes that of step n + 1.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Generic, TypeVar

from voicecall_core.call.step import Call, Entry
from voicecall_core.diagnosis.evidence import Evidence, Sure
from voicecall_core.words.events import (
    Checked,
    Event,
    Fetched,
    OverwriteAsked,
    SocketClosed,
    StatusReported,
    StreamStarted,
    StreamStopped,
    TurnedAway,
    UpgradeAsked,
)
from voicecall_core.words.orders import AnswerFetch, CloseSocket, Conclude, HangUp, Order, UpdateCall
from voicecall_core.words.terms import Terms
from voicecall_core.words.values import TERMINAL, CallStatus

T = TypeVar("T")
Thing = TypeVar("Thing", covariant=True)
Happened = TypeVar("Happened", bound=Event)
Ordered = TypeVar("Ordered", bound=Order)
Step = TypeVar("Step", bound="At[Event] | At[Order]")

Steps = Sequence[Entry]
POLICY_VIOLATION = 1008  # the code with which a socket is closed whose `start` does not fit


@dataclass(frozen=True, slots=True)
class At(Generic[Thing]):
    """An event or an order, and the step in which it stands. `why` is the event of that step."""

    n: int
    it: Thing
    why: Event


class EvidenceIndex:
    """All that a rule may look at. With `evidence`, one for each step, the record is another program's: incomplete."""

    def __init__(self, terms: Terms, steps: Steps, call: Call, evidence: Sequence[Evidence] | None = None) -> None:
        self.terms = terms
        self.steps = steps
        self.call = call
        self.evidence = evidence
        self._events: dict[type[Event], list[At[Event]]] = {}
        self._orders: dict[type[Order], list[At[Order]]] = {}
        for n, step in enumerate(steps, 1):
            self._events.setdefault(type(step.event), []).append(At(n, step.event, step.event))
            for order in step.orders:
                self._orders.setdefault(type(order), []).append(At(n, order, step.event))

    def events(self, kind: type[Happened]) -> list[At[Happened]]:
        """All events of a kind, in order."""
        return self._events.get(kind, [])  # type: ignore[return-value]  # filed under their own type

    def orders(self, kind: type[Ordered]) -> list[At[Ordered]]:
        """All orders of a kind, in order."""
        return self._orders.get(kind, [])  # type: ignore[return-value]  # filed under their own type

    @property
    def tells_orders(self) -> bool:
        """Whether the record tells at all what was done; logs of other programs may not."""
        return bool(self._orders)

    @property
    def complete(self) -> bool:
        """Whether the record tells everything, so that what it does not tell did not happen."""
        return self.evidence is None

    @property
    def absence(self) -> Sure:
        """How sure that can be at most which rests on something that the record does not tell.

        What the door turned away was there, and is not told as what it was.
        """
        return Sure.CERTAIN if self.complete and not self.events(TurnedAway) else Sure.LIKELY

    def deduced(self, n: int) -> bool:
        """Whether the record does not show step `n` itself, but something from which it follows."""
        return self.evidence is not None and self.evidence[n - 1].deduced

    # --- what many rules ask ---

    @cached_property
    def starts(self) -> list[At[StreamStarted]]:
        """The starts that began a stream: those whose socket was not closed for them."""
        closed = {(each.n, each.it.socket) for each in self.orders(CloseSocket) if each.it.code == POLICY_VIOLATION}
        return [each for each in self.events(StreamStarted) if (each.n, each.it.socket) not in closed]

    @cached_property
    def stops(self) -> list[At[StreamStopped] | At[SocketClosed]]:
        """Ends of media sockets, by `stop` or by their closing."""
        both: list[At[StreamStopped] | At[SocketClosed]] = [*self.events(StreamStopped), *self.events(SocketClosed)]
        return sorted(both, key=lambda each: each.n)

    @cached_property
    def _stops_of(self) -> dict[int, list[At[StreamStopped] | At[SocketClosed]]]:
        """The same by socket: somebody's log may hold thousands."""
        found: dict[int, list[At[StreamStopped] | At[SocketClosed]]] = {}
        for each in self.stops:
            found.setdefault(each.it.socket, []).append(each)
        return found

    def stop_of(self, start: At[StreamStarted] | At[UpgradeAsked]) -> At[StreamStopped] | At[SocketClosed] | None:
        """The end of the stream that began there."""
        stops = self._stops_of.get(start.it.socket, [])
        place = bisect_right(stops, start.n, key=lambda each: each.n)
        return stops[place] if place < len(stops) else None

    def live_at(self, n: int) -> At[StreamStarted] | None:
        """The stream that was live when step `n` came."""
        for start in self.starts:
            stop = self.stop_of(start)
            if start.n < n and (stop is None or stop.n > n):
                return start
        return None

    @cached_property
    def answered(self) -> int:
        """The step of the first proof that somebody picked up; 0 if there is none."""
        proofs = [each.n for each in self.events(Fetched)] + [each.n for each in self.starts]
        proofs += [each.n for each in self.orders(AnswerFetch)]
        proofs += [each.n for each in self.events(StatusReported) if each.it.status is CallStatus.IN_PROGRESS]
        return min(proofs, default=0)

    @cached_property
    def terminal(self) -> int:
        """The step in which the carrier first said that the call was over; 0 if it never did."""
        reports = (each for each in self.events(StatusReported) if each.it.status in TERMINAL)
        said = [each.n for each in reports if self._is_ours(each.it.sid)]
        said += [each.n for each in self.events(Checked) if each.it.status in TERMINAL]
        return min(said, default=0)

    @cached_property
    def ending(self) -> int:
        """The step from which on the call was being ended by anybody; behind the last one if it was not."""
        hung_up = [each for each in self.orders(HangUp) if self._is_ours(each.it.sid)]
        ends = [each.n for each in hung_up] + [each.n for each in self.orders(Conclude)]
        return min([*ends, *([self.terminal] if self.terminal else [])], default=len(self.steps) + 1)

    def _is_ours(self, sid: str) -> bool:
        """Not a second call's that was placed beside this one; unless the call's own SID is not known."""
        return sid == self.call.sid or not self.call.sid

    @cached_property
    def writes(self) -> list[At[UpdateCall]]:
        """Documents written over the call that its user had not ordered by name."""
        return [each for each in self.orders(UpdateCall) if not isinstance(each.why, OverwriteAsked)]

    def at(self, n: int) -> float:
        """When step `n` came, in seconds."""
        return self.steps[n - 1].event.at


def first(these: Sequence[T], fits: Callable[[T], bool] = lambda each: True) -> T | None:
    """The first that fits, or None."""
    return next((each for each in these if fits(each)), None)


def after(these: Sequence[Step], n: int) -> Step | None:
    """The first that stands behind step `n`, or None."""
    return next((each for each in these if each.n > n), None)


def met(*steps: int) -> tuple[int, ...]:
    """The steps that there are (0 stands for none), each once."""
    return tuple(dict.fromkeys(step for step in steps if step))
