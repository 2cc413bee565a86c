"""What the built-in carrier remembers, however long it runs."""

from __future__ import annotations

import pytest

from tests.simulator.program import plan, world
from voicecall_core.simulator.carrier import bounds
from voicecall_core.simulator.carrier.bounds import Bounds, too_many
from voicecall_core.simulator.carrier.call_records import CallRequest, CallResource
from voicecall_core.simulator.carrier.effects import Effect, What
from voicecall_core.simulator.carrier.recordings import Recording


def effect(sid: str, what: What = What.MARKED, audio: bytes = b"") -> Effect:
    return Effect(0, sid, what, audio=audio)


class Kept:
    """A log and calls within bounds."""

    def __init__(self) -> None:
        self.log: list[Effect] = []
        self.lines: dict[str, object] = {}
        self.legs: dict[str, CallResource] = {}
        self.bounds = Bounds(self.log, self.lines, self.legs)

    def note(self, *effects: Effect) -> None:
        for each in effects:
            self.log.append(each)
            self.bounds.noted(each)

    def call(self, sid: str, *, over: bool = True, audio: bytes = b"") -> None:
        self.lines[sid] = sid
        self.note(effect(sid, What.PLACED), effect(sid, What.HEARD, audio))
        if over:
            self.note(effect(sid, What.ENDED))


async def test_of_many_calls_those_that_ended_first_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "CALLS", 10)
    async with world(plan()) as w:
        w.program.documents["/twiml"] = "<Response><Pause length='3'/></Response>"
        first = await w.place()
        for _ in range(11):
            await w.over(await w.place())
        assert (len(w.carrier.calls), w.carrier.forgotten_calls) == (10, 2)
        assert first not in w.carrier.calls and (await w.update(first, Status="completed")).status_code == 404
        assert {each.sid for each in w.carrier.log if each.what is What.PLACED} == set(w.carrier.calls)
        listed = (await w.rest.get(w.calls_url)).json()["calls"]
        assert {each["sid"] for each in listed} == set(w.carrier.calls)


def test_a_call_in_progress_is_never_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "CALLS", 5)
    monkeypatch.setattr(bounds, "EFFECTS", 50)
    kept = Kept()
    kept.call("lasting", over=False)
    for number in range(40):
        kept.call(f"short-{number}")
        kept.note(effect("lasting"))
    assert "lasting" in kept.lines and len([each for each in kept.log if each.sid == "lasting"]) == 42
    assert "short-39" in kept.lines and len(kept.lines) <= 6
    assert kept.bounds.calls + len(kept.lines) == 41
    assert kept.bounds.effects + len(kept.log) == 41 * 3 - 1 + 40


def test_a_call_that_has_just_ended_is_kept_however_much_was_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "AUDIO_BYTES", 1_000)
    kept = Kept()
    for number in range(5):
        kept.call(f"loud-{number}", audio=bytes(800))
    assert list(kept.lines) == ["loud-4"]
    kept.call("louder", audio=bytes(5_000))
    assert list(kept.lines) == ["louder"]


def test_second_legs_go_with_their_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "CALLS", 1)
    kept = Kept()
    for number in range(3):
        leg = CallResource(f"leg-{number}", "AC", CallRequest("+1", "+2"), 0.0)
        leg.parent_sid = f"call-{number}"
        kept.legs[leg.sid] = leg
        kept.call(f"call-{number}")
    assert list(kept.legs) == ["leg-2"]


def test_questions_about_no_call_are_forgotten_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "EFFECTS", 100)
    kept = Kept()
    kept.call("up", over=False)
    for _ in range(1_000):
        kept.note(effect("", What.REST))
    assert len(kept.log) <= 100 and len([each for each in kept.log if each.sid == "up"]) == 2


def recording(number: int, status: str = "completed", audio: bytes = b"") -> Recording:
    return Recording(f"RE{number}", "AC", "CA", 0.0, "OutboundAPI", audio, status)


def test_the_oldest_recordings_go_and_none_that_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "RECORDINGS", 3)
    runs = recording(0, "in-progress")
    known = {each.sid: each for each in (runs, *(recording(number) for number in range(1, 5)))}
    assert too_many(known) == ["RE1", "RE2"]
    monkeypatch.setattr(bounds, "RECORDED_BYTES", 100)
    assert too_many({each.sid: each for each in (recording(1, audio=bytes(80)), recording(2, audio=bytes(80)))}) == [
        "RE1"
    ]
