"""Whether the model is still there, and how long its session lasts, told by a line to a scripted server."""

from __future__ import annotations

import anyio
import pytest
from anyio.abc import ByteStream
from websockets.frames import TEXT, Frame
from websockets.utils import accept_key

from tests.models.openai_realtime.scripted import (
    OPENING,
    READY,
    Ears,
    Server,
    failure_of,
    said,
    served,
    set_up,
)
from voicecall_core.models.openai_realtime import client
from voicecall_core.net.memory import MemoryNetwork
from voicecall_core.net.network import port_of
from voicecall_core.net.websocket import WebSocket
from voicecall_core.words.events import ModelFailed, ModelReached
from voicecall_core.words.values import ModelStage

# --- whether the model is still there ------------------------------------------------------------------------------


async def test_a_model_that_hangs_with_its_socket_open_is_found_out() -> None:
    """Its process is frozen: nothing is read, nothing is said, no ping is answered."""

    async def hang(server: Server, ws: WebSocket) -> None:
        await set_up(server, ws)
        await anyio.sleep_forever()

    began = anyio.current_time()
    failure = await failure_of(hang)
    assert (failure.code, failure.retryable) == ("no-pong", True)
    assert failure.reason == "the model has been silent for 4 s, and answers no ping"
    assert anyio.current_time() - began == pytest.approx(client.PING_EVERY_S + client.PONG_WITHIN_S, abs=0.1)


async def test_a_model_that_hangs_while_the_session_is_opened_is_found_out_too() -> None:
    async def hang(server: Server, ws: WebSocket) -> None:
        await anyio.sleep_forever()

    assert (await failure_of(hang)).code == "no-pong"


async def test_a_model_that_answers_pings_may_be_silent_for_long() -> None:
    async with served(set_up) as (_, ears, line), anyio.create_task_group() as tasks:
        tasks.start_soon(line.run)
        await anyio.sleep(600)
        assert ears.events == READY
        await line.close()


async def test_a_model_that_speaks_and_answers_no_ping_is_there() -> None:
    """It does not read what it is sent, pings among them."""

    async def speak(server: Server, ws: WebSocket) -> None:
        await set_up(server, ws)
        for _ in range(20):
            await anyio.sleep(1)
            await ws.send(said("something.new"))
        await ws.close()

    async with served(speak) as (_, ears, line):
        await line.run()
        assert [event.code for event in ears.events if isinstance(event, ModelFailed)] == ["closed"]


async def test_pings_end_with_the_session() -> None:
    async with served(set_up) as (server, _, line):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(line.run)
            await anyio.sleep(11)
            began = anyio.current_time()
            await line.close()
        assert anyio.current_time() - began < 0.1
        assert server.ended == [1000]


# --- how long a session lasts --------------------------------------------------------------------------------------

AT_NOON = [("Date", "Tue, 24 Nov 2026 12:00:00 GMT")]
NOON = 1_795_521_600


@pytest.mark.parametrize(
    ("expires_at", "headers", "lasts"),
    [
        (NOON + 3_600, AT_NOON, 3_600),
        (NOON + 60, [("server", "x"), ("date", AT_NOON[0][1])], 60),
        (NOON + 86_400, AT_NOON, 86_400),
        (NOON + 59, AT_NOON, 0),
        (NOON + 86_401, AT_NOON, 0),
        (NOON - 5, AT_NOON, 0),
        (0, AT_NOON, 0),
        (NOON + 3_600, [], 0),
        (NOON + 3_600, [("Date", "yesterday")], 0),
    ],
)
def test_how_long_a_session_lasts_by_the_servers_own_clock(
    expires_at: float, headers: list[tuple[str, str]], lasts: float
) -> None:
    assert client.lifetime_s(expires_at, headers) == lasts


async def test_the_lifetime_comes_with_the_creation_of_the_session() -> None:
    network = MemoryNetwork()
    listener, ears = await network.listen(0), Ears()

    async def serve_at_noon(stream: ByteStream) -> None:
        asked = (await stream.receive()).decode()
        (key,) = (line.split(": ")[1] for line in asked.split("\r\n") if line.lower().startswith("sec-websocket-key"))
        head = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade"]
        head += [f"Sec-WebSocket-Accept: {accept_key(key)}", f"Date: {AT_NOON[0][1]}"]
        await stream.send(("\r\n".join(head) + "\r\n\r\n").encode())
        created = said("session.created", session={"expires_at": NOON + 1_800})
        await stream.send(Frame(TEXT, created.encode()).serialize(mask=False))
        async with stream:
            await anyio.sleep_forever()

    async with listener, anyio.create_task_group() as tasks:
        tasks.start_soon(listener.serve, serve_at_noon)
        line = ears.line(network, port_of(listener))
        tasks.start_soon(line.run)
        await anyio.sleep(1)
        assert ears.events == [*OPENING, ModelReached(1, ModelStage.CREATED, 1_800)]
        await line.close()
        tasks.cancel_scope.cancel()
