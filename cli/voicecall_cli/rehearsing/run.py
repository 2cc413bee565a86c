"""Runs the rehearsals that are meant, tells of each as it is done, and writes the reports that were asked for."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.status import Status
from rich.text import Text

from voicecall_cli.console import palette
from voicecall_cli.console.text import counted, plain
from voicecall_cli.exits import Exit
from voicecall_cli.json_format import numbered
from voicecall_cli.output import console_of
from voicecall_cli.rehearsing.found import Found, find_rehearsals
from voicecall_cli.rehearsing.junit import junit_xml
from voicecall_cli.rehearsing.objects import closing_object, run_object
from voicecall_cli.rehearsing.page import rehearsals_page
from voicecall_cli.rehearsing.pool import WITHIN_S, Job, Pool
from voicecall_cli.rehearsing.table import closing_line, run_lines, tally_table, worse_lines
from voicecall_cli.rehearsing.wiring import running_of
from voicecall_cli.reminding import unwritable
from voicecall_cli.test import Simulated, Wanted
from voicecall_core.errors import SettingsError
from voicecall_core.rehearsal.baseline import Baseline, Regression, read_baseline, regressions, write_baseline
from voicecall_core.rehearsal.expectations import JudgedYes
from voicecall_core.rehearsal.results import Run, Tally, tallies
from voicecall_core.rehearsal.runner import Running
from voicecall_core.simulation import utc_now
from voicecall_core.whole_file import write_whole
from voicecall_core.words.terms import MAX_DURATION_S

_GRACE_S = 120.0  # beyond the longest call, of a run in real time


def rehearse_all(wanted: Wanted) -> int:
    """Run them; the exit code: 0 if all passed, 1 if one has not, or is worse than its baseline."""
    found = find_rehearsals(wanted.paths, wanted.chosen)
    if wanted.only_list:
        return _listed(found, wanted.as_json)
    baseline = read_baseline(wanted.baseline) if wanted.baseline else None
    for report in (wanted.junit, wanted.html, wanted.update_baseline):
        _demand_writable(report)
    if wanted.update_baseline and wanted.update_baseline.exists():
        read_baseline(wanted.update_baseline)  # what it says of others is kept, so that it has to be one
    if wanted.log and (fault := unwritable(wanted.log)):
        raise SettingsError(f"No call file can be written to {wanted.log}: {fault}.", fix="Name another folder.")
    began, clock = utc_now(), time.perf_counter()
    with _call_folder(wanted) as log:
        running = running_of(
            real_model=wanted.simulated is Simulated.CARRIER,
            over_sockets=wanted.over_sockets,
            judges=any(isinstance(one, JudgedYes) for each in found for one in each.rehearsal.expects),
            skip_judged=wanted.skip_judged,
            log=log,
        )
        told = Told(wanted, len(found) * wanted.repeat)
        with told.waiting():
            runs = _run(found, wanted, running, told.see)
        done = tallies(sorted(runs, key=lambda run: (told.order(run, found), run.number)))
        worse = regressions(baseline or Baseline(), done)
        good = not worse and all(run.passed for run in runs)
        unwritten = _write_reports(wanted, done, worse, began)
        code = Exit.USAGE if unwritten else Exit.OK if good else Exit.DIFFERENT
        told.close(done, worse, code, time.perf_counter() - clock)
    if unwritten:
        raise unwritten[0]
    return code


def _listed(found: Sequence[Found], as_json: bool) -> int:
    console = console_of(sys.stdout)
    for each in found:
        name, about = each.rehearsal.name, each.rehearsal.told
        if as_json:
            print(json.dumps(numbered({"rehearsal": name, "about": about}), ensure_ascii=False))
        else:
            told = (f"  {plain(about)}", palette.FAINT) if about else ""
            console.print(Text.assemble(plain(name), told), soft_wrap=True)
    return Exit.OK


def _run(found: Sequence[Found], wanted: Wanted, running: Running, see: Callable[[Run], None]) -> list[Run]:
    """Run them side by side: each for the first time, then each for the second."""
    jobs = [Job(each.path, each.rehearsal.name, number) for number in range(1, wanted.repeat + 1) for each in found]
    runs: list[Run] = []

    def done(run: Run) -> bool:
        runs.append(run)
        see(run)
        return run.passed or not wanted.fail_fast

    within_s = WITHIN_S if running.virtual else MAX_DURATION_S + _GRACE_S
    Pool(jobs, wanted.workers or os.cpu_count() or 1, running, within_s).run(done)
    return runs


@contextmanager
def _call_folder(wanted: Wanted) -> Iterator[Path | None]:
    """Where call files go: where they were asked for, for the page's sake into a folder that goes again, or nowhere."""
    if wanted.log is not None or wanted.html is None:
        yield wanted.log
        return
    with tempfile.TemporaryDirectory(prefix="voicecall-") as folder:
        yield Path(folder)


