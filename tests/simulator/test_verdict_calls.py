"""Whole calls of a program as others write it: the naive one is named by the verdict, the mended one is not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as xml

import pytest
import xmlschema

from tests.simulator.program import Program, World, mark, plan, say, world
from tests.simulator.test_race import naive
from voicecall_cli.exits import Exit, exit_for_line
from voicecall_cli.line_junit import line_junit
from voicecall_core.net.http_server import Response
from voicecall_core.net.websocket import WebSocket
from voicecall_core.simulation import utc_now
from voicecall_core.simulator.scenarios.catalogue import SCENARIOS
from voicecall_core.simulator.scenarios.scenario import HangUpPhone, Scenario, Wait
from voicecall_core.simulator.verdict import LineVerdict, judged, judged_all
from voicecall_core.simulator.verdict.words import verdict_lines, verdict_object
from voicecall_core.simulator.voices import clip

CONNECT = '<Response><Connect><Stream url="ws://127.0.0.1:1/media{}"/></Connect></Response>'
SCHEMA = Path(__file__).parent.parent / "cli" / "schemas" / "junit.xsd"
FOUR_S = (Wait(4_000), HangUpPhone())


async def greet(program: Program, socket: WebSocket) -> None:
    stream = (await program.until("start"))["streamSid"]
    await say(socket, stream, clip("greeting").audio)
    await mark(socket, stream, "greeting")


def mended(here: World) -> None:
    """It speaks on the stream alone."""
    here.program.talk = greet
    here.program.documents["/twiml"] = here.program.stream()


async def verdict_of(scenario: Scenario, prepare: object = mended, seed: int = 0, **form: str) -> LineVerdict:
    async with world(scenario, seed=seed) as here:
        prepare(here)  # type: ignore[operator]
        sid = await here.place(**form)
        await here.over(sid)
        return judged(here.carrier.log, sid)


async def test_the_naive_program_is_named_with_its_request_and_the_mended_one_is_not() -> None:
    wrong = await verdict_of(SCENARIOS["race"], naive)
    assert [each.rule for each in wrong.findings][:2] == ["stream-ended-by-update", "say-after-stream-document"]
    assert wrong.findings[0].request == "REST request 2" and "in-progress callback" in wrong.findings[0].sentence
    right = await verdict_of(replace(SCENARIOS["race"], callee=FOUR_S))
    assert right.findings == () and not right.broken


def junit(verdicts: list[LineVerdict], took_s: dict[str, float] | None = None) -> xml.Element:
    written = line_junit(verdicts, utc_now(), took_s)
    xmlschema.XMLSchema(SCHEMA).validate(written.decode())
    return xml.fromstring(written)


async def test_the_verdict_in_words_as_an_object_as_an_exit_code_and_as_junit() -> None:
    wrong, right = await verdict_of(SCENARIOS["race"], naive), await verdict_of(plan(*FOUR_S), seed=1)
    assert (exit_for_line(broken=wrong.broken), exit_for_line(broken=right.broken)) == (Exit.LINE_BROKEN, Exit.OK)
    lines = list(verdict_lines(wrong))
    assert lines[0] == f"Call {wrong.sid}: 2 broken."
    assert lines[1].startswith("  broken") and lines[1].endswith("(stream-ended-by-update, law 1)")
    assert list(verdict_lines(right)) == [f"Call {right.sid}: nothing was found."]
    told = verdict_object(wrong)
    assert (told["verdict"], verdict_object(right)["verdict"]) == ("broken", "clean")
    assert told["findings"][0]["law"] == 1  # type: ignore[index]
    root = junit([wrong, right], {wrong.sid: 2.5})
    suite = root.find("testsuite")
    assert suite is not None
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("2", "1", "0")
    assert [child.tag for child in suite] == ["properties", "testcase", "testcase", "system-out", "system-err"]
    (failure,) = root.iter("failure")
    assert failure.get("type") == "stream-ended-by-update" and "REST request 2" in str(failure.get("message"))
    assert [case.get("time") for case in root.iter("testcase")] == ["2.500", "0.000"]


def test_no_call_at_all_is_an_error_of_junit() -> None:
    root = junit([])
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("1", "0", "1")


def serves(document: object) -> object:
    def prepare(here: World) -> None:
        here.program.documents["/twiml"] = document

    return prepare


@pytest.mark.parametrize(
    ("document", "rule"),
    [
        (None, "document-refused"),  # 204
        (Response(404), "fetch-refused"),
        (Response(200, b"<Response><Say>Hi</Response>", (("Content-Type", "text/xml"),)), "document-refused"),
        (Response(200, b"{}", (("Content-Type", "application/json"),)), "document-refused"),
        (CONNECT.format("?token=abc"), "query-in-stream-url"),
        (CONNECT.format(""), "stream-refused"),
        ("<Response><Say>Hello</Say><Say>Hello</Say></Response>", "greeting-twice"),
        ('<Response><Pause length="9"/></Response>', "nothing-heard"),
    ],
)  # fmt: skip
async def test_a_program_that_serves_something_wrong(document: object, rule: str) -> None:
    verdict = await verdict_of(plan(Wait(8_000), HangUpPhone()), serves(document))
    assert [each.rule for each in verdict.findings] == [rule] and verdict.broken


async def test_a_slow_program_and_one_that_turns_callbacks_away() -> None:
    def prepare(here: World) -> None:
        mended(here)
        here.program.slow_s["/twiml"] = 6.0
        here.program.documents["/status"] = Response(403)

    verdict = await verdict_of(plan(Wait(12_000), HangUpPhone()), prepare)
    assert [each.rule for each in verdict.findings if each.rule != "callback-refused"] == ["fetch-late"]
    assert sum(each.rule == "callback-refused" for each in verdict.findings) == 4 and not verdict.broken


async def test_a_program_that_closes_its_socket_into_its_own_words() -> None:
    async def cut(program: Program, socket: WebSocket) -> None:
        await greet(program, socket)
        await program.until("media", 30)
        await socket.close()

    def prepare(here: World) -> None:
        mended(here)
        here.program.talk = cut

    verdict = await verdict_of(plan(*FOUR_S), prepare)
    assert {each.rule: str(each.severity) for each in verdict.findings} == {
        "greeting-cut-off": "broken",
        "farewell-cut-off": "warning",
    }


async def test_a_call_that_is_left_up() -> None:
    async with world(plan(Wait(90_000))) as here:
        mended(here)
        sid = await here.place(TimeLimit="60")
        assert [each.rule for each in judged(here.carrier.log, sid).findings] == ["left-up"]
        await here.over(sid)
        rules = [each.rule for each in judged_all(here.carrier.log)[0].findings]
        assert rules == ["left-up"]


async def test_a_finding_holds_no_number_and_no_word_that_was_said() -> None:
    wrong = await verdict_of(SCENARIOS["race"], naive)
    told = str(verdict_object(wrong)) + "".join(verdict_lines(replace(wrong, untold=("x",))))
    assert "+1555" not in told and "test call" not in told
