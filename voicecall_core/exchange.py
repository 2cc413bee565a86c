"""A place to make calls from: an open port and the switchboard behind it, proven from outside. Knows no call."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import anyio
import httpx2

from voicecall_core.addresses import Addresses
from voicecall_core.listener import listening, open_port
from voicecall_core.switchboard import Switchboard
from voicecall_core.tunnel import Probe, prove
from voicecall_core.wire.network import Network, port_of


@asynccontextmanager
async def exchange(
    network: Network,
    http: httpx2.AsyncClient,
    *,
    port: int,
    public_url: str | None,
    tokens: Sequence[str],
    secret: bytes,
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[Switchboard]:
    """Open the port, let the switchboard answer on it, and see that the public URL leads back to it.

    Without a `public_url` the port itself is the address (for a carrier on this machine). `secret` makes the streams'
    tokens and the nonce of the proof. Raises SettingsError if the port is taken or nothing comes back.
    """
    listener = await open_port(network, port)
    base = public_url or f"http://127.0.0.1:{port_of(listener)}"
    addresses = Addresses(base, secret)
    async with anyio.create_task_group() as tasks:
        switchboard = Switchboard(addresses, tokens, tasks)
        async with listening(listener, switchboard):
            switchboard.probe = Probe(addresses.token("probe", 0))
            await prove(base, switchboard.probe.nonce, http, network, tls)
            yield switchboard
        tasks.cancel_scope.cancel()
