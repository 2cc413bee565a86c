"""What arrives at our own port while it is examined. Knows nothing of who sent it, nor of what should have come.

The switchboard answers, as it does in a call; this door only remembers what was asked, whatever its path had become.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import anyio
from anyio.abc import ByteStream, Listener

from voicecall_core.listener import listening
from voicecall_core.switchboard import Switchboard
from voicecall_core.tunnel import Probe
from voicecall_core.wire.http import Request, Response
from voicecall_core.wire.network import port_of
from voicecall_core.wire.websocket import Offer

REMEMBERED = 64  # requests; the proof sends less than half as many
MARK = (
    "I-Twilio-Idempotency-Token"  # the carrier sends one with each request (docs/usage/webhooks/connection-overrides)
)


@dataclass(frozen=True, slots=True)
class Arrival:
    """A request of ours that came back, and whether its signature fitted by the switchboard's own judgement."""

    request: Request
    signed: bool


@dataclass(frozen=True, slots=True)
class Walked:
    """A form that went out to the public URL: what was sent, what arrived, what was answered."""

    target: str
    body: bytes
    arrival: Arrival | None
    status: int
    headers: tuple[tuple[str, str], ...]
    answer: bytes


class Arrivals:
    """The door behind the port. `nonce` is this process's; a request is known by a mark that nobody else can make."""

    def __init__(self, listener: Listener[ByteStream], nonce: str) -> None:
        self.listener = listener
        self.port = port_of(listener)
        self.local = f"http://127.0.0.1:{self.port}"
        self.nonce = nonce
        self.upgraded = False  # a socket was opened with our nonce
        self._switchboard: Switchboard | None = None
        self._came: deque[tuple[str, Arrival]] = deque(maxlen=REMEMBERED)

    def open(self, switchboard: Switchboard) -> None:
        """From now on the switchboard answers, the proof's nonce included."""
        switchboard.probe = Probe(self.nonce)
        self._switchboard = switchboard

    async def serve(self) -> None:
        """Answer until cancelled."""
        async with listening(self.listener, self):
            await anyio.sleep_forever()

    def found(self, mark: str) -> Arrival | None:
        """The request that carried `mark`, in its head, its target or its body."""
        return next((arrival for text, arrival in self._came if f"{self.nonce}-{mark}" in text), None)

    async def answer(self, request: Request) -> Response:
        """Remember it, and let the switchboard answer."""
        self._remember(request, upgrade=False)
        return await self._switchboard.answer(request) if self._switchboard is not None else Response(503)

    async def upgrade(self, request: Request, offer: Offer) -> None:
        """Remember it, and let the switchboard decide."""
        self._remember(request, upgrade=True)
        if self._switchboard is None:
            await offer.refuse(503)
        else:
            await self._switchboard.upgrade(request, offer)

    def _remember(self, request: Request, *, upgrade: bool) -> None:
        text = "\n".join((request.header(MARK), request.target, request.body.decode("utf-8", "replace")))
        if self.nonce not in text:
            return
        self.upgraded = self.upgraded or upgrade
        signed = self._switchboard is not None and self._switchboard.signed(request, upgrade=upgrade)
        self._came.append((text, Arrival(request, signed)))
