from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
import pytest
from anyio.abc import ByteStream

from tests.net.doors import UPGRADE, EchoDoor, read_all, served
from voicecall_core.errors import PeerError
from voicecall_core.net.http_server import HttpLimits, Request
from voicecall_core.net.memory import MemoryNetwork
from voicecall_core.net.network import TcpNetwork, port_of
from voicecall_core.net.opening import OPEN_WITHIN, Offer, UpgradeRefused, open_websocket
from voicecall_core.net.pulse import PINGS
from voicecall_core.net.websocket import SocketEnded, WebSocket


@asynccontextmanager
async def answering(network: MemoryNetwork, answer: bytes) -> AsyncIterator[tuple[int, list[bytes]]]:
    """A server that says `answer` to whatever it reads first, and then closes its half."""
    heard: list[bytes] = []

    async def serve_one(stream: ByteStream) -> None:
        async with stream:
            heard.append(await stream.receive())
            await stream.send(answer)
            await stream.send_eof()
            await read_all(stream)

    async with await network.listen(0) as listener, anyio.create_task_group() as tasks:
        tasks.start_soon(listener.serve, serve_one)
        yield port_of(listener), heard
        tasks.cancel_scope.cancel()


async def talk_a_little(network: MemoryNetwork | TcpNetwork) -> None:
    door = EchoDoor()
    stages: list[str] = []
    async with served(network, door) as port:
        url = f"ws://127.0.0.1:{port}/media/1?x=%20"
        async with await open_websocket(network, url, headers=[("X-Own", "1")], on_stage=stages.append) as socket:
            for message in ("", "hello", "J\u00fcrgen", "x" * 300_000):
                await socket.send(message)
                assert await socket.receive() == message
            assert not socket.closed
        assert socket.closed
        with pytest.raises(SocketEnded) as ended:
            await socket.receive()
        assert ended.value.code == 1000
        with pytest.raises(SocketEnded):
            await socket.send("too late")
    assert stages == ["connected", "upgraded"]
    assert door.requests[0].target == "/media/1?x=%20"


@pytest.mark.parametrize("behind", [True, False])
@pytest.mark.parametrize(
    ("first", "rest", "code", "why"),
    [
        (b"", b"\x8a\x80\x00\x00\x00\x00", 1008, b"too many pings"),  # pongs that nobody asked for
        (b"\x01\x80\x00\x00\x00\x00", b"\x00\x80\x00\x00\x00\x00", 1008, b"too many frames"),
        (b"\x01\x81\x00\x00\x00\x00a", b"\x00\x81\x00\x00\x00\x00a", 1008, b"too many frames"),
        (b"\x81\xff" + (5_000).to_bytes(8) + b"\x00" * 4, b"x" * 8, 1009, b"exceeds limit of 4000 bytes"),
    ],
)
async def test_the_smallest_frames_are_not_parsed_without_end(
    first: bytes, rest: bytes, code: int, why: bytes, behind: bool
) -> None:
    """Nor what came together with the upgrade: each turn of the event loop parses a few of them."""
    network, upgraded = MemoryNetwork(), UPGRADE + (first if behind else b"")
    async with served(network, EchoDoor(), HttpLimits(message_bytes=4_000)) as port:
        async with await network.connect("x", port) as stream:
            await stream.send(upgraded + (rest * 2_000 if behind else b""))
            if not behind:
                await stream.send(first + rest * 2_000)
            answer = (await read_all(stream)).partition(b"\r\n\r\n")[2]
            assert answer[0] == 0x88 and int.from_bytes(answer[2:4]) == code and why in answer
    assert network.open_ends == 0


async def test_what_came_together_with_the_upgrade_is_heard_in_order() -> None:
    network = MemoryNetwork()
    async with served(network, EchoDoor()) as port, await network.connect("x", port) as stream:
        said = b"".join(b"\x81\x84\x00\x00\x00\x00%04d" % number for number in range(500))
        await stream.send(UPGRADE + said[:3_000])
        await stream.send(said[3_000:])
        echo, answer = b"".join(b"\x81\x04%04d" % number for number in range(500)), b""
        while len(answer.partition(b"\r\n\r\n")[2]) < len(echo):
            answer += await stream.receive()
        assert answer.partition(b"\r\n\r\n")[2] == echo


