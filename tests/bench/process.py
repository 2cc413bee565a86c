"""The program as a process of its own, placing a call on servers in this one. Knows nothing of what is measured."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import anyio

from tests.placing import simulator_from_outside
from voicecall_core.simulator.carrier.server import SimulatedCarrier
from voicecall_core.simulator.model.server import SimulatedModel
from voicecall_core.simulator.scenarios.scenario import Scenario

PROGRAM = [str(Path(sys.executable).with_name("voicecall"))]
CALLEE = "+14155552671"
ROWS, COLUMNS = 40, 120


@dataclass
class Program:
    """The servers, and how the program is started against them."""

    carrier: SimulatedCarrier
    model: SimulatedModel
    env: dict[str, str]
    folder: str

    async def run(self, *arguments: str, terminal: bool = False) -> float:
        """Run the program to its end; returns when it was started, by `perf_counter`."""
        command = [*PROGRAM, "dial", CALLEE, "--no-log", *arguments]
        began = perf_counter()
        if not terminal:
            await anyio.run_process(command, env=self.env, cwd=self.folder, check=False)
            return began
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        reader = threading.Thread(target=_drain, args=(ours,))
        reader.start()
        env = {**self.env, "TERM": "xterm-256color"}
        process = subprocess.Popen(  # noqa: ASYNC220 - anyio's own gives the child no terminal; it takes 2 ms
            command, env=env, cwd=self.folder, stdin=theirs, stdout=theirs, stderr=theirs
        )
        os.close(theirs)
        await anyio.to_thread.run_sync(process.wait)
        await anyio.to_thread.run_sync(reader.join)
        os.close(ours)
        return began


def _drain(descriptor: int) -> None:
    try:
        while os.read(descriptor, 65_536):
            pass
    except OSError:  # how Linux says that the other side is closed
        pass


@asynccontextmanager
async def program(scenario: str | Scenario) -> AsyncIterator[Program]:
    """A carrier and a model in this process, and the settings that lead the program to them."""
    async with simulator_from_outside(scenario) as (simulator, env):
        with TemporaryDirectory() as folder:
            yield Program(simulator.carrier_server, simulator.model_server, env, folder)
