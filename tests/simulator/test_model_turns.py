"""The callee's turns: heard by energy, committed, transcribed, answered."""

from __future__ import annotations

import anyio
import pytest

from tests.simulator.model_client import noted, talking, turn_detection
from voicecall_core.audio import LINEAR
from voicecall_core.simulator.a_law import FROM_MU_LAW, THROUGH, TO_MU_LAW
from voicecall_core.simulator.model.sound import spoken
from voicecall_core.simulator.scenarios.scenario import ModelPlan
from voicecall_core.simulator.voices import clip

SILENCE = b"\xff" * 8_000  # a second


async def test_a_turn_from_the_first_sound_to_the_answer() -> None:
    async with talking() as (model, client):
        await client.play(SILENCE + clip("question").audio + SILENCE)
        done = await client.wait("response.done")
        began, ended, committed = (
            client.all(f"input_audio_buffer.{name}")[0] for name in ("speech_started", "speech_stopped", "committed")
        )
        assert 700 <= began["audio_start_ms"] <= 800
        assert abs(ended["audio_end_ms"] - (1_500 + clip("question").ms)) < 100
        item = committed["item_id"]
        assert began["item_id"] == ended["item_id"] == item
        assert client.all("conversation.item.added")[0]["item"]["id"] == item
        written = "conversation.item.input_audio_transcription"
        told = await client.wait(f"{written}.completed")
        assert told["transcript"] == clip("question").text
        assert "".join(event["delta"] for event in client.all(f"{written}.delta")) == clip("question").text
        assert client.audio() == clip("reply-1").audio
        assert done["response"]["metadata"] is None
        assert [line["text"] for line in noted(model, "heard")] == [clip("question").text]
        first = client.all("response.output_audio.delta")[0]
        assert client.when(first) - client.when(committed) == ModelPlan().first_audio_ms


async def test_nothing_is_answered_that_was_not_to_be_answered() -> None:
    async with talking(audio=turn_detection(create_response=False)) as (model, client):
        await client.play(clip("hello").audio + SILENCE)
        await client.wait("conversation.item.input_audio_transcription.completed")
        await anyio.sleep(5)
        assert client.all("response.created") == []
        assert [line["text"] for line in noted(model, "heard")] == [clip("hello").text]


async def test_several_clips_in_one_turn_are_one_text() -> None:
    async with talking() as (model, client):
        await client.play(clip("short").audio + clip("answer").audio + SILENCE)
        await client.wait("input_audio_buffer.committed")
        assert noted(model, "heard")[0]["text"] == "Yes. Yes it is, please go ahead."


async def test_speech_that_is_no_clip_is_not_understood() -> None:
    async with talking() as (_, client):
        await client.play(b"\x90\x10" * 4_000 + SILENCE)
        told = await client.wait("conversation.item.input_audio_transcription.completed")
        assert told["transcript"] == "(unintelligible)"


async def test_without_transcription_nothing_is_transcribed() -> None:
    async with talking(audio={"input": {"transcription": None}}) as (_, client):
        await client.play(clip("hello").audio + SILENCE)
        await client.wait("response.done")
        assert client.all("conversation.item.input_audio_transcription.completed") == []


async def test_speech_cancels_a_response_that_may_be_interrupted() -> None:
    async with talking(ModelPlan(speed=1.0)) as (model, client):
        await client.send("response.create")
        await client.wait("response.output_audio.delta")
        await client.play(clip("interruption").audio + SILENCE)
        done = (await client.wait("response.done"))["response"]
        assert (done["status"], done["status_details"]["reason"]) == ("cancelled", "turn_detected")
        assert done["output"][0]["status"] == "incomplete"
        started = client.all("input_audio_buffer.speech_started")[0]
        late = [one for one in client.all("response.output_audio.delta") if one["response_id"] == done["id"]]
        assert 0 < sum(client.events.index(one) > client.events.index(started) for one in late) <= 2
        (ended,) = [line for line in noted(model, "response-ended") if line["id"] == done["id"]]
        assert ended["items"][0][1] == len(client.audio(done["output"][0]["id"])) // 8
        await client.wait("response.done", 2)  # the interruption was a turn, and was answered


async def test_speech_does_not_cancel_a_response_that_may_not_be_interrupted() -> None:
    settings = turn_detection(interrupt_response=False, create_response=False)
    async with talking(ModelPlan(speed=1.0), audio=settings) as (_, client):
        await client.send("response.create")
        await client.wait("response.output_audio.delta")
        await client.play(clip("hello").audio + SILENCE)
        assert (await client.wait("response.done"))["response"]["status"] == "completed"


async def test_a_turn_that_ends_while_the_model_speaks_may_get_no_response() -> None:
    async with talking(ModelPlan(speed=1.0), audio=turn_detection(interrupt_response=False)) as (_, client):
        await client.send("response.create")
        await client.wait("response.output_audio.delta")
        await client.play(clip("hello").audio + SILENCE)
        assert (await client.error())["code"] == "conversation_already_has_active_response"
        await client.wait("response.done")
        assert len(client.all("response.created")) == 1


