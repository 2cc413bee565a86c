"""Status callbacks to one server, a hundred in flight: `python -m tests.bench.hooks.load SETTINGS`, as JSON."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Sequence
from time import perf_counter
from typing import Any, cast
from urllib.parse import urlencode, urlsplit

import uvloop
from twilio.request_validator import RequestValidator

IN_FLIGHT, WARM_UP = 100, 500


class Peer(asyncio.Protocol):
    """One connection of the carrier's: sends, and waits for the answer."""

    def __init__(self) -> None:
        self._answered: asyncio.Future[bytes] | None = None
        self.transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.WriteTransport, transport)

    def data_received(self, data: bytes) -> None:
        if self._answered is not None and not self._answered.done():
            self._answered.set_result(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self.data_received(b"")

    async def ask(self, sent: bytes) -> bytes:
        """The first bytes that are answered."""
        assert self.transport is not None
        self._answered = asyncio.get_running_loop().create_future()
        self.transport.write(sent)
        return await self._answered


def requests(paths: Sequence[str], token: str, count: int, *, last: bool) -> list[bytes]:
    """So many different callbacks, signed; `last`: each says that its connection is closed after it."""
    validator = RequestValidator(token)
    written = []
    for number in range(count):
        url = paths[number % len(paths)]
        form = {
            "AccountSid": "AC" + "0" * 32,
            "ApiVersion": "2010-04-01",
            "CallSid": f"CA{number % len(paths):032x}",
            "CallStatus": "ringing",
            "CallbackSource": "call-progress-events",
            "Called": "+15555550100",
            "Caller": "+15005550006",
            "Direction": "outbound-api",
            "From": "+15005550006",
            "FromCity": "SAN FRANCISCO",
            "FromCountry": "US",
            "SequenceNumber": str(number),
            "Timestamp": "Tue, 01 Dec 2026 12:00:00 +0000",
            "To": "+15555550100",
            "ToCountry": "US",
        }
        body, parts = urlencode(form).encode(), urlsplit(url)
        more = "Connection: close\r\n" if last else ""
        head = (
            f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nUser-Agent: TwilioProxy/1.1\r\n"
            f"Content-Type: application/x-www-form-urlencoded; charset=utf-8\r\nContent-Length: {len(body)}\r\n"
            f"X-Twilio-Signature: {validator.compute_signature(url, form)}\r\nAccept: */*\r\n"
            f"I-Twilio-Idempotency-Token: {number:032x}\r\n{more}\r\n"
        )
        written.append(head.encode() + body)
    return written


async def _asked(port: int, sent: list[bytes], *, anew: bool) -> tuple[list[float], int]:
    """Milliseconds that each waited, and how many were not taken."""
    waited, wrong, left = list[float](), 0, iter(sent)
    loop = asyncio.get_running_loop()

    async def one() -> None:
        nonlocal wrong
        peer: Peer | None = None
        for request in left:
            began = perf_counter()
            if peer is None or anew:
                _, peer = await loop.create_connection(Peer, "127.0.0.1", port)
            answer = await peer.ask(request)
            waited.append((perf_counter() - began) * 1000)
            wrong += not answer.startswith(b"HTTP/1.1 204")
            if anew and peer.transport is not None:
                peer.transport.close()

    await asyncio.gather(*(one() for _ in range(IN_FLIGHT)))
    return waited, wrong


def run(kind: str, count: int, *, anew: bool) -> dict[str, Any]:
    """Microseconds of the server's processor time a callback, and how long each waited."""
    command = [sys.executable, "-m", "tests.bench.hooks.serving", kind]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin is not None and server.stdout is not None
        told = json.loads(server.stdout.readline())
        sent = requests(told["paths"], told["token"], WARM_UP + count, last=anew)
        port = urlsplit(told["paths"][0]).port or 0
        uvloop.run(_asked(port, sent[:WARM_UP], anew=anew))
        began = _taken(server)
        waited, wrong = uvloop.run(_asked(port, sent[WARM_UP:], anew=anew))
        taken = _taken(server) - began
        server.stdin.close()
    waited.sort()
    return {
        "us": taken / count * 1e6,
        "p50_ms": waited[len(waited) // 2],
        "p99_ms": waited[len(waited) * 99 // 100],
        "wrong": wrong,
    }


def _taken(server: subprocess.Popen[str]) -> float:
    assert server.stdin is not None and server.stdout is not None
    server.stdin.write("\n")
    server.stdin.flush()
    return float(server.stdout.readline())


if __name__ == "__main__":
    print(json.dumps(run(**json.loads(sys.argv[1]))))
