"""A whole set-up to examine: both outsiders, a tunnel with TLS, this machine; all in memory, all healthy unless told.

Faults are given from outside: to the outsiders' plans, to the tunnel, to the facts that are handed in.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import anyio

from tests.doctor.meddler import HEALTHY, HOST, Meddling, believed, meddler
from voicecall_core import open_simulator
from voicecall_core.doctor.context import Examination, OutsideAccess
from voicecall_core.doctor.examination import Check, examine
from voicecall_core.doctor.findings import CheckFinding
from voicecall_core.doctor.subject import (
    CalleeSettings,
    CarrierSettings,
    LeftUp,
    MachineSettings,
    ModelSettings,
    PathSettings,
    SafetyLimits,
    Subject,
)
from voicecall_core.doctor.table import CHECKS
from voicecall_core.net.http_client import http_client
from voicecall_core.net.memory import MemoryNetwork
from voicecall_core.net.network import Network
from voicecall_core.server import Tunnelling
from voicecall_core.simulator.scenarios.catalogue import SCENARIOS
from voicecall_core.simulator.scenarios.scenario import AccountPlan, CarrierPlan, ModelPlan, Scenario
from voicecall_core.tunnel.proof import Resolve
from voicecall_core.words.numbers import PhoneNumber
from voicecall_core.words.terms import Brief

PORT = 5050
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
BRIEF = Brief("gpt-realtime-2.1", "marin", "You are a test.", "Hello, this is an AI assistant.")
PUBLIC = "52.1.2.3"  # any address that is not a private one


async def resolved(host: str) -> list[str]:
    """Every name is known."""
    return [PUBLIC]


def as_it_is(subject: Subject) -> Subject:
    """No change."""
    return subject


async def nothing(network: MemoryNetwork) -> None:
    """Nothing else happens on this machine."""


@dataclass(frozen=True)
class Illness:
    """All that can be wrong outside of the checks."""

    account: AccountPlan = field(default_factory=AccountPlan)
    model: ModelPlan = field(default_factory=ModelPlan)
    tunnel: Meddling = HEALTHY
    subject: Callable[[Subject], Subject] = as_it_is
    resolve: Resolve = resolved
    network: Callable[[MemoryNetwork], Network] = field(default=lambda network: network)
    carrier_ahead_s: float = 0.0
    now: datetime = NOW
    beside: Callable[[MemoryNetwork], Coroutine[object, object, None]] = nothing
    program: Tunnelling | None = None
    left_up: tuple[LeftUp, ...] = ()

    async def calls_left_up(self, ask: bool) -> tuple[LeftUp, ...]:
        """The same, of which the carrier has nothing to say."""
        return self.left_up


@asynccontextmanager
async def patient(ill: Illness) -> AsyncIterator[Examination]:
    """The set-up, running, in a room for its checks."""
    memory = MemoryNetwork()
    network = ill.network(memory)
    scenario: Scenario = replace(
        SCENARIOS["ordinary"], carrier=replace(CarrierPlan(), account=ill.account), model=ill.model
    )
    began = anyio.current_time()
    ahead = timedelta(seconds=ill.carrier_ahead_s)
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        simulator = await enter(open_simulator(scenario, network=memory, began=ill.now + ahead))
        carrier, model = simulator.carrier_server, simulator.model_server
        await enter(meddler(memory, PORT, ill.tunnel, ill.now))
        http = await enter(http_client(network, verify=believed()))
        rest = await enter(http_client(network))
        subject = Subject(
            MachineSettings((3, 12, 1), dotenv=".env"),
            CarrierSettings(
                carrier.url,
                carrier.account_sid,
                carrier.auth_token,
                carrier.api_key,
                carrier.api_secret,
                PhoneNumber(carrier.number),
            ),
            ModelSettings(model.url, BRIEF, model.key),
            CalleeSettings(PhoneNumber("+15555550100"), "US"),
            PathSettings(PORT, f"https://{HOST}"),
            SafetyLimits(600.0, 30.0, log="calls"),
            lambda: datetime.fromtimestamp(ill.now.timestamp() + anyio.current_time() - began, UTC),
        )
        tasks = await enter(anyio.create_task_group())
        ways = OutsideAccess(network, rest, http, ill.resolve, believed(), ill.program, ill.calls_left_up)
        tasks.start_soon(ill.beside, memory)
        await anyio.lowlevel.checkpoint()
        room = Examination(ill.subject(subject), ways, tasks, b"secret")
        room.watch_dates()
        yield room
        tasks.cancel_scope.cancel()


async def examined(ill: Illness, checks: tuple[Check, ...] = CHECKS) -> dict[str, CheckFinding]:
    """What the checks say, by name."""
    async with patient(ill) as room:
        findings = await examine(checks, room, heard=lambda finding: None)
    return {finding.name: finding for finding in findings}
