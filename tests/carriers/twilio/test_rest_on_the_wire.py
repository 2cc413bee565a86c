"""The REST calls over whole HTTP connections, in memory on the mock clock and once over sockets on the other loop."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
import pytest

from voicecall_core.carriers.base import CallTerms
from voicecall_core.carriers.twilio.rest import TwilioRest
from voicecall_core.errors import CarrierError
from voicecall_core.net.http_client import http_client
from voicecall_core.net.http_server import Request, Response, serve
from voicecall_core.net.memory import MemoryNetwork
from voicecall_core.net.network import Network, TcpNetwork, port_of
from voicecall_core.net.opening import Offer
from voicecall_core.words.values import CallStatus

AC, CA = "AC" + "a" * 32, "CA" + "b" * 32
TERMS: CallTerms = {
    "to": "+15555550100",
    "from_number": "+15555550199",
    "url": "https://voice.example.com/c-1/twiml/1",
    "fallback_url": "https://voice.example.com/c-1/fallback/1",
    "status_url": "https://voice.example.com/c-1/status",
    "ring_timeout_s": 30,
    "time_limit_s": 660,
}


class Exchange:
    """Answers create with 201, everything else with 200; before an answer it waits `takes_s`, or cuts all lines."""

    def __init__(self) -> None:
        self.asked: list[Request] = []
        self.takes_s = 0.0
        self.cuts: MemoryNetwork | None = None
        self.port = 0

    async def answer(self, request: Request) -> Response:
        self.asked.append(request)
        if self.cuts is not None:
            self.cuts.cut(self.port)
        await anyio.sleep(self.takes_s)
        status = 201 if request.path.endswith("/Calls.json") else 200
        body = json.dumps({"sid": CA, "status": "ringing"}).encode()
        return Response(status, body, (("content-type", "application/json"),))

    async def upgrade(self, request: Request, offer: Offer) -> None:
        await offer.refuse(404)


@asynccontextmanager
async def exchange_on(network: Network) -> AsyncIterator[tuple[Exchange, TwilioRest]]:
    exchange = Exchange()
    async with anyio.create_task_group() as group, http_client(network) as http:
        listener = await network.listen(0)
        exchange.port = port_of(listener)
        await group.start(serve, listener, exchange)
        yield exchange, TwilioRest(AC, AC, "token", http, f"http://127.0.0.1:{exchange.port}", answer_within_s=10)
        group.cancel_scope.cancel()


async def whole_round(network: Network) -> None:
    async with exchange_on(network) as (exchange, rest):
        assert await rest.create(**TERMS) == CA
        assert await rest.fetch(CA) is CallStatus.RINGING
        await rest.update(CA, "<Response/>")
        await rest.hang_up(CA)
        assert [(asked.method, asked.path.rpartition("/")[2]) for asked in exchange.asked] == [
            ("POST", "Calls.json"),
            ("GET", f"{CA}.json"),
            ("POST", f"{CA}.json"),
            ("POST", f"{CA}.json"),
        ]
        assert ("StatusCallbackEvent", "completed") in exchange.asked[0].form()
        assert exchange.asked[-1].form() == [("Status", "completed")]


async def test_a_whole_round_in_memory() -> None:
    await whole_round(MemoryNetwork())


@pytest.mark.real_sockets
async def test_a_whole_round_over_sockets() -> None:
    await whole_round(TcpNetwork())


async def test_nobody_listens() -> None:
    async with http_client(MemoryNetwork()) as http:
        with pytest.raises(CarrierError) as caught:
            await TwilioRest(AC, AC, "token", http, "http://127.0.0.1:9", answer_within_s=10).create(**TERMS)
    assert caught.value.retryable and not caught.value.lost


@pytest.mark.real_sockets
async def test_nobody_listens_on_a_socket() -> None:
    listener = await TcpNetwork().listen(0)
    port = port_of(listener)
    await listener.aclose()
    async with http_client() as http:
        with pytest.raises(CarrierError) as caught:
            await TwilioRest(AC, AC, "token", http, f"http://127.0.0.1:{port}", answer_within_s=10).create(**TERMS)
    assert caught.value.retryable and not caught.value.lost


async def test_the_line_is_cut_after_the_request_arrived() -> None:
    network = MemoryNetwork()
    async with exchange_on(network) as (exchange, rest):
        exchange.cuts = network
        with pytest.raises(CarrierError) as caught:
            await rest.create(**TERMS)
        assert caught.value.lost and not caught.value.retryable
        assert len(exchange.asked) == 1  # the client did not send it again by itself


async def test_a_slow_answer_is_lost_and_the_next_request_gets_its_own() -> None:
    async with exchange_on(MemoryNetwork()) as (exchange, rest):
        exchange.takes_s = 11
        with pytest.raises(CarrierError) as caught:
            await rest.create(**TERMS)
        assert caught.value.lost
        exchange.takes_s = 0
        assert await rest.fetch(CA) is CallStatus.RINGING


async def test_a_cancelled_request_leaves_nothing_open() -> None:
    network = MemoryNetwork()
    async with exchange_on(network) as (exchange, rest):
        exchange.takes_s = 3600
        with anyio.move_on_after(1):
            await rest.create(**TERMS)
        assert len(exchange.asked) == 1
    assert network.open_ends == 0
