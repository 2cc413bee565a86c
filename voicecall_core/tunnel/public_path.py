"""The steps to the public URL before anything is sent, and the patience that a new one needs."""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import anyio
from anyio.streams.tls import TLSAttribute

from voicecall_core.errors import SettingsError
from voicecall_core.net.network import drop, secure
from voicecall_core.net.urls import address_of, is_loopback
from voicecall_core.tunnel import faults
from voicecall_core.tunnel.proof import PORTS, Proof
from voicecall_core.tunnel.running import SETTING, Tunnel
from voicecall_core.words.checks import CheckResult, critical, ok, skipped, warning

NEW_NAME_S = 30.0  # cloudflared says of a new name that "it may take some time to be reachable"
SOON = timedelta(days=14)  # a certificate that renews itself does so a month before its end
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_BAD_URL = 21205


async def url(proof: Proof) -> CheckResult:
    """Whether the public URL is one that the carrier takes: https, and a host that is not this machine alone."""
    expected = "https:// and a host that the internet knows"
    host = proof.host
    if not proof.base:
        return skipped("port failed" if proof.loopback_allowed else "VOICECALL_PUBLIC_URL is not set")
    parts = urlsplit(proof.base)
    local = is_loopback(host) or _is_private(host) or host.endswith((".local", ".localhost", ".internal"))
    if local and not proof.loopback_allowed:
        found = f"{host} is known to this machine or network alone"
        return critical(found, expected, error=_BAD_URL, fix=proof.start_tunnel)
    if "_" in host:  # carriers refuse such a host in a callback's URL
        return critical(f"{host} has an underscore", expected, error=_BAD_URL, fix="Rename the host, with a dash.")
    if parts.scheme != "https" and not local:
        return critical(f"{parts.scheme}://", expected, error=_BAD_URL, fix=f"--public-url https://{parts.netloc}")
    return ok(f"{proof.base}{' (this machine, as allowed)' if local else ''}", expected)


async def dns(proof: Proof) -> CheckResult:
    """Whether the host's name is in the DNS, with addresses that the internet can reach."""
    expected = "a name in the DNS, with public addresses"
    host = proof.host
    try:
        found = await _resolved(proof)
    except TimeoutError as error:
        fix = f"dig +short {host}    (does the DNS answer?)"
        return critical(str(error), expected, error=faults.NO_NAME, fix=fix)
    except OSError as error:
        return critical(str(error), expected, error=faults.NO_NAME, fix=proof.start_tunnel)
    private = [address for address in found if _is_private(address)]
    if private and not proof.loopback_allowed:
        fix = f"dig +short {host} @1.1.1.1    (shows what the internet sees)"
        what = f"{host} is {private[0]} here, which is not public"
        return critical(what, expected, error=faults.NO_CONNECTION, fix=fix)
    return ok(f"{host}: {', '.join(found[:3])}", expected)


async def _resolved(proof: Proof) -> list[str]:
    """The host's addresses; a name that our own tunnel has just been given is asked for again."""
    assert proof.resolve is not None
    asked = anyio.current_time()
    while True:
        try:
            return await proof.resolve(proof.host)
        except OSError:
            if not proof.fresh or anyio.current_time() - asked > NEW_NAME_S:
                raise
        await anyio.sleep(1.0)


async def connection(proof: Proof) -> CheckResult:
    """Whether the host takes connections."""
    port = _port(proof)
    expected = f"a connection to port {port}"
    began = anyio.current_time()
    try:
        stream = await proof.network.connect(proof.host, port)
    except OSError as error:
        found = f"{proof.host}:{port} takes no connection ({error or type(error).__name__})"
        return critical(found, expected, error=faults.NO_CONNECTION, fix=proof.start_tunnel)
    took = (anyio.current_time() - began) * 1000
    await drop(stream)
    return ok(f"connected in {took:.0f} ms", expected)


async def tls(proof: Proof) -> CheckResult:
    """Whether the host shows a certificate that is valid for it, and will be for a while."""
    expected = f"a certificate from a public authority, valid for {proof.host}"
    if urlsplit(proof.base).scheme == "http":
        return ok("plain http, on this machine", expected)
    stream = await proof.network.connect(proof.host, _port(proof))
    try:
        stream = await secure(stream, proof.host, proof.tls or ssl.create_default_context())
    except OSError as error:
        return faults.unreached(error, proof, expected)
    certificate = stream.extra(TLSAttribute.peer_certificate, None)
    await drop(stream)
    assert proof.now is not None
    return _dated(certificate, proof.now(), expected)


def _port(proof: Proof) -> int:
    parts = urlsplit(proof.base)
    return parts.port or PORTS[parts.scheme]


def _dated(certificate: Any, now: datetime, expected: str) -> CheckResult:
    text = certificate.get("notAfter", "") if isinstance(certificate, dict) else ""
    if not text:
        return ok("valid", expected)
    left = _EPOCH + timedelta(seconds=ssl.cert_time_to_seconds(str(text))) - now
    found = f"valid for {max(0, left // timedelta(days=1))} more days"
    if left < SOON:
        return warning(found, expected, error=faults.DATED, fix="Renew it: caddy and certbot do so by themselves.")
    return ok(found, expected)


def _is_private(host: str) -> bool:
    address = address_of(host)
    return address is not None and not address.is_global


# A fresh name has to reach the name servers first; cloudflared itself says that "it may take some time".
REACHABLE_WITHIN_S = 45.0
AGAIN_AFTER_S = 1.0


async def reach(
    tunnel: Tunnel,
    attempt: Callable[[], Awaitable[None]],
    *,
    within_s: float = REACHABLE_WITHIN_S,
    again_after_s: float = AGAIN_AFTER_S,
) -> None:
    """Make an `attempt` to get through the tunnel until one succeeds, the tunnel is lost, or time has run out.

    An attempt fails with SettingsError; that is also what is raised in the end, with the last one's reason.
    """
    why = "nothing was tried to its end"
    lost = ""

    async def watch() -> None:
        nonlocal lost
        lost = await tunnel.lost()
        tasks.cancel_scope.cancel()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(watch)
        with anyio.move_on_after(within_s):
            while why:
                try:
                    await attempt()
                    why = ""
                except SettingsError as error:
                    why = error.message
                    await anyio.sleep(again_after_s)
        tasks.cancel_scope.cancel()
    if lost:
        raise SettingsError(f"{lost}.", setting=SETTING, fix="Try again.")
    if why:
        raise SettingsError(
            f"{tunnel.name} runs, but nothing came through it within {within_s:g} s. {why}",
            setting=SETTING,
            fix="Try again, or use the other program; a new address can take a while to be known everywhere.",
        )
