"""A peer on this machine who attacks a port, as a process of its own: `python -m tests.bench.attackers KIND PORT`.

What it needs to know comes as JSON, one object a line; at the end of its input it says what it did, and leaves.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import resource
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import cast

import uvloop

SHAPED = base64.b64encode(b"n" * 20).decode()  # what has the shape of a signature
GARBAGE = "R0VULi4uIG5vdCBhIGtleQ=="


class Asking(asyncio.Protocol):
    """Sends at once, and keeps the beginning of what is answered. Streams would take the attacker twice as long."""

    def __init__(self, sent: bytes, answered: asyncio.Future[bytes]) -> None:
        self._sent, self._answered = sent, answered

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        cast(asyncio.WriteTransport, transport).write(self._sent)

    def data_received(self, data: bytes) -> None:
        self._settle(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self._settle(b"")

    def _settle(self, answer: bytes) -> None:
        if not self._answered.done():
            self._answered.set_result(answer)


@dataclass
class Aim:
    """The port, what is known of the call, and what has been done so far."""

    port: int
    known: dict[str, str] = field(default_factory=dict)
    done: Counter[str] = field(default_factory=Counter)

    async def ask(self, sent: bytes, hold_s: float = 0.0) -> None:
        """Send on a connection of its own, and count the status that is answered."""
        self.done["asked"] += 1
        answered = asyncio.get_running_loop().create_future()
        try:
            transport, _ = await asyncio.get_running_loop().create_connection(
                lambda: Asking(sent, answered), "127.0.0.1", self.port
            )
        except OSError:
            self.done["refused"] += 1
            return
        try:
            async with asyncio.timeout(10):
                answer = await answered
            self.done[answer[9:12].decode("latin-1") or "closed"] += 1
            if hold_s:
                await asyncio.sleep(hold_s)
        except (OSError, TimeoutError):
            self.done["broken"] += 1
        finally:
            transport.abort()

    async def hold(self, begin: bytes, drop: bytes, every_s: float) -> None:
        """Keep a connection for as long as it is suffered, a drop at a time."""
        self.done["held"] += 1
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            self.done["refused"] += 1
            return
        over = asyncio.ensure_future(reader.read())
        try:
            writer.write(begin)
            while not over.done():
                await asyncio.wait([over], timeout=every_s)
                writer.write(drop)
        except OSError:
            pass
        finally:
            self.done["closed by the other side"] += 1
            over.cancel()
            writer.close()


Attack = Callable[[Aim], Awaitable[None]]


def form_of(call: str, size: int, signature: str) -> bytes:
    """A form of so many bytes, as many short fields as fit, percent-encoded."""
    body = b"&".join(b"a=%41" for _ in range(size // 6))[:size]
    signed = f"X-Twilio-Signature: {signature}\r\n" if signature else ""
    head = f"POST {call}/status HTTP/1.1\r\nHost: x\r\n{signed}"
    head += f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def dear_form_of(call: str) -> bytes:
    """The dearest that is read: as large as may be, of the right shape, with as many fields and escapes as may be."""
    body = "&".join(["%41aaaaaaaaaaaaaaaaaaa" * 4] * 90)
    head = f"POST {call}/status HTTP/1.1\r\nHost: x\r\nX-Twilio-Signature: {SHAPED}\r\n"
    head += "".join(f"X-{number}: a\r\n" for number in range(55))
    return f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode()


def form(size: int, signature: str) -> Attack:
    """Such forms, one after another."""

    async def attack(aim: Aim) -> None:
        await aim.ask(form_of(aim.known["call"], size, signature))

    return attack


async def dear_form(aim: Aim) -> None:
    await aim.ask(dear_form_of(aim.known["call"]))


async def slow_head(aim: Aim) -> None:
    await aim.hold(f"POST {aim.known['call']}/status HTTP/1.1\r\n".encode(), b"X", 0.5)


async def slow_body(aim: Aim) -> None:
    head = f"POST {aim.known['call']}/status HTTP/1.1\r\nHost: x\r\nX-Twilio-Signature: {SHAPED}\r\n"
    await aim.hold(f"{head}Content-Length: 4000\r\n\r\n".encode(), b"a", 0.5)


async def idle(aim: Aim) -> None:
    await aim.hold(b"", b"", 60)


def upgrade_to(path: str, signature: str) -> bytes:
    """An upgrade that bears this for a signature."""
    head = f"GET {path} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    head += f"Sec-WebSocket-Key: {GARBAGE}\r\nSec-WebSocket-Version: 13\r\n"
    return f"{head}X-Twilio-Signature: {signature}\r\n\r\n".encode()


async def garbage_upgrade(aim: Aim) -> None:
    await aim.ask(upgrade_to(f"{aim.known['call']}/media/1/{'0' * 32}", SHAPED) + os.urandom(200))


async def repeated_upgrade(aim: Aim) -> None:
    """The carrier's own upgrade, overheard and repeated; before it has come, one that is signed for a wrong token."""
    await aim.ask(aim.known.get("upgrade", aim.known["wrong"]).encode())


