"""Checks of the public path: the tunnel program, and each step of the proof that dial makes in short."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager

import anyio
from anyio.abc import TaskStatus

from voicecall_core.doctor.context import Examination
from voicecall_core.doctor.examination import NO_NETWORK, WITHIN_S, Check
from voicecall_core.doctor.findings import Section, critical
from voicecall_core.errors import SettingsError
from voicecall_core.switchboard import Switchboard
from voicecall_core.tunnel import Tunnel, faults, media, public_path, webhook
from voicecall_core.tunnel.proof import Step
from voicecall_core.words.checks import CheckResult, ok, skipped


async def tunnel_program(room: Examination) -> CheckResult:
    """Whether the tunnel program, if one is to be started, runs and tells its address. It ends with the examination."""
    way = room.subject.way
    expected = "none to start, or one that tells its address"
    if not way.tunnel:
        return ok("none to start", expected)
    if way.tunnel_fault:
        return critical(way.tunnel_fault.rstrip("."), expected, error=faults.NO_CONNECTION, fix=way.tunnel_fix)
    if room.offline:
        return skipped(NO_NETWORK)
    proof = room.proof
    if proof.arrivals is None or room.ways.tunnel is None:
        return skipped("port failed")
    opened = await room.tasks.start(_keep_open, room.ways.tunnel(proof.port))
    if isinstance(opened, SettingsError):
        return critical(opened.message.rstrip("."), expected, error=faults.NO_CONNECTION, fix=opened.fix)
    proof.base, proof.fresh = opened.url, True
    proof.arrivals.behind = Switchboard(room.addresses, room.webhooks)  # what is signed is known only now
    return ok(f"{opened.name} leads here from {opened.url}", expected)


async def _keep_open(opening: AbstractAsyncContextManager[Tunnel], *, task_status: TaskStatus[object]) -> None:
    try:
        async with opening as tunnel:
            task_status.started(tunnel)
            await anyio.sleep_forever()
    except SettingsError as error:
        task_status.started(error)


def _step(
    name: str, step: Step, about: str, *needs: str, within_s: float = WITHIN_S, error: int = 0, network: bool = True
) -> Check:
    """A step of the proof as a check."""

    async def run(room: Examination) -> CheckResult:
        return await step(room.proof)

    after = () if network else ("port",)
    return Check(name, Section.TUNNEL, run, about, needs, after, within_s, network, error)


CHECKS = (
    Check(
        "tunnel-program", Section.TUNNEL, tunnel_program, "the tunnel program runs, if one is to be started",
        after=("port",), within_s=50.0, error=faults.NO_CONNECTION,
    ),
    _step("url", public_path.url, "the public URL is one that the carrier takes", "tunnel-program", network=False),
    _step(
        "dns", public_path.dns, "its host is in the DNS, with public addresses", "url",
        within_s=public_path.NEW_NAME_S + 5.0, error=faults.NO_NAME,
    ),
    _step("connection", public_path.connection, "it takes connections", "dns", error=faults.NO_CONNECTION),
    _step("tls", public_path.tls, "its certificate is valid", "connection", error=faults.NO_TLS),
    _step(
        "webhook", webhook.webhook, "a webhook reaches this process", "port", "tls",
        within_s=webhook.NEW_TUNNEL_S + 10.0, error=faults.HTTP,
    ),
    _step("path", webhook.path, "path and query arrive unchanged", "webhook"),
    _step("form", webhook.form, "the form arrives unchanged", "webhook"),
    _step("host", webhook.host, "Host, scheme and port arrive as sent", "webhook"),
    _step("signature", webhook.signature, "the signature fits on arrival", "path", "form"),
    _step("answer", webhook.answer, "our answer comes back unchanged", "path"),
    _step(
        "webhook-time", webhook.round_trip, "webhooks are quick there and back", "answer",
        within_s=25.0, error=faults.HTTP,
    ),
    _step("upgrade", media.upgrade, "an upgrade is answered with 101", "path", within_s=10.0, error=media.NO_ANSWER),
    _step("upgrade-signature", media.upgrade_signature, "its signature fits on arrival", "upgrade"),
    _step("frames", media.frames, "20 ms frames come back one by one", "upgrade", within_s=10.0, error=media.LATE),
)  # fmt: skip
