from __future__ import annotations

from collections.abc import Callable, Coroutine
from itertools import pairwise
from typing import Any

import anyio
import pytest
import trio
from anyio.abc import ByteStream
from hypothesis import given, settings
from hypothesis import strategies as st
from trio.testing import MockClock
from websockets.frames import BINARY, CLOSE, CONT, PING, PONG, TEXT, Close, Frame, Opcode
from websockets.protocol import OPEN
from websockets.server import ServerProtocol

from tests.net.doors import EchoDoor, read_all, served
from voicecall_core.net.memory import WINDOW_BYTES, MemoryNetwork, MemoryStream
from voicecall_core.net.network import LINGER
from voicecall_core.net.opening import open_websocket
from voicecall_core.net.websocket import CLOSE_WITHIN, MESSAGE_BYTES, READ_BYTES, SEND_WITHIN, SocketEnded, WebSocket


async def opened() -> tuple[WebSocket, ByteStream]:
    """A server's socket, and the stream of a client that speaks in bytes."""
    network = MemoryNetwork()
    taken: list[ByteStream] = []
    async with await network.listen(8080) as listener, anyio.create_task_group() as tasks:

        async def take(stream: ByteStream) -> None:
            taken.append(stream)
            tasks.cancel_scope.cancel()

        client = await network.connect("x", 8080)
        with anyio.CancelScope():
            await listener.serve(take, tasks)
    return WebSocket(taken[0], ServerProtocol(state=OPEN, max_size=MESSAGE_BYTES)), client


def frame(opcode: Opcode, data: bytes = b"", fin: bool = True) -> bytes:
    """A client's frame."""
    return Frame(opcode, data, fin).serialize(mask=True)


CLOSED = frame(CLOSE, Close(4000, "beta").serialize())


async def drained(socket: WebSocket) -> list[str | bytes]:
    """All messages until the end."""
    got: list[str | bytes] = []
    try:
        while True:
            got.append(await socket.receive())
    except SocketEnded as ended:
        return [*got, f"{ended.code} {ended.reason}"]


async def test_a_close_is_answered_and_says_why() -> None:
    socket, client = await opened()
    await client.send(frame(TEXT, b"last") + CLOSED)
    began = anyio.current_time()
    assert await socket.receive() == "last"
    assert anyio.current_time() == began
    assert socket.closed
    assert await drained(socket) == ["4000 beta"]
    assert await read_all(client) == b"\x88\x06\x0f\xa0beta"
    with pytest.raises(SocketEnded) as ended:
        await socket.send("x")
    assert (ended.value.code, ended.value.reason) == (4000, "beta")


@pytest.mark.parametrize(
    ("sent", "end"),
    [
        (b"", "1006 "),
        (frame(TEXT, b"cut")[:4], "1006 "),
        (Frame(TEXT, b"no mask").serialize(mask=False), "1002 incorrect masking"),
        (b"\x83\x80\0\0\0\0", "1002 invalid opcode"),
        (frame(CONT, b"of nothing"), "1002 unexpected continuation frame"),
        (frame(TEXT, b"\xff\xfe"), "1007 text that is not UTF-8"),
        (b"\x81\xff" + (MESSAGE_BYTES + 1).to_bytes(8) + bytes(4), "1009 "),
        (frame(TEXT, b"x", fin=False) + b"\x80\xff" + MESSAGE_BYTES.to_bytes(8) + bytes(4), "1009 "),
    ],
    # Masks are random: named by their bytes, the cases would be other ones in each worker.
    ids=["nothing", "cut", "no mask", "opcode", "continuation", "not UTF-8", "too long", "too long in parts"],
)
async def test_whatever_the_peer_does_wrong_is_an_end_with_a_code(sent: bytes, end: str) -> None:
    socket, client = await opened()
    await client.send(frame(TEXT, b"before") + sent)
    await client.send_eof()
    first, last = await drained(socket)
    assert first == "before"
    assert str(last).startswith(end)
    assert socket.closed
    code = int(end[:4])
    assert (await read_all(client))[2:4] == (b"" if code == 1006 else code.to_bytes(2))


@given(sent=st.binary(max_size=200))
@settings(deadline=None, max_examples=100)
async def test_no_bytes_are_too_strange(sent: bytes) -> None:
    socket, client = await opened()
    await client.send(sent)
    await client.send_eof()
    assert str((await drained(socket))[-1])[:1] in "1234"


TALK = b"".join(
    [
        frame(TEXT, "J\u00fc".encode()[:2], fin=False),
        frame(PING, b"there?"),
        frame(CONT, "J\u00fc".encode()[2:]),
        frame(BINARY, bytes(200)),
        frame(TEXT, b""),
        frame(TEXT, b"x" * 70_000),
        CLOSED,
    ]
)


