"""Scenarios as files: TOML, one format for those that are shipped and those of one's own (docs/scenario-file.md)."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from voicecall_core.errors import SettingsError
from voicecall_core.lined_toml import LONGEST, Table, read_table
from voicecall_core.simulator.scenarios.phone import KEYS, phone_of, scenario_of
from voicecall_core.simulator.scenarios.plan_tables import read_plan
from voicecall_core.simulator.scenarios.scenario import Expectation, Scenario

__all__ = ["VERSION", "phone_of", "read_scenario", "read_shipped", "shipped_scenario"]

VERSION = 1
SETTING = "VOICECALL_SCENARIO"
HEAD_KEYS = ("version", "name", "about")
SHIPPED_KEYS = ("name", "about", "expects", "guard_off", "failures", *KEYS)
_REHEARSAL = "rehearsal"  # the other kind of file with a phone in it; its own reader looks at the rest
_NAME = re.compile(r"[^\W_][\w .()-]{0,59}")


def read_scenario(file: Path) -> Scenario:
    """The scenario in a file of one's own, a rehearsal's phone included. Raises SettingsError with the line."""
    try:
        with file.open("rb") as opened:
            data = opened.read(LONGEST + 1)
    except OSError as missing:
        said = f"The scenario {file} cannot be read: {missing.strerror or missing}."
        raise SettingsError(
            said, setting=SETTING, fix="voicecall dial --list-scenarios shows the shipped ones."
        ) from None
    whole = read_table(data, file.name, SETTING)
    head = _head(whole)
    phone = whole.table("phone")
    if phone is None:
        raise whole.wrong("", "there is no [phone] here, which says who picks up and what he does")
    phone.only(*KEYS)
    name = head.text("name") if "name" in head and head.path == ("scenario",) else file.stem
    if _NAME.fullmatch(name) is None:
        raise head.wrong("name", f"{name!r} is no name for a scenario", "Up to 60 letters, digits, blanks, . and -.")
    return scenario_of(phone, file.parent, name, head.text("about", ""))


def read_shipped(data: bytes, name: str) -> tuple[Scenario, ...]:
    """The scenarios of a file that comes with the program: any number of [[phone]], each with its name."""
    whole = read_table(data, name)
    _head(whole)
    return tuple(shipped_scenario(each) for each in whole.tables("phone"))


def _head(whole: Table) -> Table:
    """What stands before the phone. Raises SettingsError if this version of the format is not read here."""
    rehearsal = whole.table(_REHEARSAL)
    head = rehearsal if rehearsal is not None else whole.table("scenario")
    if head is None:
        raise whole.wrong(
            "", "this is no scenario: it has no [scenario]", f"Begin with [scenario] and version = {VERSION}."
        )
    if head is not rehearsal:
        whole.only("scenario", "phone")
        head.only(*HEAD_KEYS)
    version = head.whole("version", low=1)
    if version > VERSION:
        raise head.wrong("version", f"this is version {version} of the format", f"This program reads {VERSION}.")
    return head


def shipped_scenario(table: Table) -> Scenario:
    """One of them, with what must come of it."""
    table.only(*SHIPPED_KEYS)
    found = scenario_of(table, Path(), table.text("name"), table.text("about"))
    return replace(found, expects=_expectation(table), failures=table.texts("failures"))


def _expectation(table: Table) -> Expectation:
    """What must come of a shipped scenario: with the guard, and where it differs without."""
    expects, off = table.table("expects"), table.table("guard_off")
    if expects is None:
        raise table.wrong("", "nothing is said of what must come of it")
    found = {"outcome": "", "cause": "", **read_plan(expects, Expectation)}
    if off is not None:
        off.only("outcome", "diagnosis")
        found.update(guard_off=off.text("outcome", ""), guard_off_diagnosis=off.texts("diagnosis"))
    return Expectation(**found)
