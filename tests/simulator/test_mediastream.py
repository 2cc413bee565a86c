"""The media socket as the carrier opens, feeds and ends it."""

from __future__ import annotations

import base64

import anyio
import pytest

from tests.simulator.program import Program, clear, mark, plan, say, world
from voicecall_core.net.websocket import WebSocket
from voicecall_core.simulator.carrier.effects import What
from voicecall_core.simulator.carrier.heard import gaps_ms, heard_clip
from voicecall_core.simulator.scenarios.scenario import Wait
from voicecall_core.simulator.voices import clip

SILENCE = b"\xff" * 160


async def test_connected_start_and_frames_as_captured() -> None:
    async with world(plan(Wait(1000))) as here:
        sid = await here.begin()
        await here.program.until("media", 50)
        connected, start, first, second = here.program.messages[:4]
        assert connected == {"event": "connected", "protocol": "Call", "version": "1.0.0"}
        stream_sid = start["streamSid"]
        assert stream_sid.startswith("MZ") and len(stream_sid) == 34
        assert start == {
            "event": "start",
            "sequenceNumber": "1",
            "start": {
                "accountSid": here.carrier.account_sid,
                "streamSid": stream_sid,
                "callSid": sid,
                "tracks": ["inbound"],
                "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
                "customParameters": {"token": "t1"},
            },
            "streamSid": stream_sid,
        }
        assert first["sequenceNumber"] == "2" and list(first) == ["event", "sequenceNumber", "media", "streamSid"]
        assert first["media"] == {
            "track": "inbound", "chunk": "1", "timestamp": "100", "payload": base64.b64encode(SILENCE).decode(),
        }  # fmt: skip
        assert (second["media"]["chunk"], second["media"]["timestamp"]) == ("2", "120")
        fiftieth = here.program.heard("media")[49]["media"]
        assert (fiftieth["chunk"], fiftieth["timestamp"]) == ("50", "1080")


async def test_a_mark_comes_back_when_the_audio_before_it_has_played() -> None:
    arrived: list[tuple[str, int]] = []

    async def talk(program: Program, socket: WebSocket) -> None:
        stream = (await program.until("start"))["streamSid"]
        begun = anyio.current_time()
        await mark(socket, stream, "at once")
        await say(socket, stream, clip("reply-1").audio[:1600])
        await mark(socket, stream, "after 200 ms")
        await say(socket, stream, b"\x10" * 80)
        await mark(socket, stream, "after 210 ms")
        for count in range(1, 4):
            name = (await program.until("mark", count))["mark"]["name"]
            arrived.append((name, round((anyio.current_time() - begun) * 1000)))

    async with world(plan(Wait(2000))) as here:
        here.program.talk = talk
        await here.begin()
        await here.program.until("mark", 3)
        await anyio.sleep(0.1)
    (first, first_ms), (second, second_ms), (third, third_ms) = arrived
    assert (first, second, third) == ("at once", "after 200 ms", "after 210 ms")
    assert first_ms <= 10 and 200 <= second_ms <= 225 and 210 <= third_ms <= 245


async def test_clear_empties_the_buffer_and_returns_all_marks() -> None:
    async def talk(program: Program, socket: WebSocket) -> None:
        stream = (await program.until("start"))["streamSid"]
        await say(socket, stream, clip("greeting").audio)
        await mark(socket, stream, "one")
        await say(socket, stream, clip("reply-1").audio)
        await mark(socket, stream, "two")
        await anyio.sleep(1)
        await clear(socket, stream)

    async with world(plan(Wait(2000))) as here:
        here.program.talk = talk
        sid = await here.begin()
        await here.program.until("mark", 2)
        assert here.details(What.MARKED) == ["one", "two"]
        cleared = next(effect for effect in here.carrier.log if effect.what is What.CLEARED)
        assert cleared.stream_ms == pytest.approx(1000, abs=25)
        await anyio.sleep(0.1)
        heard = here.carrier.calls[sid].heard
        assert clip("greeting").audio.startswith(heard) and len(heard) == pytest.approx(8000, abs=320)
        assert cleared.code == clip("greeting").ms + clip("reply-1").ms - len(heard) // 8
        assert heard_clip(here.carrier.log, clip("greeting").audio) is None


async def test_gaps_in_what_was_played_are_told() -> None:
    async def talk(program: Program, socket: WebSocket) -> None:
        stream = (await program.until("start"))["streamSid"]
        await say(socket, stream, clip("greeting").audio[:4000])
        await anyio.sleep(0.7)
        await say(socket, stream, clip("greeting").audio[4000:])

    async with world(plan(Wait(6000))) as here:
        here.program.talk = talk
        await here.begin()
        await here.program.until("start")
        await anyio.sleep(5)
        assert gaps_ms(here.carrier.log) == [pytest.approx(200, abs=20)]
        assert heard_clip(here.carrier.log, clip("greeting").audio) is not None


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("nonsense", 31951),
        ("[]", 31951),
        ('{"event":"hello","streamSid":"SID"}', 31951),
        ('{"event":"clear","streamSid":"MZother"}', 31951),
        ('{"event":"clear","streamSid":"SID","more":1}', 31951),
        ('{"event":"media","streamSid":"SID"}', 31951),
        ('{"event":"media","streamSid":"SID","media":{"payload":"/w==","track":"outbound"}}', 31951),
        ('{"event":"mark","streamSid":"SID","mark":{"name":1}}', 31951),
        ('{"event":"media","streamSid":"SID","media":{"payload":"?"}}', 31950),
    ],
)
async def test_a_malformed_message_is_warned_of_once_and_ignored(message: str, code: int) -> None:
    async def talk(program: Program, socket: WebSocket) -> None:
        stream = (await program.until("start"))["streamSid"]
        for _ in range(3):
            await socket.send(message.replace("SID", stream))
        await mark(socket, stream, "still there")

    async with world(plan(Wait(2000))) as here:
        here.program.talk = talk
        await here.begin()
        await here.program.until("mark")
        assert [effect.code for effect in here.carrier.log if effect.what is What.WARNING] == [code]


async def test_more_than_ten_minutes_of_audio_are_not_taken() -> None:
    async def talk(program: Program, socket: WebSocket) -> None:
        stream = (await program.until("start"))["streamSid"]
        for _ in range(11):
            await say(socket, stream, b"\x10" * 480_000)
        await mark(socket, stream, "end")
        await clear(socket, stream)

    async with world(plan(Wait(9000))) as here:
        here.program.talk = talk
        await here.begin()
        await here.program.until("mark")
        assert [effect.code for effect in here.carrier.log if effect.what is What.WARNING] == [31931]
