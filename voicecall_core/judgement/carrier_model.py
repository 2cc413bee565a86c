"""The carrier as the explorer sees it: what it may do next, and what our orders make of it.

It does nothing that the carrier could not do, and everything that it could, in any order. Documents are on their way
for as long as they like: one takes effect at some later moment, before or after any other, and then replaces what
runs. Knows nothing of the guard: harm is judged by what took effect.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from voicecall_core.words import events as e
from voicecall_core.words import orders as o

SID = "CA1"
STREAM_SID = "MZ1"
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


# The call is over for us: everything may still come, and come late.
AFTERMATH = Carrier("told", "ended", True, sockets=(Socket(1, 1, "cut"),), checks=1, looking=True, closing=True)


class Move(NamedTuple):
    """One thing the carrier can do: in words, the event it causes (None: nothing we see yet), and what is then true.

    `harm` says what broke for the callee, if this is what breaks it.
    """

    words: str
    event: e.Event | None
    then: Carrier
    harm: str = ""


def moves(now: Carrier, *, late: bool) -> Iterator[Move]:
    """Everything the carrier and the callee can do next. Only if `late` may create's answer be late, or lost."""
    if now.create == "asked" and not late:
        yield from _create_at_once(now)
        return
    yield from _create(now)
    yield from _leg(now)
    yield from _callbacks(now)
    yield from _asked(now)
    if now.closing:
        yield from _late(now)
    else:
        yield from _fetches(now)
        yield from _papers(now)
        yield from _opening(now)
    for socket in now.sockets:
        yield from _socket(now, socket)


def seen(now: Carrier, socket: int, *, closing: bool) -> Carrier:
    """What still matters of the carrier when our last socket is `socket`, and (`closing`) once we are hanging up.

    Nothing is lost by it. What a dead socket of the past still says is about nothing. A document on its way that would
    do harm while we hang up would have done it a moment before; and every fetch and every socket that what runs could
    ask for is tried all the same, in `_late`.
    """
    sockets = tuple(other for other in now.sockets if other.number == socket or other.stage != "dead")
    if not closing or now.closing:
        return now._replace(sockets=sockets) if sockets != now.sockets else now
    return Carrier(
        now.create, now.leg, now.was_up, sockets=sockets, checks=now.checks, looking=now.looking, closing=True
    )


def _late(now: Carrier) -> Iterator[Move]:
    if now.was_up:
        for generation in (1, 2, 3):
            yield Move(f"fetch of generation {generation}", e.Fetched(generation, generation, SID), now)
            yield Move("a media socket is asked for", e.UpgradeAsked(8, generation, True), now)


def _create_at_once(now: Carrier) -> Iterator[Move]:
    yield Move("create is answered", e.Created(SID), now._replace(create="told", leg="ringing"))
    yield Move("create is refused", e.CreateRefused(21211, "refused"), now._replace(create="refused"))


def _create(now: Carrier) -> Iterator[Move]:
    if now.create != "asked":
        return
    yield Move("the answer to create is lost", e.CreateLost("lost"), now._replace(create="lost"))
    if now.leg:
        yield Move("create is answered", e.Created(SID), now._replace(create="told"))
    else:
        for retryable in (False, True):
            then = now._replace(create="refused")
            yield Move("create is refused", e.CreateRefused(21211, "refused", retryable), then)


def _leg(now: Carrier) -> Iterator[Move]:
    if not now.leg and now.create in ("asked", "lost"):
        yield Move("the carrier places the call", None, now._replace(leg="ringing"))
    elif now.leg == "ringing":
        yield Move("the callee answers", None, now._replace(leg="up", was_up=True, fetching=1))
        yield Move("nobody answers", None, now._replace(leg="ended"))
    elif now.leg == "up":
        yield Move("the call ends", None, _ended(now))


def _callbacks(now: Carrier) -> Iterator[Move]:
    """Each as often as you like, in any order, from the moment on at which it is true."""
    told = []
    if now.leg:
        told += [e.CallStatus.INITIATED, e.CallStatus.RINGING]
    if now.was_up:
        told.append(e.CallStatus.IN_PROGRESS)
    if now.leg == "ended":
        told.append(e.CallStatus.COMPLETED if now.was_up else e.CallStatus.NO_ANSWER)
    for status in told:
        yield Move(f"callback: {status}", e.StatusReported(status, SID), now)


def _fetches(now: Carrier) -> Iterator[Move]:
    """The fetch that is due, as often as you like; and late repeats of those that were answered."""
    for generation in sorted({*range(1, now.generation + 1), now.fetching} - {0}):
        yield Move(f"fetch of generation {generation}", e.Fetched(generation, generation, SID), now)


def _papers(now: Carrier) -> Iterator[Move]:
    for paper in sorted(now.papers):
        harm = ""
        if paper.kind is o.DocumentKind.SAY and now.streamed and not paper.rightful:
            harm = "a <Say> took effect after a stream document had left us"
        then = _takes_effect(now, paper)
        yield Move(f"the {paper.kind} document takes effect", None, then, harm)
    if now.running == "say":
        yield Move("the message has been said", None, _ended(now))


