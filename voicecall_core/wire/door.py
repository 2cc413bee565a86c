"""What is asked and answered at a door that others knock at. Knows nothing of how it is written on the wire."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import parse_qsl

from voicecall_core.wire.websocket import Offer


@dataclass(frozen=True, slots=True)
class Limits:
    """What one peer may take of us. Seconds, bytes, counts."""

    head_bytes: int = 16_384  # a signed webhook's head is below 2 kB; tunnels add their own lines
    body_bytes: int = 262_144  # a form is below 64 kB; a REST request to the built-in carrier carries TwiML as well
    head_s: float = 10.0  # for the whole head, not per byte: a drop a second is an attack
    body_s: float = 10.0  # the carrier's own webhooks give up after 15 s in all
    answer_s: float = 10.0  # for the peer to take an answer
    idle_s: float = 60.0  # between requests; tunnels keep connections for about so long
    connections: int = 256  # some calls' sockets and webhooks; a shell allows 1024 descriptors
    requests: int = 1_000  # on one connection; then it is closed and may be opened anew


USUAL = Limits()


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked. `target` is path and query as they came, header names are lower-case.

    Its repr is the method alone: tokens, keys and numbers are in all the rest.
    """

    method: str
    target: str = field(repr=False)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    body: bytes = field(default=b"", repr=False)

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]

    def header(self, name: str, default: str = "") -> str:
        """The first header of that name."""
        return next((value for key, value in self.headers if key == name.lower()), default)

    def form(self) -> list[tuple[str, str]]:
        """The body as a form, in order, blank values kept. Bytes that are not UTF-8 become U+FFFD."""
        return parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True, errors="replace")


@dataclass(frozen=True, slots=True)
class Response:
    """What is answered. Its length is written for you; its repr is the status alone."""

    status: int
    body: bytes = field(default=b"", repr=False)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)


class Door(Protocol):
    """Who decides what a request gets."""

    async def answer(self, request: Request) -> Response:
        """Answer an ordinary request."""
        ...

    async def upgrade(self, request: Request, offer: Offer) -> None:
        """Accept or refuse a WebSocket, and return when it is done with. A SocketEnded may be let through."""
        ...