@pytest.mark.parametrize(("apart_s", "code"), [(0.0, 1008), (0.1, 1000)])
async def test_who_pings_without_end_is_shown_the_door_and_who_asks_now_and_then_is_answered(
    apart_s: float, code: int
) -> None:
    network, pongs = MemoryNetwork(), 0
    async with served(network, EchoDoor()) as port, await network.connect("x", port) as stream:
        await stream.send(UPGRADE)
        assert b"101 Switching" in await stream.receive()
        for _ in range(2 * PINGS):
            await stream.send(b"\x89\x80\x00\x00\x00\x00")
            await anyio.sleep(apart_s)
        if code == 1000:
            await stream.send(b"\x88\x82\x00\x00\x00\x00\x03\xe8")
        answer = await read_all(stream)
        pongs = answer.count(b"\x8a\x00")
        assert PINGS <= pongs < 2 * PINGS if code == 1008 else pongs == 2 * PINGS
        assert answer[2 * pongs : 2 * pongs + 1] == b"\x88" and int.from_bytes(answer[2 * pongs + 2 :][:2]) == code


async def test_messages_go_both_ways() -> None:
    network = MemoryNetwork()
    await talk_a_little(network)
    assert network.open_ends == 0


@pytest.mark.real_sockets
async def test_messages_go_both_ways_over_sockets() -> None:
    await talk_a_little(TcpNetwork())


async def test_the_client_sends_the_given_headers_and_no_others() -> None:
    network = MemoryNetwork()
    given = [("X-Twilio-Signature", "abc="), ("Authorization", "Bearer key")]
    async with answering(network, b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n") as (port, heard):
        with pytest.raises(UpgradeRefused):
            await open_websocket(network, f"ws://h:{port}/p", headers=given, user_agent="Twilio.TmeWs/1.0")
    lines = heard[0].decode().split("\r\n")
    assert lines[0] == "GET /p HTTP/1.1"
    names = [line.partition(":")[0] for line in lines[1:] if line]
    assert names == [
        *("Host", "Upgrade", "Connection", "Sec-WebSocket-Key", "Sec-WebSocket-Version"),
        *("X-Twilio-Signature", "Authorization", "User-Agent"),
    ]
    assert "User-Agent: Twilio.TmeWs/1.0" in lines
    assert f"Host: h:{port}" in lines


async def test_a_refusal_carries_what_the_server_said() -> None:
    class Closed(EchoDoor):
        async def upgrade(self, request: Request, offer: Offer) -> None:
            await offer.refuse(403, b"wrong signature")

    network = MemoryNetwork()
    async with served(network, Closed()) as port:
        with pytest.raises(UpgradeRefused) as refused:
            await open_websocket(network, f"ws://h:{port}/")
    assert (refused.value.status, refused.value.body) == (403, b"wrong signature")
    assert ("Content-Length", "15") in refused.value.headers
    assert network.open_ends == 0


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"", OSError),
        (b"HTTP/1.1 101 Switching", OSError),
        (b"SSH-2.0-OpenSSH\r\n", PeerError),
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n", PeerError),
        (b"HTTP/1.1 301 Moved\r\nLocation: wss://other.example/\r\nContent-Length: 0\r\n\r\n", UpgradeRefused),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", UpgradeRefused),
    ],
)
async def test_an_answer_that_is_no_upgrade(answer: bytes, error: type[Exception]) -> None:
    network = MemoryNetwork()
    async with answering(network, answer) as (port, _):
        with pytest.raises(error):
            await open_websocket(network, f"ws://h:{port}/")
    assert network.open_ends == 0


