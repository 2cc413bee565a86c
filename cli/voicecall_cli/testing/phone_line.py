"""The built-in carrier and model inside a test: in a thread of their own, so that any test can use them.

def test_my_agent(voicecall_line):
    call = voicecall_line.call(voicecall_line.serve(app) + "/voice")
    voicecall_line.wait()
    assert not call.verdict().broken, call.verdict()
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import partial

import anyio
from anyio.abc import TaskGroup
from anyio.from_thread import BlockingPortal, start_blocking_portal

from voicecall_cli.testing.asgi import App, AsgiDoor, live
from voicecall_core import Simulator, open_simulator
from voicecall_core.net.http_server import serve
from voicecall_core.net.network import TcpNetwork, port_of
from voicecall_core.simulator.carrier.effects import Effect, What
from voicecall_core.simulator.carrier.heard import heard
from voicecall_core.simulator.scenarios.scenario import Scenario
from voicecall_core.simulator.verdict import LineVerdict, judged

CALLER = "+15555550100"  # nobody has it
WITHIN_S = 60.0
_QUIET_MS, _LOOK_S = 300, 0.02


@dataclass(frozen=True, slots=True)
class LineCall:
    """One call on the line."""

    sid: str
    _line: PhoneLine = field(repr=False)

    @property
    def status(self) -> str:
        """As the carrier shows it: queued, ringing, in-progress, completed, ..."""
        return self._line.simulator.carrier_server.calls[self.sid].record.status

    @property
    def over(self) -> bool:
        """Whether it has come to its end."""
        return self._line.simulator.carrier_server.calls[self.sid].record.over

    @property
    def effects(self) -> list[Effect]:
        """What took effect in it until now, in order."""
        return [effect for effect in self._line.log if effect.sid == self.sid]

    @property
    def heard(self) -> bytes:
        """All mu-law bytes that the callee has heard."""
        return heard(self.effects)

    def verdict(self) -> LineVerdict:
        """What the program did wrong in it; `findings` is empty for one that did not."""
        return judged(self._line.log, self.sid, list(self._line.simulator.model_server.log))


class PhoneLine:
    """A running line. All of it may be used from a test's thread; `wait_async` is for a test that is a coroutine."""

    def __init__(self, simulator: Simulator, tasks: TaskGroup, portal: BlockingPortal) -> None:
        self.simulator, self._tasks, self._portal = simulator, tasks, portal

    @property
    def env(self) -> dict[str, str]:
        """What a program has to be told, under the usual names; pass it on, or set it with `monkeypatch.setenv`."""
        carrier, model = self.simulator.carrier_server, self.simulator.model_server
        return {
            "TWILIO_ACCOUNT_SID": carrier.account_sid,
            "TWILIO_AUTH_TOKEN": carrier.auth_token,
            "TWILIO_API_KEY": carrier.api_key,
            "TWILIO_API_SECRET": carrier.api_secret,
            "TWILIO_PHONE_NUMBER": carrier.number,
            "TWILIO_API_URL": carrier.url,
            "OPENAI_API_KEY": model.key,
            "OPENAI_BASE_URL": model.url.replace("ws://", "http://", 1).removesuffix("/realtime"),
            "OPENAI_REALTIME_URL": model.url,
        }

    @property
    def log(self) -> Sequence[Effect]:
        """What took effect at the carrier until now, in all calls."""
        return list(self.simulator.carrier_server.log)

    @property
    def calls(self) -> list[LineCall]:
        """All calls, whoever placed them, in the order of their beginning."""
        return [LineCall(sid, self) for sid in list(self.simulator.carrier_server.calls)]

    def serve(self, app: App) -> str:
        """Serve an ASGI application on a free loopback port until the test is over; its address, without a slash."""
        return self._portal.call(self._serve, app)

    def call(self, url: str, caller: str = CALLER) -> LineCall:
        """Call the program: it is asked at `url` for the call's first document."""
        call = self._portal.call(partial(self.simulator.carrier_server.call_in, caller, url))
        return LineCall(call.record.sid, self)

    def wait(self, within_s: float = WITHIN_S, calls: int = 1) -> None:
        """Return when at least so many calls have begun, all are over and their last callbacks are answered.

        Raises AssertionError if that takes longer than `within_s`.
        """
        self._portal.call(self._over, within_s, calls)

    async def wait_async(self, within_s: float = WITHIN_S, calls: int = 1) -> None:
        """The same; the loop of the test goes on meanwhile."""
        await anyio.to_thread.run_sync(self.wait, within_s, calls)

    async def _serve(self, app: App) -> str:
        await self._tasks.start(live, app)
        listener = await TcpNetwork().listen(0)
        port = port_of(listener)
        await self._tasks.start(serve, listener, AsgiDoor(app, port))
        return f"http://127.0.0.1:{port}"

    async def _over(self, within_s: float, calls: int) -> None:
        with anyio.move_on_after(within_s):
            while not self._is_over(calls):  # noqa: ASYNC110 - the carrier's log tells nobody
                await anyio.sleep(_LOOK_S)
            return
        shown = ", ".join(f"{call.sid} {call.status}" for call in self.calls) or "there is none"
        raise AssertionError(f"After {within_s:g} s not {calls} call(s) on the line had come to their end: {shown}.")

    def _is_over(self, calls: int) -> bool:
        carrier, known = self.simulator.carrier_server, self.calls
        asked = sum(effect.what is What.WEBHOOK_SENT for effect in carrier.log)
        answered = sum(effect.what is What.WEBHOOK_ANSWERED for effect in carrier.log)
        quiet = bool(carrier.log) and carrier.now_ms - carrier.log[-1].at_ms >= _QUIET_MS
        return len(known) >= calls and all(call.over for call in known) and asked == answered and quiet


@asynccontextmanager
async def _opened(
    scenario: str | Scenario, seed: int, made: Callable[[Simulator, TaskGroup], PhoneLine]
) -> AsyncIterator[PhoneLine]:
    async with open_simulator(scenario, seed=seed) as simulator, anyio.create_task_group() as tasks:
        yield made(simulator, tasks)
        tasks.cancel_scope.cancel()


@contextmanager
def open_phone_line(scenario: str | Scenario = "ordinary", seed: int = 0) -> Iterator[PhoneLine]:
    """Run the line until the block is left. Raises SettingsError for a scenario that there is not."""
    with start_blocking_portal("asyncio") as portal:
        made = partial(PhoneLine, portal=portal)
        with portal.wrap_async_context_manager(_opened(scenario, seed, made)) as line:
            yield line
