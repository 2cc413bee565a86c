"""The carrier as a state: what is true there, and what our orders make of it.

A document that is on its way stays so for as long as it likes; when it takes effect it replaces what runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from voicecall_core.words import orders as o

SOCKETS = 2  # sockets opened in one call: enough for a newer one beside an older, and for a second generation


class Paper(NamedTuple):
    """A document on its way to the carrier. `number` is that of its write, 0 for the answer to a fetch.

    `rightful`: one that may speak although a stream document has left us (ordered by name, or the apology).
    """

    kind: o.DocumentKind
    generation: int
    number: int = 0
    rightful: bool = True


class Socket(NamedTuple):
    """A media socket: `asked`, `open`, `live`, `cut` (ended, its start may still come), `dead` (its stop may come)."""

    number: int
    generation: int
    stage: str


class Carrier(NamedTuple):
    """What is true at the carrier.

    `streamed`: a stream document of ours has left us. `obeyed`: writes that took effect. `closing`: we are hanging up,
    and no document of ours but `<Hangup/>` will leave any more; what runs there no longer matters to anybody.
    """

    create: str = ""  # asked, told, lost, refused
    leg: str = ""  # ringing, up, ended
    was_up: bool = False
    running: str = ""  # stream, say
    generation: int = 0  # the last one whose document took effect
    fetching: int = 0  # the one whose document is asked for
    papers: frozenset[Paper] = frozenset()
    sockets: tuple[Socket, ...] = ()
    dials: int = 0
    streamed: bool = False
    obeyed: frozenset[int] = frozenset()
    checks: int = 0
    looking: bool = False
    closing: bool = False


def absorbed(now: Carrier, orders: Sequence[o.Order], *, by_name: bool = False) -> Carrier:
    """The carrier after our orders. `by_name`: they follow from an overwrite that the user ordered."""
    for order in orders:
        match order:
            case o.CreateCall():
                now = now._replace(create="asked")
            case o.LookUp():
                now = now._replace(looking=True)
            case o.CheckCall():
                now = now._replace(checks=min(2, now.checks + 1))
            case o.AnswerFetch():
                now = _answered(now, order)
            case o.UpdateCall():
                paper = Paper(order.document.kind, 0, order.number, by_name)
                now = now._replace(papers=now.papers | {paper})
            case o.AcceptSocket() | o.RefuseSocket() | o.CloseSocket():
                now = _told(now, order)
    return now


def _told(now: Carrier, order: o.AcceptSocket | o.RefuseSocket | o.CloseSocket) -> Carrier:
    """A media socket is accepted, turned away, or closed by us; one that is not the carrier's own does not matter."""
    for socket in now.sockets:
        if socket.number != order.socket:
            continue
        if isinstance(order, o.AcceptSocket):
            return moved(now, socket, "open")
        if isinstance(order, o.RefuseSocket):
            return followed(now._replace(sockets=tuple(other for other in now.sockets if other != socket)))
        if socket.stage in ("open", "live"):
            return cut(now, socket)
    return now


def refused(now: Carrier, number: int) -> Carrier | None:
    """The carrier after it refused write `number`; None if it cannot any more, as its document took effect."""
    if number in now.obeyed:
        return None
    return now._replace(papers=frozenset(paper for paper in now.papers if paper.number != number))


def _answered(now: Carrier, order: o.AnswerFetch) -> Carrier:
    """The answer to a fetch is on its way, unless the fetch was a late repeat: then nobody reads it."""
    kind = order.document.kind
    if now.leg != "up":
        return now
    if kind is o.DocumentKind.STREAM:
        now = now._replace(streamed=True)
    if order.request != now.fetching:
        return now
    rightful = kind is not o.DocumentKind.SAY or order.request > 1
    return now._replace(papers=now.papers | {Paper(kind, order.request, 0, rightful)})


def with_effect(now: Carrier, paper: Paper) -> Carrier:
    """A document replaces what runs; a stream that ran ends. A fetch is over once one of its answers is obeyed."""
    # Whether an update calls off a fetch under way is not known: its answer may still be obeyed.
    papers = frozenset(other for other in now.papers if other[1:3] != paper[1:3])
    now = now._replace(papers=papers, sockets=all_ended(now.sockets))
    if paper.number:
        now = now._replace(obeyed=now.obeyed | {paper.number})
    else:
        now = now._replace(fetching=0, generation=paper.generation)
    if paper.kind is o.DocumentKind.HANGUP:
        return ended(now)
    return now._replace(running=paper.kind.value)


def moved(now: Carrier, socket: Socket, stage: str) -> Carrier:
    """The carrier with one of its sockets at another stage."""
    return now._replace(
        sockets=tuple(other._replace(stage=stage) if other == socket else other for other in now.sockets)
    )


_STAGES = {"asked": "cut", "open": "cut", "live": "dead"}


def all_ended(sockets: tuple[Socket, ...]) -> tuple[Socket, ...]:
    """Sockets whose stream is over; what they have still to say is under way."""
    return tuple(socket._replace(stage=_STAGES.get(socket.stage, socket.stage)) for socket in sockets)


def cut(now: Carrier, socket: Socket) -> Carrier:
    """A socket's stream ends; if it was the running document's, the redirect behind it is followed."""
    now = moved(now, socket, _STAGES[socket.stage])
    return followed(now) if now.running == "stream" and socket.generation == now.generation else now


def followed(now: Carrier) -> Carrier:
    """The redirect behind a stream that is over is followed: the next generation is asked for."""
    if now.leg != "up" or now.running != "stream":
        return now
    return now._replace(running="", fetching=now.generation + 1)


def ended(now: Carrier) -> Carrier:
    """The call has ended: nothing takes effect any more, so what has left us no longer matters."""
    return now._replace(
        leg="ended",
        running="",
        papers=frozenset(),
        sockets=all_ended(now.sockets),
        dials=SOCKETS,
        streamed=False,
        obeyed=frozenset(),
    )