@pytest.mark.parametrize("url", ["http://h/secret", "ws:///secret", "nothing", "ws://h:x/secret", "ws://h/#secret"])
async def test_an_address_that_is_none_is_not_repeated(url: str) -> None:
    with pytest.raises(PeerError) as error:
        await open_websocket(MemoryNetwork(), url)
    assert "secret" not in str(error.value)


async def test_nobody_there() -> None:
    with pytest.raises(OSError):
        await open_websocket(MemoryNetwork(), "ws://h:1/")


async def test_a_server_that_never_answers_is_given_up() -> None:
    network = MemoryNetwork()
    async with await network.listen(8080):
        began = anyio.current_time()
        with pytest.raises(TimeoutError):
            await open_websocket(network, "ws://h:8080/")
        assert anyio.current_time() - began == OPEN_WITHIN
    assert network.open_ends == 0


@pytest.mark.parametrize("stage", ["connected", "upgraded"])
async def test_an_observer_that_fails_leaves_nothing_open(stage: str) -> None:
    def fail(at: str) -> None:
        if at == stage:
            raise KeyError(at)

    network = MemoryNetwork()
    async with served(network, EchoDoor()) as port:
        with pytest.raises(KeyError):
            await open_websocket(network, f"ws://h:{port}/", on_stage=fail)
        await anyio.wait_all_tasks_blocked()
        assert network.open_ends == 0


async def test_a_cancelled_opening_leaves_nothing_open() -> None:
    opened = anyio.Event()

    class Slow(EchoDoor):
        async def upgrade(self, request: Request, offer: Offer) -> None:
            opened.set()
            await anyio.sleep(3)
            await super().upgrade(request, offer)

    network = MemoryNetwork()
    async with served(network, Slow()) as port:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(open_websocket, network, f"ws://h:{port}/")
            await opened.wait()
            tasks.cancel_scope.cancel()
        await anyio.sleep(10)
        assert network.open_ends == 0


async def test_frames_may_follow_the_handshake_in_one_piece() -> None:
    network = MemoryNetwork()

    class Eager(EchoDoor):
        async def upgrade(self, request: Request, offer: Offer) -> None:
            socket = await offer.accept()
            await socket.send(f"first {await socket.receive()!s}")
            with pytest.raises(SocketEnded):
                await socket.receive()

    head = (
        b"GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    ping, text, close = b"\x89\x80\0\0\0\0", b"\x81\x82\0\0\0\0hi", b"\x88\x82\0\0\0\0\x03\xe8"
    async with served(network, Eager()) as port, await network.connect("h", port) as stream:
        await stream.send(head + ping + text + close)
        began = anyio.current_time()
        answer = await read_all(stream)
        assert anyio.current_time() == began
    assert answer.partition(b"\r\n\r\n")[2] == b"\x8a\x00" + b"\x88\x02\x03\xe8"


async def test_a_certificate_that_is_not_trusted_is_an_os_error() -> None:
    network = MemoryNetwork()
    stages: list[str] = []
    async with served(network, EchoDoor()) as port:
        with pytest.raises(OSError):
            await open_websocket(network, f"wss://h:{port}/", tls=ssl.create_default_context(), on_stage=stages.append)
    assert stages == ["connected"]
    assert network.open_ends == 0


async def test_an_offer_is_decided_once() -> None:
    class Twice(EchoDoor):
        async def upgrade(self, request: Request, offer: Offer) -> None:
            await offer.accept()
            with pytest.raises(AssertionError):
                await offer.refuse(403)
            with pytest.raises(AssertionError):
                await offer.accept()

    network = MemoryNetwork()
    async with served(network, Twice()) as port:
        socket = await open_websocket(network, f"ws://h:{port}/")
        with pytest.raises(SocketEnded):
            await socket.receive()


async def test_an_accepted_socket_outlives_every_limit_of_its_connection() -> None:
    network = MemoryNetwork()
    async with served(network, EchoDoor()) as port:
        socket: WebSocket = await open_websocket(network, f"ws://h:{port}/")
        await anyio.sleep(3_600)
        await socket.send("still there")
        assert await socket.receive() == "still there"
        await socket.close()
