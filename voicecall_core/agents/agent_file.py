"""An agent file read: everything that `dial` takes of an agent, judged, with its variables filled in.

The format is a page: docs/agent-file.md. Reads that file and those it names; knows no environment and no call.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from voicecall_core.agents.keys import KEYS, Key
from voicecall_core.agents.tool_texts import with_variables
from voicecall_core.agents.values import Wrong, judged
from voicecall_core.agents.variables import Variables, names_in, variables_of
from voicecall_core.errors import SettingsError
from voicecall_core.lined_toml import LONGEST, Table, read_table

VERSION = 1
OTHER_KEYS = ("version", "about", "keep_greeting", "tool", "variables")
_FILES = ("apology", "moment_clip", "tools")  # what somebody else reads: clips, code


@dataclass(frozen=True, slots=True)
class Agent:
    """An agent for one call. `values` holds what its file says, by field, `places` in words where each was said.

    `table` is the whole file, `folder` where its relative paths begin. `keeps_greeting`: the sound of its greeting may
    be kept for other calls.
    """

    path: Path
    table: Table = field(repr=False)
    values: Mapping[str, Any] = field(repr=False)
    places: Mapping[str, str] = field(repr=False)
    variables: Variables = field(repr=False)
    keeps_greeting: bool = True
    about: str = ""

    @property
    def folder(self) -> Path:
        """Where the relative paths in it begin."""
        return self.path.parent

    @property
    def terms(self) -> dict[str, Any]:
        """The arguments of `CallOptions`, but its tools; what the file does not say is left to its defaults."""
        asked = {name: value for name, value in self.values.items() if name not in _FILES}
        return asked | {"keep_greeting": self.keeps_greeting}

    @property
    def clips(self) -> dict[str, Any]:
        """The arguments of `open_dialer`: its clips."""
        clip: Path | Literal["off"] | None = self.values.get("moment_clip")
        return {"apology": self.values.get("apology"), "moment": clip if isinstance(clip, Path) else clip is None}


def load_agent(path: Path, given: Mapping[str, str]) -> Agent:
    """The agent in a file, with the values `given` for its variables. Raises SettingsError, with the line."""
    try:
        with path.open("rb") as file:
            data = file.read(LONGEST + 1)
    except OSError as error:
        raise SettingsError(
            f"The agent file {path} cannot be read: {error.strerror or error}.", setting="--agent", fix="Name a file."
        ) from None
    table = read_table(data, path.name, "--agent")
    table.only(*OTHER_KEYS, *(key.name for key in KEYS))
    if table.whole("version", VERSION) != VERSION:
        raise table.wrong("version", f"version is {table.raw('version')}", f"This program reads version {VERSION}.")
    variables = variables_of(table, given)
    found = {key.field: _value(key, table, variables, path.parent) for key in KEYS if key.name in table}
    places = {key.field: f"{key.name} in {path.name}, line {table.line_of(key.name)}" for key in KEYS}
    return Agent(
        path=path,
        table=with_variables(table, variables),
        values={name: value for name, (value, _) in found.items()},
        places={name: places[name] for name in found},
        variables=variables,
        keeps_greeting=table.switch("keep_greeting", not found.get("greeting", ("", False))[1]),
        about=table.text("about", ""),
    )


def _value(key: Key, table: Table, variables: Variables, folder: Path) -> tuple[Any, bool]:
    """The value of a key, and whether variables are in it."""
    try:
        value = judged(key.shape, _written(key, table), *([folder] if key.in_folder else []))
        if not (key.variables and isinstance(value, str)):
            return value, False
        return judged(variables.filled, value), bool(names_in(value))
    except Wrong as wrong:
        raise table.wrong(key.name, f"{key.name} {wrong.what}", wrong.fix) from None


def _written(key: Key, table: Table) -> str:
    """The value as one would type it: a switch may be true or false here, a duration a plain number of seconds."""
    value = table.raw(key.name)
    if isinstance(value, bool) and key.metavar.endswith("off"):
        if value and key.metavar != "on|off":
            raise Wrong("is true", "Name a file, or write false for none.")
        return "on" if value else "off"
    if isinstance(value, int | float) and not isinstance(value, bool) and key.metavar == "DURATION":
        return str(value)
    return table.text(key.name)
