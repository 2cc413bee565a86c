from __future__ import annotations

import errno
from collections.abc import Callable
from typing import Any

import anyio
import anyio.lowlevel
import pytest
from anyio.abc import ByteStream, Listener, SocketAttribute, TaskGroup

from tests.net.doors import ASK, UPGRADE, EchoDoor, read_all, served
from voicecall_core.net.connections import SHORTAGE_PAUSE_S, Guest, Guests, Standing, Turnstile, accept_each
from voicecall_core.net.http_server import HttpLimits, Request, Response
from voicecall_core.net.memory import MemoryNetwork, MemoryStream, Pipe
from voicecall_core.net.network import TcpNetwork, close_gently

LIMITS = HttpLimits(
    head_bytes=2_000, head_lines=20, body_bytes=2_000, silent_s=4, head_s=5, body_s=7, idle_s=20, connections=4
)
POST = b"POST /c-1/status HTTP/1.1\r\nHost: h\r\n"


class Keeper:
    """Refuses every path that begins with /no, and keeps what it saw and was told."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.told: list[tuple[str, int]] = []

    def glance(self, head: Request) -> Response | None:
        self.seen.append(head.path)
        return Response(404, b"no") if head.path.startswith("/no") else None

    def turned_away(self, path: str, status: int) -> None:
        self.told.append((path, status))


async def test_who_has_said_nothing_for_longest_goes_for_a_new_one() -> None:
    network, keeper = MemoryNetwork(), Keeper()
    async with served(network, EchoDoor(), LIMITS, keeper) as port:
        held = []
        for _ in range(LIMITS.connections):
            held.append(await network.connect("x", port))
            await anyio.sleep(0.1)
        async with await network.connect("x", port) as new:
            await new.send(ASK)
            assert b"200 OK" in await new.receive()
            assert await read_all(held[0]) == b""
            assert keeper.told == [("", 503)]
            for stream in held[1:]:
                await stream.send(ASK)
                assert b"200 OK" in await stream.receive()
        for stream in held:
            await stream.aclose()


async def test_an_open_socket_takes_no_place_and_is_closed_for_nobody() -> None:
    network = MemoryNetwork()
    async with served(network, EchoDoor(), LIMITS) as port:
        sockets = []
        for _ in range(2 * LIMITS.connections):
            sockets.append(await network.connect("x", port))
            await sockets[-1].send(UPGRADE)
            assert b"101 Switching" in await sockets[-1].receive()
        crowd = [await network.connect("x", port) for _ in range(3 * LIMITS.connections)]
        await anyio.sleep(1)
        for socket in sockets:
            await socket.send(b"\x81\x80\x00\x00\x00\x00")  # an empty text
            assert await socket.receive() == b"\x81\x00"
        for stream in [*sockets, *crowd]:
            await stream.aclose()


async def test_whoever_is_dropped_in_the_middle_of_a_request_is_told_of_by_its_path() -> None:
    network, keeper = MemoryNetwork(), Keeper()
    async with served(network, EchoDoor(), LIMITS, keeper) as port:
        slow = await network.connect("x", port)
        await slow.send(POST + b"Content-Length: 9\r\n\r\nabc")
        await anyio.sleep(0.1)
        crowd = [await network.connect("x", port) for _ in range(LIMITS.connections)]
        assert await read_all(slow) == b""
        await anyio.wait_all_tasks_blocked()
        assert keeper.told == [("/c-1/status", 503)]
        for stream in [slow, *crowd]:
            await stream.aclose()


async def test_kept_connections_outlive_the_new_up_to_half_of_all_places() -> None:
    guests = Guests(4)
    kept = [guests.enter() for _ in range(2)]
    for guest in kept:
        guest.becomes(Standing.KEPT)
        await anyio.sleep(1)
    new = [guests.enter() for _ in range(4)]
    assert [guest.evicted for guest in kept] == [False, False]
    assert [guest.evicted for guest in new] == [True, True, False, False]
    new[2].becomes(Standing.KEPT)
    guests.enter()
    assert [guest.evicted for guest in kept] == [True, False]
    assert not new[3].evicted


async def test_who_waits_for_us_stays_before_whom_we_wait_for() -> None:
    guests = Guests(3)
    spoken, *silent = [guests.enter() for _ in range(3)]
    spoken.has_spoken = True
    guests.make_room(2)
    assert [guest.evicted for guest in (spoken, *silent)] == [False, True, True]
    guests.make_room(1)
    assert spoken.evicted


async def test_where_all_are_busy_nobody_goes() -> None:
    guests = Guests(2)
    busy = [guests.enter() for _ in range(2)]
    for guest in busy:
        guest.becomes(Standing.BUSY)
    guests.make_room(5)
    assert len(guests) == 2 and not any(guest.evicted for guest in busy)


async def test_a_request_is_refused_by_its_head_while_its_body_is_still_to_come() -> None:
    network, keeper, door = MemoryNetwork(), Keeper(), EchoDoor()
    async with served(network, door, LIMITS, keeper) as port, await network.connect("x", port) as stream:
        await stream.send(b"POST /nowhere HTTP/1.1\r\nHost: h\r\nContent-Length: 2000\r\nExpect: 100-continue\r\n\r\n")
        answer = await read_all(stream)
        assert answer.startswith(b"HTTP/1.1 404 ") and b"connection: close" in answer.lower()
    assert keeper.seen == ["/nowhere"] and door.requests == []


@pytest.mark.parametrize(
    ("sent", "path", "status"),
    [
        (POST + b"Content-Length: 2001\r\n\r\n", "/c-1/status", 413),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n7d1\r\n" + b"x" * 2_001, "/c-1/status", 413),
        (POST + b"Content-Length: 9\r\n\r\nabc", "/c-1/status", 408),
        (POST + b"X: a\r\n" * 20 + b"\r\n", "", 431),  # none of its lines was parsed, so its path is not known
        (b"nonsense\r\n\r\n", "", 400),
        (POST[:9], "", 408),
        (UPGRADE.replace(b"Version: 13", b"Version: 8"), "/media", 400),
    ],
)
async def test_what_the_server_refuses_is_told(sent: bytes, path: str, status: int) -> None:
    network, keeper = MemoryNetwork(), Keeper()
    async with served(network, EchoDoor(), LIMITS, keeper) as port, await network.connect("x", port) as stream:
        await stream.send(sent)
        assert (await read_all(stream)).startswith(b"HTTP/1.1 %d " % status)
        assert keeper.told == [(path, status)]


async def test_of_a_body_that_is_too_large_no_more_is_read_than_is_on_its_way() -> None:
    """Whoever goes on sending all the same is not listened to for ever."""
    network = MemoryNetwork()
    sent = 0

    async def pour(stream: ByteStream) -> None:
        nonlocal sent
        while True:
            await stream.send(b"x" * 10_000)
            sent += 10_000

    async with served(network, EchoDoor(), LIMITS) as port, await network.connect("x", port) as stream:
        await stream.send(POST + b"Content-Length: 90000000\r\n\r\n")
        with anyio.fail_after(0.5), pytest.raises(anyio.BrokenResourceError):
            await pour(stream)
        assert 250_000 < sent < 500_000


async def test_nobody_who_pours_holds_up_the_closing_of_a_stream() -> None:
    class Pouring(ByteStream):
        closed = False

        async def receive(self, max_bytes: int = 65_536) -> bytes:
            await anyio.lowlevel.checkpoint()
            return b"x" * max_bytes

        async def send(self, item: bytes) -> None: ...

        async def send_eof(self) -> None: ...

        async def aclose(self) -> None:
            self.closed = True

    stream, began = Pouring(), anyio.current_time()
    await close_gently(stream)
    assert stream.closed and anyio.current_time() == began


async def test_a_crowd_passes_a_few_at_a_time() -> None:
    turnstile, order = Turnstile(2), list[str]()

    async def visitor(name: str) -> None:
        await turnstile.wait(Guest())
        order.append(name)

    async def audio() -> None:
        for _ in range(8):
            await anyio.lowlevel.checkpoint()
            order.append("-")

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(audio)
        for name in "abcdefgh":
            tasks.start_soon(visitor, name)
    groups = [len(group) for group in "".join(order).split("-") if group]
    assert sum(groups) == 8 and max(groups) <= 2


class Poor(Listener[ByteStream]):
    """A listener that has an error ready before each connection."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)

    async def serve(self, handler: Callable[[ByteStream], Any], task_group: TaskGroup | None = None) -> None:
        async with anyio.create_task_group():  # as anyio's own listener has one, its errors come in groups
            if self.errors:
                raise self.errors.pop(0)
            assert task_group is not None
            task_group.start_soon(handler, MemoryStream(Pipe(), Pipe(), (0, 0)))
            await anyio.sleep_forever()

    async def aclose(self) -> None: ...

    @property
    def extra_attributes(self) -> dict[Any, Callable[[], Any]]:
        return {}


