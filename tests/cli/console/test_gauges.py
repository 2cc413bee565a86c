from __future__ import annotations

import anyio

from voicecall_cli.console.gauges import LoopLag


async def test_a_loop_in_which_nobody_is_busy_is_not_late() -> None:
    lag = LoopLag()
    assert lag.worst_ms == 0
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(lag.watch)
        await anyio.sleep(3)
        assert lag.worst_ms < 1
        tasks.cancel_scope.cancel()


async def test_a_timer_that_fires_late_is_remembered_for_a_second() -> None:
    lag = LoopLag()
    lag._late.append(40.0)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(lag.watch)
        await anyio.sleep(0.5)
        assert lag.worst_ms == 40
        await anyio.sleep(0.6)
        assert lag.worst_ms < 1
        tasks.cancel_scope.cancel()
