"""`voicecall doctor` at work: who is examined, by what ways, how it is told, with what exit code. Knows no check."""

from __future__ import annotations

import secrets
import signal
import ssl
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import Any

import anyio

from voicecall_cli import doctor_facts
from voicecall_cli.doctor_output import CheckOutput
from voicecall_cli.exits import Exit
from voicecall_cli.left_behind import may_be_up
from voicecall_cli.settings import Settings
from voicecall_cli.slips import tell_slips
from voicecall_cli.tunnels import tunnelling
from voicecall_cli.wiring import opened_accounts, trust
from voicecall_core import ModelAccount
from voicecall_core.doctor.context import Examination, OutsideAccess
from voicecall_core.doctor.dns import OwnNames, resolve
from voicecall_core.doctor.examination import Check, chosen, examine, worst
from voicecall_core.doctor.findings import CheckFinding
from voicecall_core.doctor.subject import (
    CalleeSettings,
    CarrierSettings,
    Faulty,
    LeftUp,
    ModelSettings,
    PathSettings,
    Subject,
)
from voicecall_core.doctor.table import CHECKS
from voicecall_core.errors import SettingsError
from voicecall_core.net.http_client import http_client
from voicecall_core.net.network import TcpNetwork
from voicecall_core.server import Tunnelling
from voicecall_core.simulation import utc_now
from voicecall_core.words.checks import Status
from voicecall_core.words.terms import Brief

ANSWER_WITHIN_S = 5.0
_EXITS = {Status.CRITICAL: Exit.USAGE, Status.WARNING: Exit.DIFFERENT}


def examine_all(
    typed: Mapping[str, Any],
    *,
    to: str | None = None,
    only: Sequence[str] = (),
    network: bool = True,
    verbose: bool = False,
) -> int:
    """Examine everything, or what is named in `only`, and tell; returns the exit code. Raises SettingsError.

    What is named is told in full, everything else only if `verbose`.
    """
    try:
        checks = chosen(CHECKS, only)
    except KeyError as unknown:
        raise SettingsError(
            f"There is no check and no section {unknown.args[0]!r}.",
            setting="--only",
            fix="voicecall doctor --no-network --verbose shows all names.",
        ) from None
    if not any(check.name == "names" for check in checks):  # which tells them in its place
        tell_slips()
    settings, faulty = doctor_facts.settings_as_far_as_they_go(typed)
    options = {"use_uvloop": sys.platform != "win32"}
    callee = doctor_facts.callee(to, settings)
    job = partial(_examine, settings, faulty, callee, checks, network=network, verbose=verbose or bool(only))
    return anyio.run(job, backend="asyncio", backend_options=options)


def findings_of(settings: Settings, only: Sequence[str]) -> tuple[CheckFinding, ...]:
    """What the checks named by `only`, and those that they need, find; told to nobody else."""

    async def ask() -> tuple[CheckFinding, ...]:
        checks = chosen(CHECKS, only)
        findings: tuple[CheckFinding, ...] = ()
        async with _room(settings, (), CalleeSettings(), network=True) as room:
            findings = await examine(checks, room, heard=lambda _: None)
        return findings

    return anyio.run(ask)


async def _examine(
    settings: Settings,
    faulty: tuple[Faulty, ...],
    callee: CalleeSettings,
    checks: tuple[Check, ...],
    *,
    network: bool,
    verbose: bool,
) -> int:
    findings: tuple[CheckFinding, ...] = ()
    async with _room(settings, faulty, callee, network=network) as room:
        output = CheckOutput(settings, room.subject, checks, room.tasks.cancel_scope.cancel, verbose=verbose)
        room.tasks.start_soon(_obey_signals)
        room.tasks.start_soon(output.run)
        findings = await examine(checks, room, heard=output.hear)
        await output.finish(findings)
    if output.left:
        raise BrokenPipeError
    return _EXITS.get(worst(findings), Exit.OK)


