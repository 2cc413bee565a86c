"""What a call is set up with: the only reader of the environment and of .env, and what settings say together."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from voicecall_cli.options import BY_FIELD, CARRIER, EITHER, MODEL, NOT_OPTIONS, OPTIONS, OTHER_NAMES, Option
from voicecall_cli.value_formats import Secret, Wrong
from voicecall_core.agents.values import judged
from voicecall_core.durations import as_duration
from voicecall_core.errors import SettingsError
from voicecall_core.words.numbers import PhoneNumber
from voicecall_core.words.terms import Greet, Policy

if TYPE_CHECKING:
    from voicecall_core.agents.agent_file import Agent


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
        values["port"] = (
            0
            if started or ((values["sim"] or values["simulate"] == CARRIER) and not values["public_url"])
            else REAL_PORT
        )
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
            f"{settings.sources['max_duration_s']} asks for {as_duration(settings.max_duration_s)}; "
            f"no call may last longer than {as_duration(settings.max_duration_cap_s)}.",
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
        if settings.phone_rings and settings.model_is_real and settings.sources[name] == BY_FIELD[name].flag:
            raise SettingsError(
                f"--{name} means something for a simulated call only.", setting=BY_FIELD[name].env, fix="Add --sim."
            )


DOTENV = Path(".env")
_OURS = ("VOICECALL_", "TWILIO_", "OPENAI_")
_BINDING = re.compile(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=")

Flags = Mapping[str, str | bool | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything a person can choose, judged. One field for each row of cli/options.py, under the same name."""

    sim: bool
    simulate: str | None
    scenario: str
    seed: int
    dry_run: bool
    judge_model: str | None
    judge_url: str | None
    from_number: PhoneNumber | None
    region: str | None
    allow: tuple[str, ...] | None
    say: str | None
    guard: Policy
    max_duration_s: float
    max_duration_cap_s: float
    ring_timeout_s: float
    patience_s: float
    agent: Agent | None
    model: str
    voice: str
    greeting: str
    instructions: str
    greet: Greet
    tools: Path | None
    filler: str
    filler_after_s: float
    apology: Path | None
    moment_clip: Path | Literal["off"] | None
    json: bool
    plain: bool
    log: Path | None
    state: Path | None
    cache: Path | None
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
    judge_key: Secret | None
    openai_key: Secret | None
    sources: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)
    """Where each field's value was found, in words: `--port`, `VOICECALL_PORT in .env, line 3`, `default`."""

    @property
    def phone_rings(self) -> bool:
        """Whether the carrier is a real one."""
        return not (self.sim or self.simulate == CARRIER)

    @property
    def model_is_real(self) -> bool:
        """Whether the model is a real one."""
        return not (self.sim or self.simulate == MODEL)

    def is_real(self, half: str) -> bool:
        """The same of a half by its name, or of either."""
        return (half != MODEL and self.phone_rings) or (half != CARRIER and self.model_is_real)

    @property
    def tunnel_program(self) -> str | None:
        """The tunnel program to start, if one is."""
        return None if self.tunnel == "none" else self.tunnel

    @property
    def keeps_greeting(self) -> bool:
        """Whether the sound of the greeting may be kept for other calls; an agent file decides that of its own."""
        agent = self.agent
        own = agent is not None and self.sources["greeting"] == agent.places.get("greeting")
        return agent is None or not own or agent.keeps_greeting

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
    given: Mapping[str, str] | None = None,
) -> Settings:
    """The settings of one run. `flags` holds what was typed, by field, None for what was not.

    What stands under the names in `without` is passed over; with .env itself in there, what of it cannot be read.
    `given` are the values of the agent's variables; without it no agent file is read.
    Raises SettingsError for the first value that will not do: which, where it stands, what to write instead.
    """
    environ = environment() if environ is None else environ
    environ = {name: value for name, value in environ.items() if name not in without}
    flags = flags or {}
    entries = dotenv_entries(dotenv_path, strict=str(dotenv_path) not in without)
    entries = {name: entry for name, entry in entries.items() if name not in without}
    simulated = _simulated(*(_written(BY_FIELD[name], flags, environ, entries) for name in ("sim", "simulate")))
    agent = None if given is None else _agent(_written(BY_FIELD["agent"], flags, environ, entries), given)
    values, sources = _chosen(lambda option: _written(option, flags, environ, entries), flags, simulated, agent)
    values["sim"] = EITHER in simulated
    values["simulate"] = None if values["sim"] else min(simulated, default=None)
    settle(values, sources)
    if sources["state"] == "default" and CARRIER not in simulated:
        values["state"] = _own_folder(environ, "XDG_STATE_HOME", ".local/state")
    if sources["cache"] == "default":
        values["cache"] = _own_folder(environ, "XDG_CACHE_HOME", ".cache")
    settings = Settings(**values, sources=sources)
    agree(settings)
    return settings


def _chosen(
    written: Callable[[Option], Written], flags: Flags, simulated: Collection[str], agent: Agent | None
) -> tuple[dict[str, Any], dict[str, str]]:
    """The value of each setting and where it was found. Raises SettingsError."""
    values: dict[str, Any] = {"agent": agent}
    sources: dict[str, str] = {}
    for option in OPTIONS:
        name = option.field
        if agent is not None and name in agent.values and flags.get(name) is None:
            values[name], sources[name] = agent.values[name], agent.places[name]
            continue
        unread = option.real in simulated and not is_read(name, flags)
        found = _default(option) if unread else written(option)
        sources[name] = found.place
        if name != "agent":
            values[name] = _judged(option, found)
    return values, sources


