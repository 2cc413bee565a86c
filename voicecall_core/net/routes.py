"""Public addresses that lead to a port of this machine, as a tunnel leads them: asked for by their public name."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit, urlunsplit

from anyio.abc import ByteStream, Listener

from voicecall_core.net.network import Network
from voicecall_core.net.urls import LOOPBACK, is_loopback

_OPEN = {"https": "http", "wss": "ws", "http": "http", "ws": "ws"}
_SECURE = {"https": "https", "wss": "https", "http": "http", "ws": "http"}
_USUAL = {"https": 443, "wss": 443, "http": 80, "ws": 80}
HOSTS = 64  # whose names are remembered


@dataclass(frozen=True, slots=True)
class Origin:
    """A public place: `scheme` is https or http, `port` the one that is asked."""

    scheme: str
    host: str
    port: int


def origin_of(url: str) -> Origin:
    """The place of a web or WebSocket address. Raises ValueError."""
    parts = urlsplit(url)
    if parts.scheme not in _OPEN or not parts.hostname:
        raise ValueError("no address of the web")
    return Origin(_SECURE[parts.scheme], parts.hostname.lower(), parts.port or _USUAL[parts.scheme])


@dataclass(frozen=True, slots=True)
class Routes:
    """Where public places really are, each a port of this machine. `strange` are hosts that were asked for, are not of
    this machine, and lead nowhere here."""

    ports: Mapping[Origin, int] = field(default_factory=dict)
    strange: set[str] = field(default_factory=set)

    def reached(self, url: str) -> str:
        """The address to ask at: without encryption where the place is mapped, by the same name. Raises ValueError."""
        origin, parts = origin_of(url), urlsplit(url)
        if origin not in self.ports:
            if not is_loopback(origin.host) and len(self.strange) < HOSTS:
                self.strange.add(origin.host)
            return url
        usual = origin.port == _USUAL[parts.scheme]
        place = origin.host if usual else f"{origin.host}:{origin.port}"
        return urlunsplit((_OPEN[parts.scheme], place, parts.path, parts.query, ""))

    def headers(self, url: str) -> dict[str, str]:
        """What a tunnel adds to a request to a mapped place. Raises ValueError."""
        origin = origin_of(url)
        return {"X-Forwarded-Proto": origin.scheme} if origin in self.ports else {}

    def network(self, network: Network) -> Network:
        """The same network, in which the mapped places are where they are mapped to."""
        return _Mapped(network, self) if self.ports else network

    def port_of(self, host: str, port: int) -> int:
        """Where an address that `reached` gave is on this machine; 0 for any other."""
        for origin, mapped in self.ports.items():
            asked = 80 if origin.port == _USUAL[origin.scheme] else origin.port
            if (origin.host, asked) == (host.lower(), port):
                return mapped
        return 0


class _Mapped:
    def __init__(self, network: Network, routes: Routes) -> None:
        self._network, self._routes = network, routes

    async def connect(self, host: str, port: int, *, tls: ssl.SSLContext | None = None) -> ByteStream:
        if mapped := self._routes.port_of(host, port):
            return await self._network.connect(LOOPBACK, mapped, tls=tls)
        return await self._network.connect(host, port, tls=tls)

    async def listen(self, port: int) -> Listener[ByteStream]:
        return await self._network.listen(port)
