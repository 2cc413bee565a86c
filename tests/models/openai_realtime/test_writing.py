"""What leaves for the model is judged by the official package's own types, to the last key."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from openai.types.realtime.realtime_client_event import RealtimeClientEvent
from pydantic import BaseModel, TypeAdapter

from voicecall_core.models.openai_realtime import writing
from voicecall_core.words.terms import Brief

BRIEF = Brief("gpt-realtime-2.1", "marin", "You are a friendly caller.", "Hello, this is the bakery.")
CLIENT_EVENT: TypeAdapter[Any] = TypeAdapter(RealtimeClientEvent)


def left_over(value: object, path: str = "") -> Iterator[str]:
    """The paths of all keys that no field of the official types took, at any depth."""
    if isinstance(value, BaseModel):
        yield from (f"{path}.{key}" for key in value.model_extra or ())
        for name in type(value).model_fields:
            yield from left_over(getattr(value, name), f"{path}.{name}")
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from left_over(inner, f"{path}.{key}")
    elif isinstance(value, list | tuple):
        for n, inner in enumerate(value):
            yield from left_over(inner, f"{path}[{n}]")


def judged(message: dict[str, Any]) -> list[str]:
    event = CLIENT_EVENT.validate_python(message)
    assert event.type == message["type"], "another type took it"
    return list(left_over(event))


def every_message() -> Iterator[tuple[str, str]]:
    for held in (True, False):
        yield f"session_update held={held}", writing.session_update(BRIEF, held=held, event_id="e1")
        yield f"turns held={held}", writing.turns(held=held, event_id="e2")
    for model in ("gpt-realtime-2", "gpt-realtime-2.1-mini", "gpt-realtime-1.5", "gpt-realtime-2025-08-28", "else"):
        brief = Brief(model, "voice_1234", "", "", transcription="")
        yield f"session_update {model}", writing.session_update(brief, held=True, event_id="e1")
    yield "greeting", writing.greeting(BRIEF, "greet-1")
    yield "greeting of its own", writing.greeting(Brief("m", "v", "i", ""), "greet-1")
    yield "respond", writing.respond(BRIEF, "turn-1")
    yield "respond with a sentence", writing.respond(BRIEF, "say-1", 'Say "é" \u2028 now')
    yield "commit", writing.commit("e8")
    yield "cancel", writing.cancel("resp_1", "e3")
    yield "truncate", writing.truncate("item_1", 1_500, "e4")
    yield "delete", writing.delete("item_1", "e5")
    yield "tool_output", writing.tool_output("call_1", '{"ok":true}', "e6")
    for n, message in enumerate(writing.history([("callee", "Hi"), ("agent", "Hello"), ("callee", " ")], "e7")):
        yield f"history {n}", message
    yield "append", writing.append("fw==")


@pytest.mark.parametrize(("name", "message"), list(every_message()))
def test_every_message_is_one_the_official_types_know_with_nothing_left_over(name: str, message: str) -> None:
    assert judged(json.loads(message)) == []


def test_the_checker_finds_a_flat_field_of_the_beta() -> None:
    message = json.loads(writing.session_update(BRIEF, held=True, event_id="e"))
    message["session"]["input_audio_format"] = "g711_ulaw"
    assert judged(message) == [".session.input_audio_format"]


def test_the_checker_finds_a_rate_beside_mu_law() -> None:
    message = json.loads(writing.session_update(BRIEF, held=True, event_id="e"))
    message["session"]["audio"]["output"]["format"]["rate"] = 8000
    assert judged(message) == [".session.audio.output.format.rate"]


def test_the_checker_finds_keys_in_lists_and_free_forms() -> None:
    message = json.loads(writing.history([("agent", "Hello")], "e")[0])
    message["item"]["content"][0]["temperature"] = 1
    assert judged(message) == [".item.content[0].temperature"]


def session(model: str = "gpt-realtime-2.1", *, held: bool = True) -> dict[str, Any]:
    text = writing.session_update(Brief(model, "cedar", "Be kind.", "Hi."), held=held, event_id="e")
    found = json.loads(text)["session"]
    assert isinstance(found, dict)
    return found


def test_a_session_speaks_mu_law_both_ways() -> None:
    """Field failure M15, M16: a format left at its default is static for the one side and deafness for the other."""
    audio = session()["audio"]
    assert audio["input"]["format"] == audio["output"]["format"] == {"type": "audio/pcmu"}


def test_held_turns_neither_answer_nor_yield_nor_time_out() -> None:
    held = session(held=True)["audio"]["input"]["turn_detection"]
    assert (held["create_response"], held["interrupt_response"], held["idle_timeout_ms"]) == (False, False, None)
    free = session(held=False)["audio"]["input"]["turn_detection"]
    assert (free["create_response"], free["interrupt_response"], free["idle_timeout_ms"]) == (True, True, 15_000)


@pytest.mark.parametrize("held", [True, False])
def test_turns_change_only_the_turn_detection_and_say_all_of_it(held: bool) -> None:
    update = json.loads(writing.turns(held=held, event_id="e"))["session"]
    turn_detection = session(held=held)["audio"]["input"]["turn_detection"]
    assert update == {"type": "realtime", "audio": {"input": {"turn_detection": turn_detection}}}


@pytest.mark.parametrize(
    ("model", "reasons"),
    [
        ("gpt-realtime-2.1", True),
        ("gpt-realtime-2", True),
        ("gpt-realtime-2.1-mini", True),
        ("gpt-realtime-2-2026-05-01", True),
        ("gpt-realtime-2025-08-28", False),
        ("gpt-realtime-1.5", False),
        ("gpt-realtime", False),
        ("my-gpt-realtime-2", False),
    ],
)
def test_only_reasoning_models_are_told_how_long_to_think(model: str, reasons: bool) -> None:
    """Field failure M30: to any other model the field ends the session."""
    assert ("reasoning" in session(model)) is ("parallel_tool_calls" in session(model)) is reasons


def test_tracing_and_the_language_are_left_to_the_service() -> None:
    found = session()
    assert "tracing" not in found
    assert found["audio"]["input"]["transcription"] == {"model": "gpt-transcribe"}


def test_the_tool_that_hangs_up_asks_for_a_goodbye_first() -> None:
    (tool,) = session()["tools"]
    assert tool["name"] == writing.END_CALL
    assert "goodbye aloud first, in the same turn" in tool["description"]


def test_a_response_keeps_the_sessions_instructions_and_carries_its_ref() -> None:
    for message in (writing.greeting(BRIEF, "r1"), writing.respond(BRIEF, "r1", "We close at six.")):
        parsed = json.loads(message)
        assert parsed["event_id"] == parsed["response"]["metadata"]["ref"] == "r1"
        assert parsed["response"]["instructions"].startswith(BRIEF.pii_instructions)
    assert BRIEF.pii_greeting in writing.greeting(BRIEF, "r1")
    assert "We close at six." in writing.respond(BRIEF, "r1", "We close at six.")


def test_history_keeps_who_said_what() -> None:
    messages = [json.loads(m)["item"] for m in writing.history([("agent", "Hello"), ("callee", "Hi")], "h")]
    assert [(m["role"], m["content"][0]["type"], m["content"][0]["text"]) for m in messages] == [
        ("assistant", "output_text", "Hello"),
        ("user", "input_text", "Hi"),
    ]


def test_a_payload_cannot_say_more_than_audio() -> None:
    payload = 'A"},"type":"session.update'
    assert json.loads(writing.append(payload)) == {"type": "input_audio_buffer.append", "audio": payload}
