from __future__ import annotations

import socket
import ssl

import anyio
import pytest
from anyio.abc import ByteStream, SocketAttribute

from tests.net.doors import read_all
from voicecall_core.net.memory import MemoryNetwork
from voicecall_core.net.network import LINGER, TcpNetwork, close_gently, port_of, without_delay


def delayed(stream: ByteStream) -> bool:
    return not stream.extra(SocketAttribute.raw_socket).getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


@pytest.mark.real_sockets
async def test_streams_of_either_side_do_not_delay_small_writes() -> None:
    network = TcpNetwork()
    seen: list[bool] = []

    async def answer(stream: ByteStream) -> None:
        without_delay(stream)
        seen.append(delayed(stream))
        await stream.send(b"hello")
        await close_gently(stream)

    async with await network.listen(0) as listener, anyio.create_task_group() as tasks:
        tasks.start_soon(listener.serve, answer)
        stream = await network.connect("localhost", port_of(listener))
        assert not delayed(stream)
        assert await read_all(stream) == b"hello"
        await stream.aclose()
        tasks.cancel_scope.cancel()
    assert seen == [False]


@pytest.mark.real_sockets
async def test_a_listener_is_reached_from_this_machine_only() -> None:
    async with await TcpNetwork().listen(0) as listener:
        assert listener.extra(SocketAttribute.local_address)[0] == "127.0.0.1"


@pytest.mark.real_sockets
async def test_a_taken_port_and_a_refused_connection_are_os_errors() -> None:
    network = TcpNetwork()
    async with await network.listen(0) as listener:
        port = port_of(listener)
        with pytest.raises(OSError):
            await network.listen(port)
    with pytest.raises(OSError):
        await network.connect("127.0.0.1", port)


@pytest.mark.real_sockets
@pytest.mark.parametrize("host", ["a..b", "x" * 70, "\u2603." * 40, "", "nul\0byte"])
async def test_a_name_that_is_none_is_an_os_error(host: str) -> None:
    with pytest.raises(OSError):
        await TcpNetwork().connect(host, 1)


@pytest.mark.real_sockets
async def test_last_words_survive_unread_bytes() -> None:
    network = TcpNetwork()

    async def turn_away(stream: ByteStream) -> None:
        await stream.receive(1)
        await stream.send(b"no" * 1000)
        await close_gently(stream)

    async with await network.listen(0) as listener, anyio.create_task_group() as tasks:
        tasks.start_soon(listener.serve, turn_away)
        stream = await network.connect("127.0.0.1", port_of(listener))
        await stream.send(b"x" * 100_000)
        assert await read_all(stream) == b"no" * 1000
        await stream.aclose()
        tasks.cancel_scope.cancel()


@pytest.mark.real_sockets
async def test_a_peer_that_does_not_speak_tls_is_an_os_error() -> None:
    network = TcpNetwork()

    async def hang_up(stream: ByteStream) -> None:
        async with stream:
            await stream.receive()

    async def say_http(stream: ByteStream) -> None:
        async with stream:
            await stream.receive()
            await stream.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    for answer in (hang_up, say_http):
        async with await network.listen(0) as listener, anyio.create_task_group() as tasks:
            tasks.start_soon(listener.serve, answer)
            with pytest.raises(OSError):
                await network.connect("127.0.0.1", port_of(listener), tls=ssl.create_default_context())
            tasks.cancel_scope.cancel()


async def test_a_peer_that_never_closes_is_not_waited_for() -> None:
    network = MemoryNetwork()
    async with await network.listen(8080):
        near = await network.connect("anywhere", 8080)
        began = anyio.current_time()
        await close_gently(near)
        assert anyio.current_time() - began == LINGER
        assert network.open_ends == 1
