"""What a call that lasts keeps in memory: the program as a process of its own, on servers in another one, for minutes.

`python -m tests.bench.lasting --minutes 8` prints the memory that is its own every half minute. It takes as long as it
says, on real sockets and in real time, and is therefore no part of `make bench`.
"""

from __future__ import annotations

import argparse
from itertools import pairwise
from pathlib import Path
from subprocess import DEVNULL

import anyio
from anyio.abc import Process

from tests.bench.process import CALLEE, PROGRAM
from tests.placing import simulator_from_outside
from voicecall_core.simulator.scenarios.scenario import Expectation, Listen, Scenario, Speak

EVERY_S, SETTLED_S = 30, 60  # the first minute imports, fills its buffers and greets
GOAL_KB = 1024


def main() -> None:
    """Place the call, print what its process holds."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.lasting")
    parser.add_argument("--minutes", type=float, default=8.0)
    chosen = parser.parse_args()
    held = anyio.run(_held, chosen.minutes, backend_options={"use_uvloop": True})
    grown = held[-1] - held[0]
    print(f"grown by {grown:,} KB in {chosen.minutes:g} minutes (goal: at most {GOAL_KB:,} KB)")
    print("between the samples:", *(f"{b - a:+,}" for a, b in pairwise(held)))


async def _held(minutes: float) -> list[int]:
    """KB after the first minute and every half minute from there on, while both sides talk."""
    turns = (Listen(), Speak("question"), Listen(), Speak("answer")) * round(minutes * 20 + 40)
    seconds = SETTLED_S + minutes * 60
    scenario = Scenario("lasting", "", turns, Expectation("", ""), dial={})
    held: list[int] = []
    async with simulator_from_outside(scenario) as (_, settings), anyio.TemporaryDirectory() as folder:
        command = [*PROGRAM, "dial", CALLEE, "--plain", "--max-duration", str(round(seconds) + 30)]
        async with await anyio.open_process(command, env=settings, cwd=folder, stdout=DEVNULL, stderr=DEVNULL) as call:
            await anyio.sleep(SETTLED_S)
            for _ in range(round(minutes * 60 / EVERY_S) + 1):
                held.append(_own_kb(call))
                print(f"{held[-1]:,} KB", flush=True)
                await anyio.sleep(EVERY_S)
            call.terminate()
    return held


def _own_kb(process: Process) -> int:
    """Memory that is the process's alone and written to: RssAnon of Linux."""
    lines = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon"))


if __name__ == "__main__":
    main()
