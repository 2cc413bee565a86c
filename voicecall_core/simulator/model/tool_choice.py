"""Which tools a response may call, and which it has to (`tool_choice`). Knows nothing of what is said.

Source: OpenAI's GA interface: auto, none, required, or one function by name.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from voicecall_core.simulator.model.refusals import invalid_value
from voicecall_core.simulator.scenarios.scenario import ToolCall

_DEPTH = 8  # of a schema that is followed
_EMPTY: dict[str, Any] = {"string": "", "integer": 0, "number": 0, "boolean": False, "array": [], "null": None}


def offered(terms: Mapping[str, Any]) -> frozenset[str]:
    """The names of the functions that a response may call."""
    if terms["tool_choice"] == "none":
        return frozenset()
    return frozenset(_functions(terms))


def forced(terms: Mapping[str, Any]) -> tuple[ToolCall, ...]:
    """A call of each function one of which the response has to make; none if it may speak.

    Raises RequestRejected if there is no such function.
    """
    choice, known = terms["tool_choice"], _functions(terms)
    if choice in ("auto", "none") or (isinstance(choice, dict) and choice["type"] != "function"):
        return ()
    wanted = list(known) if choice == "required" else [name for name in known if name == choice["name"]]
    if not wanted:  # assumption: a response that must call what there is not is refused, and by this code
        what = "a tool" if choice == "required" else f"the tool '{choice['name']}'"
        raise invalid_value("tool_choice", f"Tool choice asks for {what}, which is not among 'tools'.")
    return tuple(ToolCall(name, json.dumps(_least(known[name].get("parameters")))) for name in wanted)


def _functions(terms: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    return {str(tool["name"]): tool for tool in terms["tools"] if tool.get("type") == "function"}


def _least(schema: object, depth: int = _DEPTH) -> Any:
    """The plainest value that a JSON schema allows, as far as its types, choices and required fields say."""
    if not isinstance(schema, dict) or not depth:
        return {}
    for key in ("const", "default"):
        if key in schema:
            return schema[key]
    if isinstance(schema.get("enum"), list) and schema["enum"]:
        return schema["enum"][0]
    kind = schema.get("type", "object")
    kind = next(iter(kind), "") if isinstance(kind, list) else kind
    if isinstance(kind, str) and kind in _EMPTY:
        return schema.get("minimum", _EMPTY[kind])
    known, needed = schema.get("properties"), schema.get("required")
    if not isinstance(known, dict) or not isinstance(needed, list):
        return {}
    return {name: _least(known.get(name, {"type": "string"}), depth - 1) for name in needed if isinstance(name, str)}
