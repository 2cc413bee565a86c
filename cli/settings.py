"""What a call is set up with: the only reader of the environment and of .env.

Knows nothing of how a setting is used. A value is looked for, highest first: 1. the flag, 2. the environment, 3. the
file .env in the working directory, 4. the default. An empty value in the environment or in .env counts as none.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cli.agreement import agree, is_read, settle
from cli.credentials import Secret
from cli.options import BY_FIELD, NOT_OPTIONS, OPTIONS, OTHER_NAMES, Option
from cli.shapes import Wrong
from voicecall_core.errors import SettingsError
from voicecall_core.words.numbers import PhoneNumber
from voicecall_core.words.terms import Greet, Policy

DOTENV = Path(".env")
_OURS = ("VOICECALL_", "TWILIO_", "OPENAI_")

Flags = Mapping[str, str | bool | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything a person can choose, judged. One field for each row of cli/options.py, under the same name."""

    sim: bool
    scenario: str
    seed: int
    dry_run: bool
    from_number: PhoneNumber | None
    allow: tuple[str, ...] | None
    say: str | None
    guard: Policy
    max_duration_s: float
    max_duration_cap_s: float
    ring_timeout_s: float
    model: str
    voice: str
    greeting: str
    instructions: str
    greet: Greet
    apology: Path | None
    json: bool
    plain: bool
    log: Path | None
    record: bool
    tunnel: str | None
    public_url: str | None
    port: int
    allow_loopback: bool
    twilio_url: str
    realtime_url: str
    ca_file: Path | None
    account_sid: str | None
    auth_token: Secret | None
    api_key: str | None
    api_secret: Secret | None
    openai_key: Secret | None
    sources: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)
    """Where each field's value was found, in words: `--port`, `VOICECALL_PORT in .env, line 3`, `default`."""

    @property
    def tunnel_program(self) -> str | None:
        """The tunnel program to start, if one is."""
        return None if self.tunnel == "none" else self.tunnel

    @property
    def login(self) -> tuple[str, str]:
        """User name and password for the carrier's REST interface: the API key's, or else the account's own."""
        if self.api_key and self.api_secret:
            return self.api_key, self.api_secret.reveal()
        return self.account_sid or "", self.auth_token.reveal() if self.auth_token else ""


@dataclass(frozen=True, slots=True)
class Written:
    """A value as somebody wrote it, and where."""

    text: str
    place: str


def settings_from(
    environ: Mapping[str, str] | None = None,
    flags: Flags | None = None,
    dotenv_path: Path = DOTENV,
    without: Collection[str] = (),
) -> Settings:
    """The settings of one run. `flags` holds what was typed, by field, None for what was not.

    What stands under the names in `without` is passed over. Raises SettingsError for the first value that will not do:
    which, where it stands, what to write instead.
    """
    environ = environment() if environ is None else environ
    environ = {name: value for name, value in environ.items() if name not in without}
    flags = flags or {}
    entries = {name: entry for name, entry in dotenv_entries(dotenv_path).items() if name not in without}
    sim = _judged(BY_FIELD["sim"], _written(BY_FIELD["sim"], flags, environ, entries))
    values: dict[str, Any] = {}
    sources: dict[str, str] = {}
    for option in OPTIONS:
        unread = sim and option.real and not is_read(option.field, flags)
        found = _default(option) if unread else _written(option, flags, environ, entries)
        values[option.field] = _judged(option, found)
        sources[option.field] = found.place
    settle(values, sources)
    settings = Settings(**values, sources=sources)
    agree(settings)
    return settings


def _written(option: Option, flags: Flags, environ: Mapping[str, str], entries: Mapping[str, Written]) -> Written:
    """The highest of the four places that has a value."""
    typed = flags.get(option.field)
    if isinstance(typed, bool):
        typed = "on" if typed else "off"
    if typed is not None:
        return Written(typed, option.flag)
    if text := environ.get(option.env, "").strip():
        return Written(text, f"{option.env} in the environment")
    if (entry := entries.get(option.env)) and entry.text.strip():
        return entry
    return _default(option)


def _default(option: Option) -> Written:
    return Written(option.default, "default")


def _judged(option: Option, found: Written) -> Any:
    """The value, or None for a setting that has none. Raises SettingsError."""
    text = found.text.strip()
    if not text and found.place == "default":
        return None
    try:
        if not text:
            raise Wrong("is empty", "Write a value behind it, or leave the option away.")
        if not _is_unicode(text):
            raise Wrong("holds bytes that are not UTF-8", "Write it again, in UTF-8.")
        return option.shape(text)
    except Wrong as wrong:
        raise SettingsError(f"{found.place} {wrong.what}.", setting=option.env, fix=wrong.fix) from None


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:  # what the system could not decode reaches Python as lone surrogates
        return False
    return "\0" not in text


def dotenv_entries(path: Path = DOTENV) -> dict[str, Written]:
    """What .env says, by name; nothing if there is no such file. Raises SettingsError if it cannot be read."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return {}
    except UnicodeDecodeError:
        raise SettingsError(f"{path} is not UTF-8 text.", fix="Save it as UTF-8.") from None
    except IsADirectoryError:
        raise SettingsError(f"{path} is a directory.", fix="Remove it; .env has to be a text file.") from None
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}.", fix=f"chmod u+r {path}") from None
    return {name: Written(value, f"{name} in {path}, line {line}") for name, value, line in _bindings(path, text)}


def _bindings(path: Path, text: str) -> Iterator[tuple[str, str, int]]:
    from io import StringIO

    from dotenv.parser import parse_stream  # 35 ms, for those only who have a .env

    for binding in parse_stream(StringIO(text)):
        source = binding.original.string
        line = binding.original.line + source[: len(source) - len(source.lstrip())].count("\n")
        if binding.error or (binding.key and binding.value is None):
            raise SettingsError(f"{path}, line {line} cannot be understood.", fix="Write NAME=value, quotes closed.")
        if binding.key:
            yield binding.key, binding.value or "", line


def misspelt(names: Mapping[str, object]) -> list[tuple[str, str]]:
    """Names that look like settings of ours and are none, each with the one that was meant ("" if that is not clear).

    Other programs have TWILIO_ and OPENAI_ names of their own: those are told only if they come close to one of ours.
    """
    known = {option.env for option in OPTIONS} | NOT_OPTIONS
    found = []
    for name in sorted(names):
        if name in known or not name.upper().replace("OPEN_AI", "OPENAI").startswith(_OURS):
            continue
        close = difflib.get_close_matches(name.upper(), known, n=1, cutoff=0.85)
        meant = OTHER_NAMES.get(name) or (close[0] if close else "")
        if (meant and meant not in names) or name.startswith("VOICECALL_"):
            found.append((name, meant))
    return found


def environment() -> Mapping[str, str]:
    """The environment of this process."""
    return os.environ


def wants_traceback(environ: Mapping[str, str] | None = None) -> bool:
    """Whether VOICECALL_DEBUG asks for the traceback of a bug of ours."""
    return (os.environ if environ is None else environ).get("VOICECALL_DEBUG", "").strip() not in ("", "0")


def environment_for_others(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment for programs that we start: without our settings, whose secrets are none of their business."""
    environ = os.environ if environ is None else environ
    return {name: value for name, value in environ.items() if not name.startswith(_OURS)}
