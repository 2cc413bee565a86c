"""Findings told as they come: in place on a terminal, line by line anywhere else. Knows no check."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

import anyio
from rich.console import Console, Group
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from voicecall_cli.console.check_list import brief_section, guide, section, summary, waiting
from voicecall_cli.json_format import numbered
from voicecall_cli.settings import Settings
from voicecall_core.doctor.examination import Check
from voicecall_core.doctor.findings import CheckFinding, Section
from voicecall_core.doctor.subject import Subject
from voicecall_core.doctor.table import CHECKS
from voicecall_core.words.checks import Status

REDRAWN_EVERY_S = 0.1
PIPE_WIDTH = 10_000  # a pipe has no edge: what is to be copied stands on one line


class CheckOutput:
    """Told of each finding; shows the sections in their order, each as soon as it is complete.

    `leave` is called when nobody reads any more; `left` says so afterwards.
    """

    def __init__(
        self,
        settings: Settings,
        subject: Subject,
        checks: Sequence[Check],
        leave: Callable[[], None],
        *,
        verbose: bool = False,
    ) -> None:
        self.left = False
        self._leave = leave
        self._json = settings.json
        self._subject = subject
        self._checks = checks
        self._verbose = verbose
        self._guide = guide(subject) if len(checks) == len(CHECKS) else None
        self._found: dict[str, CheckFinding] = {}
        self._settled: set[Section] = set()
        self._out = Console(highlight=False)
        self._live = self._out.is_terminal and not (settings.plain or settings.json or self._out.is_dumb_terminal)
        if not self._out.is_terminal:
            self._out.width = PIPE_WIDTH
        self._told = 0

    def hear(self, finding: CheckFinding) -> None:
        """Take a finding; outside of a terminal it is shown when its turn has come."""
        self._found[finding.name] = finding
        if self._live or self.left:
            return
        try:
            if self._json:
                self._tell_objects()
            else:
                self._settle(self._out)
        except (BrokenPipeError, SystemExit):  # rich makes the one into the other
            self.left = True
            self._leave()

    async def run(self) -> None:
        """Redraw what is still under way, on a terminal."""
        if not self._live:
            return
        spinner = Spinner("dots")
        with Live(
            console=self._out, refresh_per_second=1 / REDRAWN_EVERY_S, auto_refresh=False, transient=True
        ) as live:
            try:
                while True:
                    self._settle(live.console)
                    live.update(self._under_way(spinner), refresh=True)
                    await anyio.sleep(REDRAWN_EVERY_S)
            finally:
                live.update(Text(""), refresh=True)

    async def finish(self, findings: Sequence[CheckFinding]) -> None:
        """All have been told: settle what is left, and say the one next step."""
        if self._json:
            return
        if self._live:
            await anyio.sleep(REDRAWN_EVERY_S)
        self._settle(self._out)
        if self._guide is not None:
            self._out.print(self._guide, soft_wrap=True)
        elif not self._verbose:
            self._out.print()
        self._out.print(summary(findings, self._subject, guided=self._guide is not None), soft_wrap=True)

    def _settle(self, console: Console) -> None:
        """Print each complete section, none before those above it."""
        for each in Section:
            names = [check.name for check in self._checks if check.section is each]
            if not all(name in self._found for name in names):
                return
            if names and each not in self._settled:
                self._settled.add(each)
                for line in self._lines(each, [self._found[name] for name in names], console.width):
                    console.print(line, soft_wrap=True)

    def _lines(self, which: Section, found: Sequence[CheckFinding], width: int) -> list[Text]:
        if self._verbose:
            return section(which, found, width)
        return brief_section(which, found, width, guided=self._guide is not None)

    def _under_way(self, spinner: Spinner) -> Group:
        """Sections that are not complete, as far as they have come, and what is being waited for."""
        shown: list[Text] = []
        for each in Section:
            names = [check.name for check in self._checks if check.section is each]
            there = [self._found[name] for name in names if name in self._found]
            unwell = any(found.said.status is not Status.OK for found in there)
            if each not in self._settled and there and (self._verbose or unwell):  # else it looks as if it were done
                shown += self._lines(each, there, self._out.width)
        missing = [check.name for check in self._checks if check.name not in self._found]
        spinner.update(text=waiting(missing, len(self._checks), self._out.width))
        return Group(*shown[-max(0, self._out.height - 3) :], spinner)  # what is last is under way

    def _tell_objects(self) -> None:
        """One object a line, in the order of the checks."""
        while self._told < len(self._checks) and (found := self._found.get(self._checks[self._told].name)):
            print(json.dumps(numbered(found.as_object()), ensure_ascii=False), flush=True)
            self._told += 1
