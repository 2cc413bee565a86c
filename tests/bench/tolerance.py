"""What the odd costs: a wild timestamp in a recording, a message that is no audio, a head that is refused."""

from __future__ import annotations

import tempfile
import tracemalloc
from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter

import h11

from tests.bench.figure import Figure, of_runs
from voicecall_core.carriers.twilio import media
from voicecall_core.carriers.twilio.signature import SHA256, valid
from voicecall_core.errors import PeerError
from voicecall_core.media.recorder import WavRecorder
from voicecall_core.net.http_head import flaw

RUNS, TIMES, WILD_MS, CALL_S = 5, 2_000, 10**14, 60
FRAME = b64encode(bytes(160)).decode()
MESSAGE = '{"event":"media","media":{"track":"inbound","timestamp":"%s","payload":"%s"}}'


def figures() -> Iterator[Figure]:
    """All of them."""
    costs = [_recorded() for _ in range(RUNS)]
    yield of_runs(
        "a minute recorded, one wild timestamp in it: most memory", [each[0] for each in costs], "kB", "< 1000"
    )
    yield of_runs("the same: the file", [each[1] for each in costs], "kB", "60.3 s: 1930")
    yield of_runs("the same: what the audio's loop spends, a frame", [each[2] for each in costs], "us")
    yield _timed("a media message without what nobody reads", lambda: media.read(MESSAGE % (155, FRAME)))
    yield _timed("one whose audio is no base64", _odd)
    yield _timed("a signature by a shared key checked, an upgrade", _checked)
    yield _timed("a head with two lengths refused", lambda: flaw(_HEAD, 16_384))


def _recorded() -> tuple[float, float, float]:
    """Most memory and the file's size in kB, and microseconds a frame."""
    with tempfile.TemporaryDirectory() as directory:
        frames = CALL_S * 50
        tape = WavRecorder(Path(directory, "call.wav"))
        began = perf_counter()
        for n in range(frames):
            tape.callee(WILD_MS if n == 700 else n * 20, FRAME)
            tape.agent(n * 20 + 300, FRAME)
        tape.close()
        spent = perf_counter() - began
        size = tape.path.stat().st_size
        tape = WavRecorder(Path(directory, "again.wav"))
        tracemalloc.start()
        for n in range(frames):
            tape.callee(WILD_MS if n == 700 else n * 20, FRAME)
        tape.close()
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    return most / 1000, size / 1000, spent / frames * 1e6


def _odd() -> None:
    try:
        media.read(MESSAGE % (155, "fw="))
    except PeerError:
        pass


def _checked() -> bool:
    return valid("a secret", "wss://voice.example.com/c-1/media/1/token", [], "x", upgrade=True, algorithm=SHA256)


_FIELDS = [("Host", "h"), ("Content-Length", "5"), ("Transfer-Encoding", "chunked")]
_HEAD = h11.Request(method="POST", target="/c-1/status", headers=_FIELDS)


def _timed(what: str, do: Callable[[], object]) -> Figure:
    runs = []
    for _ in range(RUNS):
        began = perf_counter()
        for _ in range(TIMES):
            do()
        runs.append((perf_counter() - began) / TIMES * 1e6)
    return of_runs(what, runs, "us")
