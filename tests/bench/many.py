"""Two hundred calls in one process, once it remembers as many ended ones as it will: what each leaves behind.

Python's allocator needs one change of all that is remembered to find its size: what is let go of then lies scattered
among what is kept. So all of it is renewed once before the calls that are measured, and that change is shown as well.

`python -m tests.bench.many SERVERS COUNT ...` is that process; the servers are in the one that starts it.
"""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio

from tests.bench.figure import Figure
from tests.bench.process import CALLEE
from tests.placing import simulator_from_outside
from voicecall_core import Accounts, CallOptions, CarrierAccount, ModelAccount, OutgoingCall, PhoneNumber, open_dialer
from voicecall_core.simulator.scenarios.scenario import (
    CarrierPlan,
    Expectation,
    HangUpPhone,
    Listen,
    ModelPlan,
    Scenario,
)
from voicecall_core.switchboard import TOMBSTONES

CALLS, AT_ONCE = 200, 8
RENEWED = TOMBSTONES
COUNTS = (TOMBSTONES, RENEWED, CALLS)
SHORT = Scenario(
    "many",
    "",
    (Listen(heard_ms=1_500), HangUpPhone()),
    Expectation("completed", "callee"),
    CarrierPlan(queue_ms=5, ring_ms=20, answer_ms=400),
    ModelPlan(handshake_ms=50, created_ms=20, updated_ms=20, first_audio_ms=50),
)


def figures() -> Iterator[Figure]:
    """All of them."""
    full, before, after = anyio.run(_measured, backend_options={"use_uvloop": True})
    renewed = (before["process_kb"] - full["process_kb"]) / RENEWED
    yield Figure(f"memory of the process, a call, {RENEWED} calls after {TOMBSTONES}", f"{renewed:.1f} kB", "")
    for what, kind in (("memory that Python has allocated", "kb"), ("memory of the process", "process_kb")):
        each = (after[kind] - before[kind]) / CALLS
        spread = f"{before[kind]} {after[kind]}"
        yield Figure(f"{what}, a call, {CALLS} calls after those", f"{each:.1f} kB", spread, "20 kB")
    for what in ("tasks", "descriptors"):
        yield Figure(f"{what}, the same", f"{after[what] - before[what]:+d}", f"{before[what]} {after[what]}", "+0")
    yield Figure("calls that came to their end", str(after["completed"]), "", str(sum(COUNTS) + len(COUNTS)))


async def _measured() -> list[dict[str, int]]:
    async with simulator_from_outside(SHORT) as (_, env):
        command = [sys.executable, "-m", "tests.bench.many", json.dumps(env), *map(str, COUNTS)]
        done = await anyio.run_process(command, stderr=subprocess.DEVNULL)
        return [json.loads(line) for line in done.stdout.splitlines()]


async def _place_all(env: dict[str, str], counts: list[int]) -> None:
    carrier = CarrierAccount(
        account_sid=env["TWILIO_ACCOUNT_SID"],
        auth_token=env["TWILIO_AUTH_TOKEN"],
        number=PhoneNumber(env["TWILIO_PHONE_NUMBER"]),
        url=env["TWILIO_API_URL"],
    )
    account = Accounts(carrier=carrier, model=ModelAccount(key=env["OPENAI_API_KEY"], url=env["OPENAI_REALTIME_URL"]))
    completed = 0

    async with open_dialer(account) as dialer:

        async def place(count: int) -> None:
            nonlocal completed
            for _ in range(count):
                record = await OutgoingCall(dialer, CALLEE, CallOptions()).run()
                completed += record.call.ending.confirmed

        for count in counts:
            async with anyio.create_task_group() as tasks:
                for _ in range(AT_ONCE):
                    tasks.start_soon(place, count // AT_ONCE)
            await anyio.sleep(8)  # as long as connections are kept for the next request, which lets go of all but one
            await place(1)
            await anyio.sleep(1)
            print(json.dumps(_state() | {"completed": completed}), flush=True)


def _state() -> dict[str, Any]:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return {
        "tasks": len(anyio.get_running_tasks()),
        "descriptors": len(os.listdir("/proc/self/fd")),
        "kb": tracemalloc.get_traced_memory()[0] // 1024,
        "process_kb": pages * os.sysconf("SC_PAGE_SIZE") // 1024,
    }


if __name__ == "__main__":
    tracemalloc.start()
    anyio.run(
        _place_all,
        json.loads(sys.argv[1]),
        [int(count) for count in sys.argv[2:]],
        backend_options={"use_uvloop": True},
    )