async def test_a_shortage_of_descriptors_is_waited_for_and_room_is_made() -> None:
    listener = Poor(OSError(errno.EMFILE, ""), OSError(errno.ECONNABORTED, ""), OSError(errno.ENFILE, ""))
    came, short, began = list[float](), list[float](), anyio.current_time()

    async def handle(stream: ByteStream) -> None:
        came.append(anyio.current_time() - began)
        tasks.cancel_scope.cancel()

    async with anyio.create_task_group() as tasks:
        await accept_each(listener, handle, lambda: short.append(anyio.current_time() - began))
    assert short == [0, SHORTAGE_PAUSE_S] and came == [2 * SHORTAGE_PAUSE_S]


async def test_what_is_no_shortage_is_raised() -> None:
    with pytest.raises(ExceptionGroup) as raised:
        await accept_each(Poor(OSError(errno.EBADF, "")), lambda stream: None)
    assert raised.group_contains(OSError)


@pytest.mark.real_sockets
async def test_over_sockets_the_server_goes_on_after_a_shortage(monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    real, left = socket.socket.accept, [3]

    def accept(listening: socket.socket) -> Any:
        if left[0]:
            left[0] -= 1
            raise OSError(errno.EMFILE, "Too many open files")
        return real(listening)

    monkeypatch.setattr(socket.socket, "accept", accept)
    network = TcpNetwork()
    async with served(network, EchoDoor()) as port, await network.connect("127.0.0.1", port) as stream:
        await stream.send(ASK)
        with anyio.fail_after(5):
            assert b"200 OK" in await stream.receive()
    assert left == [0]


async def test_of_many_who_ask_at_once_a_few_are_heard_in_one_turn_of_the_loop() -> None:
    order: list[str] = []

    class Counting(Keeper):
        def glance(self, head: Request) -> Response | None:
            order.append("x")
            return None

    async def audio() -> None:
        while True:
            await anyio.lowlevel.checkpoint()
            order.append("-")

    network, limits = MemoryNetwork(), HttpLimits(at_a_time=2)
    async with served(network, EchoDoor(), limits, Counting()) as port, anyio.create_task_group() as tasks:
        streams = [await network.connect("x", port) for _ in range(40)]
        await anyio.wait_all_tasks_blocked()
        tasks.start_soon(audio)
        for stream in streams:
            tasks.start_soon(stream.send, ASK)
        for stream in streams:
            assert b"200 OK" in await stream.receive()
            await stream.aclose()
        tasks.cancel_scope.cancel()
    groups = [len(group) for group in "".join(order).split("-") if group]
    assert sum(groups) == 40 and max(groups) <= 2 * limits.at_a_time


@pytest.mark.real_sockets
async def test_over_sockets_all_that_wait_are_taken_up_together() -> None:
    network, taken, turns = TcpNetwork(), list[ByteStream](), 0

    async def take(stream: ByteStream) -> None:
        taken.append(stream)

    async with await network.listen(0) as listener, anyio.create_task_group() as tasks:
        port = int(listener.extra(SocketAttribute.local_port))
        waiting = [await network.connect("127.0.0.1", port) for _ in range(50)]
        tasks.start_soon(accept_each, listener, take)
        with anyio.fail_after(10):
            while len(taken) < len(waiting):
                await anyio.lowlevel.checkpoint()
                turns += 1
        tasks.cancel_scope.cancel()
    for stream in [*waiting, *taken]:
        await stream.aclose()
    assert turns < 2 * len(waiting)  # anyio's own listener takes four turns for each