async def ping_flood(aim: Aim) -> None:
    """The carrier's own upgrade, overheard and repeated, with 10,000 pings behind it."""
    if head := aim.known.get("upgrade"):
        await aim.ask(head.encode() + b"\x89\x80\x00\x00\x00\x00" * 10_000, 0.2)
    else:
        await garbage_upgrade(aim)


async def replayed_webhook(aim: Aim) -> None:
    """A webhook of the carrier's own, overheard and repeated."""
    await aim.ask(aim.known["webhook"].encode())


# How each is done, how often a second, and by how many at a time. In the field were met 18 forms, 26 idle connections
# and 111 upgrades a second: ten times as many, and more, are asked for here.
ATTACKS: dict[str, tuple[Attack, float, int]] = {
    "unsigned-64k": (form(65_536, ""), 300, 16),
    "unsigned-256k": (form(262_144, ""), 300, 16),
    "badly-signed-64k": (form(65_536, SHAPED), 300, 16),
    "badly-signed-256k": (form(262_144, SHAPED), 300, 16),
    "badly-signed-8k": (dear_form, 300, 16),
    "slow-heads": (slow_head, 100, 1_000),
    "slow-bodies": (slow_body, 100, 1_000),
    "idle": (idle, 1_000, 5_000),
    "garbage-upgrades": (garbage_upgrade, 1_200, 64),
    "repeated-upgrades": (repeated_upgrade, 1_200, 64),
    "ping-floods": (ping_flood, 60, 16),
    "replayed-webhooks": (replayed_webhook, 1_000, 64),
    "nothing": (idle, 0.001, 1),
}


async def main(kind: str, port: int) -> None:
    """Attack from the first line of input on, until the end of it."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(8_192, hard), hard))
    attack, rate, most = ATTACKS[kind]
    aim, places, running = Aim(port), asyncio.Semaphore(most), set[asyncio.Future[None]]()
    loop = asyncio.get_running_loop()
    began = loop.time()
    told_once = asyncio.Event()

    def leave() -> None:
        print(json.dumps({"seconds": loop.time() - began, **aim.done}), flush=True)
        os._exit(0)

    def told() -> None:
        line = sys.stdin.readline()
        aim.known.update(json.loads(line) if line else {})
        told_once.set()
        if not line:
            leave()

    loop.add_reader(sys.stdin.fileno(), told)
    await told_once.wait()
    began = due = loop.time()

    async def one() -> None:
        try:
            await attack(aim)
        finally:
            places.release()

    while True:
        await places.acquire()
        task = asyncio.ensure_future(one())
        running.add(task)
        task.add_done_callback(running.discard)
        due = max(due + 1 / rate, loop.time() - 0.5)
        await asyncio.sleep(max(0, due - loop.time()))


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], int(sys.argv[2])))
