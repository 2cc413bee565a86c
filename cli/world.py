"""Who a call is made with: the carrier and the model of the settings, or the built-in ones. Knows nothing of screens.

`--sim` does no more than start two servers on this machine and use their addresses and keys.
"""

from __future__ import annotations

import secrets
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread

from cli.settings import Settings
from cli.trust import trust
from cli.tunnelling import tunnelling
from voicecall_core.carriers.twilio.carrier import twilio
from voicecall_core.carriers.twilio.rest import TwilioRest
from voicecall_core.clips import read_clip, shipped
from voicecall_core.errors import SettingsError
from voicecall_core.exchange import exchange
from voicecall_core.models.openai_realtime.client import OpenAIRealtime
from voicecall_core.session import Plan, Strangers
from voicecall_core.switchboard import Switchboard
from voicecall_core.wire.client import http_client
from voicecall_core.wire.network import TcpNetwork
from voicecall_core.words.numbers import PhoneNumber
from voicecall_core.words.terms import Brief, Kind, Limits, Terms

if TYPE_CHECKING:  # a real call needs nothing of the simulator
    from voicecall_core.simulator.scenario import Scenario

APOLOGY = "apology"


@dataclass(frozen=True, slots=True)
class World:
    """A place to call from: the switchboard, the strangers, and the number that calls."""

    switchboard: Switchboard
    strangers: Strangers
    caller: PhoneNumber
    scenario: Scenario | None


@dataclass(frozen=True, slots=True)
class _Far:
    """How to reach both strangers, and with what keys."""

    account_sid: str
    login: tuple[str, str]
    auth_token: str
    rest_url: str
    model_url: str
    key: str
    caller: PhoneNumber


@asynccontextmanager
async def world(settings: Settings) -> AsyncIterator[World]:
    """Everything a call needs, running and proven; it ends with the block."""
    network = TcpNetwork()
    async with AsyncExitStack() as stack:
        scenario = scenario_of(settings)
        outside = scenario is None or settings.public_url or settings.tunnel_program
        tls = trust(settings.ca_file) if outside else None
        far = _real(settings) if scenario is None else await _rehearsal(stack, network, scenario, settings.seed, tls)
        obeyed = scenario is None  # proxies are for what is far away
        http = await stack.enter_async_context(http_client(trust_env=obeyed, verify=tls or False))
        rest = TwilioRest(far.account_sid, *far.login, http, far.rest_url, Limits().rest_answer_s)
        carrier = twilio(rest, [far.auth_token])
        warm = await stack.enter_async_context(_meanwhile(rest.warm))
        switchboard = await stack.enter_async_context(
            exchange(
                network,
                http,
                carrier,
                port=settings.port,
                public_url=settings.public_url,
                secret=secrets.token_bytes(32),
                tls=tls,
                tunnel=tunnelling(settings),
            )
        )
        await warm.wait()
        model = OpenAIRealtime(network, far.model_url, far.key, tls, user_agent=tool().replace(" ", "/"))
        strangers = Strangers(carrier, model, switchboard.addresses, _clips(settings).__getitem__)
        yield World(switchboard, strangers, far.caller, scenario)


@asynccontextmanager
async def _meanwhile(job: Callable[[], None]) -> AsyncIterator[anyio.Event]:
    """Do something in a thread while the port is opened and the public URL is proven: the SDK's import, 0.1 s."""
    done = anyio.Event()

    async def run() -> None:
        await anyio.to_thread.run_sync(job)
        done.set()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(run)
        yield done


def tool() -> str:
    """This program and its version, as the call file's header and the model are told."""
    try:
        return f"voicecall {version('voicecall')}"
    except PackageNotFoundError:
        return "voicecall unknown"


def scenario_of(settings: Settings) -> Scenario | None:
    """The scenario of a simulated call. Raises SettingsError for a name that is none."""
    if not settings.sim:
        return None
    from voicecall_core.simulator.scenarios import SCENARIOS, renamed

    if settings.scenario not in SCENARIOS:
        import difflib

        now = renamed(settings.scenario)
        close = difflib.get_close_matches(settings.scenario, SCENARIOS, n=1)
        meant = f"It is called {now} now. " if now else f"Did you mean {close[0]}? " if close else ""
        raise SettingsError(
            f"There is no scenario {settings.scenario!r}.",
            setting="VOICECALL_SCENARIO",
            fix=f"{meant}voicecall dial --list-scenarios shows all.",
        )
    return SCENARIOS[settings.scenario]


async def _rehearsal(
    stack: AsyncExitStack, network: TcpNetwork, scenario: Scenario, seed: int, tls: ssl.SSLContext | None
) -> _Far:
    from voicecall_core.simulator.carrier import open_carrier
    from voicecall_core.simulator.model import open_model

    epoch = _now().timestamp()
    carrier = await stack.enter_async_context(open_carrier(network, scenario, seed=seed, epoch=epoch, tls=tls))
    model = await stack.enter_async_context(open_model(network, scenario, seed=seed))
    return _Far(
        carrier.account_sid,
        (carrier.account_sid, carrier.auth_token),
        carrier.auth_token,
        carrier.url,
        model.url,
        model.key,
        PhoneNumber(carrier.number),
    )


def _real(settings: Settings) -> _Far:
    assert settings.account_sid and settings.auth_token and settings.from_number, "demanded before"
    return _Far(
        settings.account_sid,
        settings.login,
        settings.auth_token.reveal(),
        settings.twilio_url,
        settings.realtime_url,
        settings.openai_key.reveal() if settings.openai_key else "",
        settings.from_number,
    )


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - the date in the call file's header, and the built-in carrier's


def _clips(settings: Settings) -> dict[str, bytes]:
    """The clips by name: the shipped ones, or the user's own."""
    return {APOLOGY: read_clip(settings.apology) if settings.apology else shipped(APOLOGY)}


def plan_of(settings: Settings, callee: PhoneNumber, caller: PhoneNumber, scenario: Scenario | None) -> Plan:
    """One call as the settings ask for it; a scenario's own terms stand where nothing was typed."""
    say, cap, ring = settings.say, settings.max_duration_s, settings.ring_timeout_s
    limits = Limits()
    if scenario is not None:
        untouched = {name for name, source in settings.sources.items() if source == "default"}
        asked = {name: value for name, value in scenario.dial.items() if name in untouched}
        say = str(asked["say"]) if "say" in asked else say
        cap = float(asked.get("max_duration_s", cap))
        ring = float(asked.get("ring_timeout_s", ring))
        limits = limits.scaled(scenario.scale)
    terms = Terms(
        call_id=f"c-{secrets.token_hex(4)}",
        kind=Kind.SAY if say else Kind.STREAM,
        policy=settings.guard,
        greet=settings.greet,
        max_duration_s=cap,
        ring_timeout_s=ring,
        pii_say=say or "",
        pii_greeting=settings.greeting,
        model=settings.model,
        limits=limits,
    )
    brief = Brief(settings.model, settings.voice, settings.instructions, settings.greeting)
    return Plan(terms, brief, callee, caller, _now())
