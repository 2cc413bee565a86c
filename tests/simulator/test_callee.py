"""The callee: speaks, listens, presses keys, loses patience."""

from __future__ import annotations

import base64
from dataclasses import replace
from itertools import pairwise

import anyio
import pytest

from tests.simulator.program import Program, plan, say, world
from voicecall_core.net.websocket import WebSocket
from voicecall_core.simulator.carrier.effects import What
from voicecall_core.simulator.noise import noise_of
from voicecall_core.simulator.scenarios.scenario import AwaitQuiet, Listen, Noise, Press, Speak, SpeakText, Wait
from voicecall_core.simulator.utterances import mixed
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


async def test_the_callee_waits_until_the_agent_has_been_silent_whether_it_spoke_or_not() -> None:
    async def talk(program: Program, socket: WebSocket) -> None:
        stream = (await program.until("start"))["streamSid"]
        await anyio.sleep(1)
        await say(socket, stream, clip("hello").audio)

    async with world(plan(AwaitQuiet(1_500), Speak("bye"), AwaitQuiet(700), Press("1"))) as here:
        here.program.talk = talk
        await here.begin()
        await here.program.until("dtmf")
        times = {effect.what: effect.at_ms for effect in here.carrier.log}
        assert times[What.SPOKE] - times[What.STREAM_STARTED] == pytest.approx(
            1_000 + clip("hello").ms + 1_500, abs=100
        )
        assert times[What.DIGIT] - times[What.SAID] == pytest.approx(700, abs=20)


async def test_noise_lies_under_the_callees_voice_and_goes_on_when_he_is_silent() -> None:
    noisy = replace(plan(Wait(400), Speak("question"), Wait(300)), noise=Noise("hum", -40))
    async with world(noisy) as here:
        await here.begin()
        await here.program.until("media", 150)
        sound = b"".join(base64.b64decode(message["media"]["payload"]) for message in here.program.heard("media"))
        hum = noise_of(Noise("hum", -40))
        began = 8 * 400
        assert mixed(clip("question").audio, hum[began : began + len(clip("question").audio)]) in sound
        assert hum[began + len(clip("question").audio) :][:1_000] in sound


async def test_on_a_jittery_line_frames_are_late_by_chance_and_in_their_order() -> None:
    times: list[float] = []

    async def talk(program: Program, socket: WebSocket) -> None:
        for number in range(1, 101):
            await program.until("media", number)
            times.append(anyio.current_time())

    async with world(plan(SpeakText("Yes."), jitter_ms=30)) as here:
        here.program.talk = talk
        await here.begin()
        await here.program.until("media", 101)
        stamps = [int(message["media"]["timestamp"]) for message in here.program.heard("media")]
        assert stamps == sorted(stamps)
        gaps = [round((later - sooner) * 1000) for sooner, later in pairwise(times)]
        assert max(gaps) > 30 and min(gaps) < 10 and sum(gaps) == pytest.approx(2_000, abs=60)
