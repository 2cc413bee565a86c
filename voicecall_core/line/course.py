"""A run of the line from its beginning to its end: the program led to it, calls to it, and when it is over."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import IO
from urllib.parse import urlsplit

import anyio

from voicecall_core.line.ending import TOLD_MS, Decision, Facts, decision
from voicecall_core.line.hosts import Place
from voicecall_core.line.line import CALLER, Line
from voicecall_core.line.program import RunningProgram, open_program
from voicecall_core.line.proxy import Passing, open_proxy
from voicecall_core.line.setting_up import open_folder
from voicecall_core.line.surroundings import surroundings
from voicecall_core.line.upstream import upstream_of
from voicecall_core.simulation import utc_now

CALLED_WITHIN_S = 60.0  # for a program to listen, or to set its number's voice URL
LEAVES_WITHIN_S = 10.0  # for the calls' last callbacks, once the line was told to end
_LOOK_S = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What ends a run, and whether the line itself calls: `call` is None (no), empty (the number's voice URL), or a
    URL."""

    exit_after: int = 0
    call: str | None = None
    caller: str = CALLER
    within_s: float = CALLED_WITHIN_S


class Run:
    """A run while it lasts."""

    def __init__(self, line: Line, course: Course, program: RunningProgram | None) -> None:
        self.line, self.course, self.program = line, course, program
        self._owed = course.call is not None
        self._leaving = math.inf

    def leave(self) -> None:
        """Hang up every call; the run is over as soon as their callbacks are told, or after a while."""
        if self._leaving == math.inf:
            self._leaving = anyio.current_time() + LEAVES_WITHIN_S
            self.line.hang_up()

    async def until_over(self) -> None:
        """Return when it is over. The program is stopped then. Raises SettingsError if a call to it was asked for and
        nobody was there to take it."""
        failed: Exception | None = None
        async with anyio.create_task_group() as tasks:
            try:
                tasks.start_soon(self._watch, tasks.cancel_scope)
                await self._call()
                await anyio.sleep_forever()
            except Exception as error:
                failed = error  # raised below as it is: the group would wrap it
                tasks.cancel_scope.cancel()
        await self._hang_up_rest()
        if self.program is not None:
            await self.program.stop()
        if failed is not None:
            raise failed

    async def _hang_up_rest(self) -> None:
        """No call is cut off: each is hung up, and its callback told, within a while."""
        self.leave()
        while not self._is_over():  # noqa: ASYNC110 - as below
            await anyio.sleep(_LOOK_S)

    async def _call(self) -> None:
        if self.course.call is not None:
            await self.line.call_in(self.course.call, self.course.caller, within_s=self.course.within_s)
        self._owed = False

    async def _watch(self, scope: anyio.CancelScope) -> None:
        while not self._is_over():  # noqa: ASYNC110 - the facts are the carrier's log, which tells nobody
            await anyio.sleep(_LOOK_S)
        scope.cancel()

    def _is_over(self) -> bool:
        line, program = self.line, self.program
        if self._leaving < math.inf:
            done = len(line.calls) == line.over and (line.quiet_ms >= TOLD_MS or not line.calls)
            return done or anyio.current_time() >= self._leaving
        facts = Facts(
            calls=len(line.calls),
            over=line.over,
            quiet_ms=line.quiet_ms,
            has_program=program is not None,
            runs=program is not None and program.runs,
            exit_after=self.course.exit_after,
            owed=self._owed,
        )
        return decision(facts) is not Decision.WAIT


@dataclass(frozen=True, slots=True)
class Led:
    """A program on the line, and what its connections through the proxy were."""

    program: RunningProgram
    passing: Passing
    unread_proxy: str


@asynccontextmanager
async def open_led_program(
    line: Line, command: Sequence[str], environ: Mapping[str, str], out: IO[bytes] | int | None
) -> AsyncIterator[Led]:
    """Run a command that is led to the line whatever hosts are written into it, until the block is left.

    `environ` is the user's. Raises SettingsError if it cannot be started.
    """
    from voicecall_core.line.authority import Authority  # 0.05 s of imports: for this alone

    authority, upstream = Authority(utc_now()), upstream_of(environ, line.network)
    targets = {Place.CARRIER: _port(line.carrier.url), Place.MODEL: _port(line.model.url)}
    async with open_proxy(line.network, authority.tls, targets, upstream) as (doors, passing):
        with open_folder(environ, authority.certificate, doors) as files:
            led = partial(surroundings, environ, line.keys, files)
            async with open_program(command, led(doors.proxy), out) as program:
                yield Led(program, passing, upstream.unread)


def _port(url: str) -> int:
    return urlsplit(url).port or 0
