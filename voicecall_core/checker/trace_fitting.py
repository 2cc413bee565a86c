"""The carrier's state fitted to what was recorded.

Each recorded event is something the carrier can do, perhaps after moves that we do not see (the callee answers, a
document takes effect): the shortest way to it is taken. What cannot be explained leaves the carrier as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from voicecall_core.call.state import Entry
from voicecall_core.checker.carrier import Carrier, absorbed
from voicecall_core.checker.carrier_moves import moves
from voicecall_core.checker.product import Move
from voicecall_core.checker.search import Search
from voicecall_core.words import events as e
from voicecall_core.words import orders as o
from voicecall_core.words.values import TERMINAL, ModelStage

# What tells two events of a type apart; everything else about them is the same to the carrier.
_TELLING: dict[type[e.Event], tuple[str, ...]] = {
    e.Created: (),
    e.CreateRefused: ("retryable",),
    e.CreateLost: (),
    e.LookedUp: ("reached",),
    e.Checked: ("status",),
    e.StatusReported: ("status",),
    e.Fetched: ("generation",),
    e.UpgradeAsked: ("socket", "generation", "token_ok"),
    e.StreamStarted: ("socket",),
    e.StreamStopped: ("socket",),
    e.SocketClosed: ("socket",),
}


class Fit:
    """The carrier as far as the recording tells, with sockets and fetches numbered as it numbers them.

    `create_s`, `ready_s`: how long create and the model's handshake took in this call, in seconds, if that is told.
    """

    def __init__(self) -> None:
        self.carrier = Carrier()
        self.create_s: float | None = None
        self.ready_s: float | None = None
        self._asked: dict[type[o.Order], float] = {}
        self._sockets: dict[int, int] = {}
        self._requests: dict[int, int] = {}

    def follow(self, entry: Entry, sid: str) -> None:
        """Let a recorded event happen to the carrier, unless it speaks of another call than `sid`; tell our orders."""
        event = entry.event
        told = self._in_its_numbers(event)
        if type(told) in _TELLING and getattr(event, "sid", sid) == sid:
            self.carrier = _fitted(self.carrier, told)
        self._time(event, entry.orders)
        by_name = isinstance(event, e.OverwriteAsked)
        self.carrier = absorbed(self.carrier, [self.numbered(order) for order in entry.orders], by_name=by_name)

    def recorded(self, socket: int) -> int:
        """The call's number for one of the carrier's sockets; a new one, if it has none."""
        for number, known in self._sockets.items():
            if known == socket:
                return number
        number = max(self._sockets, default=0) + 1
        self._sockets[number] = socket
        return number

    def _socket(self, socket: int) -> int:
        """The carrier's number for a recorded socket."""
        return self._sockets.setdefault(socket, len(self._sockets) + 1)

    def _in_its_numbers(self, event: Any) -> Any:
        if isinstance(event, e.Fetched):
            self._requests[event.request] = event.generation
        elif hasattr(event, "socket"):
            return replace(event, socket=self._socket(event.socket))
        return event

    def numbered(self, order: Any) -> Any:
        """An order with the carrier's numbers."""
        if isinstance(order, o.AnswerFetch):
            return replace(order, request=self._requests.get(order.request, order.request))
        if isinstance(order, o.AcceptSocket | o.RefuseSocket | o.CloseSocket):
            return replace(order, socket=self._socket(order.socket))
        return order

    def _time(self, event: e.Event, orders: Sequence[o.Order]) -> None:
        """How long create and the model's handshake took in this call."""
        if isinstance(event, e.Created) and o.CreateCall in self._asked:
            self.create_s = event.at - self._asked[o.CreateCall]
        if isinstance(event, e.ModelReached) and event.stage is ModelStage.READY and o.OpenModel in self._asked:
            self.ready_s = event.at - self._asked[o.OpenModel]
        for order in orders:
            self._asked.setdefault(type(order), event.at)


def _fitted(start: Carrier, event: e.Event) -> Carrier:
    """The carrier after the shortest way on which it does this; as it was, if it cannot."""

    def towards(now: Carrier) -> Iterator[tuple[Move[Carrier], Carrier]]:
        for move in moves(now, late=True):
            if _alike(move.event, event) or (move.event is None and not _ends(now, move.then, event)):
                yield move, move.then

    search = Search(start, towards)
    search.run(stop=lambda number, move: move.event is not None)
    return start if search.found is None else search.found[1].then


def _ends(now: Carrier, then: Carrier, event: e.Event) -> bool:
    """A call is not taken to have ended before something says so."""
    says_so = isinstance(event, e.StreamStopped | e.SocketClosed | e.Checked) or (
        isinstance(event, e.StatusReported) and event.status in TERMINAL
    )
    return then.leg == "ended" and now.leg != "ended" and not says_so


def _alike(one: e.Event | None, other: e.Event) -> bool:
    if one is None or type(one) is not type(other):
        return False
    if isinstance(one, e.StatusReported) and isinstance(other, e.StatusReported):
        return one.status is other.status or (one.status in TERMINAL and other.status in TERMINAL)
    if isinstance(one, e.LookedUp) and isinstance(other, e.LookedUp) and bool(one.sids) is not bool(other.sids):
        return False
    return all(getattr(one, name) == getattr(other, name) for name in _TELLING[type(one)])
