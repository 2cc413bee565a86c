"""Checks of the way to the public URL: its form, its name, its connection, its certificate. Sends no request."""

from __future__ import annotations

import ipaddress
import ssl
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import anyio
from anyio.abc import TaskStatus
from anyio.streams.tls import TLSAttribute

from voicecall_core.doctor.examining import NO_NETWORK, Check
from voicecall_core.doctor.finding import Said, Section, critical, ok, skipped, warning
from voicecall_core.doctor.room import Room
from voicecall_core.errors import SettingsError
from voicecall_core.switchboard import Switchboard
from voicecall_core.tunnel import Tunnel, faults
from voicecall_core.wire.network import drop, secure

_PORTS = {"http": 80, "https": 443}
NEW_NAME_S = 30.0  # cloudflared says of a new name that "it may take some time to be reachable"
SOON = timedelta(days=14)  # a certificate that renews itself does so a month before its end
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DATED = faults.DATED
_BAD_URL, _NO_CONNECTION, _NO_NAME = 21205, faults.NO_CONNECTION, faults.NO_NAME


def start_tunnel(room: Room) -> str:
    """The command that makes a tunnel to our port."""
    port = room.arrivals.port if room.arrivals is not None else room.subject.way.port
    return f"cloudflared tunnel --url http://127.0.0.1:{port}    (or: ngrok http {port})"


async def tunnel_program(room: Room) -> Said:
    """Whether the tunnel program, if one is to be started, runs and tells its address. It ends with the examination."""
    way = room.subject.way
    expected = "none to start, or one that tells its address"
    if not way.tunnel:
        return ok("none to start", expected)
    if way.tunnel_fault:
        return critical(way.tunnel_fault.rstrip("."), expected, error=_NO_CONNECTION, fix=way.tunnel_fix)
    if room.offline:
        return skipped(NO_NETWORK)
    if room.arrivals is None or room.ways.tunnel is None:
        return skipped("port failed")
    opened = await room.tasks.start(_keep_open, room.ways.tunnel(room.arrivals.port))
    if isinstance(opened, SettingsError):
        return critical(opened.message.rstrip("."), expected, error=_NO_CONNECTION, fix=opened.fix)
    room.base, room.started = opened.url, True
    room.arrivals.open(
        Switchboard(room.addresses, room.webhooks)
    )  # what is signed is the address that is known only now
    return ok(f"{opened.name} leads here from {opened.url}", expected)


async def _keep_open(opening: AbstractAsyncContextManager[Tunnel], *, task_status: TaskStatus[object]) -> None:
    try:
        async with opening as tunnel:
            task_status.started(tunnel)
            await anyio.sleep_forever()
    except SettingsError as error:
        task_status.started(error)


async def url(room: Room) -> Said:
    """Whether the public URL is one that the carrier takes: https, and a host that is not this machine alone."""
    expected = "https:// and a host that the internet knows"
    if not room.base:
        return skipped("port failed" if room.subject.way.loopback_allowed else "VOICECALL_PUBLIC_URL is not set")
    parts = urlsplit(room.base)
    local = _private(room.host) or room.host == "localhost" or room.host.endswith((".local", ".localhost", ".internal"))
    if local and not room.subject.way.loopback_allowed:
        found = f"{room.host} is known to this machine or network alone"
        return critical(found, expected, error=_BAD_URL, fix=start_tunnel(room))
    if "_" in room.host:  # Twilio: OpenAPI, StatusCallback: host names with an underscore are refused
        return critical(f"{room.host} has an underscore", expected, error=_BAD_URL, fix="Rename the host, with a dash.")
    if parts.scheme != "https" and not local:
        return critical(f"{parts.scheme}://", expected, error=_BAD_URL, fix=f"--public-url https://{parts.netloc}")
    return ok(f"{room.base}{' (this machine, as allowed)' if local else ''}", expected)