# --- what is told -------------------------------------------------------------------------------------------------


class Told:
    """What is said on standard output, as it happens."""

    def __init__(self, wanted: Wanted, of: int) -> None:
        self._wanted, self._of, self._done = wanted, of, 0
        self._console = console_of(sys.stdout)
        self._status: Status | None = None

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Show on a terminal that something is going on, until the block is left."""
        if self._wanted.as_json or not self._console.is_terminal:
            yield
            return
        with self._console.status(self._left()) as self._status:
            yield

    def _left(self) -> Text:
        return Text(f"{counted(self._of - self._done, 'run')} to go", palette.FAINT)

    def see(self, run: Run) -> None:
        """A run is done."""
        self._done += 1
        if self._wanted.log is None:
            run = replace(run, call_file=None)  # it lies in a folder that goes with this program
        if self._status is not None:
            self._status.update(self._left())
        if self._wanted.as_json:
            print(json.dumps(run_object(run), ensure_ascii=False), flush=True)
            return
        for line in run_lines(run, self._done, self._of, several=self._wanted.repeat > 1):
            self._console.print(line, soft_wrap=True)

    def order(self, run: Run, found: Sequence[Found]) -> int:
        """The place of a run's rehearsal among those that were meant."""
        return next(place for place, each in enumerate(found) if each.rehearsal.name == run.name)

    def close(self, done: Sequence[Tally], worse: Sequence[Regression], code: int, took_s: float) -> None:
        """All are done."""
        if self._wanted.as_json:
            print(json.dumps(closing_object(done, worse, code), ensure_ascii=False), flush=True)
            return
        self._console.print()
        self._console.print(tally_table(done, self._console.width))
        for line in worse_lines(worse):
            self._console.print(line, soft_wrap=True)
        self._console.print(closing_line(done, worse, took_s), soft_wrap=True)
        if code and self._wanted.log is None:
            self._hint(self._console)

    def _hint(self, console: Console) -> None:
        hint = "--html FILE writes a page with each call in it; --log DIR keeps them for voicecall show and replay."
        console.print(Text(hint, palette.FAINT), soft_wrap=True)


def _write_reports(
    wanted: Wanted, done: Sequence[Tally], worse: Sequence[Regression], began: datetime
) -> list[SettingsError]:
    """Write what was asked for. What could not be written keeps nobody from the others, nor from the results."""
    reports: list[Callable[[], None]] = []
    if path := wanted.junit:
        reports.append(partial(_write, path, junit_xml(done, began)))
    if path := wanted.html:
        page = rehearsals_page(done, worse, began, _against(wanted))
        reports.append(partial(_write, path, page.encode(errors="backslashreplace")))
    if path := wanted.update_baseline:
        reports.append(partial(write_baseline, path, done))
    unwritten = []
    for write in reports:
        try:
            write()
        except SettingsError as error:
            unwritten.append(error)
    return unwritten


def _against(wanted: Wanted) -> str:
    if wanted.simulated is Simulated.CARRIER:
        return "with a simulated phone and the model that is set, in real time"
    return "with a simulated phone and the built-in model" + (", over sockets" if wanted.over_sockets else "")


def _demand_writable(path: Path | None) -> None:
    """Before anything is run. Raises SettingsError."""
    if path is None:
        return
    if path.is_dir():
        raise SettingsError(f"{path} is a folder.", fix="Name the file that is to be written.")
    if path.exists() and not path.is_file():  # a device or a pipe, whose place a file would take
        raise SettingsError(f"{path} is no file.", fix="Name the file that is to be written.")
    folder = path.parent
    if not (folder.is_dir() and os.access(folder, os.W_OK)):
        raise SettingsError(f"{path} cannot be written: there is no folder {folder} to write into.")


def _write(path: Path, content: bytes) -> None:
    try:
        write_whole(path.resolve(), content)  # what a link leads to, and not the link
    except OSError as error:
        raise SettingsError(f"{path} cannot be written: {error.strerror or error}.") from None
