"""Everything that the carrier can do next.

It does nothing that the carrier could not do, and everything that it could, in any order: a document on its way takes
effect at some later moment, before or after any other. Harm is judged by what took
effect, so nothing of the guard is known here.
"""

from __future__ import annotations

from collections.abc import Iterator

from voicecall_core.checker.carrier import SOCKETS, Carrier, Socket, all_ended, cut, ended, followed, moved, with_effect
from voicecall_core.checker.product import Move
from voicecall_core.words import events as e
from voicecall_core.words import orders as o
from voicecall_core.words.values import CallStatus

SID = "CA1"
STREAM_SID = "MZ1"


def moves(now: Carrier, *, late: bool) -> Iterator[Move[Carrier]]:
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


def _late(now: Carrier) -> Iterator[Move[Carrier]]:
    if now.was_up:
        for generation in (1, 2, 3):
            yield Move(f"fetch of generation {generation}", e.Fetched(generation, generation, SID), now)
            yield Move("a media socket is asked for", e.UpgradeAsked(8, generation, True), now)


def _create_at_once(now: Carrier) -> Iterator[Move[Carrier]]:
    yield Move("create is answered", e.Created(SID), now._replace(create="told", leg="ringing"), autonomous=True)
    yield Move("create is refused", e.CreateRefused(21211, "refused"), now._replace(create="refused"))


def _create(now: Carrier) -> Iterator[Move[Carrier]]:
    if now.create != "asked":
        return
    yield Move("the answer to create is lost", e.CreateLost("lost"), now._replace(create="lost"), autonomous=True)
    if now.leg:
        yield Move("create is answered", e.Created(SID), now._replace(create="told"), autonomous=True)
    else:
        for retryable in (False, True):
            then = now._replace(create="refused")
            yield Move("create is refused", e.CreateRefused(21211, "refused", retryable), then)


def _leg(now: Carrier) -> Iterator[Move[Carrier]]:
    if not now.leg and now.create in ("asked", "lost"):
        yield Move("the carrier places the call", None, now._replace(leg="ringing"))
    elif now.leg == "ringing":
        yield Move("the callee answers", None, now._replace(leg="up", was_up=True, fetching=1))
        yield Move("nobody answers", None, now._replace(leg="ended"))
    elif now.leg == "up":
        yield Move("the call ends", None, ended(now))


def _callbacks(now: Carrier) -> Iterator[Move[Carrier]]:
    """Each as often as you like, in any order, from the moment on at which it is true."""
    told = []
    if now.leg:
        told += [CallStatus.QUEUED, CallStatus.INITIATED, CallStatus.RINGING]
    if now.was_up:
        told.append(CallStatus.IN_PROGRESS)
    if now.leg == "ended":
        told.append(CallStatus.COMPLETED if now.was_up else CallStatus.NO_ANSWER)
    for status in told:
        yield Move(f"callback: {status}", e.StatusReported(status, SID), now)


def _fetches(now: Carrier) -> Iterator[Move[Carrier]]:
    """The fetch that is due, as often as you like; and late repeats of those that were answered."""
    for generation in sorted({*range(1, now.generation + 1), now.fetching} - {0}):
        yield Move(f"fetch of generation {generation}", e.Fetched(generation, generation, SID), now)


def _papers(now: Carrier) -> Iterator[Move[Carrier]]:
    for paper in sorted(now.papers):
        harm = ""
        if paper.kind is o.DocumentKind.SAY and now.streamed and not paper.rightful:
            harm = "a <Say> took effect after a stream document had left us"
        then = with_effect(now, paper)
        yield Move(f"the {paper.kind.twiml} document takes effect", None, then, harm)
    if now.running == "say":
        yield Move("the message has been said", None, ended(now))


def _opening(now: Carrier) -> Iterator[Move[Carrier]]:
    opened = {socket.generation for socket in now.sockets if socket.stage in ("open", "live")}
    if now.running == "stream" and now.generation not in opened:
        yield Move("the stream cannot be opened", None, followed(now))
    if now.running == "stream" and now.dials < SOCKETS and "live" not in [s.stage for s in now.sockets]:
        number = now.dials + 1
        sockets = (*all_ended(now.sockets), Socket(number, now.generation, "asked"))
        then = now._replace(sockets=sockets, dials=number)
        yield Move("a media socket is asked for", e.UpgradeAsked(number, now.generation, True), then)


def _socket(now: Carrier, socket: Socket) -> Iterator[Move[Carrier]]:
    number = socket.number
    if socket.stage in ("open", "cut"):
        then = moved(now, socket, "live" if socket.stage == "open" else "dead")
        yield Move(f"start on socket {number}", e.StreamStarted(number, STREAM_SID, SID), then)
    if socket.stage in ("open", "live"):
        yield Move(f"the stream on socket {number} breaks", None, cut(now, socket))
    if socket.stage in ("cut", "dead"):
        gone = now._replace(sockets=tuple(other for other in now.sockets if other != socket))
        yield Move(f"stop on socket {number}", e.StreamStopped(number), gone)
        yield Move(f"socket {number} is closed", e.SocketClosed(number), gone)


def _asked(now: Carrier) -> Iterator[Move[Carrier]]:
    """What we asked the carrier for is answered: truly, out of date, or not at all."""
    if now.checks:
        fewer = now._replace(checks=now.checks - 1)
        yield Move("the status check is lost", e.Checked(None), fewer, autonomous=True)
        if now.was_up:
            yield Move("checked: in-progress", e.Checked(CallStatus.IN_PROGRESS), fewer)
        if now.leg == "ended":
            yield Move("checked: completed", e.Checked(CallStatus.COMPLETED), fewer)
    if now.looking:
        done = now._replace(looking=False)
        yield Move("the look-up is lost", e.LookedUp((), reached=False), done, autonomous=True)
        yield Move("the look-up finds nothing", e.LookedUp(()), done)
        if now.leg:
            yield Move("the look-up finds the call", e.LookedUp((SID,)), done)
