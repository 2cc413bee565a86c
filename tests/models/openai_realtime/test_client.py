"""A model line against a small server with a script, in memory and on a mock clock."""

from __future__ import annotations

import json

import anyio
import pytest

from tests.models.openai_realtime.scripted import (
    BRIEF,
    CREATED,
    KEY,
    READY,
    UPDATED,
    Ears,
    Server,
    failure_of,
    said,
    served,
    set_up,
)
from voicecall_core.models.base import AudioDelta, AudioDone
from voicecall_core.models.openai_realtime import client, writing
from voicecall_core.models.openai_realtime.client import SET_UP
from voicecall_core.net.memory import WINDOW_BYTES, MemoryNetwork
from voicecall_core.net.websocket import WebSocket
from voicecall_core.words.events import ModelErred, ModelFailed, Spoken


async def test_a_session_is_set_up_and_then_told_ready() -> None:
    async with served(set_up) as (server, ears, line), anyio.create_task_group() as tasks:
        tasks.start_soon(line.run)
        await anyio.sleep(1)
        assert ears.events == READY
        assert server.read_so_far == [json.loads(writing.session_update(BRIEF, held=True, event_id=SET_UP))]
        await line.close()
        assert ears.events == READY, "an end that was asked for is no failure"


async def test_the_key_travels_in_one_header_and_the_beta_is_not_asked_for() -> None:
    """Field failure M18."""
    async with served(set_up) as (server, _, line), anyio.create_task_group() as tasks:
        tasks.start_soon(line.run)
        await anyio.sleep(1)
        (request,) = server.requests
        assert request.target == "/v1/realtime?model=gpt-realtime-2.1"
        names = {name for name, _ in request.headers}
        assert names == {
            *("host", "upgrade", "connection", "sec-websocket-key", "sec-websocket-version"),
            *("authorization", "user-agent"),
        }
        assert (request.header("authorization"), request.header("user-agent")) == (f"Bearer {KEY}", "vc/py 1")
        assert KEY not in repr(line)
        await line.close()


async def test_what_is_sent_early_waits_for_the_set_up_in_order() -> None:
    """Field failure M12, M13: what comes before the session applies is ignored or replaced."""

    async def slow(server: Server, ws: WebSocket) -> None:
        await anyio.sleep(1)
        await ws.send(CREATED)
        await server.read(ws)
        with anyio.move_on_after(2):
            await server.read(ws)
            raise AssertionError("nothing may leave before the session is ready")
        await ws.send(UPDATED)

    async with served(slow) as (server, _, line), anyio.create_task_group() as tasks:
        line.send(writing.commit("first"))
        tasks.start_soon(line.run)
        await anyio.sleep(1.5)
        line.hear("fw==")
        await anyio.sleep(5)
        assert server.types == ["session.update", "input_audio_buffer.commit", "input_audio_buffer.append"]
        await line.close()


async def test_only_the_first_update_is_the_sessions_readiness() -> None:
    async def twice(server: Server, ws: WebSocket) -> None:
        await ws.send(UPDATED)  # before anything was asked for: says nothing
        await set_up(server, ws)
        await ws.send(CREATED)
        await ws.send(UPDATED)

    async with served(twice) as (server, ears, line), anyio.create_task_group() as tasks:
        tasks.start_soon(line.run)
        await anyio.sleep(1)
        assert ears.events == READY
        assert server.types == ["session.update"]
        await line.close()


async def test_voice_and_words_are_handed_on_in_their_order() -> None:
    place = {"response_id": "r", "item_id": "i", "output_index": 0, "content_index": 0}

    async def speak(server: Server, ws: WebSocket) -> None:
        await set_up(server, ws)
        await ws.send(said("response.output_audio.delta", **place, delta="fw=="))
        await ws.send(said("response.output_audio_transcript.done", **place, transcript="Hello."))
        await ws.send(said("response.output_audio.done", **place))
        await ws.send(said("something.new"))

    async with served(speak) as (_, ears, line), anyio.create_task_group() as tasks:
        tasks.start_soon(line.run)
        await anyio.sleep(1)
        assert ears.voice == [AudioDelta(1, "r", "i", "fw=="), AudioDone(1, "r", "i")]
        assert ears.events == [*READY, Spoken(1, "i", "r", "Hello.")]
        await line.close()


@pytest.mark.parametrize("status", [401, 403])
async def test_a_refused_key_is_not_tried_again(status: int) -> None:
    failure = await failure_of(set_up, status=status)
    assert (failure.code, failure.retryable) == ("invalid_api_key", False)


async def test_a_server_that_repeats_the_key_does_not_spread_it() -> None:
    body = json.dumps({"error": {"code": "invalid_api_key", "message": f"Wrong: {KEY}"}}).encode()
    assert KEY not in repr(await failure_of(set_up, status=401, body=body))


async def test_a_garbage_key_that_is_let_in_and_then_told_off() -> None:
    async def told_off(server: Server, ws: WebSocket) -> None:
        await ws.send(
            said("error", error={"type": "invalid_request_error", "code": "invalid_api_key", "message": "No."})
        )

    failure = await failure_of(told_off)
    assert (failure.code, failure.retryable) == ("invalid_api_key", False)