def _simulated(both: Written, half: Written) -> frozenset[str]:
    """What is built in: one half, or both and thus either. What is typed beats what is not. Raises SettingsError."""
    sim, simulate = _judged(BY_FIELD["sim"], both), _judged(BY_FIELD["simulate"], half)
    if sim and simulate:
        typed = [each.place for each in (both, half) if each.place.startswith("--")]
        if len(typed) != 1:
            raise SettingsError(
                f"{both.place} simulates both halves of the call, {half.place} one of them.",
                setting=BY_FIELD["simulate"].env,
                fix="Leave one of them away.",
            )
        sim, simulate = (True, None) if typed == [both.place] else (False, simulate)
    return frozenset({CARRIER, MODEL, EITHER} if sim else {simulate} if simulate else ())


def _agent(found: Written, given: Mapping[str, str]) -> Agent | None:
    """The agent in the file that was named, if one was. Raises SettingsError."""
    path = _judged(BY_FIELD["agent"], found)
    if path is None and given:
        raise SettingsError(
            "--set gives a value to a variable of an agent file, and no file is named.",
            setting="--set",
            fix="Add --agent FILE.",
        )
    if path is None:
        return None
    from voicecall_core.agents.agent_file import load_agent  # TOML, for those only who have one

    return load_agent(path, given)


def everything_set() -> dict[str, str]:
    """The environment, and below it .env: what an agent file's ${NAME} may stand for."""
    entries = {name: entry.text for name, entry in dotenv_entries(strict=False).items()}
    return entries | dict(environment())


def one_setting(field: str, typed: str | None = None) -> Any:
    """One setting by itself, for who only reads: what is wrong with the others is no matter then.

    Raises SettingsError for a value that will not do.
    """
    option = BY_FIELD[field]
    found = _written(option, {field: typed}, environment(), dotenv_entries())
    if field == "state" and found.place == "default":
        return _own_folder(environment(), "XDG_STATE_HOME", ".local/state")
    return _judged(option, found)


def _own_folder(environ: Mapping[str, str], name: str, usual: str) -> Path | None:
    """Where this program keeps things of a kind (XDG Base Directory Specification); None for a user without a home."""
    kept = environ.get(name, "")
    try:
        base = Path(kept) if kept.startswith("/") else Path.home() / usual
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
    if not found.text.strip() and found.place == "default":
        return None
    try:
        return judged(option.shape, found.text)
    except Wrong as wrong:
        raise SettingsError(f"{found.place} {wrong.what}.", setting=option.env, fix=wrong.fix) from None


def dotenv_entries(path: Path = DOTENV, *, strict: bool = True) -> dict[str, Written]:
    """What .env says, by name; nothing if there is no such file.

    If it or a line of it cannot be read that is a SettingsError where `strict`, and passed over where not.
    """
    try:
        lines = list(_lines(_text_of(path)))
    except SettingsError:
        if strict:
            raise
        return {}
    if strict and (unread := [str(line) for name, _, line in lines if not name]):
        named = f"line {unread[0]}" if len(unread) == 1 else f"lines {', '.join(unread)}"
        raise SettingsError(f"{path}, {named} cannot be understood.", fix="Write NAME=value, quotes closed.")
    return {name: Written(value, f"{name} in {path}, line {line}") for name, value, line in lines if name}


def _text_of(path: Path) -> str:
    """The file's text, empty if there is none. Raises SettingsError if it cannot be read."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError:
        raise SettingsError(f"{path} is not UTF-8 text.", fix="Save it as UTF-8.") from None
    except IsADirectoryError:
        raise SettingsError(f"{path} is a directory.", fix="Remove it; .env has to be a text file.") from None
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}.", fix=f"chmod u+r {path}") from None


def _lines(text: str) -> Iterator[tuple[str, str, int]]:
    """Each binding of a .env with its line; what cannot be understood has no name."""
    if not text:
        return
    from io import StringIO

    from dotenv.parser import parse_stream  # 35 ms, for those only who have a .env

    for binding in parse_stream(StringIO(text)):
        source = binding.original.string
        line = binding.original.line + source[: len(source) - len(source.lstrip())].count("\n")
        if binding.error or (binding.key and binding.value is None):
            yield "", "", line
        elif binding.key:
            yield binding.key, binding.value or "", line


def written_names(environ: Mapping[str, str] | None = None, path: Path = DOTENV) -> dict[str, str]:
    """Every name that is written somewhere, with where; a line of .env that cannot be understood hides none of them."""
    names = {name: entry.place for name, entry in dotenv_entries(path, strict=False).items()}
    try:
        dotenv_entries(path)
    except SettingsError:  # a quote that is never closed may have swallowed lines: they are looked at one by one
        text = path.read_bytes().decode(errors="replace") if path.is_file() and os.access(path, os.R_OK) else ""
        for number, line in enumerate(text.splitlines(), 1):
            if found := _BINDING.match(line):
                names.setdefault(found[1], f"{found[1]} in {path}, line {number}")
    environ = environment() if environ is None else environ
    return names | {name: f"{name} in the environment" for name in environ}


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


def slips(environ: Mapping[str, str] | None = None, path: Path = DOTENV) -> list[str]:
    """A sentence for each misspelt name: where it stands, and what was meant."""
    places = written_names(environ, path)
    return [
        f"{places[name]} is no setting: " + (f"did you mean {meant}?" if meant else "voicecall reads nothing there.")
        for name, meant in misspelt(places)
    ]


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
