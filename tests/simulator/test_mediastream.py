"""The media socket as the carrier opens, feeds and ends it."""

from __future__ import annotations

import base64
from typing import Any

import anyio
import pytest

from tests.simulator.program import Program, World, clear, mark, say, world
from voicecall_core.simulator.harm import harmed
from voicecall_core.simulator.heard import gaps_ms, heard_clip
from voicecall_core.simulator.log import What
from voicecall_core.simulator.scenario import Act, CarrierPlan, Expectation, Listen, Press, Scenario, Speak, Wait
from voicecall_core.simulator.voices import clip
from voicecall_core.wire.websocket import WebSocket

LATER = '<Pause length="1"/><Redirect>/twiml2</Redirect>'
SILENCE = b"\xff" * 160


def plan(*acts: Act, **carrier: Any) -> Scenario:
    return Scenario("s", "", acts, Expectation("completed", "callee"), CarrierPlan(answer_ms=100, **carrier))


async def begin(here: World, after: str = "", attributes: str = "") -> str:
    here.program.documents["/twiml"] = here.program.stream(after, attributes)
    return await here.place()


def details(here: World, what: What) -> list[str]:
    return [effect.detail for effect in here.carrier.log if effect.what is what]


async def test_the_upgrade_is_signed_and_bare() -> None:
    async with world(plan(Wait(500))) as here:
        await begin(here)
        await here.program.until("start")
        upgrade = here.program.upgrades[0]
        assert upgrade.signed and upgrade.path == "/media"
        assert upgrade.headers["user-agent"] == "Twilio.TmeWs/1.0"
        assert upgrade.headers["sec-websocket-version"] == "13"
        unwanted = {"origin", "sec-websocket-extensions", "sec-websocket-protocol"}
        assert not unwanted & set(upgrade.headers)


async def test_connected_start_and_frames_as_captured() -> None:
    async with world(plan(Wait(1000))) as here:
        sid = await begin(here)
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
        await begin(here)
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
        sid = await begin(here)
        await here.program.until("mark", 2)
        assert details(here, What.MARKED) == ["one", "two"]
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
        await begin(here)
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
        await begin(here)
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
        await begin(here)
        await here.program.until("mark")
        assert [effect.code for effect in here.carrier.log if effect.what is What.WARNING] == [31931]


async def test_a_key_is_told_on_the_stream() -> None:
    async with world(plan(Wait(600), Press("7"), Wait(500))) as here:
        await begin(here)
        pressed = await here.program.until("dtmf")
        assert int(pressed["sequenceNumber"]) == len(here.program.messages) - 1
        assert pressed["dtmf"] == {"track": "inbound_track", "digit": "7"}


async def test_the_server_closes_and_the_next_verbs_run() -> None:
    async def talk(program: Program, socket: WebSocket) -> None:
        await program.until("media", 10)
        await socket.close()

    async with world(plan(Wait(500))) as here:
        here.program.talk = talk
        here.program.documents["/twiml2"] = "<Response><Hangup/></Response>"
        sid = await begin(here, LATER)
        assert await here.over(sid) == "completed"
        assert here.program.heard("stop") == []
        assert details(here, What.STREAM_ENDED) == ["server-closed"]
        assert details(here, What.RAN) == ["Connect/Stream Pause Redirect", "Hangup"]
        paths = [hook.path for hook in here.program.webhooks if hook.path != "/status"]
        assert paths == ["/twiml", "/twiml2"]


async def test_without_a_next_verb_the_call_ends_with_the_stream() -> None:
    async def talk(program: Program, socket: WebSocket) -> None:
        await program.until("media", 10)
        await socket.close()

    async with world(plan(Wait(500))) as here:
        here.program.talk = talk
        assert await here.over(await begin(here)) == "completed"


async def test_hanging_up_says_stop_closes_and_then_reports_completed() -> None:
    async with world(plan(Wait(500))) as here:
        sid = await begin(here)
        await here.program.until("media", 10)
        await here.update(sid, Status="completed")
        await here.over(sid)
        stop = here.program.messages[-1]
        assert stop["event"] == "stop" and stop["stop"] == {"accountSid": here.carrier.account_sid, "callSid": sid}
        assert stop["sequenceNumber"] == str(len(here.program.messages) - 1)
        assert here.program.closed == [1000]
        assert details(here, What.STREAM_ENDED) == ["call-ended"]
        assert here.program.said()[-1] == "completed"
        assert harmed(here.carrier.log) is None


async def test_an_update_ends_the_stream_at_once_and_is_seen_as_harm() -> None:
    async def talk(program: Program, socket: WebSocket) -> None:
        await say(socket, (await program.until("start"))["streamSid"], clip("greeting").audio)

    async with world(plan(Wait(500))) as here:
        here.program.talk = talk
        sid = await begin(here, LATER)
        await here.program.until("media", 50)
        before = here.carrier.now_ms
        await here.update(sid, Twiml="<Response><Say>Hello there</Say><Hangup/></Response>")
        await here.over(sid)
        log = here.carrier.log
        ended = next(effect for effect in log if effect.what is What.STREAM_ENDED)
        began = next(effect for effect in log if effect.what is What.SAY_BEGAN)
        assert ended.detail == "update" and began.source == "update"
        assert before <= ended.at_ms <= began.at_ms <= before + 10
        assert here.program.heard("stop") and here.program.closed == [1000]
        assert 0 < len(here.carrier.calls[sid].heard) < len(clip("greeting").audio)
        assert "update" in (harmed(log) or "")


