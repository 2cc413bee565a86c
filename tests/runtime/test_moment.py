"""The clip that asks for a moment: in which calls there is one, and that a callee who waits hears it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from tests.placing import CALLEE, EPOCH, UNSCALED
from voicecall_core import CallRecord, OutgoingCall, open_dialer, open_simulator
from voicecall_core.clips import MOMENT, shipped
from voicecall_core.errors import SettingsError
from voicecall_core.net.memory import MemoryNetwork
from voicecall_core.simulator.carrier.effects import Effect
from voicecall_core.simulator.carrier.heard import heard_clip
from voicecall_core.simulator.scenarios.catalogue import SCENARIOS
from voicecall_core.simulator.scenarios.scenario import HangUpPhone, Wait
from voicecall_core.words.events import AudioSent, MarkReturned

OWN = bytes(range(160)) * 20
GERMAN = "Guten Tag, hier ist die Praxis. Passt es gerade?"


@asynccontextmanager
async def opened(moment: Path | bool, greeting: str = "") -> AsyncIterator[tuple[OutgoingCall, list[Effect]]]:
    """A call to a model that is not ready before the callee has waited for six seconds, and the carrier's log."""
    slow = SCENARIOS["ordinary"]
    slow = replace(slow, callee=(Wait(9_000), HangUpPhone()), model=replace(slow.model, handshake_ms=8_000))
    async with (
        open_simulator(slow, network=MemoryNetwork(), began=EPOCH) as simulator,
        open_dialer(simulator, secret=b"secret", now=lambda: EPOCH, moment=moment) as dialer,
    ):
        options = replace(UNSCALED, greeting=greeting or UNSCALED.greeting)
        yield OutgoingCall(dialer, CALLEE, options), simulator.carrier_server.log


async def heard_by_the_callee(moment: Path | bool, clip: bytes, greeting: str = "") -> tuple[int | None, CallRecord]:
    """When the callee heard this clip, in ms of the stream, and the call."""
    async with opened(moment, greeting) as (call, log):
        made = await call.run()
        return heard_clip(log, clip), made


async def test_a_callee_who_waits_is_asked_for_a_moment() -> None:
    began, made = await heard_by_the_callee(True, shipped(MOMENT))
    assert began is not None and began <= 4_100
    events = [step.event for step in made.steps]
    told = [(event.item, event.response) for event in events if isinstance(event, AudioSent | MarkReturned)]
    assert told[:2] == [(MOMENT, "clip")] * 2


async def test_a_clip_of_ones_own_is_played_in_every_language(tmp_path: Path) -> None:
    own = tmp_path / "moment.ulaw"
    own.write_bytes(OWN)
    began, _ = await heard_by_the_callee(own, OWN, GERMAN)
    assert began is not None and began <= 4_100


@pytest.mark.parametrize(("moment", "greeting"), [(False, ""), (True, GERMAN)])
async def test_no_clip_if_none_is_wanted_or_the_shipped_one_is_in_another_language(moment: bool, greeting: str) -> None:
    began, made = await heard_by_the_callee(moment, shipped(MOMENT), greeting)
    assert began is None
    assert not made.call.terms.moment


async def test_a_clip_that_cannot_be_read_is_said_before_anybody_is_called(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        async with opened(tmp_path / "nowhere.ulaw"):
            raise AssertionError("it was opened")
