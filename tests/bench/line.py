"""Whether the simulated line keeps its time with fifty calls at once, as a program sees it: the gaps between frames.

`python -m tests.bench.line serve` is the line as a process of its own: what it spends is that process's alone.
"""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from time import perf_counter
from typing import Any

import anyio
import httpx2
import uvloop
from websockets.asyncio.server import ServerConnection
from websockets.asyncio.server import serve as serve_sockets
from websockets.exceptions import ConnectionClosed

from tests.bench.figure import Figure, of_runs
from voicecall_core import open_simulator
from voicecall_core.net.http_server import Request, Response, serve
from voicecall_core.net.network import TcpNetwork, port_of
from voicecall_core.net.opening import Offer
from voicecall_core.simulator.scenarios.scenario import CarrierPlan, Scenario, Speak, Wait

CALLS, SECONDS, RUNS = 50, 10.0, 3
XML = (("content-type", "text/xml"),)


def figures() -> Iterator[Figure]:
    """All of them."""
    runs = [anyio.run(_run, backend_options={"use_uvloop": True}) for _ in range(RUNS)]
    what = f"{CALLS} calls at once"
    yield of_runs(f"{what}: between two frames of a call, p50", [run["p50_ms"] for run in runs], "ms")
    yield of_runs(f"{what}: between two frames of a call, p99", [run["p99_ms"] for run in runs], "ms", "under 25 ms")
    yield of_runs(f"{what}: frames missing", [run["missing"] for run in runs], "frames", "0")
    yield of_runs(f"{what}: what the line takes of a core", [run["core"] for run in runs], "times", "under 1")


class _Door:
    """A program that connects every call to one media socket."""

    def __init__(self, media: str) -> None:
        self._twiml = f'<Response><Connect><Stream url="{media}"/></Connect></Response>'.encode()

    async def answer(self, request: Request) -> Response:
        return Response(200, self._twiml, XML)

    async def upgrade(self, request: Request, offer: Offer) -> None:
        await offer.refuse(404)


async def _run() -> dict[str, float]:
    came: list[list[float]] = []

    async def media(socket: ServerConnection) -> None:
        times: list[float] = []
        came.append(times)
        with suppress(ConnectionClosed):
            async for message in socket:
                if isinstance(message, str) and message.startswith('{"event":"media"'):
                    times.append(perf_counter())

    with subprocess.Popen(  # noqa: ASYNC220 - it takes 2 ms
        [sys.executable, "-m", "tests.bench.line", "serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as line:
        assert line.stdin is not None and line.stdout is not None
        told = json.loads(line.stdout.readline())
        async with serve_sockets(media, "127.0.0.1", 0) as sockets, anyio.create_task_group() as tasks:
            port = next(iter(sockets.sockets)).getsockname()[1]
            listener = await TcpNetwork().listen(0)
            await tasks.start(serve, listener, _Door(f"ws://127.0.0.1:{port}/media"))
            await _place(told, f"http://127.0.0.1:{port_of(listener)}/twiml")
            await anyio.sleep(2)  # until all of them talk
            began, spent = [len(times) for times in came], _cpu_s(line.pid)
            await anyio.sleep(SECONDS)
            spent = _cpu_s(line.pid) - spent
            counted = [times[first:] for times, first in zip(came, began, strict=True)]
            line.stdin.close()
            tasks.cancel_scope.cancel()
    gaps = sorted((b - a) * 1000 for times in counted for a, b in itertools.pairwise(times))
    missing = sum(max(0, round(SECONDS * 50) - 1 - len(times)) for times in counted) + (CALLS - len(counted)) * 500
    return {
        "p50_ms": gaps[len(gaps) // 2],
        "p99_ms": gaps[len(gaps) * 99 // 100],
        "missing": missing,
        "core": spent / SECONDS,
    }


async def _place(told: dict[str, str], url: str) -> None:
    async with httpx2.AsyncClient(auth=(told["sid"], told["token"]), trust_env=False) as rest:
        for number in range(CALLS):
            form = {"To": f"+155555501{number:02}", "From": told["number"], "Url": url}
            answer = await rest.post(f"{told['url']}/2010-04-01/Accounts/{told['sid']}/Calls.json", data=form)
            answer.raise_for_status()


def _cpu_s(pid: int) -> float:
    """What a process has spent, by the kernel's account of each of its threads."""
    spent = (path.read_text("ascii").split()[0] for path in Path(f"/proc/{pid}/task").glob("*/schedstat"))
    return sum(map(int, spent)) / 1e9


async def _serve() -> None:
    """The line; its callees speak every second and a half."""
    acts: tuple[Any, ...] = tuple(act for _ in range(20) for act in (Wait(500), Speak("question")))
    scenario = Scenario("talks", "", acts, carrier=CarrierPlan(answer_ms=300))
    async with open_simulator(scenario, network=TcpNetwork()) as simulator:
        carrier = simulator.carrier_server
        told = {"sid": carrier.account_sid, "token": carrier.auth_token, "url": carrier.url, "number": carrier.number}
        print(json.dumps(told), flush=True)
        await anyio.to_thread.run_sync(sys.stdin.read)


if __name__ == "__main__":
    uvloop.run(_serve())
