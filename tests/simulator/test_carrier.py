"""A whole call against the built-in carrier, as a program would meet it."""

from __future__ import annotations

import base64

from tests.simulator.program import Program, mark, say, world
from voicecall_core.net.websocket import WebSocket
from voicecall_core.simulator.carrier.effects import What
from voicecall_core.simulator.carrier.heard import gaps_ms, harmed, heard_clip
from voicecall_core.simulator.scenarios.scenario import Expectation, HangUpPhone, Listen, Scenario, Speak, Wait
from voicecall_core.simulator.voices import clip

ORDINARY = Scenario(
    "ordinary",
    "",
    (Wait(300), Speak("hello"), Listen(), Speak("bye"), HangUpPhone()),
    Expectation("completed", "callee"),
)


async def greet(program: Program, socket: WebSocket) -> None:
    start = await program.until("start")
    await say(socket, start["streamSid"], clip("greeting").audio)
    await mark(socket, start["streamSid"], "greeting")


async def test_a_whole_call_is_heard_from_hello_to_bye() -> None:
    async with world(ORDINARY) as here:
        here.program.documents["/twiml"] = here.program.stream()
        here.program.talk = greet
        sid = await here.place()
        assert await here.over(sid) == "completed"
        log = here.carrier.log
        start_ms = heard_clip(log, clip("greeting").audio)
        assert start_ms is not None and start_ms <= 40
        assert gaps_ms(log) == []
        assert harmed(log) is None
        heard_by_us = b"".join(base64.b64decode(m["media"]["payload"]) for m in here.program.heard("media"))
        assert clip("bye").audio in heard_by_us
        assert here.program.said() == ["initiated", "ringing", "in-progress", "completed"]
        assert all(hook.signed for hook in here.program.webhooks + here.program.upgrades)
        assert [effect.detail for effect in log if effect.what is What.HUNG_UP] == ["callee"]
        mark = next(effect for effect in log if effect.what is What.MARKED)
        assert mark.stream_ms == start_ms + clip("greeting").ms
