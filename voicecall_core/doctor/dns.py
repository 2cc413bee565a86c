"""Names turned into addresses in threads of their own. Knows nothing of what is sent there.

The system's resolver cannot be interrupted: where the DNS hangs it holds its thread for half a minute. A loop's own
pool of threads is small, and is waited for at the end; these threads are neither.
"""

from __future__ import annotations

import socket
import ssl
import threading

import anyio
import anyio.from_thread
import anyio.lowlevel
from anyio.abc import ByteStream, Listener

from voicecall_core.net.network import Network, secure
from voicecall_core.net.urls import address_of

RESOLVE_WITHIN_S = 3.0  # a resolver tries its second server after 5 s; anybody who needs that has a DNS worth mending
CONNECT_SHARE_S = 2.0  # for each of a name's addresses, one after the other


async def resolve(host: str) -> list[str]:
    """The addresses of `host`, in the system's order. Raises OSError: unknown, or no answer in RESOLVE_WITHIN_S."""
    if address_of(host) is not None:
        return [host]
    answered = anyio.Event()
    found: list[str] = []
    failure: list[Exception] = []
    loop = anyio.lowlevel.current_token()

    def ask() -> None:
        try:
            rows = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
            found.extend(dict.fromkeys(str(row[4][0]) for row in rows))
        except (OSError, UnicodeError) as error:
            failure.append(error)
        try:
            anyio.from_thread.run_sync(answered.set, token=loop)
        except RuntimeError:
            pass  # the loop has ended meanwhile; nobody waits any more

    threading.Thread(target=ask, daemon=True, name="name of a host").start()
    with anyio.move_on_after(RESOLVE_WITHIN_S):
        await answered.wait()
    if failure:
        raise OSError(f"{host} is not in the DNS")
    if not found:
        raise TimeoutError(f"the DNS gave no answer for {host} within {RESOLVE_WITHIN_S:.0f} s")
    return found


class OwnNames:
    """A network whose names are resolved here; all else is `network`'s."""

    def __init__(self, network: Network) -> None:
        self._network = network

    async def connect(self, host: str, port: int, *, tls: ssl.SSLContext | None = None) -> ByteStream:
        """Try the host's addresses in turn. Raises OSError."""
        failure: OSError = TimeoutError(f"{host} did not answer within {CONNECT_SHARE_S:.0f} s")
        for address in await resolve(host):
            try:
                with anyio.fail_after(CONNECT_SHARE_S):
                    stream = await self._network.connect(address, port)
            except TimeoutError:
                continue
            except OSError as error:
                failure = error
                continue
            return stream if tls is None else await secure(stream, host, tls)
        raise failure

    async def listen(self, port: int) -> Listener[ByteStream]:
        """As the network beneath."""
        return await self._network.listen(port)
