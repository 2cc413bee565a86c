"""HTTP towards others."""

from __future__ import annotations

import select
import ssl
from collections.abc import Iterable
from typing import Any

import anyio
import httpcore2
import httpx2
from anyio.abc import ByteStream, SocketAttribute
from anyio.streams.tls import TLSAttribute, TLSStream

from voicecall_core.net.memory import MemoryStream
from voicecall_core.net.network import Network, drop, secure


def http_client(
    network: Network | None = None,
    *,
    timeout_s: float = 10.0,
    verify: ssl.SSLContext | bool = True,
    trust_env: bool = True,
    proxy: str = "",
) -> httpx2.AsyncClient:
    """An HTTP client whose every step (connect, write, each read) may take `timeout_s` seconds.

    Without a network it is httpx2's own, which obeys proxy settings if `trust_env`. With one, all its connections
    are made by `network`, so that it runs in memory on a mock clock, and no proxy comes into it but `proxy`, an http://
    or https:// URL. Raises ValueError for any other.
    """
    if network is None:
        return httpx2.AsyncClient(timeout=timeout_s, verify=verify, trust_env=trust_env)
    return httpx2.AsyncClient(transport=_Transport(network, verify, proxy), timeout=timeout_s, trust_env=False)


class _Transport(httpx2.AsyncHTTPTransport):
    """httpx2's transport with a pool whose streams come from a Network."""

    def __init__(self, network: Network, verify: ssl.SSLContext | bool, proxy: str) -> None:
        # Not calling the parent on purpose: it would build a pool, and load all certificates, for nothing.
        context = verify if isinstance(verify, ssl.SSLContext) else None if verify else _unverified()
        backend = _Backend(network)
        self._pool: httpcore2.AsyncConnectionPool
        if proxy:
            self._pool = _through(httpx2.Proxy(proxy), context, backend)
        else:
            self._pool = httpcore2.AsyncConnectionPool(ssl_context=context, network_backend=backend)


def _through(proxy: httpx2.Proxy, context: ssl.SSLContext | None, backend: _Backend) -> httpcore2.AsyncHTTPProxy:
    if proxy.url.scheme not in ("http", "https"):
        raise ValueError(f"a proxy of the kind {proxy.url.scheme}")
    return httpcore2.AsyncHTTPProxy(
        f"{proxy.url.scheme}://{proxy.url.netloc.decode('ascii')}",
        proxy_auth=proxy.raw_auth,
        ssl_context=context,
        network_backend=backend,
    )


def _unverified() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


class _Backend(httpcore2.AsyncNetworkBackend):
    def __init__(self, network: Network) -> None:
        self._network = network

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore2's signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        try:
            with anyio.fail_after(timeout):
                return _Stream(await self._network.connect(host, port))
        except TimeoutError as error:
            raise httpcore2.ConnectTimeout(str(error)) from error
        except OSError as error:
            raise httpcore2.ConnectError(str(error)) from error

    async def sleep(self, seconds: float) -> None:
        await anyio.sleep(seconds)


class _Stream(httpcore2.AsyncNetworkStream):
    def __init__(self, stream: ByteStream) -> None:
        self._stream = stream

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        try:
            with anyio.fail_after(timeout):
                return await self._stream.receive(max_bytes)
        except anyio.EndOfStream:
            return b""
        except TimeoutError as error:
            raise httpcore2.ReadTimeout(str(error)) from error
        except (anyio.BrokenResourceError, anyio.ClosedResourceError, OSError) as error:
            raise httpcore2.ReadError(str(error)) from error

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        if not buffer:
            return
        try:
            with anyio.fail_after(timeout):
                await self._stream.send(buffer)
        except TimeoutError as error:
            raise httpcore2.WriteTimeout(str(error)) from error
        except (anyio.BrokenResourceError, anyio.ClosedResourceError, OSError) as error:
            raise httpcore2.WriteError(str(error)) from error

    async def aclose(self) -> None:
        await drop(self._stream)

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> httpcore2.AsyncNetworkStream:
        try:
            with anyio.fail_after(timeout):
                return _Stream(await secure(self._stream, server_hostname or "", ssl_context))
        except TimeoutError as error:
            raise httpcore2.ConnectTimeout(str(error)) from error
        except OSError as error:
            raise httpcore2.ConnectError(str(error)) from error

    def get_extra_info(self, info: str) -> Any:
        if info == "ssl_object":
            return self._stream.extra(TLSAttribute.ssl_object, None)
        if info == "is_readable":  # the pool's question whether an idle connection was closed by the other side
            return self._readable()
        return None

    def _readable(self) -> bool:
        stream = self._stream.transport_stream if isinstance(self._stream, TLSStream) else self._stream
        if isinstance(stream, MemoryStream):
            return stream.readable
        raw = stream.extra(SocketAttribute.raw_socket, None)
        if raw is None or raw.fileno() < 0 or not hasattr(select, "poll"):
            return True  # cannot be known: the pool then opens a new connection rather than risk a dead one
        poll = select.poll()
        poll.register(raw.fileno(), select.POLLIN)
        return bool(poll.poll(0))