def _takes_effect(now: Carrier, paper: Paper) -> Carrier:
    """A document replaces what runs; a stream that ran ends. A fetch is over once one of its answers is obeyed."""
    # Whether an update calls off a fetch under way is not known: its answer may still be obeyed.
    papers = frozenset(other for other in now.papers if other[1:3] != paper[1:3])
    now = now._replace(papers=papers, sockets=_all_ended(now.sockets))
    if paper.number:
        now = now._replace(obeyed=now.obeyed | {paper.number})
    else:
        now = now._replace(fetching=0, generation=paper.generation)
    if paper.kind is o.DocumentKind.HANGUP:
        return _ended(now)
    return now._replace(running=paper.kind.value)


def _opening(now: Carrier) -> Iterator[Move]:
    opened = {socket.generation for socket in now.sockets if socket.stage in ("open", "live")}
    if now.running == "stream" and now.generation not in opened:
        yield Move("the stream cannot be opened", None, _next(now))
    if now.running == "stream" and now.dials < SOCKETS and "live" not in [s.stage for s in now.sockets]:
        number = now.dials + 1
        sockets = (*_all_ended(now.sockets), Socket(number, now.generation, "asked"))
        then = now._replace(sockets=sockets, dials=number)
        yield Move("a media socket is asked for", e.UpgradeAsked(number, now.generation, True), then)


def _socket(now: Carrier, socket: Socket) -> Iterator[Move]:
    number = socket.number
    if socket.stage in ("open", "cut"):
        then = _moved(now, socket, "live" if socket.stage == "open" else "dead")
        yield Move(f"start on socket {number}", e.StreamStarted(number, STREAM_SID, SID), then)
    if socket.stage in ("open", "live"):
        yield Move(f"the stream on socket {number} breaks", None, _cut(now, socket))
    if socket.stage in ("cut", "dead"):
        gone = now._replace(sockets=tuple(other for other in now.sockets if other != socket))
        yield Move(f"stop on socket {number}", e.StreamStopped(number), gone)
        yield Move(f"socket {number} is closed", e.SocketClosed(number), gone)


def _asked(now: Carrier) -> Iterator[Move]:
    """What we asked the carrier for is answered: truly, out of date, or not at all."""
    if now.checks:
        fewer = now._replace(checks=now.checks - 1)
        yield Move("the status check is lost", e.Checked(None), fewer)
        if now.was_up:
            yield Move("checked: in-progress", e.Checked(e.CallStatus.IN_PROGRESS), fewer)
        if now.leg == "ended":
            yield Move("checked: completed", e.Checked(e.CallStatus.COMPLETED), fewer)
    if now.looking:
        done = now._replace(looking=False)
        yield Move("the look-up is lost", e.LookedUp((), reached=False), done)
        yield Move("the look-up finds nothing", e.LookedUp(()), done)
        if now.leg:
            yield Move("the look-up finds the call", e.LookedUp((SID,)), done)


# --- what our orders make of it ------------------------------------------------------------------------------------


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
    """A media socket is let in, turned away, or closed by us; one that is not the carrier's own does not matter."""
    for socket in now.sockets:
        if socket.number != order.socket:
            continue
        if isinstance(order, o.AcceptSocket):
            return _moved(now, socket, "open")
        if isinstance(order, o.RefuseSocket):
            return _next(now._replace(sockets=tuple(other for other in now.sockets if other != socket)))
        if socket.stage in ("open", "live"):
            return _cut(now, socket)
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


def _moved(now: Carrier, socket: Socket, stage: str) -> Carrier:
    return now._replace(
        sockets=tuple(other._replace(stage=stage) if other == socket else other for other in now.sockets)
    )


_ENDED = {"asked": "cut", "open": "cut", "live": "dead"}


def _all_ended(sockets: tuple[Socket, ...]) -> tuple[Socket, ...]:
    return tuple(socket._replace(stage=_ENDED.get(socket.stage, socket.stage)) for socket in sockets)


def _cut(now: Carrier, socket: Socket) -> Carrier:
    """A socket's stream ends; if it was the running document's, the redirect behind it is followed."""
    now = _moved(now, socket, _ENDED[socket.stage])
    return _next(now) if now.running == "stream" and socket.generation == now.generation else now


def _next(now: Carrier) -> Carrier:
    if now.leg != "up" or now.running != "stream":
        return now
    return now._replace(running="", fetching=now.generation + 1)


def _ended(now: Carrier) -> Carrier:
    """The call has ended: nothing takes effect any more, so what has left us no longer matters."""
    return now._replace(
        leg="ended",
        running="",
        papers=frozenset(),
        sockets=_all_ended(now.sockets),
        dials=SOCKETS,
        streamed=False,
        obeyed=frozenset(),
    )
