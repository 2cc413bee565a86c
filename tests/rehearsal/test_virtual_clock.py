from __future__ import annotations

import threading
import time

import anyio
import anyio.lowlevel
import anyio.to_thread

from voicecall_core.rehearsal.virtual_clock import VirtualClock


def test_an_hour_passes_in_a_moment() -> None:
    async def wait() -> float:
        began = anyio.current_time()
        await anyio.sleep(3600)
        return anyio.current_time() - began

    assert VirtualClock().run(wait) == 3600


def test_time_does_not_jump_over_a_thread_that_works() -> None:
    clock, release = VirtualClock(), threading.Event()

    async def work() -> tuple[bool, float]:
        began = anyio.current_time()
        with clock.real_time(), anyio.move_on_after(30) as late:
            await anyio.to_thread.run_sync(release.wait)
        took = anyio.current_time() - began
        await anyio.sleep(3600)
        return late.cancelled_caught, took

    async def both() -> tuple[bool, float]:
        result: list[tuple[bool, float]] = []

        async def kept() -> None:
            result.append(await work())

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(kept)
            await anyio.lowlevel.checkpoint()
            release.set()
        return result[0]

    late, took = clock.run(both)
    assert not late and took < 30


def test_time_is_the_machines_until_the_last_of_several_is_done() -> None:
    clock = VirtualClock()

    async def hold(seconds: float) -> None:
        with clock.real_time():
            await anyio.sleep(seconds)

    async def both() -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(hold, 0.02)
            tasks.start_soon(hold, 0.06)

    began = time.perf_counter()
    clock.run(both)
    assert time.perf_counter() - began >= 0.06
