"""How long people wait: for the help, and from Enter to the request that places the call."""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Iterator
from time import perf_counter

import anyio

from tests.bench.figure import Figure, of_runs
from tests.bench.process import PROGRAM, program
from voicecall_core.simulator.carrier.effects import What

RUNS = 5
BARE = """
import typer
app = typer.Typer()
@app.command()
def one(name: str) -> None: "The first."
@app.command()
def two(name: str) -> None: "The second."
@app.command()
def three(name: str) -> None: "The third."
app()
"""


def figures() -> Iterator[Figure]:
    """All of them."""
    yield of_runs("--help", [_help(*PROGRAM) for _ in range(RUNS)], goal="0.25 s")
    ratios = [_cpu_of_help(*PROGRAM) / _cpu_of_help(sys.executable, "-c", BARE) for _ in range(RUNS)]
    yield of_runs("CPU of --help, of that of a typer program of three commands", ratios, "times", "1.25 times")
    created = [anyio.run(_created, backend_options={"use_uvloop": True}) for _ in range(RUNS)]
    yield of_runs("start of the process to REST create sent", [create for create, _ in created], goal="0.7 s")
    yield of_runs("start of the process to the model being connected to", [model for _, model in created])


def _help(*command: str) -> float:
    began = perf_counter()
    subprocess.run([*command, "--help"], stdout=subprocess.DEVNULL, check=True)
    return perf_counter() - began


def _cpu_of_help(*command: str) -> float:
    """Seconds of CPU that the kernel counts: other programs' load makes it longer by little."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    _help(*command)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


async def _created() -> tuple[float, float]:
    """Seconds from the process's start until the carrier took the call, and until the model was asked for a socket."""
    async with program("busy") as here:
        opened = perf_counter() - here.carrier.now_ms / 1000
        began = await here.run("--plain")
        placed = next(effect.at_ms for effect in here.carrier.log if effect.what is What.PLACED)
        asked = next(entry.at_ms for entry in here.model.log if entry.what == "asked")
    return opened + placed / 1000 - began, opened + asked / 1000 - began
