"""The settings of a realtime session: what they are at first, and what an update makes of them. Knows no socket.

Source: OpenAI's GA interface. Note the default format: 24 kHz PCM, so that a client that forgets to ask for mu-law
sends and gets noise, as it does there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from voicecall_core.simulator.model.refusals import RequestRejected

_REASONS = re.compile(r"gpt-realtime-2(?!\d)")  # gpt-realtime-2025-08-28 is older than gpt-realtime-2
_THINKING = ("reasoning", "parallel_tool_calls")
_KINDS = ("type",)  # an object that changes its kind does not keep the fields of the old one


def first_terms(model: str) -> dict[str, Any]:
    """The settings of a session that nobody has updated yet."""
    pcm = {"type": "audio/pcm", "rate": 24_000}
    return {
        "type": "realtime",
        "model": model,
        "output_modalities": ["audio"],
        "instructions": "You are a helpful, witty and friendly assistant. Talk quickly.",
        "audio": {
            "input": {
                "format": dict(pcm),
                "noise_reduction": None,
                "transcription": None,
                "turn_detection": {
                    "type": "server_vad",
                    "threshold": 0.5,
                    "prefix_padding_ms": 300,
                    "silence_duration_ms": 500,
                    "idle_timeout_ms": None,
                    "create_response": True,
                    "interrupt_response": True,
                },
            },
            "output": {"format": dict(pcm), "voice": "alloy", "speed": 1.0},
        },
        "tools": [],
        "tool_choice": "auto",
        "max_output_tokens": "inf",
        "truncation": "auto",
        "tracing": None,
        "prompt": None,
        "include": None,
    }


def updated_terms(now: Mapping[str, Any], asked: Mapping[str, Any], *, has_spoken: bool) -> dict[str, Any]:
    """`now` with what was asked for; absent fields stay. Raises Refused, and then nothing has changed.

    `has_spoken`: audio of the model has left already, so that its voice is fixed.
    """
    if asked.get("model", now["model"]) != now["model"]:
        raise RequestRejected("invalid_value", "The model of a session cannot be changed.", param="session.model")
    if not _REASONS.match(now["model"]):
        for key in _THINKING:
            if key in asked:
                said = f"Unsupported parameter: '{key}' is not supported with the model {now['model']}."
                raise RequestRejected("unsupported_parameter", said, param=f"session.{key}", fatal=True)
    new = merged(now, asked)
    if has_spoken and new["audio"]["output"]["voice"] != now["audio"]["output"]["voice"]:
        said = "Cannot update a conversation's voice if assistant audio is present."
        raise RequestRejected("cannot_update_voice", said, param="session.audio.output.voice")
    return new


def other_terms(now: Mapping[str, Any], what: str) -> dict[str, Any]:
    """`now` with another voice, format or taking of turns, as from a server that knows only its own."""
    pcm = {"type": "audio/pcm", "rate": 24_000}
    voice = "echo" if now["audio"]["output"]["voice"] != "echo" else "ash"
    others: dict[str, dict[str, Any]] = {
        "voice": {"output": {"voice": voice}},
        "format": {"input": {"format": pcm}, "output": {"format": pcm}},
        "turns": {"input": {"turn_detection": None}},
    }
    return merged(now, {"audio": others[what]})


def merged(now: Mapping[str, Any], asked: Mapping[str, Any]) -> dict[str, Any]:
    """Objects are merged at every depth, everything else is replaced.

    An object of another kind replaces the old one whole: the `rate` of pcm does not survive in pcmu.
    """
    new = deepcopy(dict(now))
    for key, value in asked.items():
        old = new.get(key)
        if isinstance(value, dict) and isinstance(old, dict) and _same_kind(old, value):
            new[key] = merged(old, value)
        else:
            new[key] = deepcopy(value)
    return new


def _same_kind(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    return all(new.get(key, old.get(key)) == old.get(key) for key in _KINDS)
