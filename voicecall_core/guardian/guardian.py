"""This process's side of its guardian: starts it before anything is placed, and tells it what is up.

Keys go through the pipe alone: what a process was started with can be read by others. Telling never waits and never
fails: a guardian that is gone is a guardian less, and no call's end.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import anyio

from voicecall_core.carriers.base import RawRequest

CHILD = Path(__file__).parent / "child.py"
ENDS_WITHIN_S = 2.0
_POLL_S = 0.01


class Guardian:
    """A running guardian. `watch` what is up, `settle` what has ended."""

    def __init__(self, process: subprocess.Popen[bytes], trust: Path | None) -> None:
        assert process.stdin is not None, "asked for by whoever starts it"
        self._process, self._pipe = process, process.stdin.fileno()
        self._trust = str(trust.absolute()) if trust is not None else None
        self._watched: set[str] = set()
        os.set_blocking(self._pipe, False)

    def watch(self, name: str, say: str, send: RawRequest | None = None) -> None:
        """If this process goes before `name` is settled: say that, and send the request if there is one."""
        self._watched.add(name)
        request = None
        if send is not None:
            request = {"method": send.method, "url": send.url, "headers": send.headers, "body": send.body}
        self._tell({"watch": name, "say": say, "send": request, "trust": self._trust})

    def settle(self, name: str) -> None:
        """Nothing of `name` is left to be ended."""
        if name in self._watched:
            self._watched.discard(name)
            self._tell({"settled": name})

    def _tell(self, said: Mapping[str, object]) -> None:
        with suppress(OSError):
            os.write(self._pipe, json.dumps(said).encode() + b"\n")  # below PIPE_BUF: wholly or not at all

    async def close(self) -> None:
        """Let it go. One that has something to do is not waited for: it outlives this process for that."""
        assert self._process.stdin is not None
        with suppress(OSError):
            self._process.stdin.close()
        if self._watched:
            self._process.returncode = 0  # Popen would complain of a child that nobody has waited for
            return
        with anyio.move_on_after(ENDS_WITHIN_S, shield=True):
            # Not in a thread: a guardian that was stopped would hold that, and it the program.
            while self._process.poll() is None:  # noqa: ASYNC110
                await anyio.sleep(_POLL_S)
            return
        self._process.kill()  # it has nothing to do
        self._process.wait()


@asynccontextmanager
async def open_guardian(environment: Mapping[str, str], trust: Path | None = None) -> AsyncIterator[Guardian | None]:
    """Have a guardian until the block is left; None if none can be started (then nothing is lost but it).

    `environment` is what it runs in: proxies are obeyed, secrets have no place there. `trust` names certificates
    beside the usual ones.
    """
    try:
        process = subprocess.Popen(  # noqa: ASYNC220 - it starts in a millisecond, and before any call
            [sys.executable, "-I", "-S", str(CHILD)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            env=dict(environment),
            cwd="/",
            start_new_session=True,
        )
    except (OSError, ValueError):
        yield None
        return
    guardian = Guardian(process, trust)
    try:
        yield guardian
    finally:
        await guardian.close()
