"""A timer that calls back, on the loop's own timers and on the mock clock."""

from __future__ import annotations

import anyio
import pytest

from voicecall_core.media import alarm as alarms
from voicecall_core.media.alarm import Alarm

LOOPS = ["mock", pytest.param("callbacks", marks=pytest.mark.real_sockets)]


@pytest.mark.parametrize("loop", LOOPS)
async def test_it_rings_at_the_time_set_last_and_once(loop: str) -> None:
    rang: list[float] = []
    alarm = Alarm(lambda: rang.append(anyio.current_time()))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(alarm.run)
        began = anyio.current_time()
        alarm.set(began + 0.01)
        alarm.set(began + 0.03)
        assert alarm.is_set and not rang
        await anyio.sleep(0.06)
        tasks.cancel_scope.cancel()
    (at,) = rang
    assert at > began + 0.029 and not alarm.is_set


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("error", [MemoryError, ZeroDivisionError])
async def test_what_it_rings_raises_is_raised(error: type[Exception], loop: str) -> None:
    def boom() -> None:
        raise error

    alarm = Alarm(boom)
    alarm.set(0)
    with anyio.fail_after(1), pytest.raises(error):
        await alarm.run()


@pytest.mark.real_sockets
async def test_a_timer_that_there_was_no_memory_for_is_missed_and_rung(monkeypatch: pytest.MonkeyPatch) -> None:
    def starved(self: Alarm) -> None:
        raise MemoryError

    monkeypatch.setattr(alarms, "LOOK_EVERY_S", 0.01)
    rang = anyio.Event()
    alarm = Alarm(rang.set)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(alarm.run)
        await anyio.sleep(0.005)
        with monkeypatch.context() as patch:
            patch.setattr(Alarm, "_arm", starved)
            with pytest.raises(MemoryError):
                alarm.set(anyio.current_time())
        with anyio.fail_after(1):
            await rang.wait()
        tasks.cancel_scope.cancel()
