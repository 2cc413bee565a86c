"""The pytest plugin: the phone line and whole calls as fixtures; `pytest --voicecall` collects rehearsal files.

Every pytest of an environment in which voicecall is installed loads this file: it imports nothing until it is asked.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from voicecall_cli import USUAL_THRESHOLDS

if TYPE_CHECKING:
    from voicecall_cli.testing.phone_line import PhoneLine
    from voicecall_core.records import CallRecord
    from voicecall_core.rehearsal.results import Run

gc.set_threshold(*USUAL_THRESHOLDS)  # the package has raised them for a command's start, which is not pytest's business


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("voicecall", "rehearsals of voice agents")
    group.addoption("--voicecall", action="store_true", help="collect rehearsal files: *.toml with a [rehearsal]")
    group.addoption(
        "--voicecall-skip-judged",
        action="store_true",
        help="let pass what only a text model can judge, where none is set",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", "voicecall(scenario, seed=0): what is played on this test's phone line")


@pytest.fixture
def voicecall_line(request: pytest.FixtureRequest) -> Iterator[PhoneLine]:
    """The phone line, carrier and model, on this machine's loopback while the test lasts.

    `@pytest.mark.voicecall("voicemail")` chooses the scenario.
    """
    from voicecall_cli.testing.phone_line import open_phone_line

    with open_phone_line(**_marked(request)) as line:
        yield line


@pytest.fixture
def voicecall_place(request: pytest.FixtureRequest) -> Callable[..., CallRecord]:
    """Places whole calls as voicecall itself does: `place(number, CallOptions(...)) -> CallRecord`, in a moment."""
    from voicecall_core.rehearsal.front_door import place_in_memory

    return partial(place_in_memory, **_marked(request))


def _marked(request: pytest.FixtureRequest) -> dict[str, Any]:
    """The arguments of the test's marker by their names. Fails the test for a scenario that there is not."""
    from voicecall_core.errors import SettingsError
    from voicecall_core.simulation import scenario_named

    marker = request.node.get_closest_marker("voicecall")
    named = {} if marker is None else {**dict(zip(("scenario", "seed"), marker.args, strict=False)), **marker.kwargs}
    try:
        scenario_named(named.get("scenario", "ordinary"))
    except SettingsError as error:
        pytest.fail(f"{error.message} {error.fix}".strip(), pytrace=False)
    return named


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """A rehearsal file is collected, if that was asked for."""
    if file_path.suffix != ".toml" or not parent.config.getoption("--voicecall"):
        return None
    from voicecall_core.rehearsal.rehearsal_file import is_rehearsal

    return RehearsalFile.from_parent(parent, path=file_path) if is_rehearsal(file_path.read_bytes()) else None


class RehearsalFile(pytest.File):
    """A rehearsal file, in which there is one rehearsal."""

    def collect(self) -> Iterator[pytest.Item]:
        """The rehearsal. Raises CollectError for what is wrong with the file."""
        from voicecall_core.errors import SettingsError
        from voicecall_core.rehearsal.rehearsal_file import read_rehearsal

        try:
            read_rehearsal(self.path, self.nodeid)
        except SettingsError as error:
            raise self.CollectError(f"{error.message} {error.fix}".strip()) from None
        yield RehearsalItem.from_parent(self, name="rehearsal")


class NotPassed(Exception):
    """A rehearsal has not passed."""

    def __init__(self, run: Run) -> None:
        super().__init__("\n".join(run.sentences()))
        self.run = run


class RehearsalItem(pytest.Item):
    """A rehearsal."""

    def runtest(self) -> None:
        """Run it in this process, with the built-in model, on a clock that jumps. Raises NotPassed."""
        from voicecall_cli.rehearsing.wiring import running_of
        from voicecall_core.rehearsal.runner import run_rehearsal

        skip_judged = bool(self.config.getoption("--voicecall-skip-judged"))
        running = running_of(real_model=False, over_sockets=False, judges=True, skip_judged=skip_judged, log=None)
        assert self.parent is not None
        run = run_rehearsal(self.path, self.parent.nodeid, 1, running)
        if run.skipped:
            told = "\n".join(f"line {each.line}: {each.expected}" for each in run.skipped)
            self.add_report_section("call", "not judged", told)
        if not run.passed:
            raise NotPassed(run)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Why it has not passed, in the sentences of `voicecall test`."""
        if isinstance(excinfo.value, NotPassed):
            return str(excinfo.value)
        return super().repr_failure(excinfo)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Where it stands, for the report's heading."""
        assert self.parent is not None
        return self.path, 0, f"rehearsal {self.parent.nodeid}"
