"""The file that a call on the built-in carrier leaves, read back: the one diagnosis explains it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.placing import place
from tests.simulator.program import World, plan, say, world
from tests.simulator.test_verdict_calls import mended
from voicecall_core.importers.joined import reports_of
from voicecall_core.importers.log_kinds import LogKind, recognise
from voicecall_core.importers.report import tell
from voicecall_core.importers.verdict import Race
from voicecall_core.importers.whole_log import LogReport, read_log, story
from voicecall_core.simulator.carrier.effects import Effect, What
from voicecall_core.simulator.model.record import Entry
from voicecall_core.simulator.scenarios.scenario import HangUpPhone, Wait
from voicecall_core.simulator.verdict import judged
from voicecall_core.simulator.verdict.line_file import line_file
from voicecall_core.words.terms import Policy

BEGAN = "2026-12-01T05:00:00+00:00"


def written(log: list[Effect], sid: str, model: tuple[Entry, ...] = (), **more: str) -> list[str]:
    rows = line_file(judged(log, sid, model), log, model, began=BEGAN, **more)
    return [json.dumps(row, separators=(",", ":")) for row in rows]


async def left_by(name: str, policy: Policy) -> list[str]:
    placed = await place(name, policy=policy)
    log = placed.carrier.log
    sid = next(effect.sid for effect in log if effect.what is What.PLACED)
    return written(log, sid, tuple(placed.model.log))


def read(lines: list[str]) -> LogReport:
    assert recognise(lines) is LogKind.LINE
    return story(lines, LogKind.LINE)


@pytest.mark.parametrize(
    ("name", "rule"),
    [("race", "race"), ("silent-race", "race"), ("ordinary", "race"), ("update-refused", "overwrite")],
)
async def test_the_race_is_named_with_its_lines(name: str, rule: str) -> None:
    lines = await left_by(name, Policy.NAIVE)
    report = read(lines)
    (call,) = report.calls
    assert report.race is Race.FOUND and call.diagnosis.rule == rule
    shown = [lines[proof.line - 1] for proof in call.diagnosis.findings[0].proof]
    assert any('"what":"rest"' in line and "Twiml Say Hangup" in line for line in shown)
    assert any("Connect/Stream" in line or "stream-ended" in line for line in shown)


async def test_a_good_call_is_healthy_and_the_race_was_not_there() -> None:
    report = read(await left_by("barge-in", Policy.GUARD))
    (call,) = report.calls
    assert report.race is Race.ABSENT and call.diagnosis.findings == () and not call.failures


async def test_of_a_short_call_the_race_is_excluded_because_every_write_is_on_record() -> None:
    async with world(plan(Wait(3_000), HangUpPhone())) as here:
        mended(here)
        sid = await here.place()
        await here.over(sid)
        lines = written(here.carrier.log, sid)
    (call,) = read(lines).calls
    assert call.verdict.race is Race.ABSENT and "every write" in call.verdict.why
    assert call.unknown == ("how far the model's handshake had come",)
    cut = [line for line in lines if '"ended"' not in line]
    assert read(cut).calls[0].verdict.race is Race.UNKNOWN


async def test_two_files_are_two_calls_also_where_their_names_are_the_same() -> None:
    files = [await left_by("race", Policy.NAIVE), await left_by("barge-in", Policy.GUARD)]
    logs = [read_log(lines, LogKind.LINE, name) for lines, name in zip(files, ("a", "b"), strict=True)]
    assert [report.race for report in reports_of(logs)] == [Race.FOUND, Race.ABSENT]


def changed(change: Callable[[Effect], Effect]) -> list[str]:
    sid = "CA" + "7" * 32
    log = [
        Effect(0, sid, What.PLACED),
        Effect(10, sid, What.ANSWERED),
        Effect(20, sid, What.RECEIVED, "Connect/Stream", "fetch"),
        Effect(30, sid, What.STREAM_OPENED),
        Effect(31, sid, What.STREAM_STARTED),
        change(Effect(9_000, sid, What.REST, "update", "Twiml Say Dial", 200, request=3)),
        Effect(9_001, sid, What.STREAM_ENDED, "update"),
        Effect(9_100, sid, What.ENDED, "completed"),
    ]
    return written(log, sid)


@pytest.mark.parametrize("source", ["Twiml Say Dial", "Twiml Connect/Stream", "Twiml Hangup", "Status completed"])
def test_a_hand_over_and_a_hang_up_are_no_race(source: str) -> None:
    (call,) = read(changed(lambda effect: replace(effect, source=source))).calls
    assert call.diagnosis.findings == ()
    (other,) = read(changed(lambda effect: replace(effect, source="Twiml Say"))).calls
    assert other.diagnosis.rule == "overwrite"


async def test_a_finding_of_another_law_is_told_as_a_failure() -> None:
    def silent(here: World) -> None:
        here.program.documents["/twiml"] = here.program.stream()

    async with world(plan(Wait(7_000), HangUpPhone())) as here:
        silent(here)
        sid = await here.place()
        await here.over(sid)
        lines = written(here.carrier.log, sid)
    report = read(lines)
    assert [each.pii_text[:14] for each in report.calls[0].failures] == ["nothing-heard:"]
    assert any("heard nothing at all" in line for line in tell(report))


async def test_a_call_that_came_in_is_one_that_the_program_did_not_place() -> None:
    async with world(plan(Wait(2_000), HangUpPhone())) as here:
        here.program.talk = lambda program, socket: say(socket, "", b"")
        here.program.documents["/voice"] = here.program.stream()
        line = here.carrier.call_in("+15555550123", here.program.url + "/voice")
        await here.over(line.record.sid)
        lines = written(here.carrier.log, line.record.sid, direction="inbound")
        assert not any("5555550123" in row or "127.0.0.1" in row for row in lines)
    assert len(read(lines).calls) == 1


async def test_nothing_secret_is_in_the_file_and_what_was_said_is_marked() -> None:
    placed = await place("barge-in")
    log, carrier = placed.carrier.log, placed.carrier
    sid = next(effect.sid for effect in log if effect.what is What.PLACED)
    text = "\n".join(written(log, sid, tuple(placed.model.log)))
    secrets = [carrier.auth_token, carrier.api_secret, placed.model.key, carrier.number, "+15555550100", "127.0.0.1"]
    assert not [each for each in secrets if each in text]
    rows = [json.loads(line).items() for line in text.split("\n")]
    bare = [{key: value for key, value in row if not key.startswith("pii_")} for row in rows]
    words = [effect.pii_text for effect in log if len(effect.pii_text) > 12]
    assert words and not [each for each in words if each in str(bare)]


@pytest.mark.parametrize(
    "spoiled",
    [
        '{"ms":"x","what":["rest"]}',
        "[1]",
        "{",
        '{"what":"rest","detail":"update","source":7}',
        '{"model":1,"session":"a"}',
    ],
)
def test_lines_that_are_wrong_say_nothing(spoiled: str) -> None:
    good = changed(lambda effect: effect)
    assert len(read([*good[:2], spoiled, *good[2:]]).calls[0].steps) == len(read(good).calls[0].steps)
