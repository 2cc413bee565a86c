"""The callee: speaks, listens, presses keys, loses patience."""

from __future__ import annotations

import base64

import anyio
import pytest

from tests.simulator.program import Program, plan, say, world
from voicecall_core.net.websocket import WebSocket
from voicecall_core.simulator.carrier.effects import What
from voicecall_core.simulator.scenarios.scenario import Listen, Press, Speak, Wait
from voicecall_core.simulator.voices import clip


async def test_the_callees_voice_arrives_byte_for_byte() -> None:
    async with world(plan(Wait(400), Speak("question"), Wait(300))) as here:
        await here.begin()
        await here.program.until("media", 150)
        sound = b"".join(base64.b64decode(message["media"]["payload"]) for message in here.program.heard("media"))
        assert clip("question").audio in sound


async def test_the_callee_waits_until_the_agent_has_spoken() -> None:
    async def talk(program: Program, socket: WebSocket) -> None:
        stream = (await program.until("start"))["streamSid"]
        await anyio.sleep(1)
        await say(socket, stream, clip("greeting").audio)

    async with world(plan(Listen(), Speak("bye"))) as here:
        here.program.talk = talk
        await here.begin()
        await here.program.until("media", 320)
        started = next(effect.at_ms for effect in here.carrier.log if effect.what is What.STREAM_STARTED)
        spoke = next(effect.at_ms for effect in here.carrier.log if effect.what is What.SPOKE)
        assert spoke - started == pytest.approx(1000 + clip("greeting").ms + 600, abs=150)


async def test_the_callee_loses_patience() -> None:
    async with world(plan(Listen(patience_ms=2_000), Speak("bye"))) as here:
        await here.begin()
        await here.program.until("media", 200)
        answered = next(effect.at_ms for effect in here.carrier.log if effect.what is What.ANSWERED)
        spoke = next(effect.at_ms for effect in here.carrier.log if effect.what is What.SPOKE)
        assert spoke - answered == 2_000


async def test_a_key_is_told_on_the_stream() -> None:
    async with world(plan(Wait(600), Press("7"), Wait(500))) as here:
        await here.begin()
        pressed = await here.program.until("dtmf")
        numbers = [int(message["sequenceNumber"]) for message in here.program.messages[1:]]
        assert numbers == list(range(1, len(numbers) + 1))
        assert pressed["dtmf"] == {"track": "inbound_track", "digit": "7"}
