"""A socket that is opened before its session: taken once, closed in order if nobody takes it, missed by nobody."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio

from tests.models.openai_realtime.scripted import BRIEF, KEY, READY, Ears, Script, Server, set_up
from voicecall_core.models.openai_realtime.ahead import KEPT_S
from voicecall_core.models.openai_realtime.client import ModelLine, OpenAIRealtime
from voicecall_core.net.http_server import Request, serve
from voicecall_core.net.memory import MemoryNetwork
from voicecall_core.net.network import port_of
from voicecall_core.net.opening import Offer
from voicecall_core.words.orders import OpenModel


class Slow(Server):
    """Needs a while for its handshake."""

    async def upgrade(self, request: Request, offer: Offer) -> None:
        await anyio.sleep(1)
        await super().upgrade(request, offer)


@asynccontextmanager
async def model_of(script: Script = set_up) -> AsyncIterator[tuple[Slow, OpenAIRealtime]]:
    network = MemoryNetwork()
    server = Slow(script)
    listener = await network.listen(0)
    async with anyio.create_task_group() as tasks:
        await tasks.start(serve, listener, server)
        yield server, OpenAIRealtime(network, f"ws://127.0.0.1:{port_of(listener)}/v1/realtime", KEY)
        tasks.cancel_scope.cancel()
    assert network.open_ends == 0


def _line(model: OpenAIRealtime, ears: Ears) -> ModelLine:
    return model.open(OpenModel(1, held=True), BRIEF, ears.events.append, ears.voice.append)


async def _ready(model: OpenAIRealtime, seconds: float) -> Ears:
    """A session that is opened now, and what it told within that time."""
    ears = Ears()
    line = _line(model, ears)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(line.run)
        await anyio.sleep(seconds)
        await line.close()
    return ears


async def test_the_first_session_takes_it_and_is_ready_at_once_and_the_next_one_opens_its_own() -> None:
    async with model_of() as (server, model), model.opened_ahead(BRIEF.model):
        await anyio.sleep(3)
        assert len(server.requests) == 1 and not server.read_so_far, "nothing was asked of it"
        assert (await _ready(model, 0.1)).events == READY
        assert len(server.requests) == 1 and server.types == ["session.update"]
        assert (await _ready(model, 2)).events == READY
        assert len(server.requests) == 2


async def test_one_that_is_still_being_opened_is_waited_for() -> None:
    async with model_of() as (server, model), model.opened_ahead(BRIEF.model):
        await anyio.sleep(0.7)
        assert (await _ready(model, 0.5)).events == READY
        assert len(server.requests) == 1


async def test_one_that_nobody_takes_is_closed_in_order() -> None:
    async with model_of() as (server, model):
        async with model.opened_ahead(BRIEF.model):
            await anyio.sleep(3)
        await anyio.sleep(1)
        assert server.ended == [1000]


async def test_it_is_kept_so_long_and_then_closed_and_a_session_opens_its_own() -> None:
    async with model_of() as (server, model), model.opened_ahead(BRIEF.model):
        await anyio.sleep(KEPT_S + 2)
        assert server.ended == [1000]
        assert (await _ready(model, 2)).events == READY
        assert len(server.requests) == 2


async def test_one_that_fails_is_nobodys_failure() -> None:
    async with model_of() as (server, model):
        server.status = 500
        async with model.opened_ahead(BRIEF.model):
            await anyio.sleep(2)
            server.status = 0
            assert (await _ready(model, 2)).events == READY


async def test_who_is_closed_while_it_waits_for_it_leaves_nothing_open() -> None:
    async with model_of() as (server, model), model.opened_ahead(BRIEF.model):
        await anyio.sleep(0.5)
        assert not (await _ready(model, 0.2)).voice
        await anyio.sleep(3)
        assert server.ended == [1000]


async def test_another_model_is_another_socket() -> None:
    async with model_of() as (server, model), model.opened_ahead("gpt-realtime-1.5"):
        assert (await _ready(model, 2)).events == READY
        assert sorted(request.target for request in server.requests) == [
            "/v1/realtime?model=gpt-realtime-1.5",
            "/v1/realtime?model=gpt-realtime-2.1",
        ]
