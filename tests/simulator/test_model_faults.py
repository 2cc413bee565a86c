"""The faults of the model that make a call go mute: each does what its plan says, and nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.utils import parsedate_to_datetime
from typing import Any

import anyio
import pytest

from tests.simulator.model_client import END_CALL, Client, client_of, noted, scenario, talking, turn_detection
from voicecall_core.net.memory import MemoryNetwork
from voicecall_core.net.opening import open_websocket
from voicecall_core.simulator.model.server import SimulatedModel, open_model
from voicecall_core.simulator.scenarios.scenario import ModelPlan
from voicecall_core.simulator.voices import clip, said

SILENCE = b"\xff" * 8_000  # a second
LONG = "Thank you very much for all of your time today, it was a pleasure to talk to you. " * 2


async def _respond(client: Client, count: int = 1) -> dict[str, Any]:
    await client.send("response.create")
    done: dict[str, Any] = (await client.wait("response.done", count))["response"]
    return done


async def _quiet(client: Client, seconds: float = 30.0) -> None:
    """Fails if the model says anything in so many seconds."""
    known = len(client.events)
    await anyio.sleep(seconds)
    assert [event["type"] for event in client.events[known:]] == []


@asynccontextmanager
async def opened(plan: ModelPlan) -> AsyncIterator[tuple[SimulatedModel, MemoryNetwork]]:
    network = MemoryNetwork()
    async with open_model(network, scenario(plan)) as model:
        yield model, network
    assert network.open_ends == 0


async def _upgraded(model: SimulatedModel, network: MemoryNetwork) -> Any:
    headers = [("Authorization", f"Bearer {model.key}")]
    return await open_websocket(network, f"{model.url}?model=gpt-realtime-2.1", headers=headers)


async def test_a_response_hangs_until_it_is_cancelled() -> None:
    async with talking(ModelPlan(hang_response=2)) as (_, client):
        assert (await _respond(client))["status"] == "completed"
        await client.send("response.create")
        await client.wait("response.created", 2)
        await client.wait("rate_limits.updated", 2)
        await _quiet(client)
        await client.send("response.cancel")
        assert (await client.wait("response.done", 2))["response"]["status"] == "cancelled"
        assert (await _respond(client, 3))["status"] == "completed"


async def test_every_response_from_one_on_may_be_struck() -> None:
    async with talking(ModelPlan(mute_response=2, faulty_responses=0)) as (_, client):
        sounds = [bool((await _respond(client, count))["output"]) for count in range(1, 5)]
        assert sounds == [True, False, False, False]


async def test_a_response_completes_without_a_sound() -> None:
    async with talking(ModelPlan(mute_response=1, faulty_responses=2)) as (_, client):
        for count in (1, 2):
            done = await _respond(client, count)
            assert (done["status"], done["output"]) == ("completed", [])
        assert client.audio() == b""
        assert (await _respond(client, 3))["output"]


async def test_a_response_stops_in_mid_word_and_never_ends() -> None:
    async with talking(ModelPlan(stall_response=1, stall_after_ms=700)) as (_, client):
        await client.send("response.create")
        await anyio.sleep(5)
        await _quiet(client)
        assert 700 * 8 <= len(client.audio()) <= 1_100 * 8 and clip("reply-1").audio.startswith(client.audio())
        await client.send("response.cancel")
        assert (await client.wait("response.done"))["response"]["status"] == "cancelled"


async def test_the_end_of_a_turn_is_never_noticed() -> None:
    async with talking(ModelPlan(endless_turn=2)) as (_, client):
        await client.play(clip("short").audio + SILENCE)
        await client.wait("response.done")
        await client.play(clip("question").audio + SILENCE * 20)
        assert len(client.all("input_audio_buffer.speech_started")) == 2
        assert len(client.all("input_audio_buffer.speech_stopped")) == 1
        await client.send("input_audio_buffer.commit")  # by hand it can be had
        await client.wait("input_audio_buffer.committed", 2)


async def test_a_session_freezes_with_its_socket_open() -> None:
    async with opened(ModelPlan(freeze_after_ms=1_000)) as (model, network):
        async with client_of(model, network) as client:
            await anyio.sleep(0.9)
            await client.send("response.create")
            await client.wait("response.created")
            await anyio.sleep(0.2)  # it froze meanwhile; what was said by then has come
            known = len(client.events)
            await client.append(SILENCE)
            await anyio.sleep(120)
            assert len(client.events) == known and client.end is None
            assert noted(model, "closed") == []
        async with client_of(model, network) as second:  # only the first freezes
            await anyio.sleep(2)
            assert (await _respond(second))["status"] == "completed"


async def test_sessions_are_lost_at_a_time_whatever_they_do() -> None:
    async with opened(ModelPlan(drops_at_ms=(1_000, 1_300), handshake_ms=200)) as (model, network):
        await anyio.sleep(30)  # whoever asks for a session late is not spared
        asked = anyio.current_time()
        async with client_of(model, network) as first:
            assert (await first.ended()).code == 1006
        assert round((anyio.current_time() - asked) * 1000) == 1_000
        with pytest.raises(ConnectionResetError):  # in its handshake
            await anyio.sleep(0.15)
            await _upgraded(model, network)
        assert round((anyio.current_time() - asked) * 1000) <= 1_400
        async with client_of(model, network) as third:
            await third.send("response.create")
            await third.wait("response.done")
        assert noted(model, "closed")[0] == {"by": "drop", "code": 1006, "reason": ""}


@pytest.mark.parametrize("held", [{"create_response": False, "interrupt_response": False}])
async def test_a_server_does_not_obey_what_it_confirms(held: dict[str, bool]) -> None:
    plan = ModelPlan(always_answers=True, always_yields=True, speed=1.0)
    async with talking(plan, audio=turn_detection(**held)) as (_, client):
        view = client.all("session.updated")[-1]["session"]["audio"]["input"]["turn_detection"]
        assert {name: view[name] for name in held} == held
        await client.play(clip("short").audio + SILENCE)
        await client.wait("response.output_audio.delta")
        await client.play(clip("interruption").audio + SILENCE)
        done = (await client.wait("response.done"))["response"]
        assert (done["status"], done["status_details"]["reason"]) == ("cancelled", "turn_detected")


async def test_metadata_is_not_given_back() -> None:
    async with talking(ModelPlan(metadata_lost=True)) as (model, client):
        await client.send("response.create", response={"metadata": {"ref": "r1"}})
        assert (await client.wait("response.done"))["response"]["metadata"] is None
        assert noted(model, "response-began")[0]["metadata"] == {"ref": "r1"}


async def test_connections_are_refused_for_a_while() -> None:
    async with opened(ModelPlan(reachable_from_ms=3_000)) as (model, network):
        for _ in range(2):
            with pytest.raises(ConnectionRefusedError):
                await _upgraded(model, network)
            await anyio.sleep(1.4)
        await anyio.sleep(0.3)
        async with client_of(model, network) as client:
            assert (await _respond(client))["status"] == "completed"


async def test_connections_are_refused_for_ever() -> None:
    async with opened(ModelPlan(reachable_from_ms=None)) as (model, network):
        await anyio.sleep(3_600)
        with pytest.raises(ConnectionRefusedError):
            await _upgraded(model, network)


@pytest.mark.parametrize("stage", ["handshake", "created", "updated"])
async def test_the_opening_of_a_session_is_stuck(stage: str) -> None:
    reached: list[str] = []
    async with opened(ModelPlan(stuck_at=stage, stuck_sessions=1)) as (model, network):
        with anyio.move_on_after(15):
            async with await _upgraded(model, network) as socket:
                reached.append("handshake")
                while True:
                    reached.append("updated" if "session.updated" in str(await socket.receive()) else "created")
                    await socket.send('{"type":"session.update","session":{"type":"realtime"}}')
        assert stage not in reached
        async with client_of(model, network) as client:  # the second one is not
            assert (await _respond(client))["status"] == "completed"


async def test_when_a_session_ends_is_told_truly() -> None:
    network = MemoryNetwork()
    async with open_model(network, scenario(ModelPlan(lasts_ms=90_000)), epoch=1_000_000.0) as model:
        await anyio.sleep(600)
        began = anyio.current_time()
        async with client_of(model, network) as client:
            date = parsedate_to_datetime(dict(client.socket.headers)["Date"])  # the clock by which that is told
            assert date.timestamp() == pytest.approx(1_000_600, abs=1.0)
            told = client.all("session.created")[0]["session"]["expires_at"] - 1_000_600
            await client.ended(200)
            assert anyio.current_time() - began == pytest.approx(told, abs=1.0) == pytest.approx(90, abs=1.0)


async def _farewells(**plan: Any) -> list[tuple[str, bytes, bool]]:
    """Two answers of a model that says goodbye at once: status, sound, and whether end_call was called; by response."""
    async with talking(ModelPlan(end_call_after_turns=0, **plan), tools=[END_CALL]) as (_, client):
        for count in (1, 2):
            await _respond(client, count)
        await anyio.sleep(10)
        found = []
        for event in client.all("response.done"):
            output = event["response"]["output"]
            sound = b"".join(client.audio(item["id"]) for item in output)
            tools = [item["name"] for item in output if item["type"] == "function_call"]
            found.append((event["response"]["status"], sound, tools == ["end_call"]))
        return found


async def test_the_shapes_of_a_farewell() -> None:
    words = clip("farewell").audio
    assert await _farewells() == [("completed", words, True)] * 2
    assert await _farewells(end_call="alone") == [("completed", b"", True)] * 2
    assert await _farewells(end_call="next") == [("completed", words, False), ("completed", b"", True)]
    behind = await _farewells(end_call="behind")
    assert behind[:2] == [("completed", words, False), ("completed", b"", True)]
    assert await _farewells(end_call_fails=True) == [("failed", words, True)] * 2


async def test_a_farewell_may_be_long() -> None:
    ((_, sound, tool), _) = await _farewells(farewell_text=LONG)
    assert sound == said(LONG).audio and tool and len(sound) > 9_500 * 8


@pytest.mark.parametrize(
    ("what", "where", "found"),
    [
        ("voice", ("output", "voice"), "echo"),
        ("format", ("output", "format"), {"type": "audio/pcm", "rate": 24_000}),
        ("turns", ("input", "turn_detection"), None),
    ],
)
async def test_a_session_is_set_up_otherwise_than_asked_and_the_next_one_is_not(
    what: str, where: tuple[str, str], found: object
) -> None:
    asked = {
        "output": {"voice": "marin", "format": {"type": "audio/pcmu"}},
        "input": {"format": {"type": "audio/pcmu"}},
    }
    seen = []
    async with opened(ModelPlan(sets_up_other=what)) as (model, network):
        for _ in range(2):
            async with client_of(model, network) as client:
                await client.send("session.update", session={"type": "realtime", "audio": asked})
                effective = (await client.wait("session.updated"))["session"]["audio"]
                seen.append(effective[where[0]][where[1]])
    assert seen[0] == found != seen[1]
