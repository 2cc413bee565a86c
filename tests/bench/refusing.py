"""How long the audio's loop is busy with one request of a peer's, whatever he sends."""

from __future__ import annotations

from collections.abc import Iterator
from time import process_time

import anyio

from tests.bench.attackers import SHAPED, dear_form_of, form_of
from tests.bench.figure import Figure, of_runs
from tests.net.doors import read_all
from tests.placing import opened_dialer, outgoing
from voicecall_core.net.memory import MemoryNetwork

RUNS, TIMES = 5, 40
KINDS = {
    "unsigned, 64 KB": form_of("/c-5ca1e", 65_536, ""),
    "unsigned, 256 KB": form_of("/c-5ca1e", 262_144, ""),
    "badly signed, 256 KB": form_of("/c-5ca1e", 262_144, SHAPED),
    "badly signed, as large as is read, all of it escapes": dear_form_of("/c-5ca1e"),
    "nothing at its path": form_of("/nothing/here", 100, ""),
}


def figures() -> Iterator[Figure]:
    """All of them; the one who sends it is in this process too, and counts."""
    for kind, sent in KINDS.items():
        runs = anyio.run(_busy, sent, backend_options={"use_uvloop": True})
        yield of_runs(f"a request {kind}", runs, "ms", "1 ms")


async def _busy(sent: bytes) -> list[float]:
    network, runs = MemoryNetwork(), []
    async with opened_dialer("no-answer", network) as dialer:
        port = int(dialer.switchboard.addresses.asked("").rpartition(":")[2])
        async with dialer.switchboard.line(outgoing(dialer).session):
            for _ in range(RUNS):
                began = process_time()
                for _ in range(TIMES):
                    async with await network.connect("x", port) as stream:
                        await stream.send(sent[:60_000])
                        await read_all(stream)
                runs.append((process_time() - began) / TIMES * 1000)
    return runs
