"""The scenarios by name, each one whole call, as they are shipped. Knows nothing of who places it.

What must come of a scenario is judged by the carrier's log, and by the names in the table of endings. With the naive
policy an `answered` callback that is dealt with before the stream's `start` ends as `failed`: the fallback overwrites.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources

from voicecall_core.simulator.scenarios.scenario import Scenario

ORDINARY_FILE, FIELD_FILE, SILENT_FILE = "ordinary.toml", "field.toml", "silent.toml"


class Shipped(Mapping[str, Scenario]):
    """The scenarios of some of the shipped files, in their order. A file is read when somebody wants what is in it."""

    def __init__(self, *files: str) -> None:
        self._files = files

    def __getitem__(self, name: str) -> Scenario:
        for file in self._files:
            if name in (found := _read(file)):
                return found[name]
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return (name for file in self._files for name in _read(file))

    def __len__(self) -> int:
        return sum(len(_read(file)) for file in self._files)


@cache
def _read(file: str) -> Mapping[str, Scenario]:
    from voicecall_core.simulator.scenarios.scenario_file import read_shipped  # which finds faults by name in here

    data = (resources.files("voicecall_core.simulator.scenarios") / "shipped" / file).read_bytes()
    return {scenario.name: scenario for scenario in read_shipped(data, file)}


# Failures met in the field that carriers, models and callees cause. What a program does wrong cannot be a scenario:
# there are call files for it (docs/failures.md).
FIELD: Mapping[str, Scenario] = Shipped(FIELD_FILE)

# Calls in which the callee could be left waiting.
SILENT: Mapping[str, Scenario] = Shipped(SILENT_FILE)

SCENARIOS: Mapping[str, Scenario] = Shipped(ORDINARY_FILE, FIELD_FILE, SILENT_FILE)


def renamed(name: str) -> str:
    """What a scenario of 0.1.0, `museum-` and a failure's number, is called now; empty for any other name."""
    number = name.removeprefix("museum-")
    return next((each.name for each in SCENARIOS.values() if number != name and number in each.failures), "")
