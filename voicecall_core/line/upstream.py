"""How hosts that are nobody's here are reached: straight, or through the proxy that the user's environment names."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

import anyio
from anyio.abc import ByteStream

from voicecall_core.net.network import Network, drop
from voicecall_core.net.urls import is_loopback

_HEAD_BYTES = 16_384
_NAMES = ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")  # in the order in which clients look
_ANSWER = re.compile(rb"HTTP/1\.[01] ([0-9]{3})")


class UpstreamRefused(Exception):
    """The user's proxy does not let a host be reached; `status` is what it answered."""

    def __init__(self, status: int) -> None:
        super().__init__(f"The proxy of your environment answered {status}.")
        self.status = status


@dataclass(frozen=True, slots=True)
class Upstream:
    """The user's own proxy, an http:// one; without `host` there is none. `spared` are the hosts of his NO_PROXY."""

    network: Network
    host: str = ""
    port: int = 0
    login: str = field(default="", repr=False)  # user:password
    spared: tuple[str, ...] = ()
    unread: str = ""  # the scheme of a proxy that cannot be used here

    async def connect(self, host: str, port: int) -> ByteStream:
        """A stream to that host. Raises OSError, and UpstreamRefused."""
        if not self.host or is_loopback(host) or spares(self.spared, host):
            return await self.network.connect(host, port)
        stream = await self.network.connect(self.host, self.port)
        try:
            await self._ask(stream, host, port)
        except BaseException:
            await drop(stream)
            raise
        return stream

    async def _ask(self, stream: ByteStream, host: str, port: int) -> None:
        place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        login = base64.b64encode(self.login.encode()).decode()
        more = f"Proxy-Authorization: Basic {login}\r\n" if self.login else ""
        await stream.send(f"CONNECT {place} HTTP/1.1\r\nHost: {place}\r\n{more}\r\n".encode())
        head = b""
        try:
            while b"\r\n\r\n" not in head and len(head) < _HEAD_BYTES:
                head += await stream.receive(1)  # what follows the head is the other host's, and stays in the stream
        except anyio.EndOfStream:
            raise ConnectionResetError("the proxy closed the connection") from None
        answer = _ANSWER.match(head)
        status = int(answer[1]) if answer else 502
        if status // 100 != 2:
            raise UpstreamRefused(status if status >= 400 else 502)


def spares(spared: tuple[str, ...], host: str) -> bool:
    """Whether a host is one of NO_PROXY's: its name, or a name below it."""
    name = host.lower()
    return any(each == "*" or name == each or name.endswith(f".{each}") for each in spared)


def upstream_of(environ: Mapping[str, str], network: Network) -> Upstream:
    """What the environment says. A proxy that cannot be read, or is of another kind, is named in `unread`."""
    url = next((environ[name] for name in _NAMES if environ.get(name)), "")
    spared = no_proxy(environ)
    if not url:
        return Upstream(network)
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        port = parts.port or 80
    except ValueError:
        return Upstream(network, unread="unreadable")
    if parts.scheme != "http" or not parts.hostname:
        return Upstream(network, unread=parts.scheme)
    login = f"{unquote(parts.username)}:{unquote(parts.password or '')}" if parts.username else ""
    return Upstream(network, parts.hostname, port, login, spared)


def no_proxy(environ: Mapping[str, str]) -> tuple[str, ...]:
    """The hosts for which the environment wants no proxy, without leading dots and ports."""
    text = environ.get("no_proxy") or environ.get("NO_PROXY") or ""
    names = (each.strip().lower().lstrip(".") for each in text.split(","))
    # A port stands behind the only colon there is: more of them are an address of version 6.
    return tuple(each.partition(":")[0] if each.count(":") == 1 else each for each in names if each)
