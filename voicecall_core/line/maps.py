"""`--map https://HOST=http://127.0.0.1:PORT`, read and checked."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from voicecall_core.errors import SettingsError
from voicecall_core.net.routes import Origin, Routes, origin_of
from voicecall_core.net.urls import is_loopback, url_fault

SETTING = "--map"
_EXAMPLE = "Write --map https://example.ngrok.app=http://127.0.0.1:8000"


def routes_of(texts: Iterable[str]) -> Routes:
    """The public places and the ports that they lead to. Raises SettingsError."""
    ports: dict[Origin, int] = {}
    for text in texts:
        public, equals, target = text.partition("=")
        if not equals:
            raise _wrong(f"{text!r} says not where it leads")
        origin = _public(public)
        if origin in ports:
            raise _wrong(f"{origin.host} is mapped twice")
        ports[origin] = _port(target)
    return Routes(ports)


def _public(text: str) -> Origin:
    try:
        origin = origin_of(text)
    except ValueError:
        raise _wrong(f"{text!r} is no public address") from None
    if urlsplit(text).path.strip("/") or is_loopback(origin.host):
        raise _wrong(f"{text!r} is no public address: it has a path, or is of this machine")
    return origin


def _port(text: str) -> int:
    fault = url_fault(text, "https")
    if fault is not None:
        raise _wrong(f"{text!r} {fault[0]}")
    parts = urlsplit(text)
    if parts.scheme != "http" or not is_loopback(parts.hostname or "") or not parts.port:
        raise _wrong(f"{text!r} is no port of this machine, asked without encryption")
    return parts.port


def _wrong(what: str) -> SettingsError:
    return SettingsError(f"{SETTING}: {what}.", setting=SETTING, fix=_EXAMPLE)