@asynccontextmanager
async def _room(
    settings: Settings, faulty: tuple[Faulty, ...], callee: CalleeSettings, *, network: bool
) -> AsyncIterator[Examination]:
    """What the checks have in common; all that they began ends with it."""
    async with AsyncExitStack() as stack:
        subject, tls, tunnel = await _subject(stack, settings, faulty, callee)
        ways = await stack.enter_async_context(_ways(settings, tls, tunnel))
        async with anyio.create_task_group() as tasks:
            room = Examination(subject, ways, tasks, secrets.token_bytes(32), offline=not network)
            room.watch_dates()
            if network and subject.carrier.auth_token:
                room.rest().warm()  # 0.3 s without a breath: not while the others are timed
            yield room
            tasks.cancel_scope.cancel()


async def _obey_signals() -> None:
    """Leave in order when told to: a tunnel that was started must be stopped. (Ctrl-C does so by itself.)"""
    wanted = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    with anyio.open_signal_receiver(*wanted) as received:
        async for _ in received:
            raise KeyboardInterrupt


async def _subject(
    stack: AsyncExitStack, settings: Settings, faulty: tuple[Faulty, ...], callee: CalleeSettings
) -> tuple[Subject, ssl.SSLContext, Tunnelling | None]:
    """What is examined; for a rehearsal both run until the stack is left."""
    try:
        tls = trust(settings.ca_file)
    except SettingsError as error:
        tls, faulty = trust(None), (*faulty, Faulty(error.setting, error.message, error.fix))
    accounts = await stack.enter_async_context(opened_accounts(replace(settings, scenario="ordinary"), tls))
    carrier, model = accounts.carrier, accounts.model or ModelAccount()
    brief = Brief(settings.model, settings.voice, settings.instructions, settings.greeting)
    way = PathSettings(settings.port, settings.public_url or "", settings.allow_loopback or not settings.phone_rings)
    way, tunnel = _tunnel(settings, way)
    subject = Subject(
        doctor_facts.machine(settings, faulty),
        CarrierSettings(
            carrier.url, carrier.account_sid, carrier.auth_token, carrier.api_key, carrier.api_secret, carrier.number
        ),
        ModelSettings(model.url, brief, model.key),
        callee,
        way,
        doctor_facts.limits(settings),
        utc_now,
        simulated_by(settings),
    )
    return subject, tls, tunnel


def simulated_by(settings: Settings) -> str:
    """What is typed so that the same is built in; empty if nothing is."""
    return "--sim" if settings.sim else f"--simulate {settings.simulate}" if settings.simulate else ""


def _tunnel(settings: Settings, way: PathSettings) -> tuple[PathSettings, Tunnelling | None]:
    """The way with the tunnel program that is to be started, and what starts it."""
    way = replace(way, tunnel=settings.tunnel_program or "")
    try:
        return way, tunnelling(settings)
    except SettingsError as error:
        return replace(way, tunnel_fault=error.message, tunnel_fix=error.fix), None


@asynccontextmanager
async def _ways(settings: Settings, tls: ssl.SSLContext, tunnel: Tunnelling | None) -> AsyncIterator[OutsideAccess]:
    """Names are resolved in threads of our own; where a proxy is to be obeyed, REST goes through it, as for dial."""
    network, proxy = OwnNames(TcpNetwork()), doctor_facts.proxy(settings)
    async with (
        http_client(network, verify=tls, timeout_s=ANSWER_WITHIN_S) as http,
        http_client(network, verify=tls, timeout_s=ANSWER_WITHIN_S, proxy=proxy) as rest,
    ):
        yield OutsideAccess(network, rest, http, resolve, tls, tunnel, partial(_left_up, settings))


async def _left_up(settings: Settings, ask: bool) -> list[LeftUp]:
    """Simulated calls end with their program, and are not remembered."""
    if not settings.phone_rings:
        return []
    return [LeftUp(one.found, one.fix) for one in await may_be_up(settings, ask)]
