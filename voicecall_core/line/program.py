"""The user's program while it runs: started in a process group of its own, ended with it, gone when this process is."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import IO

import anyio
from anyio.abc import Process

from voicecall_core.errors import SettingsError
from voicecall_core.tunnel.running import KEEPER, LINE_BYTES

STOPS_WITHIN_S = 5.0  # after TERM; then it is made to


class RunningProgram:
    """A program that was started. `status` is its exit status once it has ended by itself, as a shell has it."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self.stopped = False

    @property
    def runs(self) -> bool:
        """Whether it has not ended."""
        return self._process.returncode is None

    @property
    def status(self) -> int | None:
        """Its exit status; None while it runs, and for one that was stopped."""
        return None if self.stopped else self._process.returncode

    async def ended(self) -> None:
        """Wait for its end."""
        await self._process.wait()

    async def lines(self) -> AsyncIterator[str]:
        """What it prints, line by line, if that comes to us; a long line is cut."""
        output, waiting = self._process.stdout, b""
        if output is None:
            return
        with suppress(anyio.EndOfStream, anyio.BrokenResourceError, anyio.ClosedResourceError):
            while True:
                *whole, waiting = (waiting + await output.receive()).split(b"\n")
                for line in whole:
                    yield line[:LINE_BYTES].decode(errors="replace").rstrip("\r")
                waiting = waiting[:LINE_BYTES]
        if waiting:
            yield waiting.decode(errors="replace")

    async def stop(self, within_s: float = STOPS_WITHIN_S) -> None:
        """End it and whatever it started: told first, then made to. Also when cancelled."""
        self.stopped = self.stopped or self.runs
        try:
            _signal(self._process, signal.SIGTERM)
            with anyio.move_on_after(within_s, shield=True):
                await self._process.wait()
        finally:
            _signal(self._process, signal.SIGKILL)


@asynccontextmanager
async def open_program(
    command: Sequence[str], environment: Mapping[str, str], out: IO[bytes] | int | None
) -> AsyncIterator[RunningProgram]:
    """Run a command until the block is left; what it prints goes to `out` (None: where ours goes).

    Raises SettingsError if it cannot be started.
    """
    _demand_there(command[0], environment)
    try:
        process = await anyio.open_process(
            [sys.executable, "-I", "-S", str(KEEPER), *command],
            stdin=subprocess.PIPE,
            stdout=out,
            stderr=None if out is None else subprocess.STDOUT,
            env=environment,
            start_new_session=True,
        )
    except OSError as error:
        raise SettingsError(f"{command[0]} cannot be started: {error.strerror}.", setting="PROGRAM") from None
    program = RunningProgram(process)
    try:
        yield program
    finally:
        await program.stop()
        with anyio.CancelScope(shield=True):
            await process.aclose()


def _demand_there(name: str, environment: Mapping[str, str]) -> None:
    if shutil.which(name, path=environment.get("PATH")) is None:
        raise SettingsError(
            f"There is no program {name!r} that could be started.",
            setting="PROGRAM",
            fix="Write it as in a shell: voicecall sim -- python app.py",
        )


def _signal(process: Process, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)
