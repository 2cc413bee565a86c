"""The messages a realtime client may send, field by field. Knows nothing of what they cause.

Source: OpenAI's GA interface as its Python package (3.54) types it. What is not listed is refused, as the flat fields
of the beta; `rate` stands with pcm alone.
"""

from __future__ import annotations

from voicecall_core.simulator.model_refusal import missing_parameter
from voicecall_core.simulator.model_shapes import (
    Check,
    anything,
    either,
    flag,
    many,
    nullable,
    number,
    one_of,
    pairs,
    shape,
    tagged,
    text,
)

VOICES = ("alloy", "ash", "ballad", "coral", "echo", "sage", "shimmer", "verse", "marin", "cedar")
_FORMATS = ("audio/pcm", "audio/pcmu")  # the real one knows audio/pcma too; this one does not speak it

_modalities = one_of(["audio"], ["text"])  # one of them, never both
_tokens = either(one_of("inf"), number(1, 4_096, whole=True), where=lambda value: isinstance(value, str))
_ms = number(0, 60_000, whole=True)
_named = shape({"id": text}, needs=("id",))
_voice = either(one_of(*VOICES), _named, where=lambda value: isinstance(value, str))
_format = tagged(
    "type",
    {
        "audio/pcm": shape({"type": text, "rate": one_of(24_000)}),
        "audio/pcmu": shape({"type": text}),
    },
)
_vad = {"type": text, "create_response": nullable(flag), "interrupt_response": nullable(flag)}
_turn_detection = tagged(
    "type",
    {
        "server_vad": shape(
            {
                **_vad,
                "threshold": number(0, 1),
                "prefix_padding_ms": _ms,
                "silence_duration_ms": _ms,
                "idle_timeout_ms": nullable(
                    number(5_000, 30_000, whole=True)
                ),  # assumption: the range is not published
            }
        ),
        "semantic_vad": shape({**_vad, "eagerness": one_of("low", "medium", "high", "auto")}),
    },
)
_transcription = shape(
    {
        "model": text,
        "language": text,
        "languages": many(text),
        "prompt": text,
        "keywords": many(text),
        "delay": anything,
    }
)
_audio_in = shape(
    {
        "format": _format,
        "noise_reduction": nullable(
            shape({"type": one_of("near_field", "far_field"), "strength": number(0, 1)}, needs=("type",))
        ),
        "transcription": nullable(_transcription),
        "turn_detection": nullable(_turn_detection),
    }
)
_tool = tagged(
    "type",
    {
        "function": shape({"type": text, "name": text, "description": text, "parameters": anything}, needs=("name",)),
        "mcp": anything,
    },
)
_tool_choice = either(
    one_of("auto", "none", "required"),
    tagged("type", {"function": shape({"type": text, "name": text}, needs=("name",)), "mcp": anything}),
    where=lambda value: isinstance(value, str),
)
_reasoning = nullable(shape({"effort": one_of("minimal", "low", "medium", "high", "xhigh")}))
_truncation = either(
    one_of("auto", "disabled"),
    shape(
        {
            "type": one_of("retention_ratio"),
            "retention_ratio": number(0, 1),
            "token_limits": shape({"post_instructions": number(0, 1_000_000, whole=True)}),
        },
        needs=("type", "retention_ratio"),
    ),
    where=lambda value: isinstance(value, str),
)
_common = {
    "instructions": text,
    "output_modalities": _modalities,
    "tools": many(_tool, most=128),
    "tool_choice": _tool_choice,
    "parallel_tool_calls": flag,
    "reasoning": _reasoning,
    "max_output_tokens": _tokens,
    "prompt": anything,
}
_session = shape(
    {
        **_common,
        "type": one_of("realtime"),
        "model": text,
        "audio": shape(
            {"input": _audio_in, "output": shape({"format": _format, "voice": _voice, "speed": number(0.25, 1.5)})}
        ),
        "truncation": _truncation,
        "tracing": anything,
        "include": nullable(many(one_of("item.input_audio_transcription.logprobs"))),
    },
    needs=("type",),
)

_part_text = shape({"type": text, "text": text}, needs=("text",))
_part_sound = shape({"type": text, "audio": text, "transcript": nullable(text)}, needs=("audio",))
_part_image = shape({"type": text, "image_url": text, "detail": text}, needs=("image_url",))
_status = one_of("completed", "incomplete", "in_progress")
_item = {"id": text, "type": text, "object": one_of("realtime.item"), "status": _status}


def _message(parts: dict[str, Check]) -> Check:
    fields = {**_item, "role": text, "content": many(tagged("type", parts))}
    return shape(fields, needs=("role", "content"))


ITEM = tagged(
    "type",
    {
        "message": tagged(
            "role",
            {
                "user": _message({"input_text": _part_text, "input_audio": _part_sound, "input_image": _part_image}),
                "system": _message({"input_text": _part_text}),
                "assistant": _message({"output_text": _part_text}),  # its audio cannot be put into a conversation
            },
        ),
        "function_call": shape(
            {**_item, "call_id": text, "name": text, "arguments": text}, needs=("name", "arguments")
        ),
        "function_call_output": shape({**_item, "call_id": text, "output": text}, needs=("call_id", "output")),
    },
)
_response = shape(
    {
        **_common,
        "audio": shape({"output": shape({"format": _format, "voice": _voice})}),
        "conversation": one_of("auto", "none"),
        "input": many(ITEM),
        "metadata": nullable(pairs(16)),
    }
)


def _event(needs: tuple[str, ...] = (), **fields: Check) -> Check:
    return shape({"type": text, "event_id": text, **fields}, needs=needs)


EVENTS: dict[str, Check] = {
    "session.update": _event(("session",), session=_session),
    "input_audio_buffer.append": _event(("audio",), audio=text),
    "input_audio_buffer.commit": _event(),
    "input_audio_buffer.clear": _event(),
    "conversation.item.create": _event(("item",), item=ITEM, previous_item_id=nullable(text)),
    "conversation.item.delete": _event(("item_id",), item_id=text),
    "conversation.item.retrieve": _event(("item_id",), item_id=text),
    "conversation.item.truncate": _event(
        ("item_id", "content_index", "audio_end_ms"),
        item_id=text,
        content_index=number(0, 0, whole=True),
        audio_end_ms=number(0, 3_600_000, whole=True),
    ),
    "response.create": _event(response=_response),
    "response.cancel": _event(response_id=text),
}


def check(event: dict[str, object]) -> str:
    """The type of a client event that is as it should be; raises Refused with the path of what is not."""
    kind = event.get("type")
    if not isinstance(kind, str):
        raise missing_parameter("type")
    one_of(*EVENTS)(kind, "type")
    EVENTS[kind](event, "")
    return kind
