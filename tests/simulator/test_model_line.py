"""The program's own line to the built-in model: all that it can say is understood, all that it hears it knows."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio

from tests.simulator.model_client import ORDINARY, noted, scenario
from voicecall_core.models.base import AudioDelta, AudioDone
from voicecall_core.models.openai_realtime import writing
from voicecall_core.models.openai_realtime.client import ModelLine
from voicecall_core.net.memory import MemoryNetwork
from voicecall_core.simulator.model.server import SimulatedModel, open_model
from voicecall_core.simulator.scenarios.scenario import ModelPlan
from voicecall_core.simulator.voices import clip, said
from voicecall_core.words.events import Event, Heard, ModelErred, ModelFailed, ResponseBegan, ResponseEnded, ToolCalled
from voicecall_core.words.terms import Brief

BRIEF = Brief("gpt-realtime-2.1", "marin", "You call people.", clip("greeting").text)


class Ears:
    """What the line tells, and the audio by item."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.audio: dict[str, bytes] = {}
        self._change = anyio.Event()

    def tell(self, event: Event) -> None:
        self.events.append(event)
        self._change.set()
        self._change = anyio.Event()

    def hear(self, sound: AudioDelta | AudioDone) -> None:
        if isinstance(sound, AudioDelta):
            self.audio[sound.item] = self.audio.get(sound.item, b"") + base64.b64decode(sound.payload_b64)

    async def ended(self, count: int) -> ResponseEnded:
        with anyio.fail_after(60):
            while len(done := [event for event in self.events if isinstance(event, ResponseEnded)]) < count:
                await self._change.wait()
        return done[count - 1]


@asynccontextmanager
async def on_the_line(plan: ModelPlan = ORDINARY) -> AsyncIterator[tuple[SimulatedModel, ModelLine, Ears]]:
    network, ears = MemoryNetwork(), Ears()
    async with open_model(network, scenario(plan)) as model, anyio.create_task_group() as tasks:
        url = f"{model.url}?model={BRIEF.model}"
        line = ModelLine(1, network, url, model.key, BRIEF, held=True, tell=ears.tell, audio=ears.hear)
        tasks.start_soon(line.run)
        yield model, line, ears
        await line.close()
        tasks.cancel_scope.cancel()


async def say(line: ModelLine, audio: bytes) -> None:
    for at in range(0, len(audio), 160):
        line.send(writing.append(base64.b64encode(audio[at : at + 160]).decode()))
        await anyio.sleep(0.02)


async def test_a_conversation_without_one_error() -> None:
    async with on_the_line(ModelPlan(end_call_after_turns=1)) as (model, line, ears):
        line.send(writing.greeting(BRIEF, "greeting-1"))
        await ears.ended(1)
        assert list(ears.audio.values()) == [clip("greeting").audio]
        assert [event.ref for event in ears.events if isinstance(event, ResponseBegan)] == ["greeting-1"]

        await say(line, clip("hello").audio + b"\xff" * 8_000)
        line.send(writing.turns(held=False, event_id="turns-1"))
        await say(line, b"\xff" * 1_600 + clip("question").audio + b"\xff" * 8_000)
        spoken = await ears.ended(2)
        assert spoken.usage.audio_out == -(-clip("reply-1").ms // 50)
        heard = [event.pii_text for event in ears.events if isinstance(event, Heard) and event.final]
        assert heard == [clip("hello").text, clip("question").text]

        line.send(writing.respond(BRIEF, "say-1", "The line is bad."))
        await ears.ended(3)
        item = list(ears.audio)[-1]
        assert ears.audio[item] == said("The line is bad.").audio
        line.send(writing.truncate(item, 300, "truncate-1"))
        line.send(writing.delete(item, "delete-1"))
        await say(line, clip("bye").audio + b"\xff" * 8_000)
        await ears.ended(4)
        (called,) = [event for event in ears.events if isinstance(event, ToolCalled)]
        line.send(writing.tool_output(called.tool_call, "{}", "output-1"))
        await anyio.sleep(1)
        assert not [event for event in ears.events if isinstance(event, ModelErred | ModelFailed)]
        assert noted(model, "error") == []
        assert noted(model, "truncated") == [{"item": item, "ms": 300}]


async def test_a_history_is_continued_and_not_greeted_again() -> None:
    async with on_the_line() as (model, line, ears):
        lines = [("agent", BRIEF.pii_greeting), ("callee", clip("question").text)]
        for message in writing.history(lines, "history"):
            line.send(message)
        line.send(writing.respond(BRIEF, "turn-1"))
        await ears.ended(1)
        assert list(ears.audio.values()) == [clip("reply-1").audio]
        assert noted(model, "error") == []


async def test_cancelling_on_the_line() -> None:
    async with on_the_line(ModelPlan(speed=1.0)) as (model, line, ears):
        line.send(writing.greeting(BRIEF, "greeting-1"))
        await anyio.sleep(2)
        (began,) = [event for event in ears.events if isinstance(event, ResponseBegan)]
        line.send(writing.cancel(began.response, "cancel-1"))
        ended = await ears.ended(1)
        assert (ended.status, ended.response) == ("cancelled", began.response)
        assert noted(model, "error") == []


async def test_a_dropped_session_is_a_failure_that_may_be_tried_again() -> None:
    async with on_the_line(ModelPlan(drop_after_ms=100)) as (_, _line, ears):
        await anyio.sleep(2)
        (failed,) = [event for event in ears.events if isinstance(event, ModelFailed)]
        assert failed.retryable
