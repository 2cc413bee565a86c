"""The built-in carrier: behaves as Twilio does towards any program. Knows nothing of the program that uses it."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import anyio
import httpx2
from anyio.abc import ByteStream, Listener

from voicecall_core.errors import errors_ungrouped
from voicecall_core.net.connections import accept_each
from voicecall_core.net.http_client import http_client
from voicecall_core.net.http_server import HttpLimits, Request, Response, serve_connection
from voicecall_core.net.network import Network, drop, port_of, without_delay
from voicecall_core.net.opening import Offer
from voicecall_core.net.routes import Routes
from voicecall_core.net.urls import LOOPBACK
from voicecall_core.simulator.carrier.bounds import Bounds
from voicecall_core.simulator.carrier.call import Lines, SimulatedCall
from voicecall_core.simulator.carrier.call_records import CallResource
from voicecall_core.simulator.carrier.context import CarrierContext
from voicecall_core.simulator.carrier.effects import Effect
from voicecall_core.simulator.carrier.incoming import incoming
from voicecall_core.simulator.carrier.players import Players
from voicecall_core.simulator.carrier.recordings import Recording
from voicecall_core.simulator.carrier.rest_api import RestApi
from voicecall_core.simulator.scenarios.scenario import Scenario
from voicecall_core.simulator.utterances import Utterances, Whiteboard

EPOCH = 1_767_225_600.0  # 2026-01-01 00:00:00 UTC: the date of a carrier that was not told any

LIMITS = HttpLimits(idle_s=300.0)  # longer than clients keep idle connections, so that none is closed under a request


class SimulatedCarrier:
    """A running carrier: where it is, who may use it, what took effect."""

    def __init__(self, context: CarrierContext, lines: Lines, port: int, bounds: Bounds) -> None:
        self._context = context
        self._bounds = bounds
        self._lines = lines
        self.url = f"http://{LOOPBACK}:{port}"
        self.api = self.url  # the base address of its REST interface
        self.account_sid = context.account.sid
        self.auth_token = context.account.token
        self.api_key = context.account.api_key
        self.api_secret = context.account.api_secret
        self.number = context.account.number

    def __repr__(self) -> str:
        return f"Carrier({self.url})"

    @property
    def log(self) -> list[Effect]:
        """What took effect so far, in order; grows while the carrier runs, within the bounds of `bounds`."""
        return self._context.log

    @property
    def calls(self) -> dict[str, SimulatedCall]:
        """All calls by SID that are not forgotten, in the order of their creation."""
        return self._lines

    @property
    def forgotten_calls(self) -> int:
        """How many calls were forgotten, all of them over: of a thousand those that ended first."""
        return self._bounds.calls

    @property
    def forgotten_effects(self) -> int:
        """How many effects have gone from the log, all before those that are left of the same call."""
        return self._bounds.effects

    def call_in(self, caller: str, url: str = "") -> SimulatedCall:
        """Call the account's number; asks at `url`, at the number's own address unless it is given."""
        line = incoming(self._context, caller, url)
        self._lines[line.record.sid] = line
        self._context.tasks.start_soon(line.run)
        return line

    @property
    def voice_url(self) -> str:
        """Where the number asks for the document of a call that comes in; empty until REST has set it."""
        return self._context.desk.number.voice_url

    @property
    def legs(self) -> dict[str, CallResource]:
        """The second legs that `<Dial>` called, by SID."""
        return self._context.legs

    @property
    def recordings(self) -> dict[str, Recording]:
        """All recordings by SID."""
        return self._context.recordings

    @property
    def context(self) -> CarrierContext:
        """What its calls share: for the probe that sends what the carrier itself would not."""
        return self._context

    @property
    def now_ms(self) -> int:
        """The time on the log's clock."""
        return self._context.now_ms()


@asynccontextmanager
async def open_carrier(
    network: Network,
    scenario: Scenario,
    *,
    seed: int = 0,
    port: int = 0,
    epoch: float = EPOCH,
    tls: ssl.SSLContext | None = None,
    board: Whiteboard | None = None,
    played: Callable[[str], Scenario] | None = None,
    routes: Routes | None = None,
    number: str = "",
    players: Players | None = None,
) -> AsyncIterator[SimulatedCarrier]:
    """Run a carrier on a loopback port (0: any free one); all its calls, sockets and tasks end with the block.

    `seed` decides its names, keys and random delays; `epoch` is the date at which it opens; `tls` says whose
    certificates it believes at the program's public URL (none: the usual ones); `board` is read by a built-in model;
    `played` says which scenario is played in a call to a number (`scenario`, unless it is given); `routes` are public
    addresses that lead to a port of this machine; `number` is the account's, Twilio's own for tests unless given.
    Raises OSError if the port is taken, SettingsError if the callee is to say what nobody here can speak.
    """
    utterances, routes = Utterances(scenario, board), routes or Routes()
    listener, lines = await network.listen(port), Lines()
    with errors_ungrouped():
        async with listener, _client(routes.network(network), tls) as client, anyio.create_task_group() as tasks:
            context = CarrierContext(
                network, client, scenario, utterances, tasks, seed, epoch, tls, routes, number, players
            )
            context.api = f"http://{LOOPBACK}:{port_of(listener)}"
            bounds = Bounds(context.log, lines, context.legs)
            context.desk.noted = bounds.noted
            tasks.start_soon(_serve, listener, RestApi(context, lines, played))
            yield SimulatedCarrier(context, lines, port_of(listener), bounds)
            tasks.cancel_scope.cancel()


def _client(network: Network, tls: ssl.SSLContext | None) -> httpx2.AsyncClient:
    return http_client(network, timeout_s=15.0, verify=True if tls is None else tls)


async def _serve(listener: Listener[ByteStream], desk: RestApi) -> None:
    async def connection(stream: ByteStream) -> None:
        try:
            without_delay(stream)
            await serve_connection(stream, _Door(desk, stream), LIMITS)
        finally:
            await drop(stream)

    await accept_each(listener, connection)


class _Door:
    """One connection's view of the desk: it can also die."""

    def __init__(self, desk: RestApi, stream: ByteStream) -> None:
        self._desk = desk
        self._stream = stream

    async def answer(self, request: Request) -> Response:
        response = await self._desk.answer(request)
        if response is None:
            await drop(self._stream)
            return Response(500)
        return replace(response, headers=(*response.headers, ("Date", self._desk.date())))

    async def upgrade(self, request: Request, offer: Offer) -> None:
        await offer.refuse(404)