async def test_the_line_drops_once_without_a_word() -> None:
    async with world(plan(Wait(3000), drop_stream_at_ms=400)) as here:
        here.program.documents["/twiml2"] = here.program.stream
        sid = await begin(here, LATER)
        await here.program.until("start", 2)
        await anyio.sleep(1)
        assert here.program.heard("stop") == [] and here.program.closed == [1006]
        assert details(here, What.STREAM_ENDED) == ["dropped"]
        assert len(here.program.heard("media")) >= 19 + 45
        await here.update(sid, Status="completed")
        assert await here.over(sid) == "completed"


async def test_media_stalls_and_the_socket_stays() -> None:
    async with world(plan(Wait(3000), stall_media_at_ms=400)) as here:
        sid = await begin(here)
        await here.program.until("media", 19)
        await anyio.sleep(30)
        assert len(here.program.heard("media")) == 19 and here.program.closed == []
        await here.update(sid, Status="completed")
        await here.over(sid)


async def test_a_stream_that_never_comes() -> None:
    async with world(plan(Wait(500), stream_ms=None)) as here:
        sid = await begin(here)
        await anyio.sleep(40)
        assert here.program.upgrades == []
        await here.update(sid, Status="completed")
        assert await here.over(sid) == "completed"


@pytest.mark.parametrize("refusal", [403, 404, 503])
async def test_a_refused_upgrade_is_reported_and_the_call_goes_on(refusal: int) -> None:
    async with world(plan(Wait(500))) as here:
        here.program.refuse_with = refusal
        here.program.documents["/twiml2"] = "<Response><Hangup/></Response>"
        sid = await begin(here, LATER, f'name="n1" statusCallback="{here.program.url}/streams"')
        assert await here.over(sid) == "completed"
        failed = next(effect for effect in here.carrier.log if effect.what is What.STREAM_FAILED)
        assert failed.code == 31920
        report = next(hook for hook in here.program.webhooks if hook.path == "/streams")
        assert report.signed and report["StreamEvent"] == "stream-error" and report["StreamError"].startswith("31920")
        assert report["StreamName"] == "n1" and report["Timestamp"].endswith("Z") and report["CallSid"] == sid


async def test_streams_report_their_start_and_stop() -> None:
    async with world(plan(Wait(500))) as here:
        sid = await begin(here, "", f'statusCallback="{here.program.url}/streams"')
        await here.program.until("media", 5)
        await here.update(sid, Status="completed")
        await here.over(sid)
        reports = [hook for hook in here.program.webhooks if hook.path == "/streams"]
        assert [report["StreamEvent"] for report in reports] == ["stream-started", "stream-stopped"]
        assert reports[0]["StreamName"] == reports[0]["StreamSid"] and all(report.signed for report in reports)


@pytest.mark.parametrize(
    ("url", "attributes", "code"),
    [
        ("http://127.0.0.1:1/media", "", 31922),
        ("ws://example.com/media", "", 31922),
        ("wss://example.com/media?token=1", "", 31920),
        ("wss://example.com/media", 'track="both_tracks"', 31941),
        ("ws://127.0.0.1:9/media", "", 31902),
    ],
)
async def test_streams_that_cannot_be(url: str, attributes: str, code: int) -> None:
    async with world(plan(Wait(500))) as here:
        document = f'<Response><Connect><Stream url="{url}" {attributes}/></Connect></Response>'
        here.program.documents["/twiml"] = document
        assert await here.over(await here.place()) == "completed"
        assert [effect.code for effect in here.carrier.log if effect.what is What.STREAM_FAILED] == [code]


async def test_the_plan_can_fail_the_stream() -> None:
    async with world(plan(Wait(500), stream_error=31910)) as here:
        sid = await begin(here, "", f'statusCallback="{here.program.url}/streams"')
        await here.over(sid)
        report = next(hook for hook in here.program.webhooks if hook.path == "/streams")
        assert report["StreamError"].startswith("31910")
        assert here.program.upgrades == []


async def test_the_callees_voice_arrives_byte_for_byte() -> None:
    async with world(plan(Wait(400), Speak("question"), Wait(300))) as here:
        await begin(here)
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
        await begin(here)
        await here.program.until("media", 320)
        started = next(effect.at_ms for effect in here.carrier.log if effect.what is What.STREAM_STARTED)
        spoke = next(effect.at_ms for effect in here.carrier.log if effect.what is What.SPOKE)
        assert spoke - started == pytest.approx(1000 + clip("greeting").ms + 600, abs=150)


async def test_the_callee_loses_patience() -> None:
    async with world(plan(Listen(patience_ms=2_000), Speak("bye"))) as here:
        await begin(here)
        await here.program.until("media", 200)
        answered = next(effect.at_ms for effect in here.carrier.log if effect.what is What.ANSWERED)
        spoke = next(effect.at_ms for effect in here.carrier.log if effect.what is What.SPOKE)
        assert spoke - answered == 2_000
