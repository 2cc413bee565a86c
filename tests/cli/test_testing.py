"""The pytest plugin's fixtures: the phone line and the front door in somebody else's tests."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import pytest

from tests.cli.test_pytest_plugin import run_pytest
from tests.write_docs import ROOT
from voicecall_cli.testing.asgi import AsgiDoor
from voicecall_cli.testing.phone_line import PhoneLine, open_phone_line
from voicecall_core import CallOptions
from voicecall_core.net.http_server import Request
from voicecall_core.rehearsal.front_door import place_in_memory
from voicecall_core.simulator.scenarios.scenario import CarrierPlan, Expectation, HangUpPhone, Listen, Scenario
from voicecall_core.simulator.voices import clip

QUICK = Scenario(
    "quick",
    "",
    (Listen(heard_ms=1_000), HangUpPhone()),
    Expectation("completed", "callee"),
    CarrierPlan(queue_ms=5, ring_ms=20, answer_ms=50),
)
Message = MutableMapping[str, Any]


def test_the_example_of_the_docs_runs() -> None:
    (example,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "testing.md").read_text("utf-8"), re.DOTALL)
    more = '@pytest.mark.voicecall("bussy")\ndef test_other(voicecall_line): pass\n'
    Path("test_example.py").write_text(f"{example}\n\n{more}")
    told = run_pytest("-q", "-W", "error", "--strict-markers")
    assert "2 passed, 1 error" in told.stdout, told.stdout + told.stderr
    assert "There is no scenario 'bussy'. Did you mean busy?" in told.stdout
    assert "Traceback" not in told.stdout


class Agent:
    """A program that lets the caller hear one sentence over a media stream."""

    def __init__(self) -> None:
        self.started = False
        self.url = ""
        self.paths: list[str] = []

    async def __call__(self, scope: Message, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await receive()
            self.started = True
            return await send({"type": "lifespan.startup.complete"})  # type: ignore[no-any-return]
        self.paths.append(scope["path"])
        if scope["type"] == "http":
            twiml = f'<Response><Connect><Stream url="{self.url.replace("http", "ws")}/media"/></Connect></Response>'
            head = {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/xml")]}
            await send(head)
            await send({"type": "http.response.body", "body": twiml.encode()})
            return None
        assert (await receive())["type"] == "websocket.connect"
        await send({"type": "websocket.accept"})
        while (came := await receive())["type"] == "websocket.receive":
            message = json.loads(came["text"])
            if message["event"] == "start":
                payload = base64.b64encode(clip("greeting").audio).decode()
                sid = message["streamSid"]
                said = {"event": "media", "streamSid": sid, "media": {"payload": payload}}
                await send({"type": "websocket.send", "text": json.dumps(said)})
        return None


@pytest.mark.real_sockets
async def test_a_program_with_a_media_stream_is_called_beside_a_running_loop() -> None:
    agent = Agent()
    with open_phone_line(QUICK) as line:
        agent.url = line.serve(agent)
        assert agent.started
        call = line.call(agent.url + "/voice?who=me")
        await line.wait_async(20)
        assert (call.status, call.over, agent.paths) == ("completed", True, ["/voice", "/media"])
        assert call.heard and clip("greeting").audio.startswith(call.heard[:4_000])
        assert not call.verdict().broken, call.verdict()
        assert line.calls == [call] and {effect.sid for effect in call.effects} == {call.sid}
        env = line.env
        assert env["TWILIO_API_URL"] == line.simulator.carrier_server.url
        assert env["OPENAI_BASE_URL"].startswith("http://127.0.0.1:") and env["OPENAI_BASE_URL"].endswith("/v1")


@pytest.mark.real_sockets
def test_a_call_that_does_not_come_is_told_so(voicecall_line: PhoneLine) -> None:
    with pytest.raises(AssertionError, match=r"After 0\.1 s not 1 call\(s\) .* there is none\."):
        voicecall_line.wait(0.1)


async def test_a_call_is_placed_in_a_moment_beside_any_loop() -> None:
    record = place_in_memory("+15555550100", CallOptions(greeting="Good morning."), seed=2)
    assert (record.outcome, record.cause) == ("completed", "callee")


async def test_what_an_application_raises_is_printed_and_answered(capsys: pytest.CaptureFixture[str]) -> None:
    async def broken(scope: Message, receive: Any, send: Any) -> None:
        raise ZeroDivisionError("broken here")

    answer = await AsgiDoor(broken, 80).answer(Request("GET", "/voice"))
    assert answer.status == 500 and "broken here" in capsys.readouterr().err


async def test_an_application_sees_the_request_as_it_came() -> None:
    seen: list[Message] = []

    async def app(scope: Message, receive: Any, send: Any) -> None:
        seen.extend((scope, await receive()))
        await send(
            {"type": "http.response.start", "status": 201, "headers": [(b"x-a", b"1"), (b"content-length", b"9")]}
        )
        await send({"type": "http.response.body", "body": b"ab", "more_body": True})
        await send({"type": "http.response.body", "body": b"c"})

    asked = Request("POST", "/a%20b?x=%31", (("host", "me"),), b"CallSid=1")
    answer = await AsgiDoor(app, 8080).answer(asked)
    assert (answer.status, answer.body, answer.headers) == (201, b"abc", (("x-a", "1"),))
    scope, message = seen
    assert (scope["method"], scope["path"], scope["raw_path"]) == ("POST", "/a b", b"/a%20b")
    assert (scope["query_string"], scope["headers"], scope["server"][1]) == (b"x=%31", [(b"host", b"me")], 8080)
    assert message["body"] == b"CallSid=1"
