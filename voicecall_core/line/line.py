"""The line itself: the built-in carrier and model on loopback, and which scenario is played in which call."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import anyio

from voicecall_core.errors import SettingsError, errors_ungrouped
from voicecall_core.line.numbers import scenario_for
from voicecall_core.line.surroundings import Keys
from voicecall_core.net.network import Network, TcpNetwork, drop, port_of
from voicecall_core.net.routes import Routes, origin_of
from voicecall_core.net.urls import LOOPBACK, is_loopback
from voicecall_core.simulation import utc_now
from voicecall_core.simulator.carrier.call import SimulatedCall
from voicecall_core.simulator.carrier.server import SimulatedCarrier, open_carrier
from voicecall_core.simulator.model.server import SimulatedModel, open_model
from voicecall_core.simulator.scenarios.scenario import Scenario
from voicecall_core.simulator.utterances import Whiteboard

CALLER = "+15555550199"  # who calls the program's number, unless another is given: a number that nobody has
_LOOK_S = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class LineOptions:
    """What is played, and where. `chosen`: in every call, whatever number is called; else by the table of numbers.

    Ports are on loopback, 0 is any free one. `number` is the account's; Twilio's own for tests unless it is given.
    """

    scenario: Scenario
    chosen: bool = False
    port: int = 0
    model_port: int = 0
    seed: int = 0
    number: str = ""
    routes: Routes = field(default_factory=Routes)


class Line:
    """A running line."""

    def __init__(
        self, options: LineOptions, network: Network, carrier: SimulatedCarrier, model: SimulatedModel
    ) -> None:
        self.options, self.network, self.carrier, self.model = options, network, carrier, model

    @property
    def keys(self) -> Keys:
        """What a program has to be given."""
        carrier, base = self.carrier, self.model.url.removesuffix("/realtime")
        return Keys(
            account_sid=carrier.account_sid,
            auth_token=carrier.auth_token,
            api_key=carrier.api_key,
            api_secret=carrier.api_secret,
            number=carrier.number,
            model_key=self.model.key,
            model_url=base.replace("ws://", "http://", 1),
        )

    @property
    def calls(self) -> list[SimulatedCall]:
        """All calls, in the order of their beginning."""
        return list(self.carrier.calls.values())

    @property
    def over(self) -> int:
        """How many calls are over, those that are forgotten included."""
        return self.carrier.forgotten_calls + sum(call.record.over for call in self.calls)

    @property
    def quiet_ms(self) -> int:
        """For how long nothing has happened at the carrier."""
        log = self.carrier.log
        return self.carrier.now_ms - log[-1].at_ms if log else self.carrier.now_ms

    def hang_up(self) -> None:
        """End every call in order: its callbacks are still told."""
        for call in self.calls:
            call.hang_up("callee")

    async def call_in(self, url: str, caller: str = CALLER, *, within_s: float) -> None:
        """Call the account's number as soon as somebody listens at `url` (empty: the number's own voice URL, once it is
        set by REST). Raises SettingsError if that takes longer than `within_s`."""
        with anyio.move_on_after(within_s):
            while not url:
                url = self.carrier.voice_url
                await anyio.sleep(_LOOK_S)
            while not await self._listens(url):  # noqa: ASYNC110 - a port of another process tells nobody
                await anyio.sleep(_LOOK_S)
            self.carrier.call_in(caller, url if url != self.carrier.voice_url else "")
            return
        what = f"nobody listens at its address after {within_s:g} s" if url else "its voice URL was never set by REST"
        raise SettingsError(f"The program was not called: {what}.", setting="--call", fix="--call URL names another.")

    async def _listens(self, url: str) -> bool:
        """Whether a connection comes about; what is not of this machine is taken at its word."""
        origin = origin_of(url)
        port = self.options.routes.ports.get(origin, origin.port if is_loopback(origin.host) else 0)
        if not port:
            return True
        try:
            await drop(await self.network.connect(LOOPBACK, port))
        except OSError:
            return False
        return True


@asynccontextmanager
async def open_line(options: LineOptions, network: Network | None = None) -> AsyncIterator[Line]:
    """Run carrier and model until the block is left. Raises SettingsError if a port is taken."""
    network, board, began = network or TcpNetwork(), Whiteboard(), utc_now().timestamp()
    for name, port in (("--port", options.port), ("--model-port", options.model_port)):
        await _demand_free(network, name, port)
    models: list[SimulatedModel] = []

    def played(number: str) -> Scenario:
        found = options.scenario if options.chosen else scenario_for(number, options.scenario)
        for model in models:
            model.record.play(found.model)
        return found

    with errors_ungrouped():
        async with (
            open_model(
                network, options.scenario, seed=options.seed, port=options.model_port, epoch=began, board=board
            ) as model,
            open_carrier(
                network,
                options.scenario,
                seed=options.seed,
                port=options.port,
                epoch=began,
                board=board,
                played=played,
                routes=options.routes,
                number=options.number,
            ) as carrier,
        ):
            models.append(model)
            yield Line(options, network, carrier, model)


async def _demand_free(network: Network, name: str, port: int) -> None:
    if not port:
        return
    try:
        listener = await network.listen(port)
    except OSError as error:
        raise SettingsError(
            f"{name} {port} cannot be had: {error.strerror or error}.", setting=name, fix=f"Leave {name} out: any free."
        ) from None
    assert port_of(listener) == port
    await listener.aclose()