async def test_a_set_up_that_is_refused_would_be_refused_again() -> None:
    """Field failure M30: a field the model does not know."""

    async def refuse(server: Server, ws: WebSocket) -> None:
        await ws.send(CREATED)
        ref = (await server.read(ws))["event_id"]
        error = {"type": "invalid_request_error", "code": "unknown_parameter", "message": "reasoning", "event_id": ref}
        await ws.send(said("error", error=error))

    failure = await failure_of(refuse)
    assert (failure.code, failure.reason, failure.retryable) == ("unknown_parameter", "reasoning", False)


async def test_a_later_error_is_survived() -> None:
    async def err(server: Server, ws: WebSocket) -> None:
        await set_up(server, ws)
        await ws.send(said("error", error={"type": "t", "code": "response_cancel_not_active", "message": "m"}))

    async with served(err) as (_, ears, line), anyio.create_task_group() as tasks:
        tasks.start_soon(line.run)
        await anyio.sleep(1)
        assert ears.events[-1] == ModelErred(1, "response_cancel_not_active", "m")
        await line.close()


@pytest.mark.parametrize(
    ("code", "reason", "named", "retryable"),
    [
        (1001, "Your session hit the maximum duration of 60 minutes.", "session_expired", True),
        (4000, "invalid_request_error.beta_api_shape_disabled", "beta_api_shape_disabled", False),
    ],
)
async def test_a_closed_session_is_a_failure_with_its_cause(
    code: int, reason: str, named: str, retryable: bool
) -> None:
    async def close(server: Server, ws: WebSocket) -> None:
        await set_up(server, ws)
        await ws.close(code, reason)

    failure = await failure_of(close)
    assert (failure.code, failure.retryable) == (named, retryable)


async def test_a_session_whose_socket_breaks_is_lost() -> None:
    """Field failure M24."""
    network = MemoryNetwork()

    async def cut(server: Server, ws: WebSocket) -> None:
        await set_up(server, ws)
        await anyio.sleep(1)
        network.cut(int(server.requests[0].header("host").rpartition(":")[2]))

    async with served(cut, network) as (_, ears, line):
        await line.run()
        assert ears.events == [*READY, ModelFailed(1, "lost", "closed with 1006")]


async def test_nonsense_ends_the_session() -> None:
    async def babble(server: Server, ws: WebSocket) -> None:
        await ws.send("<html>")

    assert (await failure_of(babble)).code == "protocol_error"


async def test_a_session_that_tells_without_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "MOST_EVENTS", 100)

    async def chatter(server: Server, ws: WebSocket) -> None:
        await set_up(server, ws)
        for _ in range(200):
            await ws.send(said("input_audio_buffer.speech_started", item_id="item_1", audio_start_ms=0))

    failure = await failure_of(chatter)
    assert (failure.code, failure.retryable) == ("protocol_error", False)
    assert "more than 100 things" in failure.reason


async def test_nobody_there() -> None:
    ears = Ears()
    await ears.line(MemoryNetwork(), 9).run()
    (failure,) = ears.events
    assert isinstance(failure, ModelFailed)
    assert (failure.code, failure.retryable) == ("unreachable", True)


async def test_a_model_that_does_not_read_fails_instead_of_filling_memory() -> None:
    async def deaf(server: Server, ws: WebSocket) -> None:
        await set_up(server, ws)
        await anyio.sleep_forever()

    async with served(deaf) as (_, ears, line), anyio.create_task_group() as tasks:
        tasks.start_soon(line.run)
        await anyio.sleep(1)
        for _ in range(client.QUEUE_MESSAGES + 1 + 2 * WINDOW_BYTES // 300):  # and what the network takes meanwhile
            line.send("x" * 300)
        await anyio.sleep(10)
        assert [e.code for e in ears.events if isinstance(e, ModelFailed)] == ["model_too_slow"]


@pytest.mark.parametrize("how", ["close", "cancel"])
@pytest.mark.parametrize("after_s", [0.05, 0.15, 0.5])
async def test_an_end_of_our_own_is_quick_and_silent_at_every_stage(how: str, after_s: float) -> None:
    """A stream that stops while the model is still connecting cancels the connecting: an outcome, not an error."""

    async def slow(server: Server, ws: WebSocket) -> None:
        await anyio.sleep(0.1)
        await ws.send(CREATED)
        await anyio.sleep(0.1)
        await set_up(server, ws)

    async with served(slow) as (_, ears, line), anyio.create_task_group() as tasks:
        tasks.start_soon(line.run)
        await anyio.sleep(after_s)
        began = anyio.current_time()
        if how == "close":
            await line.close()
        else:
            tasks.cancel_scope.cancel()
    assert anyio.current_time() - began < client.CLOSE_WITHIN_S + 0.1
    assert not any(isinstance(event, ModelFailed) for event in ears.events)


async def test_closing_a_line_that_never_ran_or_is_over_returns() -> None:
    line = Ears().line(MemoryNetwork(), 9)
    await line.close()
    await line.run()
    await line.close()
