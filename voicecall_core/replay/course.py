"""The carrier model's ordinary course: nobody hangs up, nothing is lost, nothing comes twice, no timer runs out.

Documents on their way take effect, and the streams they ask for open, in any order; each thing has a named pace.
Knows nothing of which order is looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from voicecall_core.judgement import carrier_model as model
from voicecall_core.judgement.call import Call, Step, step
from voicecall_core.judgement.carrier_model import Carrier, Paper
from voicecall_core.judgement.carrier_moves import Move, moves
from voicecall_core.judgement.model import ModelState
from voicecall_core.replay.otherwise import Parting
from voicecall_core.words import events as e
from voicecall_core.words.orders import DocumentKind

# How long each thing takes, in seconds, where the call itself does not tell.
CALLBACK_S = 0.010
FETCH_S = 0.023  # from the answer to the fetch's answer: callback at .619, its fetch answered at .642 in the field
OPENING_S = 0.095  # from the document to the media socket; with the next one 120 ms, as measured in the field
START_S = 0.025
UPDATE_S = 0.100  # at least: longer, if this call's create took longer to be answered
READY_S = 1.400
SAID_S = 5.0
_AT_ONCE_S = 0.001


class Option(NamedTuple):
    """One thing that can happen next: in words, as an event if we see it, what is then true, how long it takes."""

    words: str
    event: e.Event | None
    then: Carrier
    takes_s: float
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Here:
    """The call, the carrier, and which callbacks have come."""

    call: Call
    carrier: Carrier
    told: frozenset[e.CallStatus]


def begun(parting: Parting) -> Here:
    """Where the other policy's call and its carrier stand after the parting."""
    told = {e.CallStatus.IN_PROGRESS} if parting.other.call.answered else set()
    return Here(parting.other.call, parting.led.carrier, frozenset(told))


def settled(here: Here) -> bool:
    """Nothing more is to be learnt: the call ends, or its stream is live with nothing on its way to it."""
    carrier = here.carrier
    live = any(socket.stage == "live" for socket in carrier.sockets)
    over = here.call.ending.cause is not None or (carrier.leg == "ended" and not carrier.sockets)
    ready = here.call.model.state is not ModelState.OPENING
    return over or (live and ready and not carrier.papers and here.call.guard.pending is None)


def ways_on(here: Here, parting: Parting) -> Iterator[Option]:
    """Everything that can happen next."""
    call, carrier = here.call, here.carrier
    for move in moves(carrier, late=True):
        option = _ordinary(here, move, parting)
        if option is not None:
            yield option
    pending = call.guard.pending
    if pending is not None and (pending.number in carrier.obeyed or not _flying(carrier, pending.number)):
        event = e.UpdateAnswered(pending.number, e.RestAnswer.ACCEPTED)
        yield Option(f"write {pending.number} is accepted", event, carrier, _AT_ONCE_S)
    if call.model.state is ModelState.OPENING:
        ready = e.ModelReached(call.model.session, e.ModelStage.READY)
        yield Option(
            "the model is ready", ready, carrier, READY_S if parting.led.ready_s is None else parting.led.ready_s
        )


def _flying(carrier: Carrier, number: int) -> bool:
    return any(paper.number == number for paper in carrier.papers)


def _ordinary(here: Here, move: Move, parting: Parting) -> Option | None:
    """The move, if it belongs to the ordinary course."""
    now, words, event = here.carrier, move.words, move.event
    match event:
        case None:
            return _unseen(now, move, parting)
        case e.Created():
            return Option(words, event, move.then, _AT_ONCE_S)
        case e.StatusReported(status=e.CallStatus.IN_PROGRESS) if event.status not in here.told:
            return Option(words, event, move.then, CALLBACK_S)
        case e.StatusReported() if event.status in e.TERMINAL and event.status not in here.told and not now.sockets:
            return Option(words, event, move.then, CALLBACK_S)
        case e.Fetched() if event.generation == now.fetching and not any(not paper.number for paper in now.papers):
            return Option(words, event, move.then, FETCH_S)
        case e.UpgradeAsked() if not any(socket.generation == now.generation for socket in now.sockets):
            return Option(words, event, move.then, OPENING_S)
        case e.StreamStarted() if _stage(now, event.socket) == "open":
            return Option(words, event, move.then, START_S)
        case e.StreamStopped() if _stage(now, event.socket) == "dead":
            return Option(words, event, move.then, _AT_ONCE_S)
        case e.SocketClosed() if _stage(now, event.socket) == "cut":
            return Option(words, event, move.then, _AT_ONCE_S)
    return None


def _unseen(now: Carrier, move: Move, parting: Parting) -> Option | None:
    """The callee answers, a document takes effect, a message has been said."""
    obeyed = now.papers - move.then.papers
    if now.leg == "ringing" and move.then.leg == "up":
        return Option(move.words, None, move.then, 2.0)
    if obeyed and (move.then.leg == "up" or _is_hang_up(obeyed)):
        paper = min(obeyed)
        update = max(UPDATE_S, parting.led.create_s or 0.0)
        return Option(_named(paper, move), None, move.then, update if paper.number else _AT_ONCE_S, _mark(now, paper))
    if now.running == "say" and move.then.leg == "ended" and not now.papers and not now.fetching:
        return Option("the message has been said", None, move.then, SAID_S)
    return None


def _is_hang_up(papers: frozenset[Paper]) -> bool:
    return all(paper.kind is DocumentKind.HANGUP for paper in papers)


def _named(paper: Paper, move: Move) -> str:
    return f"write {paper.number} takes effect" if paper.number else move.words


def _mark(now: Carrier, paper: Paper) -> str:
    """What a write that takes effect does to the stream."""
    if not paper.number or paper.kind is not DocumentKind.SAY:
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


def gone_on(here: Here, option: Option, at: float, parting: Parting) -> tuple[Here, tuple[e.Event, Step] | None]:
    """Where things stand then, and what the judge made of it, if it is an event."""
    if option.event is None:
        return replace(here, carrier=option.then), None
    event = _in_the_calls_words(option.event, at, here.call, parting)
    made = step(here.call, event)
    orders = [parting.led.numbered(order) for order in made.orders]
    carrier = model.absorbed(option.then, orders)
    told = here.told | {event.status} if isinstance(event, e.StatusReported) else here.told
    return Here(made.call, carrier, told), (event, made)


def _in_the_calls_words(event: Any, at: float, call: Call, parting: Parting) -> Any:
    """The model's event with the call's own SID and numbers."""
    event = replace(event, at=at)
    if hasattr(event, "sid"):
        event = replace(event, sid=call.sid or event.sid)
    if hasattr(event, "socket"):
        event = replace(event, socket=parting.led.recorded(event.socket))
    return event
