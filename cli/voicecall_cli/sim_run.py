"""`voicecall sim`, carried out: the line, the program on it, Ctrl-C, and what the end says to the shell."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import anyio
from rich.console import Console
from rich.table import Table

from voicecall_cli.exits import Exit, exit_for_line
from voicecall_cli.line_junit import line_junit
from voicecall_cli.settings import environment_for_others
from voicecall_cli.signals import Signals, open_signals
from voicecall_cli.sim_asked import Asked
from voicecall_cli.sim_view import SimView
from voicecall_cli.sim_words import head_lines, told_of_passing
from voicecall_core.errors import SettingsError
from voicecall_core.line.course import Course, Led, Run, open_led_program
from voicecall_core.line.facts import CallFacts, facts_of
from voicecall_core.line.files import write_call
from voicecall_core.line.line import CALLER, Line, LineOptions, open_line
from voicecall_core.line.maps import routes_of
from voicecall_core.line.numbers import listed
from voicecall_core.line.probing import Probes
from voicecall_core.net.routes import origin_of
from voicecall_core.numbering import read_number
from voicecall_core.simulation import scenario_named, utc_now
from voicecall_core.simulator.verdict import LineVerdict, judged
from voicecall_core.whole_file import write_whole

_USUAL = "ordinary"


@dataclass(frozen=True, slots=True)
class Result:
    """What a run came to."""

    calls: tuple[CallFacts, ...]
    verdicts: tuple[LineVerdict, ...]
    exit: int
    program: int | None


def show_numbers() -> None:
    """Print every number of the table with what is played in a call to it."""
    table = Table(box=None, pad_edge=False, show_edge=False)
    table.add_column("number", style="bold", no_wrap=True)
    table.add_column("what a call to it is")
    for number, what in listed():
        table.add_row(number, what)
    Console().print(table)


def run_line(asked: Asked) -> int:
    """Run until it is over; the exit code."""
    options = LineOptions(
        scenario=scenario_named(asked.scenario or _USUAL),
        chosen=bool(asked.scenario),
        port=asked.port,
        model_port=asked.model_port,
        seed=asked.seed,
        number=_number(asked.number),
        routes=routes_of(asked.maps),
    )
    course = _course(asked)
    loop = {"use_uvloop": sys.platform != "win32"}
    return anyio.run(_run, asked, options, course, backend="asyncio", backend_options=loop)


def _course(asked: Asked) -> Course:
    if asked.call:
        try:
            origin_of(asked.call)
        except ValueError:
            raise SettingsError(
                f"--call {asked.call!r} is no address of the web.",
                setting="--call",
                fix="Write one such as --call http://127.0.0.1:8000/incoming",
            ) from None
    return Course(exit_after=asked.exit_after, call=asked.call, caller=_number(asked.caller) or CALLER)


def _number(typed: str) -> str:
    """A number as the line has it; empty if none was typed. Raises SettingsError."""
    return read_number(typed).e164 if typed else ""


async def _run(asked: Asked, options: LineOptions, course: Course) -> int:
    view, began = SimView(sys.stdout, sys.stderr, plain=asked.plain, as_json=asked.json), utc_now()
    async with open_signals() as signals, open_line(options) as line, _program(asked, line, view) as led:
        view.say(head_lines(line, led, asked.command, exit_after=asked.exit_after, calls=asked.call is not None))
        probes = Probes(line) if asked.probe else None
        await _course_of(Run(line, course, led.program if led else None), line, view, signals, probes)
        result = _result(line, led, probes)
        files, trouble = _files(asked.log, line, result, began)
        view.say((*told_of_passing(line, led), *trouble))
        view.close(result.calls, result.verdicts, files, result.exit, result.program, line.carrier.log)
        await view.drained()
    if asked.junit:
        written = line_junit(result.verdicts, began, {call.sid: float(call.seconds) for call in result.calls})
        _write(asked.junit, written)
    return result.exit


@asynccontextmanager
async def _program(asked: Asked, line: Line, view: SimView) -> AsyncIterator[Led | None]:
    if not asked.command:
        yield None
        return
    out = subprocess.PIPE if view.live else sys.stderr.buffer if asked.json else None
    async with open_led_program(line, asked.command, environment_for_others(), out) as led:
        yield led


async def _course_of(run: Run, line: Line, view: SimView, signals: Signals, probes: Probes | None) -> None:
    """Show the run until it is over. The first Ctrl-C ends it in order, the second at once."""

    def leave() -> None:
        signals.obeyed = signals.leave
        run.leave()

    signals.obeyed = leave
    failed: Exception | None = None
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(view.follow, line, run.program)
        probing = anyio.CancelScope()
        if probes is not None:
            tasks.start_soon(_within, probing, probes.run)
        try:
            await run.until_over()
        except Exception as error:
            failed = error  # raised below as it is: the group would wrap it
        probing.cancel()
        view.finish()
    if failed is not None:
        raise failed


async def _within(scope: anyio.CancelScope, job: Callable[[], Awaitable[None]]) -> None:
    with scope:
        await job()


def _files(
    folder: Path | None, line: Line, result: Result, began: datetime
) -> tuple[tuple[Path | None, ...], tuple[str, ...]]:
    """Where each call was written down, and what went wrong with that: no reason to keep the verdict back."""
    nowhere = tuple(None for _ in result.calls)
    if folder is None:
        return nowhere, ()
    pairs = zip(line.calls, result.verdicts, strict=True)
    try:
        return tuple(write_call(folder, line, call, verdict, began) for call, verdict in pairs), ()
    except OSError as error:
        return nowhere, (f"No call file was written: {folder}: {error.strerror}. --log DIR names another folder.",)


def _result(line: Line, led: Led | None, probes: Probes | None) -> Result:
    log = line.carrier.log
    calls = tuple(facts_of(call, log) for call in line.calls)
    believed = probes.found if probes is not None else {}
    verdicts = tuple(judged(log, call.sid, line.model.log).with_more(believed.get(call.sid, ())) for call in calls)
    status = led.program.status if led is not None else None
    return Result(calls, verdicts, exit_of(verdicts, status, has_program=led is not None), status)


def exit_of(verdicts: Sequence[LineVerdict], status: int | None, *, has_program: bool) -> int:
    """A verdict outdoes the program's own exit status; without a call there is nothing to judge."""
    if code := exit_for_line(broken=any(verdict.broken for verdict in verdicts)):
        return code
    if status:
        return status
    return Exit.DIFFERENT if has_program and not verdicts else Exit.OK


def _write(path: Path, content: bytes) -> None:
    try:
        write_whole(path, content)
    except OSError as error:
        raise SettingsError(f"{path} cannot be written: {error.strerror}.", setting="--junit") from None
