"""What else goes on around an examination: a port taken, a busy machine, a login page, a host that never answers."""

from __future__ import annotations

import ssl
from dataclasses import replace

import anyio
import trio
from anyio.abc import ByteStream, Listener
from trio.testing import MockClock

from tests.doctor.patient import PORT
from voicecall_core.doctor.subject import Subject
from voicecall_core.net.http_server import Request, Response, serve
from voicecall_core.net.memory import MemoryNetwork
from voicecall_core.net.opening import Offer


class Deaf:
    """A network on which one name never leads anywhere, as where the DNS hangs."""

    NAME = "silent.example.com"

    def __init__(self, network: MemoryNetwork) -> None:
        self._network = network

    async def connect(self, host: str, port: int, *, tls: ssl.SSLContext | None = None) -> ByteStream:
        if host == self.NAME:
            await anyio.sleep(3600)
        return await self._network.connect(host, port, tls=tls)

    async def listen(self, port: int) -> Listener[ByteStream]:
        return await self._network.listen(port)


async def taken(network: MemoryNetwork) -> None:
    """Another program has our port."""
    async with await network.listen(PORT):
        await anyio.sleep_forever()


async def busy(network: MemoryNetwork) -> None:
    """Somebody keeps the loop for 80 ms at a time, for two seconds and a half."""
    clock = trio.lowlevel.current_clock()
    assert isinstance(clock, MockClock)
    for _ in range(30):
        await anyio.sleep(0.009)
        clock.jump(0.080)


class LoginPage:
    """What a hotel's network answers to everything."""

    PORT = 8080

    async def __call__(self, network: MemoryNetwork) -> None:
        await serve(await network.listen(self.PORT), self)

    def seen(self, subject: Subject) -> Subject:
        """The carrier's address leads there."""
        return replace(subject, carrier=replace(subject.carrier, url=f"http://127.0.0.1:{self.PORT}"))

    async def answer(self, request: Request) -> Response:
        return Response(200, b"<h1>Welcome, guest</h1>", (("Content-Type", "text/html"),))

    async def upgrade(self, request: Request, offer: Offer) -> None:
        await offer.refuse(404)


login_page = LoginPage()
