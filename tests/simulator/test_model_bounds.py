"""What the built-in model remembers, however long it runs and however long a session talks."""

from __future__ import annotations

import anyio
import pytest

from tests.simulator.model_client import client_of, noted, scenario, talking
from voicecall_core.audio import BYTES_PER_MS
from voicecall_core.net.memory import MemoryNetwork
from voicecall_core.simulator.model import conversation, record, vad
from voicecall_core.simulator.model.conversation import Conversation
from voicecall_core.simulator.model.record import ModelLog
from voicecall_core.simulator.model.server import open_model
from voicecall_core.simulator.model.vad import Vad
from voicecall_core.simulator.scenarios.scenario import ModelPlan
from voicecall_core.simulator.voices import clip

HELLO = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "hello"}]}


def log() -> ModelLog:
    return ModelLog(ModelPlan(), 0, 0.0)


def sessions(kept: ModelLog) -> list[int]:
    return sorted({entry.session for entry in kept.log})


async def test_the_sessions_that_ended_first_are_forgotten_first_and_open_ones_are_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(record, "ENTRIES", 100)
    kept = log()
    for session in (2, 1, 3):  # 3 stays open
        for _ in range(30):
            kept.note(session, "received", type="response.cancel")
        if session != 3:
            kept.ended(session)
    for _ in range(11):
        kept.note(3, "received", type="response.cancel")
    assert len([entry for entry in kept.log if entry.session == 3]) == 41
    assert len([entry for entry in kept.log if entry.session == 1]) == 30
    assert sessions(kept) == [1, 2, 3] and len(kept.log) == 90


async def test_many_letters_are_too_many_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record, "KEPT_BYTES", 10_000)
    kept = log()
    for session in range(1, 9):
        kept.note(session, "received", type="conversation.item.create", item={"text": "x" * 2_000})
        kept.ended(session)
    assert 1 not in sessions(kept) and 8 in sessions(kept)
    assert record._size([dict(entry.detail) for entry in kept.log]) < 10_000


async def test_one_session_alone_cannot_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record, "ENTRIES", 100)
    kept = log()
    for number in range(1_000):
        kept.note(1, "received", number=number)
    assert len(kept.log) <= 100 and kept.log[-1].detail["number"] == 999


async def test_an_hour_of_sound_is_one_entry() -> None:
    async with talking() as (model, client):
        for _ in range(50):
            await client.append(b"\xff" * 160)
        await client.send("response.create")
        await client.wait("response.done")
        await client.append(b"\xff" * 160)
        await client.send("input_audio_buffer.clear")
        await client.wait("input_audio_buffer.cleared")
        came = [each for each in noted(model, "received") if each["type"] == "input_audio_buffer.append"]
        assert [(each["messages"], each["letters"]) for each in came] == [(50, 50 * 216), (1, 216)]


async def test_a_session_that_was_over_is_known_to_be() -> None:
    network = MemoryNetwork()
    async with open_model(network, scenario()) as model:
        async with client_of(model, network):
            pass
        for _ in range(3):
            await anyio.sleep(0.1)
        assert list(model.record._ended) == [1]


def test_the_oldest_items_of_a_conversation_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversation, "ITEMS", 3)
    talk = Conversation()
    for number in range(5):
        _, before = talk.inject(HELLO, f"item_{number}", None)
        assert before == (f"item_{number - 1}" if number else None)
    assert [item.id for item in talk.items] == ["item_2", "item_3", "item_4"]
    talk.inject(HELLO, "item_front", "root")
    assert [item.id for item in talk.items] == ["item_front", "item_3", "item_4"]


def test_what_a_client_puts_into_a_conversation_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversation, "KEPT_LETTERS", 10_000)
    talk = Conversation()
    sound = {"type": "message", "role": "user", "content": [{"type": "input_audio", "audio": "A" * 4_000}]}
    for number in range(5):
        talk.inject(sound, f"item_{number}", None)
    assert [item.id for item in talk.items] == ["item_3", "item_4"]
    talk.delete("item_3")
    talk.inject(sound, "item_5", None)
    assert [item.id for item in talk.items] == ["item_4", "item_5"]


def test_a_turn_that_does_not_end_is_kept_from_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vad, "LONGEST_MS", 1_000)
    ear, speech = Vad(), clip("question").audio
    for _ in range(20):
        ear.hear(speech)
    assert ear.speaking
    assert len(ear.take()) == 1_000 * BYTES_PER_MS
