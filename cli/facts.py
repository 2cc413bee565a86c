"""What doctor examines, gathered: settings, names, files, this machine. Knows no check, and opens no connection."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from cli.completeness import missing_for_call
from cli.numbers import callable_number
from cli.settings import DOTENV, Flags, Settings, dotenv_entries, environment, misspelt, settings_from
from voicecall_core.doctor.subject import Belts, Callee, Faulty, Lacking, Machine
from voicecall_core.errors import SettingsError
from voicecall_core.words.numbers import PhoneNumber

REHEARSED = PhoneNumber("+15555550100")
_PAIR = {"TWILIO_API_SECRET": "TWILIO_API_KEY", "TWILIO_API_KEY": "TWILIO_API_SECRET"}
_NOWHERE = Path(os.devnull)
_PROXIES = ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")
_GROUP, _OTHERS = 0o070, 0o007


def settings_as_far_as_they_go(flags: Flags) -> tuple[Settings, tuple[Faulty, ...]]:
    """The settings, with the default for each that cannot be used, and what is wrong with those.

    Raises SettingsError for what was typed: that is put right on the spot.
    """
    faulty: dict[str, Faulty] = {}
    dotenv = DOTENV
    while True:
        try:
            return settings_from(flags=flags, dotenv_path=dotenv, without=faulty), tuple(faulty.values())
        except SettingsError as error:
            env = error.setting or str(dotenv)
            if error.message.startswith("--") or (env in faulty and _PAIR.get(env, env) in faulty):
                raise
            if not error.setting:
                dotenv = _NOWHERE
            env = env if env not in faulty else _PAIR[env]
            faulty[env] = Faulty(env, error.message, error.fix)


def machine(settings: Settings, faulty: tuple[Faulty, ...]) -> Machine:
    """This machine, and how the settings stand in it."""
    environ = environment()
    try:
        names: Mapping[str, object] = {**dotenv_entries(), **environ}
    except SettingsError:
        names = environ
    wrong = {each.env for each in faulty}
    return Machine(
        python=sys.version_info[:3],
        dotenv=str(DOTENV) if DOTENV.is_file() else "",
        open_to=_open_to(DOTENV),
        lacking=tuple(Lacking(each.env, each.where) for each in missing_for_call(settings) if each.env not in wrong),
        faulty=faulty,
        misspelt=tuple(misspelt(names)),
        proxies=() if settings.sim else proxies(environ, settings.twilio_url),
    )


def _open_to(path: Path) -> str:
    """Who besides its owner may read a file; empty if nobody may, or the system does not say."""
    if sys.platform == "win32" or not path.is_file():
        return ""
    mode = path.stat().st_mode
    return "everybody on this machine" if mode & _OTHERS else "its group" if mode & _GROUP else ""


def proxies(environ: Mapping[str, str], url: str) -> tuple[str, ...]:
    """The names of the proxy variables that an HTTP client obeys for `url`, as httpx reads them."""
    host = (urlsplit(url).hostname or "").lower()
    spared = ",".join((environ.get("NO_PROXY", ""), environ.get("no_proxy", ""))).lower().split(",")
    for each in (entry.strip().lstrip(".") for entry in spared):
        if each == "*" or (each and (host == each or host.endswith(f".{each}"))):
            return ()
    return tuple(name for name in _PROXIES if environ.get(name, "").strip())


def callee(to: str | None, settings: Settings) -> Callee:
    """The number that would be called, and its country."""
    if to is None:
        return Callee(REHEARSED, "US") if settings.sim else Callee()
    try:
        number = callable_number(to, rehearsal=settings.sim)
    except SettingsError as error:
        return Callee(wrong=error.message, fix=error.fix)
    import phonenumbers as book

    try:
        parsed = book.parse(number.e164)
    except book.NumberParseException:
        return Callee(number)
    region = book.region_code_for_number(parsed) or book.region_code_for_country_code(parsed.country_code or 0)
    return Callee(number, region if region.isalpha() and region != "ZZ" else "")


def belts(settings: Settings) -> Belts:
    """What keeps a call from harm."""
    return Belts(
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
    there = next(path for path in (log, *log.absolute().parents) if path.exists())
    return "" if os.access(there, os.W_OK) else f"{there} cannot be written to"
