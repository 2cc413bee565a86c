"""The scenarios by name, each one whole call, as they are shipped. Knows nothing of who places it.

What must come of a scenario is judged by the carrier's log, and by the names in the table of endings. With the naive
policy an `answered` callback that is dealt with before the stream's `start` ends as `failed`: the fallback overwrites.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from voicecall_core.simulator.scenarios.scenario import Scenario

FILES = ORDINARY_FILE, FIELD_FILE, SILENT_FILE = "ordinary.toml", "field.toml", "silent.toml"


@dataclass(frozen=True, slots=True)
class Listed:
    """A scenario at a glance."""

    name: str
    about: str
    outcome: str


class Shipped(Mapping[str, Scenario]):
    """The scenarios of some of the shipped files, in their order. Each is made when somebody asks for it."""

    def __init__(self, *files: str) -> None:
        self._files = files

    def __getitem__(self, name: str) -> Scenario:
        for file in self._files:
            if name in _tables(file):
                return _scenario(file, name)
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return (name for file in self._files for name in _tables(file))

    def __len__(self) -> int:
        return sum(len(_tables(file)) for file in self._files)

    def listed(self) -> Iterator[Listed]:
        """All of them, without making any."""
        for file in self._files:
            for name, phone in _tables(file).items():
                yield Listed(name, phone["about"], phone["expects"]["outcome"])


def shipped_file(name: str) -> bytes:
    """What a shipped file holds."""
    return (resources.files("voicecall_core.simulator.scenarios") / "shipped" / name).read_bytes()


@cache
def _tables(file: str) -> Mapping[str, dict[str, Any]]:
    return {phone["name"]: phone for phone in tomllib.loads(shipped_file(file).decode())["phone"]}


@cache
def _scenario(file: str, name: str) -> Scenario:
    from voicecall_core.lined_toml import Table
    from voicecall_core.simulator.scenarios.scenario_file import shipped_scenario  # which finds faults by name in here

    # Without its lines, which take as long as the rest: a test reads the files with them.
    return shipped_scenario(Table(file, (), 0, _tables(file)[name], {}))


# Failures met in the field that carriers, models and callees cause. What a program does wrong cannot be a scenario:
# there are call files for it (docs/failures.md).
FIELD = Shipped(FIELD_FILE)

# Calls in which the callee could be left waiting.
SILENT = Shipped(SILENT_FILE)

SCENARIOS = Shipped(*FILES)


def renamed(name: str) -> str:
    """What a scenario of 0.1.0, `museum-` and a failure's number, is called now; empty for any other name."""
    number = name.removeprefix("museum-")
    return next((each.name for each in SCENARIOS.values() if number != name and number in each.failures), "")
