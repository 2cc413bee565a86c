"""An open port with the switchboard behind it, proven to be reachable from outside."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from functools import partial

import anyio
import httpx2

from voicecall_core.addresses import Addresses
from voicecall_core.bulkhead import Bulkhead
from voicecall_core.carriers.base import Carrier
from voicecall_core.listener import listening, open_port
from voicecall_core.net.network import Network, port_of
from voicecall_core.session import LATE_WITHIN_S
from voicecall_core.switchboard import Switchboard
from voicecall_core.tunnel import Arrivals, Proof, Tunnel, prove, reach

# Starts a tunnel to a port of this machine; it is stopped with the block.
Tunnelling = Callable[[int], AbstractAsyncContextManager[Tunnel]]


@asynccontextmanager
async def open_server(
    network: Network,
    http: httpx2.AsyncClient,
    carrier: Carrier,
    *,
    port: int,
    public_url: str | None,
    secret: bytes,
    tls: ssl.SSLContext | None = None,
    tunnel: Tunnelling | None = None,
) -> AsyncIterator[Switchboard]:
    """Open the port, let the switchboard answer on it, and see that the public URL leads back to it.

    Without a `public_url` the port itself is the address (for a carrier on this machine), unless a `tunnel` is to be
    started: then it is what that says, it is given time to be reachable, and its loss is told to every call. `secret`
    makes the streams' tokens and the nonce of the proof. Raises SettingsError if the port is taken, the tunnel does
    not come up, or nothing comes back.
    """
    listener = await open_port(network, port)
    async with listener, tunnel(port_of(listener)) if tunnel else nullcontext() as opened:
        base = opened.url if opened else public_url or f"http://127.0.0.1:{port_of(listener)}"
        addresses = Addresses(base, secret)
        async with anyio.create_task_group() as late, anyio.create_task_group() as tasks:
            switchboard = Switchboard(addresses, carrier.webhooks, late)
            arrivals = Arrivals(addresses.token("probe", 0), switchboard)
            watched = Bulkhead(arrivals, switchboard)
            async with listening(listener, watched, watched) as opened_port:
                proof = Proof(base, opened_port, carrier.requests, http, network, tls, arrivals, frames=1)
                attempt = partial(prove, proof)
                if opened is None:
                    await attempt()
                else:
                    await reach(opened, attempt)
                    tasks.start_soon(_watch, opened, switchboard)
                yield switchboard
            tasks.cancel_scope.cancel()
            late.cancel_scope.deadline = anyio.current_time() + LATE_WITHIN_S


async def _watch(tunnel: Tunnel, switchboard: Switchboard) -> None:
    switchboard.tunnel_lost(await tunnel.lost())
