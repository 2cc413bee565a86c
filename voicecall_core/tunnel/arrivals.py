"""Our end of the proof: answers what was sent to ourselves through the public URL, and remembers how it arrived."""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass
from typing import Protocol

from voicecall_core.net.http_server import Door, Doorkeeper, Request, Response
from voicecall_core.net.opening import Offer

REMEMBERED = 64  # requests; the proof sends less than half as many
NOT_OURS = b"This is not the nonce of this process."


class SigningDoor(Door, Doorkeeper, Protocol):
    """The door of calls, which sees first whoever comes, and judges signatures."""

    def signed(self, request: Request, *, upgrade: bool = False) -> bool:
        """Whether the carrier signed this request to the URL that it was given."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A request of ours that came back, and whether its signature fitted as a call's would have to."""

    request: Request
    signed: bool


class Arrivals:
    """The door before `behind`. `nonce` is this process's: nobody else can make a request that holds it."""

    def __init__(self, nonce: str, behind: SigningDoor) -> None:
        self.nonce = nonce
        self.behind = behind
        self.upgraded = False  # a socket was opened with our nonce
        self._came: deque[tuple[str, Arrival]] = deque(maxlen=REMEMBERED)

    def found(self, mark: str) -> Arrival | None:
        """The request that carried `mark`, in any of its headers, its target or its body."""
        return next((arrival for text, arrival in self._came if mark in text), None)

    def glance(self, head: Request) -> Response | None:
        """Let in who knows our nonce, wherever it stands; all else is for the door behind to see."""
        asked = _asked(head)
        if self._bears_nonce(head):
            return None
        return _not_ours() if asked is not None else self.behind.glance(head)

    def turned_away(self, path: str, status: int) -> None:
        self.behind.turned_away(path, status)

    async def answer(self, request: Request) -> Response:
        """The nonce to a question of ours, 404 to one of somebody else's; all else is for the door behind."""
        self._remember(request, upgrade=False)
        asked = _asked(request)
        if asked is None or request.method != "POST":
            return await self.behind.answer(request)
        if asked != self.nonce:
            return _not_ours()
        said = json.dumps({"voicecall": self.nonce}).encode()
        return Response(200, said, (("content-type", "application/json"),))

    async def upgrade(self, request: Request, offer: Offer) -> None:
        """Echo what is said on a socket of ours until it is closed; all else is for the door behind."""
        self._remember(request, upgrade=True)
        asked = _asked(request)
        if asked is None:
            await self.behind.upgrade(request, offer)
        elif asked != self.nonce:
            await offer.refuse(404)
        else:
            socket = await offer.accept()
            while True:
                message = await socket.receive()
                await socket.send(message if isinstance(message, str) else "")

    def _bears_nonce(self, head: Request) -> bool:
        return self.nonce in head.target or any(self.nonce in value for _, value in head.headers)

    def _remember(self, request: Request, *, upgrade: bool) -> None:
        if self._bears_nonce(request) or self.nonce.encode() in request.body:
            headers = "\n".join(value for _, value in request.headers)
            text = "\n".join((headers, request.target, request.body.decode("utf-8", "replace")))
            self.upgraded = self.upgraded or upgrade
            self._came.append((text, Arrival(request, self.behind.signed(request, upgrade=upgrade))))


def _not_ours() -> Response:
    return Response(404, NOT_OURS + b"\n", (("connection", "close"),))


def _asked(request: Request) -> str | None:
    """The nonce in the path of a proof's request; None for any other path."""
    match request.path.strip("/").split("/"):
        case ["probe", nonce]:
            return nonce
    return None
