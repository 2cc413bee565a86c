"""Memory lacks once for what the loop calls back in a call over sockets: the call comes to its end within a bound."""

from __future__ import annotations

from typing import Any

import anyio
import pytest

from tests.bench.many import SHORT
from tests.cli.breaking import counted
from tests.placing import opened_dialer, outgoing
from voicecall_core.media.leg import Leg
from voicecall_core.models.openai_realtime.client import ModelLine
from voicecall_core.net.callback_stream import CallbackStream
from voicecall_core.net.network import TcpNetwork
from voicecall_core.net.relay import CallbackRelay

pytestmark = [pytest.mark.real_sockets, pytest.mark.timeout(60)]

BOUND_S = 30.0
CALLED_BACK: list[tuple[type, str, int]] = [
    (CallbackStream, "_keep", 10),
    (Leg, "_heard", 30),
    (Leg, "_speak_now", 30),
    (ModelLine, "_heard", 1),
]
SELDOM: list[tuple[type, str, int]] = [
    *((CallbackRelay, "_take", use) for use in (1, 2, 30, 100)),
    *((CallbackStream, "_keep", use) for use in (1, 2, 3, 5)),
    *((CallbackStream, "_end", use) for use in (1, 2, 5)),
    *((Leg, "_heard", use) for use in (1, 2)),
    *((Leg, "_speak_now", use) for use in (1, 2, 3)),
    *((ModelLine, "_heard", use) for use in (2, 3, 30)),
]


@pytest.mark.parametrize(
    ("of", "name", "use"), [*CALLED_BACK, *(pytest.param(*each, marks=pytest.mark.every) for each in SELDOM)]
)
async def test_a_call_ends_though_a_callback_finds_no_memory(
    of: type, name: str, use: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    starved: list[str] = []

    def starve() -> None:
        if not starved:
            starved.append(name)
            raise MemoryError

    whole: Any = getattr(of, name)
    with anyio.fail_after(BOUND_S):
        async with opened_dialer(SHORT, TcpNetwork()) as dialer:
            monkeypatch.setattr(of, name, counted(whole, use - 1, starve))
            record = await outgoing(dialer).run()
            simulator = dialer.simulator
    assert starved and record.outcome is not None
    assert simulator is not None and all(call.record.over for call in simulator.carrier_server.calls.values())
