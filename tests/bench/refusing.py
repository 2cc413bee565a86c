"""How long the audio's loop is busy with one request of a peer's, whatever he sends.

`python -m tests.bench.refusing PORT TIMES` is the stranger: a process of his own, so that his half does not count.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from time import process_time

import anyio

from tests.bench.attackers import SHAPED, dear_form_of, form_of, upgrade_to
from tests.bench.figure import Figure, of_runs
from tests.placing import opened_dialer, outgoing
from voicecall_core.net.network import TcpNetwork

RUNS, TIMES = 5, 300
KINDS = {
    "nothing at its path": form_of("/nothing/here", 100, ""),
    "unsigned, 64 KB": form_of("/c-5ca1e", 65_536, ""),
    "unsigned, 256 KB": form_of("/c-5ca1e", 262_144, ""),
    "badly signed, 256 KB": form_of("/c-5ca1e", 262_144, SHAPED),
    "badly signed, the dearest that is read": dear_form_of("/c-5ca1e"),
    "an upgrade with a wrong token, badly signed": upgrade_to("/c-5ca1e/media/1/" + "0" * 32, SHAPED),
}


def figures() -> Iterator[Figure]:
    """All of them: the processor time of the process that listens, the kernel's in it included."""
    for kind, sent in KINDS.items():
        runs = anyio.run(_busy, sent, backend_options={"use_uvloop": True})
        yield of_runs(f"a request: {kind}", runs, "ms", "1 ms")


async def _busy(sent: bytes) -> list[float]:
    runs = []
    async with opened_dialer("no-answer", TcpNetwork()) as dialer:
        port = dialer.switchboard.addresses.asked("").rpartition(":")[2]
        async with dialer.switchboard.line(outgoing(dialer).session):
            for _ in range(RUNS):
                command = [sys.executable, "-m", "tests.bench.refusing", port, str(TIMES)]
                began = process_time()
                await anyio.run_process(command, input=sent[:60_000])
                runs.append((process_time() - began) / TIMES * 1000)
    return runs


def _ask(port: int, times: int, sent: bytes) -> None:
    for _ in range(times):
        with socket.create_connection(("127.0.0.1", port)) as stream:
            stream.sendall(sent)
            stream.recv(1_024)


if __name__ == "__main__":
    _ask(int(sys.argv[1]), int(sys.argv[2]), sys.stdin.buffer.read())
