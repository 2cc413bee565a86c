"""A reverse proxy with TLS that can be told to do what proxies and tunnels do wrong. Knows no check.

It is the way from the public URL to the port that is examined; without meddling it passes everything on as it is.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from functools import cache
from urllib.parse import parse_qsl, urlencode

import anyio
import httpx2
import trustme
from anyio.abc import ByteStream
from anyio.streams.tls import TLSStream

from voicecall_core.net.http_client import http_client
from voicecall_core.net.http_server import Request, Response, serve_connection
from voicecall_core.net.memory import MemoryNetwork
from voicecall_core.net.network import drop, port_of
from voicecall_core.net.opening import Offer, UpgradeRefused, open_websocket
from voicecall_core.net.websocket import SocketEnded, WebSocket

HOST = "call.example.com"
LAST_DAY = datetime(2037, 12, 31)


@dataclass(frozen=True)
class Meddling:
    """What goes wrong on the way; nothing, unless it is said."""

    leads: bool = True  # somebody listens at the public address
    encrypted: bool = True
    named: str = HOST  # whom the certificate is for
    not_after: datetime = LAST_DAY
    known: bool = True  # the authority is one that we believe
    page: tuple[int, bytes, tuple[tuple[str, str], ...]] | None = None  # answered instead of being passed on
    prefix: str = ""  # put before every path
    drops_blanks: bool = False
    encodes_anew: bool = False
    host: str = ""  # put in the place of Host
    strips: str = ""  # a header that is not passed on with forms
    strips_on_upgrade: str = ""
    answer: bytes | None = None  # put in the place of ours
    delay_s: float = 0.0
    upgrade_status: int = 0  # with which upgrades are refused
    holds_s: float = 0.0  # for how long frames are collected before they are passed on
    alters: bool = False  # frames
    ends_after: int = 0  # frames, after which the socket dies


HEALTHY = Meddling()
AUTHORITY = trustme.CA()
INTRUDER = trustme.CA()


@cache
def believed() -> ssl.SSLContext:
    """What our side believes: AUTHORITY and nobody else."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    AUTHORITY.configure_trust(context)
    return context


@asynccontextmanager
async def meddler(network: MemoryNetwork, to: int, how: Meddling, now: datetime) -> AsyncIterator[None]:
    """Lead https://HOST to the port `to` of this machine, for as long as the block runs."""
    if not how.leads:
        yield
        return
    listener = await network.listen(0)
    network.route(HOST, 443, port_of(listener))
    async with listener, http_client(network) as http, anyio.create_task_group() as tasks:
        door = _Door(network, http, to, how, now)
        context = _certificate(how)

        async def connection(stream: ByteStream) -> None:
            try:
                if how.encrypted:
                    stream = await TLSStream.wrap(
                        stream, server_side=True, ssl_context=context, standard_compatible=False
                    )
                await serve_connection(stream, door)
            except (OSError, anyio.EndOfStream, anyio.BrokenResourceError):
                pass
            finally:
                await drop(stream)

        tasks.start_soon(listener.serve, connection)
        yield
        tasks.cancel_scope.cancel()


def _certificate(how: Meddling) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority = AUTHORITY if how.known else INTRUDER
    authority.issue_cert(how.named, not_after=how.not_after).configure_cert(context)
    return context


@dataclass
class _Door:
    network: MemoryNetwork
    http: httpx2.AsyncClient
    to: int
    how: Meddling
    now: datetime
    frames: int = field(default=0)

    async def answer(self, request: Request) -> Response:
        await anyio.sleep(self.how.delay_s)
        date = ("Date", format_datetime(self.now, usegmt=True))
        if self.how.page is not None:
            status, body, headers = self.how.page
            return Response(status, body, (*headers, date))
        url = f"http://127.0.0.1:{self.to}{self.how.prefix}{request.target}"
        answer = await self.http.request(
            request.method, url, content=self._body(request), headers=self._headers(request, self.how.strips)
        )
        kept = tuple((name, value) for name, value in answer.headers.items() if name == "content-type")
        return Response(
            answer.status_code, answer.content if self.how.answer is None else self.how.answer, (*kept, date)
        )

    def _body(self, request: Request) -> bytes:
        if self.how.drops_blanks:
            return urlencode(parse_qsl(request.body.decode())).encode()
        if self.how.encodes_anew:
            return urlencode(parse_qsl(request.body.decode(), keep_blank_values=True), safe="*'()~").encode()
        return request.body

    def _headers(self, request: Request, stripped: str) -> list[tuple[str, str]]:
        kept = [each for each in request.headers if each[0] not in ("content-length", "connection", stripped)]
        if self.how.host:
            kept = [("host", self.how.host) if name == "host" else (name, value) for name, value in kept]
        return [*kept, ("X-Forwarded-Proto", "https")]

    async def upgrade(self, request: Request, offer: Offer) -> None:
        if self.how.upgrade_status:
            return await offer.refuse(self.how.upgrade_status)
        left = ("host", "upgrade", "connection", self.how.strips_on_upgrade)
        headers = [each for each in request.headers if each[0] not in left and not each[0].startswith("sec-websocket")]
        url = f"ws://127.0.0.1:{self.to}{self.how.prefix}{request.target}"
        try:
            behind = await open_websocket(self.network, url, headers=headers)
        except UpgradeRefused as refused:
            return await offer.refuse(refused.status)
        before = await offer.accept()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._pass_on, before, behind)
            await self._pass_on(behind, before, meddle=True)
            tasks.cancel_scope.cancel()

    async def _pass_on(self, one: WebSocket, other: WebSocket, meddle: bool = False) -> None:
        held: list[str] = []
        release = anyio.current_time()
        try:
            while True:
                with anyio.move_on_at(release) if held else anyio.CancelScope():
                    held.append(str(await one.receive()))
                    self.frames += meddle
                if meddle and self.how.ends_after and self.frames > self.how.ends_after:
                    return await other.close(1011)
                if meddle and anyio.current_time() < release:
                    continue
                for text in held:
                    await other.send(text.replace("chunk", "chonk") if meddle and self.how.alters else text)
                held, release = [], anyio.current_time() + self.how.holds_s
        except SocketEnded:
            await other.close()
