"""Every scenario once over real sockets, several at a time; nothing is left behind when they are over."""

from __future__ import annotations

import os
import threading

import anyio
import pytest

from tests.placing import Placed, place
from voicecall_cli.exits import exit_for
from voicecall_core.net.network import TcpNetwork
from voicecall_core.simulator.carrier.heard import harmed, heard_clip
from voicecall_core.simulator.scenarios.catalogue import FIELD, SCENARIOS, SILENT
from voicecall_core.simulator.voices import clip

AT_ONCE = 11
NAMES = [name for name in SCENARIOS if name not in FIELD and name not in SILENT]
BATCHES = [NAMES[first : first + AT_ONCE] for first in range(0, len(NAMES), AT_ONCE)]


def _descriptors() -> int:
    return len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0


@pytest.mark.real_sockets
@pytest.mark.timeout(90)
@pytest.mark.parametrize("names", BATCHES, ids=[batch[0] for batch in BATCHES])
async def test_scenarios_over_sockets(names: list[str]) -> None:
    await place("failed", network=TcpNetwork())  # whatever is opened once and kept is open now
    threads, descriptors = threading.active_count(), _descriptors()
    placed: dict[str, Placed] = {}

    async def one(name: str) -> None:
        placed[name] = await place(name, network=TcpNetwork(), scale=SCENARIOS[name].scale)

    async with anyio.create_task_group() as tasks:
        for name in names:
            tasks.start_soon(one, name)
    for name in names:
        _checked(placed[name], name)
    assert threading.active_count() == threads
    assert _descriptors() == descriptors


def _checked(placed: Placed, name: str) -> None:
    expects, ending = SCENARIOS[name].expects, placed.call.ending
    assert ending.outcome is not None
    assert (name, ending.outcome, ending.cause) == (name, expects.outcome, expects.cause)
    assert exit_for(ending.outcome) == exit_for(expects.outcome)
    assert (heard_clip(placed.carrier.log, clip("greeting").audio) is not None) == expects.greeting_heard
    assert harmed(placed.carrier.log) is None
    assert not placed.call.broken
    assert placed.switchboard.quiet
