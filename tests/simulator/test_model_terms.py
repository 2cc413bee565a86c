"""What a client may set, what it gets told, and what it may not say."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.model_client import PCMU, TELEPHONE, noted, talking, turn_detection
from voicecall_core.simulator.model.refusals import RequestRejected
from voicecall_core.simulator.model.settings import first_terms, merged, updated_terms

FULL: dict[str, Any] = {
    "type": "realtime",
    "model": "gpt-realtime-2.1",
    "output_modalities": ["audio"],
    "instructions": "You call people.",
    "audio": {
        "input": {
            "format": PCMU,
            "noise_reduction": {"type": "near_field"},
            "transcription": {"model": "gpt-transcribe", "languages": ["en"]},
            "turn_detection": {
                "type": "server_vad",
                "threshold": 0.5,
                "prefix_padding_ms": 300,
                "silence_duration_ms": 500,
                "create_response": False,
                "interrupt_response": False,
                "idle_timeout_ms": None,
            },
        },
        "output": {"format": PCMU, "voice": "marin", "speed": 1.0},
    },
    "tools": [{"type": "function", "name": "end_call", "description": "", "parameters": {"type": "object"}}],
    "tool_choice": "auto",
    "parallel_tool_calls": False,
    "reasoning": {"effort": "minimal"},
    "max_output_tokens": "inf",
    "truncation": {"type": "retention_ratio", "retention_ratio": 0.8, "token_limits": {"post_instructions": 8000}},
    "tracing": None,
}


async def test_the_effective_session_is_echoed_whole() -> None:
    async with talking() as (model, client):
        await client.send("session.update", session=FULL)
        session = (await client.wait("session.updated", 2))["session"]
        assert {key: session[key] for key in FULL} == FULL
        assert session["id"] == client.events[0]["session"]["id"]
        assert noted(model, "error") == []


async def test_absent_fields_stay_and_null_clears() -> None:
    async with talking() as (_, client):
        await client.send(
            "session.update", session={"type": "realtime", "audio": turn_detection(create_response=False)}
        )
        audio = (await client.wait("session.updated", 2))["session"]["audio"]
        assert audio["input"]["turn_detection"]["create_response"] is False
        assert audio["input"]["turn_detection"]["silence_duration_ms"] == 500
        assert audio["input"]["format"] == PCMU
        off = {"type": "realtime", "audio": {"input": {"turn_detection": None, "transcription": None}}}
        await client.send("session.update", session=off)
        audio = (await client.wait("session.updated", 3))["session"]["audio"]
        assert audio["input"]["turn_detection"] is None and audio["input"]["transcription"] is None


def test_an_object_of_another_kind_replaces_the_old_one() -> None:
    first = first_terms("gpt-realtime-2.1")
    assert merged(first, TELEPHONE)["audio"]["input"]["format"] == PCMU  # and no `rate` left over from pcm
    semantic = merged(first, {"audio": {"input": {"turn_detection": {"type": "semantic_vad"}}}})
    assert semantic["audio"]["input"]["turn_detection"] == {"type": "semantic_vad"}
    assert first == first_terms("gpt-realtime-2.1")


@pytest.mark.parametrize(
    ("session", "code", "param"),
    [
        ({"input_audio_format": "g711_ulaw"}, "unknown_parameter", "session.input_audio_format"),
        ({"modalities": ["audio"]}, "unknown_parameter", "session.modalities"),
        ({"voice": "marin"}, "unknown_parameter", "session.voice"),
        ({"temperature": 0.8}, "unknown_parameter", "session.temperature"),
        (
            {"audio": {"input": {"format": {"type": "audio/pcmu", "rate": 8000}}}},
            "unknown_parameter",
            "session.audio.input.format.rate",
        ),
        ({"audio": {"output": {"format": {"type": "mulaw"}}}}, "invalid_value", "session.audio.output.format.type"),
        ({"audio": {"output": {"format": {"type": "audio/pcm", "rate": 8000}}}}, "invalid_value", None),
        ({"audio": {"output": {"voice": "shatner"}}}, "invalid_value", "session.audio.output.voice"),
        ({"audio": {"input": {"turn_detection": {"threshold": 1}}}}, "missing_required_parameter", None),
        ({"audio": turn_detection(threshold=2)}, "invalid_value", "session.audio.input.turn_detection.threshold"),
        ({"audio": turn_detection(eagerness="high")}, "unknown_parameter", None),
        ({"output_modalities": ["audio", "text"]}, "invalid_value", "session.output_modalities"),
        ({"instructions": None}, "invalid_type", "session.instructions"),
        ({"tools": [{"type": "function"}]}, "missing_required_parameter", "session.tools[0].name"),
        ({"max_output_tokens": 5000}, "invalid_value", "session.max_output_tokens"),
        ({"model": "gpt-realtime"}, "invalid_value", "session.model"),
    ],
)
async def test_what_may_not_be_set(session: dict[str, Any], code: str, param: str | None) -> None:
    async with talking() as (model, client):
        before = noted(model, "updated")
        await client.send("session.update", event_id="vc_7", session={"type": "realtime", **session})
        error = await client.error()
        assert (error["type"], error["code"], error["event_id"]) == ("invalid_request_error", code, "vc_7")
        assert param in (None, error["param"])
        assert noted(model, "updated") == before
        await client.send("response.create")  # and the session lives on
        await client.wait("response.done")


async def test_the_type_of_the_session_must_be_said() -> None:
    async with talking() as (_, client):
        await client.send("session.update", session={"instructions": "x"})
        assert (await client.error())["code"] == "missing_required_parameter"


def test_reasoning_ends_the_session_of_a_model_that_does_not_reason() -> None:
    for model in ("gpt-realtime", "gpt-realtime-2025-08-28", "gpt-realtime-1.5"):
        with pytest.raises(RequestRejected) as refused:
            updated_terms(first_terms(model), {"reasoning": {"effort": "minimal"}}, has_spoken=False)
        assert refused.value.fatal
    updated_terms(first_terms("gpt-realtime-2"), {"reasoning": {"effort": "minimal"}}, has_spoken=False)


async def test_the_voice_is_fixed_once_it_was_heard() -> None:
    async with talking() as (_, client):
        voice = {"type": "realtime", "audio": {"output": {"voice": "marin"}}}
        await client.send("session.update", session=voice)
        await client.wait("session.updated", 2)
        await client.send("response.create")
        await client.wait("response.done")
        await client.send("session.update", session=voice)  # the same again is no change
        await client.wait("session.updated", 3)
        await client.send("session.update", session={"type": "realtime", "audio": {"output": {"voice": "cedar"}}})
        assert (await client.error())["code"] == "cannot_update_voice"


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("{", "invalid_json"),
        ("[1]", "invalid_type"),
        ("{}", "missing_required_parameter"),
        ('{"type": 7}', "missing_required_parameter"),
        ('{"type": "response.make"}', "invalid_value"),
        ('{"type": "response.create", "modalities": ["audio"]}', "unknown_parameter"),
        ('{"type": "response.create", "response": {"voice": "marin"}}', "unknown_parameter"),
        ('{"type": "conversation.item.truncate", "item_id": "x"}', "missing_required_parameter"),
        ('{"type": "input_audio_buffer.append", "audio": "?"}', "invalid_value"),
        ("[" * 100_000, "invalid_json"),
    ],
)
async def test_nonsense_is_an_error_that_the_session_survives(message: str, code: str) -> None:
    async with talking() as (_, client):
        await client.socket.send(message)
        assert (await client.error())["code"] == code
        await client.send("response.create")
        await client.wait("response.done")


async def test_an_event_id_of_the_wrong_type_is_not_echoed() -> None:
    async with talking() as (_, client):
        await client.send("response.cancel", event_id=7)
        assert (await client.error())["event_id"] is None
