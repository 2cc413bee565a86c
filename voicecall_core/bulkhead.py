"""Keeps a mistake of our own at the door from bringing the whole ship down: one call's, or nobody's, is ended for it.

Knows nothing of what the door does with a request.
"""

from __future__ import annotations

from voicecall_core.net.http_server import Request, Response
from voicecall_core.net.opening import Offer
from voicecall_core.switchboard import Switchboard
from voicecall_core.tunnel.arrivals import Arrivals

FAILED = Response(500, b"A mistake of voicecall's own.\n")


class Bulkhead:
    """A door in front of another; what fails behind it is told to the call whose path was asked."""

    def __init__(self, door: Arrivals, switchboard: Switchboard) -> None:
        self._door, self._switchboard = door, switchboard

    def glance(self, head: Request) -> Response | None:
        """What a request gets on account of its head alone, if it is refused for it."""
        try:
            return self._door.glance(head)
        except Exception as error:
            return self._switchboard.failed(head.path, error) or FAILED

    def turned_away(self, path: str, status: int) -> None:
        """The server refused a request to this path, or dropped it to make room."""
        try:
            self._door.turned_away(path, status)
        except Exception as error:
            self._switchboard.failed(path, error)

    async def answer(self, request: Request) -> Response:
        """Answer a request. After a mistake: what ends a call whose document it was, or 500."""
        try:
            return await self._door.answer(request)
        except Exception as error:
            return self._switchboard.failed(request.path, error) or FAILED

    async def upgrade(self, request: Request, offer: Offer) -> None:
        """Let a socket in, or not."""
        try:
            await self._door.upgrade(request, offer)
        except Exception as error:
            self._switchboard.failed(request.path, error)
            await offer.settle(1011)
