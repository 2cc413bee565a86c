"""The messages a realtime client may send, field by field."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from voicecall_core.simulator.model.refusals import invalid_type, invalid_value, missing_parameter, unknown_parameter

Check = Callable[[Any, str], None]


def text(value: Any, path: str) -> None:
    """A string."""
    if not isinstance(value, str):
        raise invalid_type(path, "a string")


def flag(value: Any, path: str) -> None:
    """True or false."""
    if not isinstance(value, bool):
        raise invalid_type(path, "a boolean")


def anything(value: Any, path: str) -> None:
    """Whatever it is, this model does not look at it."""


def number(least: float, most: float, *, whole: bool = False) -> Check:
    """A number within bounds, both included."""

    def check(value: Any, path: str) -> None:
        if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
            raise invalid_type(path, "an integer" if whole else "a number")
        if not least <= value <= most:
            raise invalid_value(path, f"Invalid value: {value}. It must be between {least} and {most}.")

    return check


def one_of(*allowed: object) -> Check:
    """One of these very values."""

    def check(value: Any, path: str) -> None:
        if value not in allowed:
            raise invalid_value(
                path, f"Invalid value: {value!r}. Supported values are: {', '.join(map(repr, allowed))}."
            )

    return check


def nullable(inner: Check) -> Check:
    """Null, or what `inner` wants."""

    def check(value: Any, path: str) -> None:
        if value is not None:
            inner(value, path)

    return check


def either(first: Check, second: Check, *, where: Callable[[Any], bool]) -> Check:
    """`first` for the values of which `where` is true, `second` for the others."""

    def check(value: Any, path: str) -> None:
        (first if where(value) else second)(value, path)

    return check


def many(inner: Check, most: int = 1_000) -> Check:
    """A list, every entry of which is what `inner` wants."""

    def check(value: Any, path: str) -> None:
        if not isinstance(value, list):
            raise invalid_type(path, "an array")
        if len(value) > most:
            raise invalid_value(path, f"Invalid '{path}': more than {most} entries.")
        for place, entry in enumerate(value):
            inner(entry, f"{path}[{place}]")

    return check


def pairs(most: int) -> Check:
    """An object of strings."""

    def check(value: Any, path: str) -> None:
        if not isinstance(value, dict):
            raise invalid_type(path, "an object")
        if len(value) > most:
            raise invalid_value(path, f"Invalid '{path}': more than {most} entries.")
        for key, entry in value.items():
            text(entry, f"{path}.{key}")

    return check


def shape(fields: Mapping[str, Check], *, needs: tuple[str, ...] = ()) -> Check:
    """An object with these fields and no others; those in `needs` must be there."""

    def check(value: Any, path: str) -> None:
        if not isinstance(value, dict):
            raise invalid_type(path, "an object")
        for key, entry in value.items():
            if key not in fields:
                raise unknown_parameter(f"{path}.{key}".lstrip("."))
            fields[key](entry, f"{path}.{key}".lstrip("."))
        for key in needs:
            if key not in value:
                raise missing_parameter(f"{path}.{key}".lstrip("."))

    return check


def tagged(tag: str, kinds: Mapping[str, Check]) -> Check:
    """An object whose field `tag` says which of the shapes it has."""

    def check(value: Any, path: str) -> None:
        if not isinstance(value, dict):
            raise invalid_type(path, "an object")
        if tag not in value:
            raise missing_parameter(f"{path}.{tag}".lstrip("."))
        one_of(*kinds)(value[tag], f"{path}.{tag}".lstrip("."))
        kinds[value[tag]](value, path)

    return check


VOICES = ("alloy", "ash", "ballad", "coral", "echo", "sage", "shimmer", "verse", "marin", "cedar")

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
        "audio/pcma": shape({"type": text}),
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
