"""How a stream ends: by its server, by the call, by an update, by a bad line."""

from __future__ import annotations

import anyio
import pytest

from tests.simulator.program import Program, plan, say, world
from voicecall_core.net.websocket import WebSocket
from voicecall_core.simulator.carrier.effects import What
from voicecall_core.simulator.carrier.heard import harmed
from voicecall_core.simulator.scenarios.scenario import Wait
from voicecall_core.simulator.voices import clip

LATER = '<Pause length="1"/><Redirect>/twiml2</Redirect>'


async def test_the_server_closes_and_the_next_verbs_run() -> None:
    async def talk(program: Program, socket: WebSocket) -> None:
        await program.until("media", 10)
        await socket.close()

    async with world(plan(Wait(500))) as here:
        here.program.talk = talk
        here.program.documents["/twiml2"] = "<Response><Hangup/></Response>"
        sid = await here.begin(LATER)
        assert await here.over(sid) == "completed"
        assert here.program.heard("stop") == []
        assert here.details(What.STREAM_ENDED) == ["server-closed"]
        assert here.details(What.RAN) == ["Connect/Stream Pause Redirect", "Hangup"]
        paths = [hook.path for hook in here.program.webhooks if hook.path != "/status"]
        assert paths == ["/twiml", "/twiml2"]


async def test_without_a_next_verb_the_call_ends_with_the_stream() -> None:
    async def talk(program: Program, socket: WebSocket) -> None:
        await program.until("media", 10)
        await socket.close()

    async with world(plan(Wait(500))) as here:
        here.program.talk = talk
        assert await here.over(await here.begin()) == "completed"


async def test_hanging_up_says_stop_closes_and_then_reports_completed() -> None:
    async with world(plan(Wait(500))) as here:
        sid = await here.begin()
        await here.program.until("media", 10)
        await here.update(sid, Status="completed")
        await here.over(sid)
        stop = here.program.messages[-1]
        assert stop["event"] == "stop" and stop["stop"] == {"accountSid": here.carrier.account_sid, "callSid": sid}
        assert stop["sequenceNumber"] == str(len(here.program.messages) - 1)
        assert here.program.closed == [1000]
        assert here.details(What.STREAM_ENDED) == ["call-ended"]
        assert here.program.said()[-1] == "completed"
        assert harmed(here.carrier.log) is None


async def test_an_update_ends_the_stream_at_once_and_is_seen_as_harm() -> None:
    async def talk(program: Program, socket: WebSocket) -> None:
        await say(socket, (await program.until("start"))["streamSid"], clip("greeting").audio)

    async with world(plan(Wait(500))) as here:
        here.program.talk = talk
        sid = await here.begin(LATER)
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
        sid = await here.begin(LATER)
        await here.program.until("start", 2)
        await anyio.sleep(1)
        assert here.program.heard("stop") == [] and here.program.closed == [1006]
        assert here.details(What.STREAM_ENDED) == ["dropped"]
        assert len(here.program.heard("media")) >= 19 + 45
        await here.update(sid, Status="completed")
        assert await here.over(sid) == "completed"


async def test_media_stalls_and_the_socket_stays() -> None:
    async with world(plan(Wait(3000), stall_media_at_ms=400)) as here:
        sid = await here.begin()
        await here.program.until("media", 19)
        await anyio.sleep(30)
        assert len(here.program.heard("media")) == 19 and here.program.closed == []
        await here.update(sid, Status="completed")
        await here.over(sid)


@pytest.mark.parametrize("fetch_ms", [15_000, None])
async def test_a_document_is_fetched_late_or_never(fetch_ms: int | None) -> None:
    async with world(plan(Wait(500), fetch_ms=fetch_ms)) as here:
        began = anyio.current_time()
        sid = await here.begin()
        await anyio.sleep(20)
        answered = next(effect.at_ms for effect in here.carrier.log if effect.what is What.ANSWERED)
        told = next(hook.at for hook in here.program.webhooks if dict(hook.form).get("CallStatus") == "in-progress")
        assert (told - began) * 1000 - answered < 100  # of the answer it is told at once
        fetched = [effect.at_ms - answered for effect in here.carrier.log if effect.what is What.RAN]
        assert fetched == ([] if fetch_ms is None else [pytest.approx(15_000, abs=20)])
        await here.update(sid, Status="completed")
        assert await here.over(sid) == "completed"


@pytest.mark.parametrize(("faulty", "odd"), [(1, 1), (2, 2), (0, 3)])
async def test_a_fault_befalls_the_first_streams_or_all(faulty: int, odd: int) -> None:
    """The program lets every socket in and closes it, so that the next document's stream comes."""

    async def talk(program: Program, socket: WebSocket) -> None:
        await program.until("start")
        await anyio.sleep(0.1)
        await socket.close()

    async with world(plan(Wait(500), encoding="audio/x-alaw", faulty_streams=faulty)) as here:
        here.program.talk = talk
        here.program.documents["/twiml2"] = here.program.stream(LATER)
        sid = await here.begin(LATER)
        await here.program.until("start", 3)
        formats = [one["start"]["mediaFormat"]["encoding"] for one in here.program.heard("start")[:3]]
        assert [one == "audio/x-alaw" for one in formats] == [at < odd for at in range(3)]
        await here.update(sid, Status="completed")
        await here.over(sid)
