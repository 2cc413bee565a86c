"""A rehearsal file read: whose agent is rehearsed, who picks up and how, what must come of it.

The format is a page: docs/rehearsal-file.md. Every mistake is told with the file and its line.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from voicecall_core.agents.agent_file import Agent, load_agent
from voicecall_core.errors import SettingsError
from voicecall_core.lined_toml import LONGEST, Table, read_table
from voicecall_core.rehearsal.expectations import Expectation
from voicecall_core.rehearsal.expectations_file import read_expectation
from voicecall_core.simulator.scenarios.scenario import Scenario
from voicecall_core.simulator.scenarios.scenario_file import phone_of

VERSION = 1
_GIVEN = "--set"  # where a variable's value comes from on the command line, as its reader says
_HEAD = re.compile(rb"^\s*\[\s*(?:\"rehearsal\"|'rehearsal'|rehearsal)\s*(?:\.[^\]]*)?\]", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """One rehearsal. `name`: its file as it was named. Without an `agent` it is rehearsed what is usual."""

    name: str
    about: str
    agent: Agent | None
    phone: Scenario = field(repr=False)
    expects: tuple[Expectation, ...] = field(repr=False)

    @property
    def told(self) -> str:
        """What it is about, and whether no two runs are alike."""
        return self.about if self.phone.deterministic else f"{self.about} (not deterministic)".strip()


def is_rehearsal(data: bytes) -> bool:
    """Whether a file has a [rehearsal], be it readable or not."""
    return _HEAD.search(data) is not None


def read_rehearsal(path: Path, name: str = "") -> Rehearsal:
    """The rehearsal in a file, its agent's file read too; `name` is what it is called in sentences.

    Raises SettingsError, with file and line, for whatever is wrong with either.
    """
    name = name or str(path)
    table = read_table(_bytes(path, name), name)
    table.only("rehearsal", "phone", "expect")
    head, phone = table.table("rehearsal"), table.table("phone")
    if head is None:
        raise table.wrong("rehearsal", "there is no [rehearsal]", "A rehearsal file begins with it.")
    if phone is None:
        raise table.wrong("phone", "there is no [phone]", "It says who picks up; docs/rehearsal-file.md shows how.")
    head.only("version", "about", "agent", "set")
    if head.whole("version") != VERSION:
        raise head.wrong("version", f"version is {head.raw('version')}", f"This program reads version {VERSION}.")
    agent = _agent(head, path.parent)
    expects = tuple(map(read_expectation, table.tables("expect")))
    if not expects:
        raise table.wrong("expect", "nothing is expected", "Add an [[expect]]: it would pass whatever happens.")
    return Rehearsal(name, head.text("about", ""), agent, phone_of(phone, path.parent, name), expects)


def _bytes(path: Path, name: str) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(LONGEST + 1)
    except OSError as error:
        raise SettingsError(
            f"{name} cannot be read: {error.strerror or error}.", fix="Name a rehearsal file."
        ) from None


def _agent(head: Table, folder: Path) -> Agent | None:
    """The agent that is named, its variables set."""
    values = head.table("set")
    if "agent" not in head:
        if values is not None:
            raise head.wrong(
                "set", "[rehearsal.set] sets variables of an agent, and none is named", "Add agent = '...'."
            )
        return None
    path = folder / head.text("agent")
    if not os.path.isfile(path):  # which raises for no name, however long it is
        raise head.wrong("agent", f"agent names {path}, which is not there", "It is looked for beside this file.")
    try:
        return load_agent(path, {} if values is None else {key: values.text(key) for key in values.keys()})
    except SettingsError as error:
        if error.setting != _GIVEN or values is None:
            raise
        told = error.message.removeprefix(f"{_GIVEN} ").removesuffix(".")
        raise values.wrong(told.partition(":")[0], told, error.fix) from None
