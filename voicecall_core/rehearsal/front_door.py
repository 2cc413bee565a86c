"""A whole call in memory on a clock that jumps, for whoever tests what he asks of one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from voicecall_core import carriers
from voicecall_core.calling import CallOptions, place_call
from voicecall_core.dialer import open_dialer
from voicecall_core.net.memory import MemoryNetwork
from voicecall_core.records import CallRecord
from voicecall_core.rehearsal.runner import RealTimeTools
from voicecall_core.rehearsal.virtual_clock import VirtualClock
from voicecall_core.simulation import open_simulator


def place_in_memory(
    number: str, options: CallOptions | None = None, *, scenario: str = "ordinary", seed: int = 0
) -> CallRecord:
    """Place a call on the built-in carrier with the built-in model; minutes pass in a moment.

    It runs in a thread, so that it can be called beside a loop that runs. Raises SettingsError as `place_call` does.
    """
    carriers.warm()  # in a thread, over which the clock would jump
    clock, asked = VirtualClock(), options or CallOptions()
    asked = replace(asked, tools=RealTimeTools(asked.tools, clock))

    async def call() -> CallRecord:
        async with open_simulator(scenario, seed=seed, network=MemoryNetwork()) as accounts:
            async with open_dialer(accounts) as dialer:
                return await place_call(dialer, number, asked)

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(clock.run, call).result()
