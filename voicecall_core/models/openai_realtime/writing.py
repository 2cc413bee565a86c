"""What this program says to the realtime model, as JSON text. Knows nothing of sockets, or of when it is said.

OpenAI: api-reference/realtime-client-events, the GA interface: no flat fields of the beta, no `rate` beside mu-law.
Every message but audio carries an `event_id` of ours, which an error that speaks of it names.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from json.encoder import encode_basestring_ascii
from typing import Any

from voicecall_core.models.base import ModelOrder
from voicecall_core.words import orders as o
from voicecall_core.words.terms import Brief, Limits, ToolSpec

# Only these may be told how long to think: to any other model `reasoning` is an error that ends the session (pipecat,
# _strip_unsupported_reasoning). The digit rule keeps out gpt-realtime-2025-08-28, which is older than gpt-realtime-2.
_REASONING_MODEL = re.compile(r"gpt-realtime-2(?!\d)")

_MU_LAW = {"type": "audio/pcmu"}  # 8 kHz is implied; a `rate` is refused (twilio-agent-connect-python, its providers)
_IDLE_MS = 15_000  # a callee who says nothing for so long is asked whether he is still there
_KEPT = 0.8  # how much of a full context survives its trimming: trimming seldom keeps the cache warm
_KEPT_TOKENS = 8_000  # a long call must not read an ever longer history at every turn

TRANSCRIPTION = "gpt-transcribe"
END_CALL = "end_call"
_END_CALL_TOOL = {
    "type": "function",
    "name": END_CALL,
    "description": (
        "Hangs up the phone. Call it when the conversation is finished or the other person wants to end it. "
        "Say goodbye aloud first, in the same turn, and then call this; the line is closed once your words were heard."
    ),
    "parameters": {"type": "object", "properties": {}, "required": []},
}


def session_update(brief: Brief, *, held: bool, event_id: str) -> str:
    """The whole set-up of a session. `held`: the model neither answers nor yields by itself until `turns` says so."""
    reasons = _REASONING_MODEL.match(brief.model) is not None
    session: dict[str, Any] = {
        "type": "realtime",
        "model": brief.model,
        "output_modalities": ["audio"],
        "instructions": brief.pii_instructions,
        "audio": {
            "input": {
                "format": _MU_LAW,
                "noise_reduction": {"type": "near_field"},
                "transcription": {"model": model} if (model := transcription_of(brief)) else None,
                "turn_detection": _turn_detection(held),
            },
            "output": {"format": _MU_LAW, "voice": _voice(brief.voice), "speed": 1.0},
        },
        "tools": [_END_CALL_TOOL, *map(_tool, brief.tools)],
        "tool_choice": "auto",
        "max_output_tokens": "inf",
        "truncation": {
            "type": "retention_ratio",
            "retention_ratio": _KEPT,
            "token_limits": {"post_instructions": _KEPT_TOKENS},
        },
    }
    if reasons:
        session |= {"reasoning": {"effort": "minimal"}, "parallel_tool_calls": False}
    return _message("session.update", event_id, session=session)


def _tool(spec: ToolSpec) -> dict[str, Any]:
    return {"type": "function", "name": spec.name, "description": spec.description, "parameters": dict(spec.parameters)}


def transcription_of(brief: Brief) -> str:
    """The model that writes the callee's words down; empty if none is to."""
    return TRANSCRIPTION if brief.transcription is None else brief.transcription


def turns(*, held: bool, event_id: str) -> str:
    """Hold the taking of turns, or give it back to the model; nothing else of the session changes."""
    turn_detection = {"input": {"turn_detection": _turn_detection(held)}}
    return _message("session.update", event_id, session={"type": "realtime", "audio": turn_detection})


def greeting(brief: Brief, ref: str) -> str:
    """Ask for the greeting. `ref` is the message's own id and comes back with the response that it causes."""
    if brief.pii_greeting:
        wish = f"Begin the conversation now. Say exactly this, then wait for the answer:\n{brief.pii_greeting}"
    else:
        wish = "Begin the conversation now: greet the person in one short sentence, then wait for the answer."
    return _response(ref, instructions=_with(brief, wish), tool_choice="none")


def respond(brief: Brief, ref: str, text: str = "") -> str:
    """Ask for a response; with `text`, for one that says that sentence. `ref` comes back as with a greeting."""
    if not text:
        return _response(ref)
    return _response(
        ref, instructions=_with(brief, f"Say exactly this now, in your own voice:\n{text}"), tool_choice="none"
    )


def filler(brief: Brief, ref: str, text: str) -> str:
    """Ask for a few words while a tool runs, in the language that is being spoken: `text`, or the model's own."""
    if text:
        wish = f"Say only this now, in the language of the conversation, and call no tool:\n{text}"
    else:
        wish = "Say in one short sentence, in the language of the conversation, that this takes a moment. Call no tool."
    return _response(ref, instructions=_with(brief, wish), tool_choice="none")


def trial(ref: str) -> str:
    """Ask for one word in text, aside from the conversation: what it costs is a few tokens, what it shows is quota."""
    asked = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Are you ready?"}]}
    return _response(
        ref,
        conversation="none",
        input=[asked],
        instructions="Answer with one word.",
        output_modalities=["text"],
        tool_choice="none",
        max_output_tokens=32,
    )


