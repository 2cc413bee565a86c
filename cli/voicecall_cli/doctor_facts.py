"""What doctor examines, gathered: settings, names, files, this machine. Knows no check, and opens no connection."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from voicecall_cli.completeness import missing_for_call
from voicecall_cli.numbers import REHEARSED, typed_number
from voicecall_cli.reminding import forgetful, unwritable
from voicecall_cli.settings import DOTENV, Flags, Settings, environment, misspelt, settings_from, written_names
from voicecall_core.doctor.subject import CalleeSettings, Faulty, Lacking, MachineSettings, SafetyLimits
from voicecall_core.errors import SettingsError
from voicecall_core.numbering import region_of

_PAIR = {"TWILIO_API_SECRET": "TWILIO_API_KEY", "TWILIO_API_KEY": "TWILIO_API_SECRET"}
_PROXIES = {
    "https": ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"),
    "http": ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"),
}
_GROUP, _OTHERS = 0o070, 0o007


def settings_as_far_as_they_go(
    flags: Flags, environ: Mapping[str, str] | None = None
) -> tuple[Settings, tuple[Faulty, ...]]:
    """The settings, with the default for each that cannot be used, and what is wrong with those.

    Raises SettingsError for what was typed: that is put right on the spot.
    """
    without: list[str] = []
    faulty: list[Faulty] = []
    while True:
        try:
            return settings_from(environ, flags, without=without), tuple(faulty)
        except SettingsError as error:
            env = error.setting or str(DOTENV)
            if error.message.startswith("--") or (env in without and _PAIR.get(env, env) in without):
                raise
            if env in without:  # its other half alone is of no use either; that has been said
                without.append(_PAIR[env])
                continue
            without.append(env)
            faulty.append(Faulty(env, error.message, error.fix))


def machine(settings: Settings, faulty: tuple[Faulty, ...]) -> MachineSettings:
    """This machine, and how the settings stand in it."""
    environ = environment()
    wrong = {each.env for each in faulty}
    obeyed = proxies(environ, settings.twilio_url) if settings.phone_rings else {}
    return MachineSettings(
        python=sys.version_info[:3],
        dotenv=str(DOTENV) if DOTENV.is_file() else "",
        open_to=_open_to(DOTENV),
        lacking=tuple(Lacking(each.env, each.where) for each in missing_for_call(settings) if each.env not in wrong),
        faulty=faulty,
        misspelt=tuple(misspelt(written_names(environ))),
        proxies=tuple(obeyed),
        proxy_fault=_proxy_fault(obeyed),
        memory_fault=forgetful(settings.state) if settings.state is not None and settings.phone_rings else "",
    )


def _open_to(path: Path) -> str:
    """Who besides its owner may read a file; empty if nobody may, or the system does not say."""
    if sys.platform == "win32" or not path.is_file():
        return ""
    mode = path.stat().st_mode
    return "everybody on this machine" if mode & _OTHERS else "its group" if mode & _GROUP else ""


def proxies(environ: Mapping[str, str], url: str) -> dict[str, str]:
    """The proxy variables that an HTTP client obeys for `url`, as httpx reads them; the first of them counts."""
    host = (urlsplit(url).hostname or "").lower()
    spared = ",".join((environ.get("NO_PROXY", ""), environ.get("no_proxy", ""))).lower().split(",")
    for each in (entry.strip().lstrip(".") for entry in spared):
        if each == "*" or (each and (host == each or host.endswith(f".{each}"))):
            return {}
    found = {name: environ.get(name, "").strip() for name in _PROXIES[urlsplit(url).scheme]}
    return {name: value if "://" in value else f"http://{value}" for name, value in found.items() if value}


def proxy(settings: Settings) -> str:
    """The URL of the proxy that REST requests go through; empty if there is none, or none that can be used."""
    obeyed = proxies(environment(), settings.twilio_url) if settings.phone_rings else {}
    return "" if _proxy_fault(obeyed) else next(iter(obeyed.values()), "")


def _proxy_fault(obeyed: Mapping[str, str]) -> str:
    """What is wrong with the proxy that would be obeyed. The text shows nothing of it: it may hold a password."""
    for url in obeyed.values():
        try:
            parts = urlsplit(url)
            parts.port  # noqa: B018  reading it is the check
        except ValueError:
            return "not a URL"
        return "" if parts.scheme in ("http", "https") and parts.hostname else "not an http:// or https:// URL"
    return ""


def callee(to: str | None, settings: Settings) -> CalleeSettings:
    """The number that would be called, and its country."""
    if to is None:
        return CalleeSettings() if settings.phone_rings else CalleeSettings(REHEARSED, "US")
    try:
        number = typed_number(to, settings)
    except SettingsError as error:
        return CalleeSettings(wrong=error.message, fix=error.fix)
    return CalleeSettings(number, region_of(number))


def limits(settings: Settings) -> SafetyLimits:
    """What keeps a call from harm."""
    return SafetyLimits(
        settings.max_duration_s,
        settings.ring_timeout_s,
        settings.allow or (),
        settings.guard,
        str(settings.log) if settings.log else "",
        _log_fault(settings.log),
    )


def _log_fault(log: Path | None) -> str:
    """Why no call file could be written there; empty if one could."""
    if log is None:
        return ""
    return unwritable(log)
