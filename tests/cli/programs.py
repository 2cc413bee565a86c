"""Calls placed by programs of their own, on a carrier that is not in them: its log says what became of each."""

from __future__ import annotations

import fcntl
import resource
import subprocess
import sys
import termios
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import anyio
import anyio.to_thread

from tests.placing import simulator_from_outside
from tests.simulator.program import plan
from tests.write_docs import ROOT
from voicecall_core.simulator.carrier.effects import What
from voicecall_core.simulator.carrier.server import SimulatedCarrier
from voicecall_core.simulator.scenarios.scenario import Scenario

NUMBER = "+14155552671"
DIAL = [sys.executable, "-m", "voicecall_cli", "dial", NUMBER]
SILENT = plan()  # the callee picks up, and stays on the line
WITHIN_S = 30.0


async def until(true: Callable[[], bool]) -> None:
    """Wait for what other processes bring about, of which no event of this loop tells."""
    while not true():  # noqa: ASYNC110
        await anyio.sleep(0.01)


@dataclass
class Placed:
    """A call by a program of its own, on a carrier that is not in it."""

    carrier: SimulatedCarrier
    program: subprocess.Popen[bytes]
    folder: Path
    environment: dict[str, str]

    async def until(self, what: What, count: int = 1) -> None:
        """Wait until the carrier has done that."""
        with anyio.fail_after(WITHIN_S):
            await until(lambda: sum(effect.what is what for effect in self.carrier.log) >= count)

    async def ended(self) -> int:
        """The program's exit code."""
        return await anyio.to_thread.run_sync(lambda: self.program.wait(WITHIN_S))

    def up(self) -> list[str]:
        return [sid for sid, call in self.carrier.calls.items() if not call.record.over]

    @property
    def ends(self) -> list[str]:
        return [effect.detail for effect in self.carrier.log if effect.what is What.HUNG_UP]

    def remembered(self) -> list[str]:
        entries = [path.read_text("utf-8") for path in (self.folder / "state").glob("c-*.jsonl")]
        return [entry for entry in entries if '"ended"' not in entry]

    def told(self) -> str:
        return (self.folder / "err").read_text("utf-8", "replace")

    async def ask(self, *arguments: str, typed: bytes = b"") -> tuple[int, str]:
        """Another command of ours, afterwards: its exit code, and all that it says."""
        command = [sys.executable, "-m", "voicecall_cli", *arguments]
        done = await anyio.run_process(command, input=typed, cwd=self.folder, env=self.environment, check=False)
        return done.returncode, (done.stdout + done.stderr).decode()


@asynccontextmanager
async def placed(
    folder: Path, *arguments: str, scenario: str | Scenario = SILENT, breaking: str = "", **more: Any
) -> AsyncIterator[Placed]:
    """A call on a carrier of its own; see `placed_on`. `more` in capitals is environment."""
    async with simulator_from_outside(scenario) as (simulator, settings):
        environment = settings | {"PYTHONPATH": f"{ROOT}:{ROOT / 'cli'}"}
        environment |= {name: more.pop(name) for name in list(more) if name.isupper()}
        command = [sys.executable, "-m", "tests.cli.breaking", breaking, *DIAL[3:]] if breaking else DIAL
        async with placed_on(simulator.carrier_server, folder, environment, *command, *arguments, **more) as call:
            yield call


@asynccontextmanager
async def placed_on(
    carrier: SimulatedCarrier,
    folder: Path,
    environment: dict[str, str],
    *command: str,
    out: int | IO[Any] = subprocess.DEVNULL,
    terminal: int | None = None,
    most_bytes: int = 0,
) -> AsyncIterator[Placed]:
    """A program that places a call on this carrier, in a session of its own; it does not outlive the block."""

    def controlled() -> None:
        if terminal is not None:
            fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)
        if most_bytes:
            resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))

    with (folder / "err").open("wb") as err:
        program = subprocess.Popen(  # noqa: ASYNC220 - a program that is to be killed, not awaited
            command,
            env=environment,
            cwd=folder,
            stdin=subprocess.DEVNULL if terminal is None else terminal,
            stdout=out if terminal is None else terminal,
            stderr=err if terminal is None else terminal,
            start_new_session=True,
            preexec_fn=controlled,
        )
    try:
        yield Placed(carrier, program, folder, environment)
    finally:
        program.kill()
        program.wait()
