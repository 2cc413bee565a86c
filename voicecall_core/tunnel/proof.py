"""What the steps of one proof of the public path have in common.

A signed form and a media socket go out to the public URL, and have to come back to this very process unchanged. Each
step is a function of the proof, and its result a value; the steps that build on another find here what it left.
"""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

import httpx2

from voicecall_core.carriers.base import CarrierRequests
from voicecall_core.net.network import Network
from voicecall_core.net.websocket import WebSocket
from voicecall_core.tunnel.arrivals import Arrival, Arrivals
from voicecall_core.words.checks import CheckResult

PORTS = {"http": 80, "https": 443}

Resolve = Callable[[str], Awaitable[list[str]]]


@dataclass(frozen=True, slots=True)
class Walked:
    """A form that went out to the public URL: what was sent, what arrived, what was answered."""

    target: str
    body: bytes
    arrival: Arrival | None
    answer: httpx2.Response


@dataclass(slots=True)
class Proof:
    """One proof under way. `base` is the public URL without a slash behind it; empty while none is known.

    `resolve` gives a name's addresses and raises OSError. `tls` says whose certificates are believed. A `fresh` URL
    has just been given to a tunnel of our own: it takes a while to be known everywhere. `now` tells the date.
    """

    base: str
    port: int
    requests: CarrierRequests
    http: httpx2.AsyncClient
    network: Network
    tls: ssl.SSLContext | None = None
    arrivals: Arrivals | None = None
    resolve: Resolve | None = None
    now: Callable[[], datetime] | None = None
    loopback_allowed: bool = False
    fresh: bool = False
    frames: int = 50  # a second of speech
    walked: Walked | None = None
    upgrade_mark: str = ""
    socket: WebSocket | None = field(default=None, repr=False)
    _marks: int = 0

    @property
    def host(self) -> str:
        """The public URL's host name."""
        return urlsplit(self.base).hostname or ""

    @property
    def door(self) -> Arrivals:
        """Where what is sent has to arrive."""
        assert self.arrivals is not None, "the port is open before anything is sent to it"
        return self.arrivals

    @property
    def target(self) -> str:
        """The path to which this process alone answers."""
        return f"/probe/{self.door.nonce}"

    @property
    def start_tunnel(self) -> str:
        """The command that makes a tunnel to our port."""
        return f"cloudflared tunnel --url http://127.0.0.1:{self.port}    (or: ngrok http {self.port})"

    def mark(self) -> str:
        """A mark by which one request is known when it arrives, whatever its path has become."""
        self._marks += 1
        return f"{self.door.nonce}-{self._marks}."


Step = Callable[[Proof], Awaitable[CheckResult]]