@given(cuts=st.lists(st.integers(1, len(TALK) - 1) | st.integers(1, 300), max_size=30))
@settings(deadline=None, max_examples=60)
async def test_messages_are_the_same_however_their_bytes_are_split(cuts: list[int]) -> None:
    socket, client = await opened()

    async def speak() -> None:
        for begin, end in pairwise(sorted({0, *cuts, len(TALK)})):
            await client.send(TALK[begin:end])
            await anyio.wait_all_tasks_blocked()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(speak)
        assert await drained(socket) == ["J\u00fc", bytes(200), "", "x" * 70_000, "4000 beta"]
    assert (await read_all(client)).startswith(b"\x8a\x06there?")


async def test_a_slow_reader_makes_the_peer_wait() -> None:
    socket, client = await opened()
    flood = frame(TEXT, b"x" * 1_000) * 1_000
    with anyio.move_on_after(60) as patience:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(client.send, flood)
            await socket.receive()
            await anyio.sleep(30)
            assert isinstance(client, MemoryStream)
            assert len(socket._arrived) <= READ_BYTES // 1_000
            await anyio.sleep(60)
    assert patience.cancelled_caught


async def test_giving_up_a_receive_loses_nothing() -> None:
    socket, client = await opened()
    heard: list[str | bytes] = []
    for text in (b"one", b"two"):
        data = frame(PING) + frame(TEXT, text)
        for at in range(len(data)):
            with anyio.move_on_after(0.02):
                heard.append(await socket.receive())
            await client.send(data[at : at + 1])
    heard.append(await socket.receive())
    assert heard == ["one", "two"]
    assert await client.receive() == b"\x8a\x00" * 2


async def test_many_tasks_may_send() -> None:
    socket, client = await opened()

    async def say(text: str) -> None:
        for _ in range(5):
            await socket.send(text)

    texts = [str(n) * 9_000 for n in range(8)]
    got = bytearray()
    async with anyio.create_task_group() as tasks:
        for text in texts:
            tasks.start_soon(say, text)
        whole = b"".join(Frame(TEXT, text.encode()).serialize(mask=False) for text in texts) * 5
        while len(got) < len(whole):
            got += await client.receive()
    for text in texts:
        assert got.count(Frame(TEXT, text.encode()).serialize(mask=False)) == 5


async def test_a_frame_is_one_write() -> None:
    socket, client = await opened()
    await socket.send("hello")
    assert await client.receive() == b"\x81\x05hello"


async def fill(socket: WebSocket) -> None:
    """Send until the peer's window is full."""
    while True:
        await socket.send("x" * 10_000)


async def test_a_peer_that_does_not_read_ends_the_socket() -> None:
    socket, client = await opened()
    began = anyio.current_time()
    with pytest.raises(SocketEnded) as ended:
        await fill(socket)
    assert (ended.value.code, anyio.current_time() - began) == (1006, SEND_WITHIN)
    assert socket.closed
    with pytest.raises(SocketEnded):
        await socket.receive()
    await read_all(client)


async def test_a_send_cancelled_half_way_closes_the_stream() -> None:
    socket, client = await opened()
    with anyio.move_on_after(1):
        await fill(socket)
    assert socket.closed
    await read_all(client)


async def test_the_reason_of_a_peer_that_left_is_not_lost_to_a_failed_send() -> None:
    socket, client = await opened()
    await client.send(CLOSED)
    await client.aclose()
    with pytest.raises(SocketEnded):
        await socket.send("into the void")
    assert socket.closed
    assert await drained(socket) == ["4000 beta"]


async def closing(answer: Callable[[ByteStream], object]) -> float:
    """How long a close takes with this peer."""
    socket, client = await opened()
    began = anyio.current_time()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(answer, client)  # type: ignore[arg-type]
        await socket.close(1001, "bye")
        lasted = anyio.current_time() - began
        tasks.cancel_scope.cancel()
    assert socket.closed
    await socket.close()
    return lasted


async def test_closing_is_short_with_a_polite_peer_and_bounded_with_any() -> None:
    async def polite(client: ByteStream) -> None:
        assert await client.receive() == b"\x88\x05\x03\xe9bye"
        await client.send(frame(TEXT, b"one more thing") + frame(CLOSE, b"\x03\xe9"))
        await client.aclose()

    async def clinging(client: ByteStream) -> None:
        await client.receive()
        await client.send(frame(CLOSE, b"\x03\xe9"))
        await anyio.sleep(99)

    async def silent(client: ByteStream) -> None:
        await anyio.sleep(99)

    async def chatty(client: ByteStream) -> None:
        while True:
            await client.send(frame(TEXT, b"and") * 100)
            await anyio.sleep(0.1)

    assert await closing(polite) == 0
    assert await closing(clinging) == LINGER
    assert await closing(silent) == CLOSE_WITHIN
    assert await closing(chatty) == CLOSE_WITHIN


