"""The greeting asked for behind the set-up: it waits for nothing, and is told once the session is ready."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import anyio
import pytest

from tests.models.openai_realtime.scripted import CREATED, OPENING, READY, UPDATED, Ears, Script, Server, said, served
from voicecall_core.models.base import AudioDelta, AudioDone
from voicecall_core.models.openai_realtime import client
from voicecall_core.models.openai_realtime.client import SET_UP
from voicecall_core.net.websocket import WebSocket
from voicecall_core.words.events import Event, ModelErred, ModelFailed, ResponseBegan, ResponseEnded
from voicecall_core.words.orders import AskGreeting
from voicecall_core.words.values import SET_UP_DIFFERS

REF = "greeting-1"
PLACE = {"response_id": "r", "item_id": "i", "output_index": 0, "content_index": 0}
BEGUN = said("response.created", response={"id": "r", "metadata": {"ref": REF}})
SOUND = [said("response.output_audio.delta", **PLACE, delta="fw=="), said("response.output_audio.done", **PLACE)]
OTHER = said("session.updated", session={"audio": {"output": {"voice": "alloy"}}})


def _said(*messages: str) -> Script:
    """A server that reads both requests before it says a word, and then says these."""

    async def script(server: Server, ws: WebSocket) -> None:
        await server.read(ws)
        await server.read(ws)
        for message in messages:
            await ws.send(message)

    return script


async def _told(script: Script, seconds: float = 1) -> tuple[Server, Ears]:
    async with served(script) as (server, ears, line), anyio.create_task_group() as tasks:
        line.say(AskGreeting(1, REF), "vc-1")
        tasks.start_soon(line.run)
        await anyio.sleep(seconds)
        await line.close()
    return server, ears


def _after(ears: Ears, opening: Sequence[Event]) -> list[Event]:
    assert ears.events[: len(opening)] == [*opening]
    return ears.events[len(opening) :]


async def test_it_leaves_behind_the_set_up_before_the_server_has_said_a_word() -> None:
    server, ears = await _told(_said(CREATED, UPDATED))
    assert server.types == ["session.update", "response.create"]
    assert ears.events == READY


async def test_one_that_is_asked_for_later_leaves_as_early_as_it_can() -> None:
    async with served(_said(CREATED)) as (server, _, line), anyio.create_task_group() as tasks:
        tasks.start_soon(line.run)
        await anyio.sleep(1)
        line.say(AskGreeting(1, REF), "vc-1")
        await anyio.sleep(1)
        assert server.types == ["session.update", "response.create"]
        await line.close()


async def test_what_comes_of_it_is_told_once_the_session_is_ready_and_in_its_order() -> None:
    """Also if the response has failed meanwhile: that is told, and what follows is for others to say."""
    ended = said("response.done", response={"id": "r", "status": "failed"})
    _, waiting = await _told(_said(CREATED, BEGUN, *SOUND, ended), seconds=5)
    assert waiting.events == READY[:-1] and not waiting.voice
    _, ears = await _told(_said(CREATED, BEGUN, *SOUND, ended, UPDATED))
    assert [type(event) for event in _after(ears, READY)] == [ResponseBegan, ResponseEnded]
    assert ears.voice == [AudioDelta(1, "r", "i", "fw=="), AudioDone(1, "r", "i")]


async def test_nothing_is_heard_of_a_session_that_is_not_as_it_was_asked_to_be() -> None:
    _, ears = await _told(_said(CREATED, BEGUN, *SOUND, OTHER, UPDATED, *SOUND))
    (failed,) = _after(ears, READY[:-1])
    assert isinstance(failed, ModelFailed) and failed.retryable and failed.code == SET_UP_DIFFERS
    assert "alloy" in failed.reason and "marin" in failed.reason
    assert not ears.voice


async def test_a_session_that_is_lost_in_between_says_nothing_of_its_greeting() -> None:
    async def lost(server: Server, ws: WebSocket) -> None:
        await _said(CREATED, BEGUN, *SOUND)(server, ws)
        await ws.close(1011, "")

    _, ears = await _told(lost)
    (failed,) = _after(ears, READY[:-1])
    assert isinstance(failed, ModelFailed) and not ears.voice


def _error(ref: str | None, code: str = "unknown_parameter") -> str:
    error: dict[str, Any] = {"type": "invalid_request_error", "code": code, "message": "No.", "event_id": ref}
    return said("error", error=error)


@pytest.mark.parametrize(("ref", "again"), [(SET_UP, False), (None, True), ("event_of_theirs", True)])
async def test_an_error_that_is_not_its_own_is_the_sessions(ref: str | None, again: bool) -> None:
    """One that names nothing may be the greeting's: a session of which less is asked may fare better."""
    _, ears = await _told(_said(CREATED, _error(ref), UPDATED))
    (failed,) = _after(ears, READY[:-1])
    assert isinstance(failed, ModelFailed)
    assert (failed.code, failed.retryable) == ("unknown_parameter", again)


async def test_an_error_that_no_session_survives_is_not_tried_again() -> None:
    _, ears = await _told(_said(CREATED, _error(None, "insufficient_quota")))
    (failed,) = _after(ears, READY[:-1])
    assert isinstance(failed, ModelFailed) and not failed.retryable


async def test_a_greeting_that_is_refused_is_told_when_the_session_is_ready() -> None:
    _, ears = await _told(_said(CREATED, _error(REF), UPDATED))
    (erred,) = _after(ears, READY)
    assert isinstance(erred, ModelErred) and erred.ref == REF


@pytest.mark.parametrize("bound", ["MOST_EARLY", "MOST_EARLY_CHARACTERS"])
async def test_a_session_that_speaks_on_and_is_never_ready_fails(bound: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, bound, 10)
    _, ears = await _told(_said(CREATED, BEGUN, *SOUND * 6))
    (failed,) = _after(ears, READY[:-1])
    assert isinstance(failed, ModelFailed) and failed.retryable and not ears.voice


async def test_an_update_that_comes_before_the_session_is_there_says_nothing() -> None:
    _, ears = await _told(_said(UPDATED, OTHER))
    assert ears.events == OPENING
