"""Places whole simulated calls, in memory or over sockets, through the very code that places real ones."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import twilio.rest  # noqa: F401  imported in a thread, as the first call does, it would let the mock clock jump

from voicecall_core import (
    CallOptions,
    CallRecord,
    Dialer,
    OutgoingCall,
    PhoneNumber,
    Simulator,
    diagnose,
    open_dialer,
    open_simulator,
)
from voicecall_core.call.endings import Outcome
from voicecall_core.call.step import Call, Step
from voicecall_core.greetings import Greetings
from voicecall_core.net.memory import MemoryNetwork
from voicecall_core.net.network import Network, TcpNetwork, port_of
from voicecall_core.session import Session
from voicecall_core.simulator.carrier.server import SimulatedCarrier
from voicecall_core.simulator.model.server import SimulatedModel
from voicecall_core.simulator.scenarios.scenario import Scenario
from voicecall_core.switchboard import Switchboard
from voicecall_core.words.events import Event
from voicecall_core.words.terms import Greet, Limits, Policy

CALLEE = PhoneNumber("+15555550100")
CALL_ID = "c-5ca1e"
EPOCH = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
UNSCALED = CallOptions(instructions="You are a test.", limits=Limits())


@dataclass
class Placed:
    """A call that was placed, with the simulator's own records of it."""

    record: CallRecord
    call: Call
    carrier: SimulatedCarrier
    model: SimulatedModel
    switchboard: Switchboard
    steps: list[Step] = field(default_factory=list)


@asynccontextmanager
async def opened_dialer(
    scenario: str | Scenario, network: Network | None = None, seed: int = 0, greetings: Greetings | None = None
) -> AsyncIterator[Dialer]:
    """A simulator and a dialer for it, in memory unless a network is given."""
    async with (
        open_simulator(scenario, seed=seed, network=network or MemoryNetwork(), began=EPOCH) as simulator,
        open_dialer(simulator, secret=b"secret", now=lambda: EPOCH, greetings=greetings) as dialer,
    ):
        yield dialer


def outgoing(dialer: Dialer, call_id: str = CALL_ID) -> OutgoingCall:
    """A call that is yet to be placed."""
    return OutgoingCall(dialer, CALLEE, UNSCALED, call_id=call_id)


async def place(
    scenario: str | Scenario,
    *,
    policy: Policy = Policy.GUARD,
    greet: Greet = Greet.RINGING,
    seed: int = 0,
    network: Network | None = None,
    scale: float = 1.0,
    log: Path | None = None,
    record: bool = False,
    meanwhile: Callable[[Session, Event], None] | None = None,
    greetings: Greetings | None = None,
) -> Placed:
    """Place one call to its end. `meanwhile` sees each event after it was judged, and may tell of others."""
    steps: list[Step] = []

    def watch(step: Step) -> None:
        steps.append(step)
        if policy is Policy.GUARD and step.call.broken:
            raise AssertionError(f"{step.call.broken[-1]} after {step.event}")  # in a real call it is only recorded
        if meanwhile is not None:
            meanwhile(call.session, step.event)

    async with opened_dialer(scenario, network, seed, greetings) as dialer:
        options = replace(UNSCALED, guard=policy, greet=greet, limits=Limits().scaled(scale))
        call = OutgoingCall(dialer, CALLEE, options, log=log, record=record, watch=watch, call_id=CALL_ID)
        made = await call.run()
        for fault in call.session.faults:
            raise fault
        contradicts = made.outcome is not Outcome.COMPLETED and diagnose(made).healthy
        assert not contradicts, f"{made.outcome}, and diagnosed as healthy"
        simulator = dialer.simulator
        assert simulator is not None
        return Placed(made, made.call, simulator.carrier_server, simulator.model_server, dialer.switchboard, steps)


@asynccontextmanager
async def simulator_from_outside(scenario: str | Scenario) -> AsyncIterator[tuple[Simulator, dict[str, str]]]:
    """A simulator on this machine's sockets, and the settings with which a program of its own takes it for real.

    Nothing of the machine's own settings is among them, so that a developer's .env or keys cannot matter.
    """
    network = TcpNetwork()
    async with open_simulator(scenario, network=network) as simulator:
        async with await network.listen(0) as listener:
            port = port_of(listener)
        carrier, model = simulator.carrier_server, simulator.model_server
        kept = {n: v for n, v in os.environ.items() if not n.startswith(("VOICECALL", "TWILIO", "OPENAI"))}
        yield (
            simulator,
            kept
            | {
                "TWILIO_API_URL": carrier.url,
                "TWILIO_ACCOUNT_SID": carrier.account_sid,
                "TWILIO_AUTH_TOKEN": carrier.auth_token,
                "TWILIO_PHONE_NUMBER": carrier.number,
                "OPENAI_REALTIME_URL": model.url,
                "OPENAI_API_KEY": model.key,
                "VOICECALL_STATE": "state",  # where the program is run
                "VOICECALL_CACHE": "off",
                "VOICECALL_PORT": str(port),
                "VOICECALL_PUBLIC_URL": f"http://127.0.0.1:{port}",
            },
        )
