"""Places whole simulated calls, in memory or over sockets, through the very code that places real ones."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from voicecall_core.bridge import Recorder
from voicecall_core.carriers.twilio.carrier import twilio
from voicecall_core.carriers.twilio.rest import TwilioRest
from voicecall_core.clips import shipped
from voicecall_core.exchange import exchange
from voicecall_core.journal import Header, Journal
from voicecall_core.judgement.call import Call, Step
from voicecall_core.models.openai_realtime.client import OpenAIRealtime
from voicecall_core.session import Plan, Session, Strangers
from voicecall_core.simulator.carrier import Carrier, open_carrier
from voicecall_core.simulator.model import Model, open_model
from voicecall_core.simulator.scenario import Scenario
from voicecall_core.simulator.scenarios import SCENARIOS
from voicecall_core.simulator.voices import clip
from voicecall_core.switchboard import Switchboard
from voicecall_core.wire.client import http_client
from voicecall_core.wire.memory import MemoryNetwork
from voicecall_core.wire.network import Network
from voicecall_core.words.events import Event
from voicecall_core.words.numbers import PhoneNumber
from voicecall_core.words.terms import Brief, Greet, Kind, Limits, Policy, Terms

CALLEE = PhoneNumber("+15555550100")
EPOCH = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@dataclass
class Placed:
    """A call that was placed, with both strangers' own records of it."""

    call: Call
    carrier: Carrier
    model: Model
    switchboard: Switchboard
    steps: list[tuple[Event, Step]] = field(default_factory=list)


def terms_of(
    scenario: Scenario, *, policy: Policy = Policy.GUARD, scale: float = 1.0, greet: Greet = Greet.RINGING
) -> Terms:
    """The terms on which a scenario is dialled."""
    dial = scenario.dial
    say = str(dial.get("say", ""))
    return Terms(
        "c-5ca1e",
        kind=Kind.SAY if say else Kind.STREAM,
        policy=policy,
        greet=greet,
        max_duration_s=float(dial.get("max_duration_s", 600.0)),
        ring_timeout_s=float(dial.get("ring_timeout_s", 30.0)),
        pii_say=say,
        pii_greeting=clip("greeting").text,
        model="gpt-realtime-2.1",
        limits=Limits().scaled(scale),
    )


def plan_of(terms: Terms, carrier: Carrier) -> Plan:
    """The plan of a simulated call."""
    brief = Brief(terms.model, "marin", "You are a test.", terms.pii_greeting)
    return Plan(terms, brief, CALLEE, PhoneNumber(carrier.number), EPOCH)


@asynccontextmanager
async def world(
    network: Network, scenario: Scenario, seed: int = 0
) -> AsyncIterator[tuple[Carrier, Model, Switchboard, Strangers]]:
    """Both strangers and an exchange, all running."""
    async with (
        open_carrier(network, scenario, seed=seed) as carrier,
        open_model(network, scenario, seed=seed) as model,
        http_client(network) as http,
    ):
        rest = TwilioRest(carrier.account_sid, carrier.account_sid, carrier.auth_token, http, carrier.url)
        account = twilio(rest, [carrier.auth_token])
        speech = OpenAIRealtime(network, model.url, model.key)
        async with exchange(network, http, account, port=0, public_url=None, secret=b"secret") as switchboard:
            yield carrier, model, switchboard, Strangers(account, speech, switchboard.addresses, shipped)


async def place(
    scenario: str | Scenario,
    *,
    policy: Policy = Policy.GUARD,
    greet: Greet = Greet.RINGING,
    seed: int = 0,
    network: Network | None = None,
    scale: float = 1.0,
    log: Path | None = None,
    meanwhile: Callable[[Session, Event], None] | None = None,
    recorder: Recorder | None = None,
) -> Placed:
    """Place one call to its end. `meanwhile` sees each event after it was judged, and may tell of others."""
    scenario = SCENARIOS[scenario] if isinstance(scenario, str) else scenario
    terms = terms_of(scenario, policy=policy, scale=scale, greet=greet)
    async with world(network or MemoryNetwork(), scenario, seed) as (carrier, model, switchboard, strangers):
        plan = plan_of(terms, carrier)
        header = Header(terms, plan.callee, plan.caller, plan.began, "voicecall test", scenario.name, seed)
        steps: list[tuple[Event, Step]] = []

        def watch(before: Call, event: Event, step: Step) -> None:
            steps.append((event, step))
            if policy is Policy.GUARD and step.call.broken:
                raise AssertionError(f"{step.call.broken[-1]} after {event}")  # in a real call it is only recorded
            if meanwhile is not None:
                meanwhile(session, event)

        session = Session(
            plan, strangers, journal=Journal(log, header) if log else None, watch=watch, recorder=recorder
        )
        async with switchboard.line(session):
            await session.run()
        return Placed(session.call, carrier, model, switchboard, steps)
