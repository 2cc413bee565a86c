"""Leads a Python program's own connections to carrier and model to the line's doors: some clients know of no proxy.

Names and certificates are checked as ever; only the address is another. A call of `lead` is written below.
"""

from __future__ import annotations

import importlib.util
import socket
import sys
from collections.abc import Callable
from typing import Any

_HTTPS = 443


class _Doors:
    """Each host has an address of its own on loopback, at which nobody listens: connecting to it leads to its door."""

    def __init__(self, doors: dict[str, int]) -> None:
        self._addresses = {host: f"127.83.73.{number}" for number, host in enumerate(doors, 1)}
        self._ports = {self._addresses[host]: port for host, port in doors.items()}

    def name(self, host: Any) -> Any:
        text = host.decode("ascii", "replace") if isinstance(host, bytes) else host
        return self._addresses.get(text.lower().rstrip("."), host) if isinstance(text, str) else host

    def address(self, address: Any) -> Any:
        if isinstance(address, tuple) and len(address) == 2 and address[0] in self._ports and address[1] == _HTTPS:
            return "127.0.0.1", self._ports[address[0]]
        return address


def lead(doors: dict[str, int]) -> None:
    """Lead connections to port 443 of these hosts to these ports."""
    places = _Doors(doors)
    for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex"):
        setattr(socket, name, _first(getattr(socket, name), places.name))
    for name in ("connect", "connect_ex"):
        setattr(socket.socket, name, _second(getattr(socket.socket, name), places.address))
    sys.meta_path.insert(0, _Uvloop(places))


def _first(real: Callable[..., Any], led: Callable[[Any], Any]) -> Callable[..., Any]:
    def function(host: Any, *more: Any, **named: Any) -> Any:
        return real(led(host), *more, **named)

    return function


def _second(real: Callable[..., Any], led: Callable[[Any], Any]) -> Callable[..., Any]:
    def method(self: Any, address: Any) -> Any:
        return real(self, led(address))

    return method


class _Uvloop:
    """uvloop asks neither `socket` for a name nor for a connection: it is changed as soon as it is imported."""

    def __init__(self, places: _Doors) -> None:
        self._places = places

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        if name != "uvloop":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.loader is not None:
            self._run = spec.loader.exec_module
            spec.loader.exec_module = self._exec  # type: ignore[method-assign]
        return spec

    def _exec(self, module: Any) -> None:
        self._run(module)
        self._change(module)

    def _change(self, module: Any) -> None:
        places, loop = self._places, module.Loop
        names, connects = loop.getaddrinfo, loop.create_connection

        def getaddrinfo(self: Any, host: Any, port: Any, **named: Any) -> Any:
            return names(self, places.name(host), port, **named)

        def create_connection(self: Any, factory: Any, host: Any = None, port: Any = None, **named: Any) -> Any:
            led = places.address((places.name(host), port))
            if led != (host, port) and named.get("ssl") and named.get("server_hostname") is None:
                named["server_hostname"] = host
            return connects(self, factory, *led, **named)

        loop.getaddrinfo, loop.create_connection = getaddrinfo, create_connection


def give_way(folder: str) -> None:
    """Run the environment's own file of this name, which this one stands before."""
    ours = sys.modules.pop(__name__, None)
    sys.path[:] = [each for each in sys.path if each != folder]
    try:
        importlib.import_module("sitecustomize")
    except ImportError:
        if ours is not None:
            sys.modules[__name__] = ours