async def test_mu_law_in_a_session_left_at_pcm_is_noise_that_does_not_end() -> None:
    """Field failure M16: turns that never stop, transcripts that are nonsense."""
    pcm = {"input": {"format": {"type": "audio/pcm", "rate": 24_000}}}
    async with talking(audio=pcm) as (model, client):
        await client.play(clip("question").audio + SILENCE)
        await anyio.sleep(3)
        assert client.all("response.done") == []
        assert all(line["text"] == "(unintelligible)" for line in noted(model, "heard"))


async def test_true_pcm_is_understood() -> None:
    wide = {"type": "audio/pcm", "rate": 24_000}
    async with talking(audio={"input": {"format": wide}, "output": {"format": wide}}) as (model, client):
        sound = spoken(clip("question").audio + SILENCE, wide)
        for at in range(0, len(sound), 1_001):  # no multiple of a sample
            await client.append(sound[at : at + 1_001])
        await client.wait("response.done")
        assert noted(model, "heard")[0]["text"] == clip("question").text
        assert client.audio() == spoken(clip("reply-1").audio, wide)


async def test_a_turn_committed_by_hand() -> None:
    async with talking(audio={"input": {"turn_detection": None}}) as (model, client):
        await client.send("input_audio_buffer.commit", event_id="vc_1")
        assert (await client.error())["code"] == "input_audio_buffer_commit_empty"
        await client.append(clip("question").audio)
        await client.send("input_audio_buffer.clear")
        await client.wait("input_audio_buffer.cleared")
        await client.append(clip("answer").audio)
        await client.send("input_audio_buffer.commit")
        await client.wait("input_audio_buffer.committed")
        assert [line["text"] for line in noted(model, "heard")] == [clip("answer").text]
        assert client.all("input_audio_buffer.speech_started") == []
        assert client.all("response.created") == []


async def test_a_long_silence_is_noticed_once_the_last_word_has_been_played() -> None:
    async with talking(audio=turn_detection(idle_timeout_ms=5_000)) as (_, client):
        await client.send("response.create")
        done = await client.wait("response.done")
        first = client.all("response.output_audio.delta")[0]
        event = await client.wait("input_audio_buffer.timeout_triggered")
        assert client.when(event) - client.when(first) == clip("reply-1").ms + 5_000
        assert event["item_id"] == (await client.wait("input_audio_buffer.committed"))["item_id"]
        asked = (await client.wait("response.done", 2))["response"]
        assert asked["output"][0]["content"][0]["transcript"] == "Are you still there?"
        assert asked["id"] != done["response"]["id"]


@pytest.mark.parametrize("clip_name", ["hello", "question"])
async def test_speech_ends_a_silence(clip_name: str) -> None:
    settings = turn_detection(idle_timeout_ms=5_000, create_response=False)
    async with talking(audio=settings) as (_, client):
        await client.send("response.create")
        await client.wait("response.done")
        await anyio.sleep(4)
        await client.play(clip(clip_name).audio + SILENCE)
        await anyio.sleep(20)
        assert client.all("input_audio_buffer.timeout_triggered") == []


async def test_a_timeout_that_is_set_late_counts_from_then() -> None:
    async with talking() as (_, client):
        await client.send("response.create")
        await client.wait("response.done")
        await anyio.sleep(60)
        assert client.all("input_audio_buffer.timeout_triggered") == []
        await client.send(
            "session.update", session={"type": "realtime", "audio": turn_detection(idle_timeout_ms=5_000)}
        )
        before = round(anyio.current_time() * 1000)
        event = await client.wait("input_audio_buffer.timeout_triggered")
        assert client.when(event) - before == 5_000


async def test_semantic_detection_hears_turns_too() -> None:
    semantic = {"input": {"turn_detection": {"type": "semantic_vad", "eagerness": "low"}}}
    async with talking(audio=semantic) as (_, client):
        await client.play(clip("question").audio + SILENCE + SILENCE)
        await client.wait("response.done")


async def test_a_law_is_heard_and_spoken() -> None:
    a_law = {"type": "audio/pcma"}
    async with talking(audio={"input": {"format": a_law}, "output": {"format": a_law}}) as (model, client):
        await client.play((clip("question").audio + SILENCE).translate(FROM_MU_LAW))
        await client.wait("response.done")
        assert noted(model, "heard")[0]["text"] == clip("question").text
        assert client.audio() == clip("reply-1").audio.translate(FROM_MU_LAW)


def test_a_law_is_that_of_the_recommendation() -> None:
    assert [FROM_MU_LAW[code] for code in (0xFF, 0x7F, 0x80, 0x00)] == [0xD5, 0xD5, 0xAA, 0x2A]  # nothing, and loudest
    for code, again in enumerate(THROUGH):  # a step of either law apart at most
        assert abs(LINEAR[code] - LINEAR[again]) <= max(16, abs(LINEAR[code]) // 16)
    assert THROUGH.translate(THROUGH) == THROUGH
    assert len(set(TO_MU_LAW)) > 230
