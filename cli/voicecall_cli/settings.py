"""What a call is set up with: the only reader of the environment and of .env, and what settings say together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from voicecall_cli.options import BY_FIELD, OPTIONS
from voicecall_core.errors import SettingsError

if TYPE_CHECKING:
    pass  # merged
import difflib
import os
from collections.abc import Collection, Iterator
from dataclasses import field
from pathlib import Path
from typing import Literal

from voicecall_cli.options import NOT_OPTIONS, OTHER_NAMES, Option
from voicecall_cli.value_formats import Secret, Wrong
from voicecall_core.words.numbers import PhoneNumber
from voicecall_core.words.terms import Greet, Policy


@dataclass(frozen=True, slots=True)
class Missing:
    """A setting without which no real call can be placed, and where to find its value."""

    env: str
    flag: str
    where: str


def missing_for_call(settings: Settings) -> tuple[Missing, ...]:
    """All that a real call with these settings lacks; nothing for a simulated one. A say call needs no model."""
    if settings.sim:
        return ()
    return tuple(
        Missing(option.env, option.flag, option.where)
        for option in OPTIONS
        if option.where
        and getattr(settings, option.field) is None
        and not (option.field == "openai_key" and settings.say is not None)
        and not (option.field == "public_url" and settings.tunnel_program is not None)
    )


def demand_complete(settings: Settings) -> None:
    """Raise SettingsError naming everything that a real call lacks, all at once, and where to find each."""
    if lacking := missing_for_call(settings):
        width = max(len(each.env) for each in lacking)
        lines = "".join(f"\n  {each.env:<{width}}  {each.where}" for each in lacking)
        count = "a setting that is" if len(lacking) == 1 else f"{len(lacking)} settings that are"
        raise SettingsError(
            f"A real call needs {count} not there:{lines}",
            setting=lacking[0].env,
            fix="Write them into .env (cp .env.example .env), or add --sim to call without keys.",
        )


REAL_PORT = 5050  # what tunnels are told; 5000 is taken by AirPlay on a Mac
_WAYS = ("public_url", "tunnel")


def is_read(field: str, flags: Mapping[str, object]) -> bool:
    """Whether a simulated call reads a setting of real ones: the way there and back, where it was typed.

    A public URL or a tunnel that stands in .env is for real calls, and would spoil a rehearsal where it does not run.
    """
    typed = [name for name in _WAYS if flags.get(name) is not None]
    return field in typed or (field == "ca_file" and bool(typed))


def settle(values: dict[str, Any], sources: Mapping[str, str]) -> None:
    """Fill in what follows from other settings. Raises SettingsError where two ways are named and neither was typed."""
    started = values["tunnel"] not in (None, "none")
    if started and values["public_url"]:
        typed = [name for name in _WAYS if sources[name] == BY_FIELD[name].flag]
        if len(typed) != 1:
            raise SettingsError(
                f"{sources['public_url']} and {sources['tunnel']} name two ways to this program.",
                setting=BY_FIELD["tunnel"].env,
                fix="Leave one of them away; one that is typed as a flag beats one that is not.",
            )
        values[next(name for name in _WAYS if name not in typed)] = None
        started = values["tunnel"] is not None
    if values["port"] is None:
        values["port"] = 0 if started or (values["sim"] and not values["public_url"]) else REAL_PORT
    if sources["max_duration_s"] == "default":
        values["max_duration_s"] = min(values["max_duration_s"], values["max_duration_cap_s"])


def agree(settings: Settings) -> None:
    """Raise SettingsError for the first two that do not go together."""
    if (settings.api_key is None) != (settings.api_secret is None):
        here, gone = ("KEY", "SECRET") if settings.api_key else ("SECRET", "KEY")
        raise SettingsError(
            f"TWILIO_API_{here} is set and TWILIO_API_{gone} is not; they are a pair.",
            setting=f"TWILIO_API_{gone}",
            fix=f"Set TWILIO_API_{gone} too, or remove TWILIO_API_{here}: the auth token will do for everything.",
        )
    if settings.max_duration_s > settings.max_duration_cap_s:
        raise SettingsError(
            f"{settings.sources['max_duration_s']} asks for {settings.max_duration_s:g} s; no call may last longer "
            f"than {settings.max_duration_cap_s:g} s.",
            setting=BY_FIELD["max_duration_s"].env,
            fix=f"Ask for less, or raise {BY_FIELD['max_duration_cap_s'].env} if you mean it.",
        )
    if settings.record and settings.log is None:
        raise SettingsError(
            "--record keeps the audio beside the call file, and no call file is written.",
            setting="VOICECALL_RECORD",
            fix="Leave --no-log out.",
        )
    for name in ("scenario", "seed"):
        if not settings.sim and settings.sources[name] == BY_FIELD[name].flag:
            raise SettingsError(
                f"--{name} means something for a simulated call only.", setting=BY_FIELD[name].env, fix="Add --sim."
            )


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
    patience_s: float
    model: str
    voice: str
    greeting: str
    instructions: str
    greet: Greet
    apology: Path | None
    moment_clip: Path | Literal["off"] | None
    json: bool
    plain: bool
    log: Path | None
    state: Path | None
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
    shared_key: Secret | None
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
    if sources["state"] == "default" and not sim:
        values["state"] = _state_folder(environ)
    settings = Settings(**values, sources=sources)
    agree(settings)
    return settings


def one_setting(field: str, typed: str | None = None) -> Any:
    """One setting by itself, for who only reads: what is wrong with the others is no matter then.

    Raises SettingsError for a value that will not do.
    """
    option = BY_FIELD[field]
    found = _written(option, {field: typed}, environment(), dotenv_entries())
    if field == "state" and found.place == "default":
        return _state_folder(environment())
    return _judged(option, found)


def _state_folder(environ: Mapping[str, str]) -> Path | None:
    """Where programs keep what they remember (XDG Base Directory Specification); None for a user without a home."""
    kept = environ.get("XDG_STATE_HOME", "")
    try:
        base = Path(kept) if kept.startswith("/") else Path.home() / ".local" / "state"
    except RuntimeError:
        return None
    return base / "voicecall"


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
