"""Each call on a line probed with forged webhooks, in a task of its own; what was believed, by call."""

from __future__ import annotations

import anyio

from voicecall_core.line.line import Line
from voicecall_core.simulator.carrier.call import SimulatedCall
from voicecall_core.simulator.security_probe import probe
from voicecall_core.simulator.verdict import LineFinding

_LOOK_S = 0.05


class Probes:
    """`found` is what came out, by the call's SID."""

    def __init__(self, line: Line) -> None:
        self.found: dict[str, tuple[LineFinding, ...]] = {}
        self._line = line

    async def run(self) -> None:
        """Probe every call that comes, until cancelled."""
        seen = 0
        async with anyio.create_task_group() as tasks:
            while True:
                calls = self._line.calls
                for call in calls[seen:]:
                    tasks.start_soon(self._probe, call)
                seen = len(calls)
                await anyio.sleep(_LOOK_S)

    async def _probe(self, call: SimulatedCall) -> None:
        while call.record.answered_at is None:
            if call.record.over:
                return
            await anyio.sleep(_LOOK_S)
        self.found[call.record.sid] = await probe(self._line.carrier.context, call.record)
