"""The vendor's own client talks to the built-in model over real sockets: somebody else's reading of the interface."""

from __future__ import annotations

import base64
from typing import Any

import anyio
import pytest
from openai import AsyncOpenAI
from openai.resources.realtime.realtime import AsyncRealtimeConnection
from websockets.exceptions import InvalidStatus

from tests.simulator.model_client import noted, scenario
from voicecall_core.net.network import TcpNetwork
from voicecall_core.simulator.model.server import open_model
from voicecall_core.simulator.scenarios.scenario import ModelPlan
from voicecall_core.simulator.voices import clip

pytestmark = pytest.mark.real_sockets
QUICK = ModelPlan(handshake_ms=5, created_ms=5, updated_ms=5, first_audio_ms=5, speed=100.0)


async def until(connection: AsyncRealtimeConnection, kind: str) -> list[Any]:
    """The events up to the first of that type."""
    events: list[Any] = []
    with anyio.fail_after(20):
        while not events or events[-1].type != kind:
            events.append(await connection.recv())
    return events


async def test_a_conversation_with_the_official_client() -> None:
    async with open_model(TcpNetwork(), scenario(QUICK)) as model:
        official = AsyncOpenAI(api_key=model.key, websocket_base_url=model.url.removesuffix("/realtime"))
        async with official, official.realtime.connect(model="gpt-realtime-2.1") as connection:
            await until(connection, "session.created")
            await connection.session.update(
                session={
                    "type": "realtime",
                    "audio": {
                        "input": {"format": {"type": "audio/pcmu"}, "transcription": {"model": "gpt-transcribe"}},
                        "output": {"format": {"type": "audio/pcmu"}, "voice": "marin"},
                    },
                }
            )
            updated = (await until(connection, "session.updated"))[-1]
            assert updated.session.audio.output.format.type == "audio/pcmu"

            await connection.response.create(response={"instructions": f'Say "{clip("greeting").text}"'})
            heard = heard_in(await until(connection, "response.done"))
            assert heard == clip("greeting").audio

            said = clip("question").audio + b"\xff" * 8_000
            await connection.input_audio_buffer.append(audio=base64.b64encode(said).decode())
            events = await until(connection, "response.done")
            assert heard_in(events) == clip("reply-1").audio
            item = events[-1].response.output[0].id
            await connection.conversation.item.truncate(item_id=item, content_index=0, audio_end_ms=1_000)
            assert (await until(connection, "conversation.item.truncated"))[-1].audio_end_ms == 1_000
        assert noted(model, "error") == []
        assert [line["text"] for line in noted(model, "heard")] == [clip("question").text]


async def test_the_official_client_with_a_wrong_key() -> None:
    async with open_model(TcpNetwork(), scenario(QUICK)) as model:
        official = AsyncOpenAI(api_key="sk-wrong", websocket_base_url=model.url.removesuffix("/realtime"))
        async with official:
            with pytest.raises(InvalidStatus) as refused:
                await official.realtime.connect(model="gpt-realtime-2.1").enter()
        assert refused.value.response.status_code == 401


def heard_in(events: list[Any]) -> bytes:
    """All audio in the events."""
    return b"".join(base64.b64decode(event.delta) for event in events if event.type == "response.output_audio.delta")
