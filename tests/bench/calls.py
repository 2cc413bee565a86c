"""What the callee and the caller's audio wait for: the first word, and the way through the bridge, view on and off."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from statistics import median, quantiles
from time import perf_counter
from typing import Any

import anyio

from tests.bench.figure import Figure, of_runs
from tests.bench.process import PROGRAM, program
from voicecall_core.net.websocket import WebSocket

RUNS = 3
_MEDIA, _APPEND = '{"event":"media"', '{"type":"input_audio_buffer.append"'


def figures() -> Iterator[Figure]:
    """All of them."""
    warm = [_first_audio("ringing") for _ in range(RUNS)]
    yield of_runs("start to first audio, greeting warm", warm, "ms", "20 ms")
    cold = [_first_audio("answered") for _ in range(RUNS)]
    yield of_runs("start to first audio, --greet answered", cold, "ms")
    for view, terminal in (("off", False), ("on", True)):
        runs = [
            anyio.run(partial(_relay, terminal=terminal), backend_options={"use_uvloop": True}) for _ in range(RUNS)
        ]
        yield of_runs(f"callee's frame through the bridge, view {view}, p50", [median(run) for run in runs], "ms")
        yield of_runs(
            f"callee's frame through the bridge, view {view}, p99",
            [quantiles(run, n=100)[98] for run in runs],
            "ms",
            "no more than 1 ms beyond view off" if terminal else "",
        )


def _first_audio(greet: str) -> float:
    """Ms from the stream's start to the first frame that leaves, as the program itself reports."""
    command = [*PROGRAM, "dial", "+15555550100", "--sim", "--json", "--no-log", "--greet", greet]
    done = subprocess.run(
        [*command, "--scenario", "callee-hangs-up-early"], capture_output=True, text=True, check=False
    )
    return float(json.loads(done.stdout.splitlines()[-1])["start_to_first_audio_s"]) * 1000


async def _relay(terminal: bool) -> list[float]:
    """Ms that each of the callee's frames took from the carrier to the model, once the conversation runs."""
    async with program("ordinary") as here:
        with _Tap() as tap:
            await here.run(*([] if terminal else ["--plain"]), terminal=terminal)
    pairs = list(zip(tap.sent, tap.received, strict=False))[50:]  # those of the first second waited for the start
    return [(received - sent) * 1000 for sent, received in pairs]


class _Tap:
    """Notes when the carrier sends a frame and when the model receives it: none is lost, none overtakes another."""

    def __init__(self) -> None:
        self.sent: list[float] = []
        self.received: list[float] = []
        self._send: Callable[..., Any] = WebSocket.send
        self._receive: Callable[..., Any] = WebSocket.receive

    def __enter__(self) -> _Tap:
        tap = self

        async def send(socket: WebSocket, text: str) -> None:
            if text.startswith(_MEDIA):
                tap.sent.append(perf_counter())
            await tap._send(socket, text)

        async def receive(socket: WebSocket) -> str | bytes:
            message: str | bytes = await tap._receive(socket)
            if isinstance(message, str) and message.startswith(_APPEND):
                tap.received.append(perf_counter())
            return message

        WebSocket.send, WebSocket.receive = send, receive  # type: ignore[method-assign, assignment]
        return self

    def __exit__(self, *_: object) -> None:
        WebSocket.send, WebSocket.receive = self._send, self._receive  # type: ignore[method-assign]