async def test_closing_while_another_task_receives() -> None:
    socket, client = await opened()
    seen: list[list[str | bytes]] = []

    async def listen() -> None:
        seen.append(await drained(socket))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(listen)
        await anyio.wait_all_tasks_blocked()
        tasks.start_soon(socket.close)
        await client.receive()
        await client.send(frame(CLOSE, b"\x03\xe8"))
        await client.aclose()
    assert seen == [["1000 "]]


async def test_a_cancelled_task_can_still_close() -> None:
    socket, client = await opened()
    async with anyio.create_task_group() as tasks:

        async def hold() -> None:
            async with socket:
                await socket.receive()

        tasks.start_soon(hold)
        await anyio.wait_all_tasks_blocked()
        tasks.cancel_scope.cancel()
    assert socket.closed
    await read_all(client)
    with pytest.raises(anyio.BrokenResourceError):
        await client.send(b"x")


async def test_a_receive_given_up_while_a_pong_waits_leaves_whole_frames() -> None:
    socket, client = await opened()
    await socket.send("x" * (WINDOW_BYTES - 20))
    await client.send(frame(PING, b"p" * 100))

    async def give_up() -> None:
        with anyio.move_on_after(1):
            await socket.receive()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(give_up)
        await anyio.sleep(2)
        got = bytearray()
        while len(got) < WINDOW_BYTES - 20 + 4 + 102:
            got += await client.receive()
    assert got.endswith(b"\x8a\x64" + b"p" * 100)
    assert not socket.closed


async def test_a_peer_that_leaves_without_answering_our_close_said_nothing() -> None:
    socket, client = await opened()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(socket.close)
        await client.receive()
        await client.aclose()
    assert await drained(socket) == ["1006 "]


# --- pings ------------------------------------------------------------------------------------------------------


async def pinged(within: float, answer: Callable[[ByteStream], Coroutine[Any, Any, None]]) -> tuple[bool | str, float]:
    """What a ping comes to while the socket is read, and how long that took; `answer` is what the peer does."""
    socket, client = await opened()
    began, came = anyio.current_time(), list[bool | str]()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(drained, socket)
        tasks.start_soon(answer, client)
        try:
            came.append(await socket.ping(within))
        except SocketEnded as ended:
            came.append(str(ended))
        took = anyio.current_time() - began
        tasks.cancel_scope.cancel()
    await socket.close()
    return came[0], took


async def read_ping(client: ByteStream) -> bytes:
    asked = await client.receive()
    assert asked[0] == 0x89
    return asked[2:]


async def test_a_ping_that_is_answered() -> None:
    async def answer(client: ByteStream) -> None:
        await client.send(frame(TEXT, b"first something else") + frame(PONG, await read_ping(client)))

    came, took = await pinged(4.0, answer)
    assert came is True and took < 0.1


@pytest.mark.parametrize(
    "said",
    [b"", frame(TEXT, b"still here"), frame(PONG, b"unasked"), frame(PONG, b"99")],
    ids=["nothing", "text", "unasked", "another's"],  # a frame's mask is random
)
async def test_a_ping_that_is_not_answered(said: bytes) -> None:
    async def say(client: ByteStream) -> None:
        await read_ping(client)
        if said:
            await client.send(said)

    assert await pinged(4.0, say) == (False, 4.0)


async def test_a_socket_that_ends_while_a_pong_is_waited_for() -> None:
    async def leave(client: ByteStream) -> None:
        await read_ping(client)
        await client.send(CLOSED)

    came, took = await pinged(4.0, leave)
    assert came == "socket ended with 4000 beta" and took <= 0.5


async def test_what_our_own_loop_was_late_by_is_nobody_elses_silence() -> None:
    """Nothing was read for ten seconds; the pong is there as soon as something is."""

    async def answer(client: ByteStream) -> None:
        ping = await read_ping(client)
        await anyio.sleep(0.2)
        clock = trio.lowlevel.current_clock()
        assert isinstance(clock, MockClock)
        clock.jump(10.0)
        await anyio.sleep(0.9)
        await client.send(frame(PONG, ping))

    came, _ = await pinged(1.0, answer)
    assert came is True


async def test_what_is_said_reaches_no_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    network = MemoryNetwork()
    async with served(network, EchoDoor()) as port:
        socket = await open_websocket(network, f"ws://h:{port}/token", headers=[("Authorization", "Bearer key")])
        await socket.send("confidential")
        assert await socket.receive() == "confidential"
        await socket.close()
    assert caplog.text == ""
