from __future__ import annotations

import anyio
import pytest

from voicecall_core.net.memory import BACKLOG, MemoryNetwork
from voicecall_core.net.network import port_of


async def test_nobody_listens() -> None:
    with pytest.raises(ConnectionRefusedError):
        await MemoryNetwork().connect("anywhere", 80)


async def test_a_port_is_listened_on_once_and_free_after_closing() -> None:
    network = MemoryNetwork()
    async with await network.listen(8080):
        with pytest.raises(OSError, match="in use"):
            await network.listen(8080)
        waiting = await network.connect("anywhere", 8080)
    with pytest.raises(anyio.BrokenResourceError):
        await waiting.receive()
    with pytest.raises(ConnectionRefusedError):
        await network.connect("anywhere", 8080)
    async with await network.listen(8080) as again:
        assert port_of(again) == 8080


async def test_too_many_who_wait_are_refused() -> None:
    network = MemoryNetwork()
    async with await network.listen(8080):
        for _ in range(BACKLOG):
            await network.connect("anywhere", 8080)
        with pytest.raises(ConnectionRefusedError):
            await network.connect("anywhere", 8080)


async def test_a_route_leads_a_name_to_another_port() -> None:
    network = MemoryNetwork()
    async with await network.listen(8080):
        network.route("voice.example", 443, to=8080)
        await network.connect("voice.example", 443)
        with pytest.raises(ConnectionRefusedError):
            await network.connect("other.example", 443)
