"""What the settings say, in the shape in which the core takes it: accounts, options, a dialer, trusted certificates."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from functools import partial
from pathlib import Path

from voicecall_cli.options import EITHER
from voicecall_cli.settings import Settings, environment_for_others, everything_set
from voicecall_cli.tunnels import tunnelling
from voicecall_core import (
    Accounts,
    CallOptions,
    CarrierAccount,
    Dialer,
    ModelAccount,
    open_dialer,
    open_simulated_carrier,
    open_simulated_model,
    open_simulator,
)
from voicecall_core.errors import SettingsError
from voicecall_core.greetings import Greetings
from voicecall_core.guardian import open_guardian
from voicecall_core.ledger import Ledger, open_ledger
from voicecall_core.tools import NO_TOOLS, Tools
from voicecall_core.words.terms import Policy


def trust(ca_file: Path | None) -> ssl.SSLContext:
    """The usual certificates, and those of `ca_file` besides. Raises SettingsError if that holds none."""
    context = ssl.create_default_context()
    if ca_file is not None:
        try:
            context.load_verify_locations(ca_file)
        except (ssl.SSLError, OSError):
            raise SettingsError(
                f"VOICECALL_CA_FILE names {ca_file}, which holds no certificate.",
                setting="VOICECALL_CA_FILE",
                fix="Name a PEM file: it begins with -----BEGIN CERTIFICATE-----.",
            ) from None
    return context


@asynccontextmanager
async def dialer_of(settings: Settings) -> AsyncIterator[Dialer]:
    """A place to call from; for a simulated call the built-in carrier and model run too. Raises SettingsError."""
    tunnel = tunnelling(settings)
    tls = trust(settings.ca_file) if settings.is_real(EITHER) or settings.public_url or tunnel else None
    way = partial(open_dialer, public_url=settings.public_url, port=settings.port, tunnel=tunnel, tls=tls)
    greetings = Greetings(settings.cache) if settings.cache is not None else None
    talks = settings.say is None and settings.guard is Policy.GUARD  # without a guard the model is opened at the stream
    way = partial(way, model_ahead=settings.model if talks else "")
    clips = partial(way, apology=settings.apology, moment=_moment_clip(settings), greetings=greetings)
    # A simulated call ends with this program: nobody has to remember it, or to hang it up.
    real = settings.phone_rings
    guarded = open_guardian(environment_for_others(), settings.ca_file) if real else nullcontext()
    async with (
        guarded as guardian,
        opened_accounts(settings, tls) as accounts,
        clips(accounts, guardian=guardian, ledger=ledger_of(settings)) as dialer,
    ):
        yield dialer


def opened_accounts(settings: Settings, tls: ssl.SSLContext | None) -> AbstractAsyncContextManager[Accounts]:
    """The accounts, with whatever is to be built in running until the block is left. Raises SettingsError."""
    accounts = accounts_of(settings)
    if settings.sim:
        return open_simulator(settings.scenario, seed=settings.seed, tls=tls)
    if not settings.phone_rings:
        return open_simulated_carrier(
            accounts.model,
            settings.scenario,
            seed=settings.seed,
            tls=tls,
            callee_model=settings.model,
            callee_voice=settings.voice,
        )
    if not settings.model_is_real:
        return open_simulated_model(accounts.carrier, settings.scenario, seed=settings.seed)
    return nullcontext(accounts)


def ledger_of(settings: Settings) -> Ledger | None:
    """The calls that were asked for, if they are remembered and can be: a call is placed all the same."""
    if not settings.phone_rings or settings.state is None:
        return None
    try:
        return open_ledger(settings.state)
    except OSError:
        return None


def _moment_clip(settings: Settings) -> Path | bool:
    """The clip that asks for a moment: one's own, the shipped one, or none."""
    asked = settings.moment_clip
    return asked if isinstance(asked, Path) else asked is None


def accounts_of(settings: Settings) -> Accounts:
    """The accounts, as far as they are set."""
    secrets = (settings.auth_token, settings.api_secret, settings.shared_key, settings.openai_key)
    token, secret, shared, key = (each.reveal() if each else "" for each in secrets)
    carrier = CarrierAccount(
        account_sid=settings.account_sid or "",
        auth_token=token,
        number=settings.from_number,
        api_key=settings.api_key or "",
        api_secret=secret,
        shared_key=shared,
        url=settings.twilio_url,
    )
    return Accounts(carrier=carrier, model=ModelAccount(key=key, url=settings.realtime_url))


def options_of(settings: Settings) -> CallOptions:
    """What is asked of the call. Of a simulated one a scenario decides what nobody asked for."""
    return CallOptions(
        greeting=settings.greeting,
        instructions=settings.instructions,
        model=settings.model,
        voice=settings.voice,
        greet=settings.greet,
        guard=settings.guard,
        say=settings.say,
        patience_s=settings.patience_s,
        tools=tools_of(settings),
        filler=settings.filler,
        filler_after_s=settings.filler_after_s,
        keep_greeting=settings.keeps_greeting,
        max_duration_s=None if _is_default(settings, "max_duration_s") else settings.max_duration_s,
        ring_timeout_s=None if _is_default(settings, "ring_timeout_s") else settings.ring_timeout_s,
    )


def tools_of(settings: Settings) -> Tools:
    """What the model may call: the functions of a Python file, which is run, and the requests of an agent's file."""
    if settings.say is not None:
        return NO_TOOLS
    tools = NO_TOOLS
    if settings.tools is not None:
        from voicecall_core.tools.python_tools import load_tools  # for those only who have tools

        tools = load_tools(settings.tools)
    if settings.agent is not None and "tool" in settings.agent.table:
        from voicecall_core.tools.declared import requests_of

        tools += requests_of(settings.agent.table, everything_set())
    return tools


def _is_default(settings: Settings, field: str) -> bool:
    return settings.sources.get(field) == "default"
