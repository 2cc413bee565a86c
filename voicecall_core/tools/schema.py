"""Whether a JSON value fits a schema, in words that the model can mend its call by.

As much of JSON Schema as describes a tool's arguments; a keyword that is not known here forbids nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

_MOST_SHOWN = 10  # values of an enumeration in a sentence
_DEEPEST = 32


def _is_whole(value: Any) -> bool:
    return not isinstance(value, bool) and (isinstance(value, int) or (isinstance(value, float) and value.is_integer()))


_TYPES: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "string": (lambda value: isinstance(value, str), "a text"),
    "integer": (_is_whole, "a whole number"),
    "number": (lambda value: isinstance(value, int | float) and not isinstance(value, bool), "a number"),
    "boolean": (lambda value: isinstance(value, bool), "true or false"),
    "array": (lambda value: isinstance(value, list), "a list"),
    "object": (lambda value: isinstance(value, dict), "an object"),
    "null": (lambda value: value is None, "null"),
}
TYPES = frozenset(_TYPES)


def fault_of(schema: Mapping[str, Any], value: Any, where: str = "", depth: int = 0) -> str:
    """What is wrong with a value, in words; empty if it fits. `where` names it, as in guests[0].name."""
    if depth > _DEEPEST:
        return f"{where} is nested too deeply"
    choices = schema.get("anyOf")
    if isinstance(choices, list) and choices:
        faults = [fault_of(each, value, where, depth + 1) for each in choices]
        if all(faults):
            return faults[0]
    return _of_type(schema, value, where) or _of_parts(schema, value, where, depth)


def _of_type(schema: Mapping[str, Any], value: Any, where: str) -> str:
    named = schema.get("type", [])
    types = [named] if isinstance(named, str) else list(named)
    known = [_TYPES[each] for each in types if each in _TYPES]
    if known and not any(fits(value) for fits, _ in known):
        return f"{where or 'the argument'} has to be {' or '.join(words for _, words in known)}"
    if "enum" in schema and value not in schema["enum"]:
        shown = ", ".join(str(each) for each in schema["enum"][:_MOST_SHOWN])
        return f"{where or 'the argument'} has to be one of: {shown}"
    return ""


def _of_parts(schema: Mapping[str, Any], value: Any, where: str, depth: int) -> str:
    if isinstance(value, list) and isinstance(schema.get("items"), Mapping):
        faults = (fault_of(schema["items"], each, f"{where}[{n}]", depth + 1) for n, each in enumerate(value))
        return next(filter(None, faults), "")
    return _of_object(schema, value, where, depth) if isinstance(value, dict) else ""


def _of_object(schema: Mapping[str, Any], value: Mapping[str, Any], where: str, depth: int) -> str:
    known, others = schema.get("properties", {}), schema.get("additionalProperties", True)
    before = f"{where}." if where else ""
    for name in schema.get("required", ()):
        if name not in value:
            return f"{before}{name} is missing"
    for name, each in value.items():
        if name in known:
            fault = fault_of(known[name], each, f"{before}{name}", depth + 1)
        elif others is False:
            fault = f"there is no argument {before}{name[:60]}"
        else:
            fault = fault_of(others, each, f"{before}{name}", depth + 1) if isinstance(others, Mapping) else ""
        if fault:
            return fault
    return ""