async def dns(room: Room) -> Said:
    """Whether the host's name is in the DNS, with addresses that the internet can reach."""
    expected = "a name in the DNS, with public addresses"
    try:
        found = await _resolved(room)
    except TimeoutError as error:
        return critical(str(error), expected, error=_NO_NAME, fix=f"dig +short {room.host}    (does the DNS answer?)")
    except OSError as error:
        return critical(str(error), expected, error=_NO_NAME, fix=start_tunnel(room))
    private = [address for address in found if _private(address)]
    if private and not room.subject.way.loopback_allowed:
        fix = f"dig +short {room.host} @1.1.1.1    (shows what the internet sees)"
        return critical(
            f"{room.host} is {private[0]} here, which is not public", expected, error=_NO_CONNECTION, fix=fix
        )
    return ok(f"{room.host}: {', '.join(found[:3])}", expected)


async def _resolved(room: Room) -> list[str]:
    """The host's addresses; a name that our own tunnel has just been given is asked for again."""
    asked = anyio.current_time()
    while True:
        try:
            return await room.ways.resolve(room.host)
        except OSError:
            if not room.started or anyio.current_time() - asked > NEW_NAME_S:
                raise
        await anyio.sleep(1.0)


async def connection(room: Room) -> Said:
    """Whether the host takes connections."""
    parts = urlsplit(room.base)
    port = parts.port or _PORTS[parts.scheme]
    expected = f"a connection to port {port}"
    began = anyio.current_time()
    try:
        stream = await room.ways.network.connect(room.host, port)
    except OSError as error:
        found = f"{room.host}:{port} takes no connection ({error or type(error).__name__})"
        return critical(found, expected, error=_NO_CONNECTION, fix=start_tunnel(room))
    took = (anyio.current_time() - began) * 1000
    await drop(stream)
    return ok(f"connected in {took:.0f} ms", expected)


async def tls(room: Room) -> Said:
    """Whether the host shows a certificate that is valid for it, and will be for a while."""
    parts = urlsplit(room.base)
    expected = f"a certificate from a public authority, valid for {room.host}"
    if parts.scheme == "http":
        return ok("plain http, on this machine", expected)
    stream = await room.ways.network.connect(room.host, parts.port or _PORTS["https"])
    try:
        stream = await secure(stream, room.host, room.ways.tls or ssl.create_default_context())
    except OSError as error:
        what, fix, code = faults.unreached(error)
        return critical(what, expected, error=code, fix=fix)
    certificate = stream.extra(TLSAttribute.peer_certificate, None)
    await drop(stream)
    return _dated(certificate, room.subject.now(), expected)


def _dated(certificate: Any, now: datetime, expected: str) -> Said:
    text = certificate.get("notAfter", "") if isinstance(certificate, dict) else ""
    if not text:
        return ok("valid", expected)
    left = _EPOCH + timedelta(seconds=ssl.cert_time_to_seconds(str(text))) - now
    found = f"valid for {max(0, left // timedelta(days=1))} more days"
    if left < SOON:
        return warning(found, expected, error=_DATED, fix="Renew it: caddy and certbot do so by themselves.")
    return ok(found, expected)


def _private(host: str) -> bool:
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return False


_HERE = Section.TUNNEL
CHECKS = (
    Check(
        "tunnel-program", _HERE, tunnel_program, "the tunnel program runs, if one is to be started", after=("port",),
        within_s=50.0, error=_NO_CONNECTION,
    ),
    Check("url", _HERE, url, "the public URL is one that the carrier takes", ("tunnel-program",), ("port",)),
    Check(
        "dns", _HERE, dns, "its host is in the DNS, with public addresses", ("url",),
        within_s=NEW_NAME_S + 5.0, network=True, error=_NO_NAME,
    ),
    Check("connection", _HERE, connection, "it takes connections", ("dns",), network=True, error=_NO_CONNECTION),
    Check("tls", _HERE, tls, "its certificate is valid", ("connection",), network=True, error=faults.NO_TLS),
)  # fmt: skip
