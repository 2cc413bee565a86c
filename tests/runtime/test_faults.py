"""A mistake of our own in any part of a call ends that call in order, under a name of its own, and no other call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio
import pytest

from tests.placing import CALLEE, EPOCH, UNSCALED, opened_dialer
from voicecall_core import OutgoingCall
from voicecall_core.call.endings import Cause, Outcome
from voicecall_core.call.step import step
from voicecall_core.callfile.writer import Journal
from voicecall_core.carriers.twilio.carrier import TwilioWebhooks
from voicecall_core.carriers.twilio.rest import TwilioRest
from voicecall_core.ledger import open_ledger
from voicecall_core.media.bridge import Bridge
from voicecall_core.media.leg import Leg
from voicecall_core.media.recorder import WavRecorder
from voicecall_core.models.openai_realtime.client import ModelLine
from voicecall_core.session.model_commands import ModelCommands
from voicecall_core.simulator.carrier.effects import What
from voicecall_core.words import events as e

PLACES: dict[str, tuple[Any, str]] = {
    "a webhook is read": (TwilioWebhooks, "fetched"),
    "a status callback is read": (TwilioWebhooks, "status_reported"),
    "a document is written": (TwilioWebhooks, "write"),
    "the stream is carried": (Bridge, "carry"),
    "the agent's voice is sent": (Leg, "speak"),
    "the callee's voice is heard": (Bridge, "_callee_spoke"),
    "audio is opened": (Bridge, "open_audio"),
    "the model is told": (ModelCommands, "say"),
    "the model's line is run": (ModelLine, "run"),
    "the recorder": (WavRecorder, "callee"),
    "the call file": (Journal, "step"),
    "create": (TwilioRest, "create"),
}


def spoil(monkeypatch: pytest.MonkeyPatch, where: Any, name: str, whose: Callable[[], bool] = lambda: True) -> None:
    """From the second time on (so that the call is under way), this raises."""
    kept, times = getattr(where, name), []

    def spoilt(*args: Any, **more: Any) -> Any:
        times.append(1)
        if len(times) > (2 if name == "step" else 0) and whose():
            raise RuntimeError(f"spoilt {name}")
        return kept(*args, **more)

    monkeypatch.setattr(where, name, spoilt)


@pytest.mark.parametrize("place", PLACES)
async def test_it_is_hung_up_and_has_its_own_outcome(
    place: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async with opened_dialer("ordinary") as dialer:
        spoil(monkeypatch, *PLACES[place])
        call = OutgoingCall(dialer, CALLEE, UNSCALED, log=tmp_path, record=True)
        record = await call.run()
        assert dialer.simulator is not None
        carrier = dialer.simulator.carrier_server
        assert all(each.record.over for each in carrier.calls.values())
    assert record.cause is Cause.OUR_FAULT
    assert record.outcome in (Outcome.OUR_FAULT, Outcome.UNKNOWN)
    assert "spoilt" in str(call.session.faults[0])


async def test_a_second_call_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    records = {}
    async with opened_dialer("ordinary") as dialer, anyio.create_task_group() as tasks:
        calls = {name: OutgoingCall(dialer, CALLEE, UNSCALED, call_id=name) for name in ("c-one", "c-two")}
        kept = Bridge.carry

        async def carry(bridge: Bridge, *args: Any, **more: Any) -> None:
            if bridge is calls["c-one"].session.bridge:
                raise RuntimeError("spoilt carry")
            await kept(bridge, *args, **more)

        monkeypatch.setattr(Bridge, "carry", carry)

        async def place(name: str) -> None:
            records[name] = await calls[name].run()

        for name in calls:
            tasks.start_soon(place, name)
    assert records["c-one"].cause is Cause.OUR_FAULT
    assert records["c-two"].outcome is Outcome.COMPLETED


async def test_a_judge_that_errs_once_ends_the_call_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened_dialer("ordinary") as dialer:
        kept = step

        def judge(call: Any, event: e.Event) -> Any:
            if isinstance(event, e.StreamStarted):
                raise RuntimeError("spoilt judge")
            return kept(call, event)

        monkeypatch.setattr("voicecall_core.session.session.step", judge)
        record = await OutgoingCall(dialer, CALLEE, UNSCALED).run()
    assert record.outcome is Outcome.OUR_FAULT and record.call.ending.confirmed


async def test_a_judge_that_is_beyond_help_hangs_up_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened_dialer("ordinary") as dialer:
        kept, broken = step, list[e.Event]()

        def judge(call: Any, event: e.Event) -> Any:
            if broken or isinstance(event, e.StreamStarted):
                broken.append(event)
                raise RuntimeError("spoilt judge")
            return kept(call, event)

        monkeypatch.setattr("voicecall_core.session.session.step", judge)
        with pytest.raises(RuntimeError, match="spoilt judge"):
            await OutgoingCall(dialer, CALLEE, UNSCALED).run()
        assert dialer.simulator is not None
        carrier = dialer.simulator.carrier_server
        await anyio.sleep(3)
        assert all(each.record.over for each in carrier.calls.values())
        assert any(effect.what is What.ANSWERED for effect in carrier.log)


async def test_a_full_disk_ends_what_is_written_and_not_the_call(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    class Full:
        """A file on a full disk."""

        closed = False

        def write(self, *_: Any) -> int:
            raise OSError(28, "No space left on device")

        def __getattr__(self, name: str) -> Any:
            return self.write

    async with opened_dialer("agent-ends") as dialer:
        call = OutgoingCall(dialer, CALLEE, UNSCALED, log=tmp_path, record=True)
        for file in (call._journal, call._recording):
            assert file is not None
            file._file.close()
            monkeypatch.setattr(file, "_file", Full())
        record = await call.run()
    assert record.outcome is Outcome.COMPLETED
    assert "No space left" in record.incomplete and "No space left" in record.recording_incomplete


async def test_a_watcher_that_fails_is_told_no_more_and_heard_when_the_call_is_over(tmp_path: Path) -> None:
    seen = []

    def watch(step: Any) -> None:
        seen.append(step)
        raise LookupError("spoilt watcher")

    ledger = open_ledger(tmp_path)
    async with opened_dialer("agent-ends") as dialer:
        call = OutgoingCall(replace(dialer, ledger=ledger), CALLEE, UNSCALED, watch=watch)
        with pytest.raises(LookupError):
            await call.run()
        assert ledger.known_sids() == {call.call.sid}
        assert ledger.left_behind(dialer.endpoints.carrier.account_sid, EPOCH) == [], "and it is known to have ended"
    assert len(seen) == 1 and call.call.ending.outcome is Outcome.COMPLETED
