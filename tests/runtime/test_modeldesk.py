"""Several sessions with the model at once: each is opened, heard and closed on its own, and none outlives the call."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from itertools import count
from typing import Any, cast

import anyio
import pytest

from tests.media.phone import Line
from voicecall_core.media import Bridge
from voicecall_core.models.base import Audio, AudioDelta, ModelOrder, Tell
from voicecall_core.session.model_commands import ModelCommands
from voicecall_core.words import orders as o
from voicecall_core.words.events import AudioBegan, Event
from voicecall_core.words.terms import Brief, Limits

CLOSING_S = 0.5


class Opened(Line):
    """A session that is held until it is closed, and takes its time over that."""

    def __init__(self, session: int, tell: Tell, audio: Audio) -> None:
        super().__init__(session)
        self.tell, self.audio = tell, audio
        self.running = False
        self.said: list[ModelOrder] = []
        self._closed = anyio.Event()
        self._over = anyio.Event()

    async def run(self) -> None:
        self.running = True
        try:
            await self._closed.wait()
            await anyio.sleep(CLOSING_S)
        finally:
            self.running = False
            self._over.set()

    def say(self, order: ModelOrder, event_id: str) -> None:
        self.said.append(order)

    async def close(self) -> None:
        self._closed.set()
        if self.running:
            await self._over.wait()


class Model:
    """Opens sessions, and remembers them."""

    usable = True

    def __init__(self) -> None:
        self.sessions: list[Opened] = []

    def set_up(self, brief: Brief) -> dict[str, Any]:
        return {}

    def opened_ahead(self, model: str) -> AbstractAsyncContextManager[None]:
        return nullcontext()

    def open(self, order: o.OpenModel, brief: Brief, tell: Tell, audio: Audio) -> Opened:
        self.sessions.append(Opened(order.session, tell, audio))
        return self.sessions[-1]


class Desk:
    """A model desk with its bridge, and what was told."""

    def __init__(self, spawn: Any) -> None:
        self.told: list[Event] = []
        self.model = Model()
        self.bridge = Bridge(
            self.told.append, media_stream=lambda: cast(Any, None), clips=lambda name: b"", limits=Limits()
        )
        brief = Brief("gpt-realtime-2.1", "marin", "", "")
        self.desk = ModelCommands(brief, self.model, self.bridge, spawn, count(1).__next__)

    @property
    def running(self) -> list[int]:
        return [session.session for session in self.model.sessions if session.running]


@asynccontextmanager
async def opened_desk(*sessions: int) -> AsyncIterator[Desk]:
    """A desk with these sessions open; what is left running of them at the end is an error."""
    with anyio.fail_after(60):
        async with anyio.create_task_group() as tasks:
            desk = Desk(tasks.start_soon)
            for session in sessions:
                desk.desk.open_model(o.OpenModel(session))
            await anyio.sleep(0.1)
            yield desk


async def test_a_session_is_opened_while_another_one_is_open_and_both_are_spoken_to() -> None:
    async with opened_desk(1, 2) as desk:
        assert desk.running == [1, 2]
        desk.desk.say(o.AskResponse(2, "turn-1"))
        desk.desk.say(o.HoldTurns(1))
        desk.desk.say(o.HoldTurns(9))  # which was never opened
        assert [session.said for session in desk.model.sessions] == [[o.HoldTurns(1)], [o.AskResponse(2, "turn-1")]]
        await desk.desk.close_all()
        assert desk.running == []


@pytest.mark.parametrize(("closed", "left"), [(1, 2), (2, 1)])
async def test_either_is_closed_without_the_other(closed: int, left: int) -> None:
    async with opened_desk(1, 2) as desk:
        desk.desk.close_model(o.CloseModel(closed))
        desk.desk.close_model(o.CloseModel(closed))
        await anyio.sleep(1)
        assert desk.running == [left]
        desk.desk.close_model(o.CloseModel(left))
        await anyio.sleep(1)
        assert desk.running == []


async def test_a_closed_session_s_speech_ends_and_the_callee_is_held_for_the_next() -> None:
    async with opened_desk(1, 2) as desk:
        first, second = desk.model.sessions
        desk.bridge.forward_audio(1)
        first.audio(AudioDelta(1, "r", "i", b64encode(b"x" * 800).decode()))
        desk.desk.close_model(o.CloseModel(1))
        assert [type(event).__name__ for event in desk.told] == ["AudioBegan", "AudioEnded"]
        first.audio(AudioDelta(1, "r", "late", b64encode(b"x" * 800).decode()))
        desk.bridge.forward_audio(2)
        first.audio(AudioDelta(1, "r", "later", b64encode(b"x" * 800).decode()))
        second.audio(AudioDelta(2, "r2", "i2", b64encode(b"x" * 800).decode()))
        assert [event.item for event in desk.told if isinstance(event, AudioBegan)] == ["i", "i2"]
        await desk.desk.close_all()


async def test_at_the_end_all_are_closed_at_once_and_nothing_is_left() -> None:
    async with opened_desk(1, 2, 3) as desk:
        desk.desk.close_model(o.CloseModel(2))
        began = anyio.current_time()
        await desk.desk.close_all()
        assert desk.running == []
        assert anyio.current_time() - began == pytest.approx(CLOSING_S)
        await desk.desk.close_all()
