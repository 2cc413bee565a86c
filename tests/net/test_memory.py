from __future__ import annotations

import anyio
import pytest

from voicecall_core.net.memory import BACKLOG, WINDOW_BYTES, MemoryNetwork
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


@pytest.mark.parametrize("eager", [False, True])
async def test_who_is_eager_lets_nobody_go_first_who_waits_for_a_turn(eager: bool) -> None:
    network, order = MemoryNetwork(eager=eager), list[str]()

    async def another() -> None:
        order.append("another")

    async with await network.listen(8080) as listener, anyio.create_task_group() as tasks:
        tasks.start_soon(listener.serve, lambda stream: anyio.sleep_forever())
        async with await network.connect("x", 8080) as stream:
            tasks.start_soon(another)
            for number in range(3):
                await stream.send(b"%d" % number)
            order.append("sent")
            with anyio.move_on_after(1) as waiting:
                await stream.send(bytes(WINDOW_BYTES))
            assert waiting.cancelled_caught, "there is no room: it waits, eager or not"
        tasks.cancel_scope.cancel()
    assert order == (["sent", "another"] if eager else ["another", "sent"])
