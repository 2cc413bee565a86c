"""The ordinary course of things: nobody hangs up, nothing is lost, nothing comes twice, no timer runs out.

Documents on their way take effect, and the streams they ask for open, in any order; each thing has a named pace.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from voicecall_core.call.step import Call, Step, step
from voicecall_core.checker.carrier import Carrier, Paper, absorbed
from voicecall_core.checker.carrier_moves import moves
from voicecall_core.checker.counterfactual import Divergence
from voicecall_core.checker.environment import Actor, Room, answers, room_moves
from voicecall_core.checker.product import Move
from voicecall_core.words import events as e
from voicecall_core.words.orders import DocumentKind
from voicecall_core.words.values import TERMINAL, CallStatus, RestAnswer

# How long each thing takes, in seconds, where the call itself does not tell.
CALLBACK_S = 0.010
FETCH_S = 0.023  # from the answer to the fetch's answer: callback at .619, its fetch answered at .642 in the field
OPENING_S = 0.095  # from the document to the media socket; with the next one 120 ms, as measured in the field
START_S = 0.025
UPDATE_S = 0.100  # at least: longer, if this call's create took longer to be answered
ANSWER_S = 2.0
READY_S = 1.400
SAID_S = 5.0
_AT_ONCE_S = 0.001


_ENDS: dict[type[e.Event], str] = {e.StreamStopped: "dead", e.SocketClosed: "cut"}  # of a socket at this stage

# A move and how long it takes, in seconds; its `harm` is what a write does to the stream.
Paced = tuple[Move[Carrier], float]


@dataclass(frozen=True, slots=True)
class Here:
    """The call, the carrier, and which callbacks have come."""

    call: Call
    carrier: Carrier
    told: frozenset[CallStatus]

    @property
    def settled(self) -> bool:
        """Nothing more is to be learnt: the call ends, or its stream is live with nothing on its way to it."""
        carrier = self.carrier
        live = any(socket.stage == "live" for socket in carrier.sockets)
        over = self.call.ending.cause is not None or (carrier.leg == "ended" and not carrier.sockets)
        ready = not self.call.model.opening
        return over or (live and ready and not carrier.papers and self.call.guard.pending is None)


class NominalCourse:
    """The ordinary course of the other policy's call after a divergence, at this call's own pace where it is known."""

    def __init__(self, divergence: Divergence) -> None:
        call, self._fit = divergence.other.call, divergence.fit
        told = {CallStatus.IN_PROGRESS} if call.answered else set()
        self.start = Here(call, self._fit.carrier, frozenset(told))
        self._update_s = max(UPDATE_S, self._fit.create_s or 0.0)
        self._ready_s = READY_S if self._fit.ready_s is None else self._fit.ready_s

    def moves(self, here: Here) -> Iterator[Paced]:
        """Everything that can happen next: of all that anybody can do, what belongs to the ordinary course."""
        call, carrier = here.call, here.carrier
        for move in moves(carrier, late=True):
            if move.event is None:
                yield from self._unseen(carrier, move)
            elif (takes_s := _pace(here, move.event)) is not None:
                yield move, takes_s
        for answer in answers(call, frozenset()):
            if _is_due(carrier, answer.event):
                yield Move(answer.words, answer.event, carrier), _AT_ONCE_S
        opening = call.model.session if call.model.opening else 0
        for turn in room_moves(Room(session=opening), frozenset({Actor.MODEL})):
            yield Move(turn.words, turn.event, carrier), self._ready_s

    def _unseen(self, now: Carrier, move: Move[Carrier]) -> Iterator[Paced]:
        """The callee answers, a document takes effect, a message has been said."""
        obeyed = now.papers - move.then.papers
        if now.leg == "ringing" and move.then.leg == "up":
            yield move, ANSWER_S
        elif obeyed and (move.then.leg == "up" or _is_hang_up(obeyed)):
            paper = min(obeyed)
            if paper.number:
                words = f"write {paper.number} takes effect"
                yield move._replace(words=words, harm=_harm(now, paper)), self._update_s
            else:
                yield move._replace(harm=""), _AT_ONCE_S
        elif now.running == "say" and move.then.leg == "ended" and not now.papers and not now.fetching:
            yield move._replace(words="the message has been said"), SAID_S

    def after(self, here: Here, move: Move[Carrier], at: float) -> tuple[Here, Step | None]:
        """Where things stand then, and what was made of it, if it is an event."""
        if move.event is None:
            return replace(here, carrier=move.then), None
        event = self._in_the_calls_words(move.event, at, here.call)
        made = step(here.call, event)
        carrier = absorbed(move.then, [self._fit.numbered(order) for order in made.orders])
        told = here.told | {event.status} if isinstance(event, e.StatusReported) else here.told
        return Here(made.call, carrier, told), made

    def _in_the_calls_words(self, event: Any, at: float, call: Call) -> Any:
        """The event with the call's own SID and numbers."""
        event = replace(event, at=at)
        if hasattr(event, "sid"):
            event = replace(event, sid=call.sid or event.sid)
        if hasattr(event, "socket"):
            event = replace(event, socket=self._fit.recorded(event.socket))
        return event


def _is_due(carrier: Carrier, event: Any) -> bool:
    """Whether a write is accepted now: once it took effect, or is not on its way any more."""
    flying = any(paper.number == event.number for paper in carrier.papers)
    return event.answer is RestAnswer.ACCEPTED and (event.number in carrier.obeyed or not flying)


def _pace(here: Here, event: e.Event) -> float | None:
    """How long an event takes, in seconds, if it belongs to the ordinary course."""
    now = here.carrier
    match event:
        case e.Created():
            return _AT_ONCE_S
        case e.StatusReported(status=CallStatus.IN_PROGRESS) if event.status not in here.told:
            return CALLBACK_S
        case e.StatusReported() if event.status in TERMINAL and event.status not in here.told and not now.sockets:
            return CALLBACK_S
        case e.Fetched() if event.generation == now.fetching and not any(not paper.number for paper in now.papers):
            return FETCH_S
        case e.UpgradeAsked() if not any(socket.generation == now.generation for socket in now.sockets):
            return OPENING_S
        case e.StreamStarted() if _stage(now, event.socket) == "open":
            return START_S
        case e.StreamStopped() | e.SocketClosed() if _stage(now, event.socket) == _ENDS[type(event)]:
            return _AT_ONCE_S
    return None


def _is_hang_up(papers: frozenset[Paper]) -> bool:
    return all(paper.kind is DocumentKind.HANGUP for paper in papers)


def _harm(now: Carrier, paper: Paper) -> str:
    """What a write that takes effect does to the stream."""
    if paper.kind is not DocumentKind.SAY:
        return ""
    if any(socket.stage == "live" for socket in now.sockets):
        return "the write takes effect while the stream is live, and cuts it off"
    if now.running == "stream":
        return "the write takes effect before `start`, and the stream dies"
    if now.streamed:
        return "the write takes effect before the stream's document, which finds its place taken"
    return "the write takes effect before the fetch is answered: the stream's document finds its place taken"


def _stage(carrier: Carrier, number: int) -> str:
    return next((socket.stage for socket in carrier.sockets if socket.number == number), "")
