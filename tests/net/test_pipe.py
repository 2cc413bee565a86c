from __future__ import annotations

import anyio
import pytest
from anyio.abc import ByteStream

from tests.net.doors import read_all
from voicecall_core.net.memory import WINDOW_BYTES, MemoryNetwork
from voicecall_core.net.network import port_of


async def pair(network: MemoryNetwork) -> tuple[ByteStream, ByteStream, int]:
    """Both ends of a connection, and its port."""
    taken: list[ByteStream] = []
    arrived = anyio.Event()

    async def take(stream: ByteStream) -> None:
        taken.append(stream)
        arrived.set()

    async with await network.listen(0) as listener, anyio.create_task_group() as tasks:
        tasks.start_soon(listener.serve, take)
        near = await network.connect("anywhere", port_of(listener))
        await arrived.wait()
        tasks.cancel_scope.cancel()
    return near, taken[0], port_of(listener)


async def test_bytes_arrive_in_order_however_they_are_cut() -> None:
    near, far, _ = await pair(MemoryNetwork())
    sent = bytes(range(256)) * 1024

    async def write() -> None:
        for at in range(0, len(sent), 7_001):
            await near.send(sent[at : at + 7_001])
        await near.send_eof()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(write)
        assert await read_all(far) == sent


async def test_a_writer_waits_once_the_window_is_full() -> None:
    near, far, _ = await pair(MemoryNetwork())
    with anyio.move_on_after(1) as patience:
        await near.send(b"x" * (WINDOW_BYTES + 1))
    assert patience.cancelled_caught
    await far.receive()
    with anyio.fail_after(1):
        await near.send(b"y")


async def test_half_a_connection_can_be_closed() -> None:
    near, far, _ = await pair(MemoryNetwork())
    await near.send(b"last")
    await near.send_eof()
    assert await read_all(far) == b"last"
    await far.send(b"answer")
    assert await near.receive() == b"answer"
    with pytest.raises(anyio.ClosedResourceError):
        await near.send(b"more")


async def test_closing_ends_what_is_read_and_breaks_what_is_written() -> None:
    near, far, _ = await pair(MemoryNetwork())
    await near.send(b"last")
    await near.aclose()
    with pytest.raises(anyio.BrokenResourceError):
        await far.send(b"too late")
    assert await read_all(far) == b"last"
    with pytest.raises(anyio.ClosedResourceError):
        await near.receive()


async def test_closing_wakes_whoever_waits() -> None:
    reader, silent, _ = await pair(MemoryNetwork())
    writer, deaf, _ = await pair(MemoryNetwork())

    async def wait_for_nothing() -> None:
        with pytest.raises(anyio.ClosedResourceError):
            await reader.receive()

    async def write_for_nobody() -> None:
        with pytest.raises(anyio.BrokenResourceError):
            await writer.send(b"x" * (WINDOW_BYTES + 1))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(wait_for_nothing)
        tasks.start_soon(write_for_nobody)
        await anyio.wait_all_tasks_blocked()
        await reader.aclose()
        await deaf.aclose()
    await silent.aclose()


async def test_a_cut_breaks_both_ends_at_once() -> None:
    network = MemoryNetwork()
    near, far, port = await pair(network)
    await near.send(b"lost")
    assert network.cut(port) == 1
    for end in (near, far):
        with pytest.raises(anyio.BrokenResourceError):
            await end.receive()
        with pytest.raises(anyio.BrokenResourceError):
            await end.send(b"x")
        await end.aclose()
    assert network.open_ends == 0
    assert network.cut(port) == 0


async def test_two_readers_at_once_are_a_mistake() -> None:
    near, _, _ = await pair(MemoryNetwork())
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(near.receive)
        await anyio.wait_all_tasks_blocked()
        with pytest.raises(anyio.BusyResourceError):
            await near.receive()
        tasks.cancel_scope.cancel()