def commit(event_id: str) -> str:
    """Make an item of what was heard since the last one, though its end was not noticed."""
    return _message("input_audio_buffer.commit", event_id)


def cancel(response: str, event_id: str) -> str:
    """Stop a running response."""
    return _message("response.cancel", event_id, response_id=response)


def truncate(item: str, audio_end_ms: int, event_id: str) -> str:
    """Only the first `audio_end_ms` (1 or more: 0 is refused, livekit/agents 6158) of an item were heard."""
    return _message("conversation.item.truncate", event_id, item_id=item, content_index=0, audio_end_ms=audio_end_ms)


def delete(item: str, event_id: str) -> str:
    """Nothing of an item was heard."""
    return _message("conversation.item.delete", event_id, item_id=item)


def tool_output(tool_call: str, output: str, event_id: str) -> str:
    """Answer a tool call with JSON text."""
    item = {"type": "function_call_output", "call_id": tool_call, "output": output}
    return _message("conversation.item.create", event_id, item=item)


def earlier_tool(order: o.TellTool, event_id: str) -> list[str]:
    """A tool call that another session made, and its answer, as items of this one: ids of the other mean nothing here.

    The call's id is made of the message's own, so that it is no other's.
    """
    call = f"call_{event_id}"
    made = {"type": "function_call", "call_id": call, "name": order.name, "arguments": order.pii_arguments or "{}"}
    return [
        _message("conversation.item.create", f"{event_id}.1", item=made),
        tool_output(call, order.pii_output, f"{event_id}.2"),
    ]


def history(lines: Sequence[tuple[str, str]], event_id: str) -> list[str]:
    """What was said so far, for a session opened in mid-call: a message a line, (callee or agent, text) in order.

    The agent's lines go as text: audio of its own cannot be put into a conversation.
    """
    items = [
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": text}]}
        if who == "agent"
        else {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}
        for who, text in lines
        if text.strip()
    ]
    return [_message("conversation.item.create", f"{event_id}.{n}", item=item) for n, item in enumerate(items, 1)]


def greeted(item: str, text: str, event_id: str) -> str:
    """What the callee was greeted with, as the conversation's first item. Audio of the agent's is refused."""
    said = {"id": item, "type": "message", "role": "assistant", "content": [{"type": "output_text", "text": text}]}
    return _message("conversation.item.create", event_id, previous_item_id="root", item=said)


def append(payload_b64: str) -> str:
    """A frame of the callee's voice, base64 as it came. Has no id: 50 a second leave, and nothing answers them."""
    # The payload is a peer's: it is quoted, so that it cannot end its own string and say more.
    return f'{{"type":"input_audio_buffer.append","audio":{encode_basestring_ascii(payload_b64)}}}'


def messages(order: ModelOrder, brief: Brief, event_id: str) -> list[str]:
    """What an order to the model is in its own words."""
    match order:
        case o.AskGreeting():
            return [greeting(brief, order.ref)]
        case o.AskResponse():
            if order.filler:
                return [filler(brief, order.ref, order.pii_text)]
            return [respond(brief, order.ref, order.pii_text)]
        case o.HoldTurns() | o.RestoreTurns():
            return [turns(held=isinstance(order, o.HoldTurns), event_id=event_id)]
        case o.CommitTurn():
            return [commit(event_id)]
        case o.CancelResponse():
            return [cancel(order.response, event_id)]
        case o.TellHistory():
            return history(order.pii_lines, event_id)
        case o.TellTool():
            return earlier_tool(order, event_id)
        case _:
            return [_of_an_item(order, event_id)]


def _of_an_item(order: o.TruncateItem | o.DeleteItem | o.AnswerTool | o.TellGreeting, event_id: str) -> str:
    match order:
        case o.TruncateItem():
            return truncate(order.item, order.audio_end_ms, event_id)
        case o.DeleteItem():
            return delete(order.item, event_id)
        case o.AnswerTool():
            return tool_output(order.tool_call, order.pii_output or order.output, event_id)
        case o.TellGreeting():
            return greeted(order.item, order.pii_text, event_id)


def _turn_detection(held: bool) -> dict[str, Any]:
    return {
        "type": "server_vad",
        "threshold": 0.5,
        "prefix_padding_ms": 300,
        "silence_duration_ms": round(Limits().vad_silence_s * 1000),
        "create_response": not held,
        "interrupt_response": not held,
        "idle_timeout_ms": None if held else _IDLE_MS,
    }


def _voice(voice: str) -> str | dict[str, str]:
    return {"id": voice} if voice.startswith("voice_") else voice


def _with(brief: Brief, wish: str) -> str:
    """A response's instructions replace the session's, so they begin with these."""
    return f"{brief.pii_instructions}\n\n{wish}".strip()


def _response(ref: str, **parameters: Any) -> str:
    return _message("response.create", ref, response={"metadata": {"ref": ref}, **parameters})


def _message(kind: str, event_id: str, **fields: Any) -> str:
    return json.dumps({"type": kind, "event_id": event_id, **fields}, separators=(",", ":"))
