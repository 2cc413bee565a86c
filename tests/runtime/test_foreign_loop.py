"""A whole call on a loop that was started by asyncio itself, without anyio."""

from __future__ import annotations

import asyncio
from contextvars import Context

from tests.bench.many import SHORT
from tests.placing import Placed, place
from voicecall_core.net.network import TcpNetwork
from voicecall_core.words.events import AudioSent


def test_a_call_on_a_loop_that_anyio_did_not_start() -> None:
    async def call() -> Placed:
        return await place(SHORT, network=TcpNetwork())

    placed = Context().run(asyncio.run, call())  # nothing of what the tests' own anyio has told this thread
    assert placed.call.ending.confirmed
    assert any(isinstance(step.event, AudioSent) for step in placed.steps)
