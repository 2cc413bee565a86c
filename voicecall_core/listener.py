"""The port on which webhooks and media sockets arrive. Knows nothing of what they mean."""

from __future__ import annotations

import errno
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
from anyio.abc import ByteStream, Listener

from voicecall_core.admission import LIMITS
from voicecall_core.errors import SettingsError
from voicecall_core.net.http_server import EVERYBODY, Door, Doorkeeper, serve
from voicecall_core.net.network import Network, port_of


async def open_port(network: Network, port: int) -> Listener[ByteStream]:
    """Listen on a loopback port, 0 for any that is free. Raises SettingsError in words if it cannot be had."""
    try:
        return await network.listen(port)
    except OSError as error:
        taken = error.errno == errno.EADDRINUSE
        raise SettingsError(
            f"Port {port} is taken by another program." if taken else f"Port {port} cannot be opened: {error}.",
            setting="VOICECALL_PORT",
            fix="Choose another with --port, and let the tunnel lead to it.",
        ) from None


@asynccontextmanager
async def listening(listener: Listener[ByteStream], door: Door, keeper: Doorkeeper = EVERYBODY) -> AsyncIterator[int]:
    """Serve an open port for as long as the block runs; gives its number. `keeper` sees first whoever comes."""
    port = port_of(listener)
    async with anyio.create_task_group() as tasks:
        await tasks.start(_serve, listener, door, keeper)
        try:
            yield port
        finally:
            tasks.cancel_scope.cancel()


async def _serve(
    listener: Listener[ByteStream],
    door: Door,
    keeper: Doorkeeper,
    *,
    task_status: anyio.abc.TaskStatus[None] = anyio.TASK_STATUS_IGNORED,
) -> None:
    await serve(listener, door, LIMITS, keeper, task_status=task_status)
