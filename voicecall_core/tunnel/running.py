"""A tunnel program while it runs: started, heard, watched, stopped. Knows nothing of calls.

What it prints decides, never a sleep. It has a process group of its own, so that a Ctrl-C at the terminal does not
take the tunnel away while the call is being hung up.
"""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import anyio
from anyio.abc import ByteReceiveStream, Process

from voicecall_core.errors import SettingsError
from voicecall_core.masking import blotted
from voicecall_core.tunnel.program import OutputLine, Program

KEEPER = Path(__file__).parent / "keeper.py"  # ends the program when this process has died of anything
LINE_BYTES = 4096  # a longer line is no log line: it is cut, so that rubbish without an end needs no memory
WORDS_KEPT = 3
SETTING = "VOICECALL_TUNNEL"


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a tunnel program is waited for, in seconds."""

    url_s: float = 30.0  # for its address: cloudflared gives its own request 15 s
    up_s: float = 10.0  # from there to its connection; then it is tried all the same, as no word of it may be known
    down_s: float = 10.0  # without a connection in a call: the carrier waits 15 s for a webhook's answer
    drain_s: float = 0.5  # for the last words of a program that has ended
    stop_s: float = 3.0  # to end by itself when told to


class Tunnel:
    """A running tunnel. `url` is where it leads to us from; `lost` waits for its end."""

    def __init__(self, program: Program, port: int, patience: Patience) -> None:
        self.url = ""
        self.name = program.name
        self._program = program
        self._port = port
        self._patience = patience
        self._heard_url = ""
        self._up = False
        self._down = False
        self._ended = ""
        self._words: deque[str] = deque(maxlen=WORDS_KEPT)
        self._errors: deque[str] = deque(maxlen=1)
        self._changed = anyio.Event()

    async def lost(self) -> str:
        """Wait until the tunnel is of no more use; returns why, in words."""
        while True:
            if self._gone():
                return self._ended or f"{self.name} changed its address from {self.url} to {self._heard_url}"
            if not self._down:
                await self._changed.wait()
                continue
            with anyio.move_on_after(self._patience.down_s) as waiting:
                await self._until(lambda: not self._down or self._gone())
            if waiting.cancelled_caught:
                return f"{self.name} has had no connection for {self._patience.down_s:g} s{self._said()}"

    # --- for anybody who opens it ---

    async def ready(self) -> SettingsError | None:
        """Wait for the address and the connection; what is wrong if they do not come."""
        with anyio.move_on_after(self._patience.url_s):
            await self._until(lambda: bool(self._heard_url or self._ended))
        if self._heard_url:
            with anyio.move_on_after(self._patience.up_s):
                await self._until(lambda: bool(self._up or self._ended))
        if self._ended:
            return self._fault(f"{self._ended}.")
        if not self._heard_url:
            return self._fault(f"{self.name} told no public URL within {self._patience.url_s:g} s{self._said()}.")
        self.url = self._heard_url
        return None

    def hear(self, line: str) -> None:
        """Take one line of output."""
        said = self._program.read(line)
        if text := blotted(said.text):  # ngrok repeats a wrong authtoken in its complaint
            (self._errors if said.error else self._words).append(text)
        self._note(said)

    def end(self, status: int | None) -> None:
        """The program has ended by itself."""
        self._ended = f"{self.name} ended by itself (exit status {status}){self._said()}"
        self._tell()

    def _note(self, said: OutputLine) -> None:
        self._heard_url = said.url or self._heard_url
        if said.up or said.down:
            self._up, self._down = said.up, said.down
        if said.url or said.up or said.down:
            self._tell()

    def _gone(self) -> bool:
        return bool(self._ended) or self._heard_url != self.url

    def _tell(self) -> None:
        self._changed.set()
        self._changed = anyio.Event()

    async def _until(self, holds: Callable[[], bool]) -> None:
        while not holds():
            await self._changed.wait()

    def _said(self) -> str:
        words = [*self._errors] or [*self._words][-1:]
        return f"; it said: {words[0].rstrip('.')}" if words else ", without a word"

    def _fault(self, message: str) -> SettingsError:
        said = " ".join([message, *self._errors, *self._words])
        return SettingsError(message, setting=SETTING, fix=self._program.fix(said, self._port))


@asynccontextmanager
async def open_tunnel(
    program: Program,
    executable: str,
    port: int,
    *,
    environment: Mapping[str, str] | None = None,
    patience: Patience | None = None,
) -> AsyncIterator[Tunnel]:
    """Run `executable` for as long as the block does, and give its tunnel to `port` once it has an address.

    Raises SettingsError in words if it cannot be started, ends, or tells no address. It is stopped whatever happens.
    """
    patience = patience or Patience()
    process = await _start(program, executable, port, environment)
    tunnel = Tunnel(program, port, patience)
    failed: Exception | None = None
    try:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_follow, process, tunnel, patience.drain_s)
            failed = await tunnel.ready()
            if failed is None:
                try:
                    yield tunnel
                except Exception as error:
                    failed = error  # raised below as it is: the group would wrap it
            tasks.cancel_scope.cancel()
    finally:
        await _stop(process, patience.stop_s)
    if failed is not None:
        raise failed


async def _start(program: Program, executable: str, port: int, environment: Mapping[str, str] | None) -> Process:
    command = [executable, *program.arguments(port)]
    kept = os.name == "posix"  # elsewhere the program is started as it is, and outlives a process that is killed
    try:
        if kept and not os.access(executable, os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return await anyio.open_process(
            [sys.executable, "-I", "-S", str(KEEPER), *command] if kept else command,
            stdin=subprocess.PIPE if kept else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=environment,
            start_new_session=True,
        )
    except OSError as error:
        raise SettingsError(
            f"{program.name} cannot be started: {error.strerror}.", setting=SETTING, fix=f"Look at {executable}."
        ) from None


async def _follow(process: Process, tunnel: Tunnel, drain_s: float) -> None:
    """Hear what the program prints, and tell of its end. A child of it may hold its output open beyond that."""
    assert process.stdout is not None, "asked for above"
    async with anyio.create_task_group() as tasks:
        read = anyio.Event()
        tasks.start_soon(_hear, process.stdout, tunnel, read)
        status = await process.wait()
        with anyio.move_on_after(drain_s):
            await read.wait()
        tunnel.end(status)
        tasks.cancel_scope.cancel()


async def _hear(output: ByteReceiveStream, tunnel: Tunnel, read: anyio.Event) -> None:
    waiting = b""
    with suppress(anyio.EndOfStream, anyio.BrokenResourceError, anyio.ClosedResourceError):
        while True:
            *lines, waiting = (waiting + await output.receive()).split(b"\n")
            for line in lines:
                tunnel.hear(line[:LINE_BYTES].decode(errors="replace").strip())
            waiting = waiting[:LINE_BYTES]
    tunnel.hear(waiting.decode(errors="replace").strip())
    read.set()


async def _stop(process: Process, within_s: float) -> None:
    """End the program and whatever it started: told first, then made to. Also when cancelled."""
    try:
        _signal(process, signal.SIGTERM)
        with anyio.move_on_after(within_s, shield=True):
            await process.wait()
    finally:
        _signal(process, getattr(signal, "SIGKILL", signal.SIGTERM))
        with anyio.CancelScope(shield=True):
            await process.aclose()


def _signal(process: Process, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, number)
        elif process.returncode is None:
            process.terminate()
