"""A function's parameters as a JSON schema, and JSON values as what the function expects.

Known are str, int, float, bool, list, dict, Literal, Enum, Optional and dataclasses of these.
"""

from __future__ import annotations

import dataclasses
import inspect
import types
from collections.abc import Mapping
from enum import Enum
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

_PLAIN: Mapping[Any, str] = {str: "string", int: "integer", float: "number", bool: "boolean"}
_KNOWN = "str, int, float, bool, list, dict, Literal, Enum, Optional and dataclasses of these"
_BY_NAME = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
_DEEPEST = 8


class Unsupported(Exception):
    """A parameter cannot be described to the model. `fix`: what can be done about it."""

    def __init__(self, what: str, fix: str) -> None:
        super().__init__(what)
        self.fix = fix


def schema_of(signature: inspect.Signature, hints: Mapping[str, Any], about: Mapping[str, str]) -> dict[str, Any]:
    """The schema of a function's arguments. Raises Unsupported for one that cannot be given by name, or of no type."""
    properties: dict[str, Any] = {}
    required = []
    for name, parameter in signature.parameters.items():
        if parameter.kind not in _BY_NAME:
            raise Unsupported(f"the parameter {parameter} cannot be given by name", "Name each parameter by itself.")
        if name not in hints:
            raise Unsupported(f"the parameter {name} has no type hint", f"Write one, of {_KNOWN}.")
        properties[name] = _schema(hints[name], name)
        if about.get(name):
            properties[name]["description"] = about[name]
        if parameter.default is inspect.Parameter.empty:
            required.append(name)
    return _object(properties, required)


def _object(properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _schema(hint: Any, name: str, depth: int = 0) -> dict[str, Any]:
    origin, inner = get_origin(hint), get_args(hint)
    if depth > _DEEPEST:
        raise Unsupported(f"the type of {name} is nested too deeply, or in itself", "Flatten it.")
    if hint in _PLAIN:
        return {"type": _PLAIN[hint]}
    if origin is Literal:
        return _choices(inner, name)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return _choices(tuple(each.value for each in hint), name)
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return _of_dataclass(hint, name, depth)
    if hint is list or origin is list:
        return {"type": "array", "items": _schema(inner[0], name, depth + 1)} if inner else {"type": "array"}
    if hint is dict or (origin is dict and inner[0] is str):
        values = {"additionalProperties": _schema(inner[1], name, depth + 1)} if inner else {}
        return {"type": "object", **values}
    return _optional(hint, inner, name, depth)


def _optional(hint: Any, inner: tuple[Any, ...], name: str, depth: int) -> dict[str, Any]:
    """One type, or nothing."""
    if get_origin(hint) in (Union, types.UnionType) and type(None) in inner and len(inner) == 2:
        one = next(each for each in inner if each is not type(None))
        return {"anyOf": [_schema(one, name, depth + 1), {"type": "null"}]}
    shown = getattr(hint, "__name__", None) if not inner else None
    raise Unsupported(f"the parameter {name} has the type {shown or hint}", f"Known are {_KNOWN}.")


def _choices(values: tuple[Any, ...], name: str) -> dict[str, Any]:
    kinds = {type(value) for value in values}
    if len(kinds) != 1 or not kinds <= set(_PLAIN):
        raise Unsupported(f"the choices of {name} are not all texts, or all numbers", "Use values of one type.")
    return {"type": _PLAIN[kinds.pop()], "enum": list(values)}


def _of_dataclass(kind: type, name: str, depth: int) -> dict[str, Any]:
    hints = get_type_hints(kind)
    fields = [each for each in dataclasses.fields(kind) if each.init]
    properties = {each.name: _schema(hints[each.name], f"{name}.{each.name}", depth + 1) for each in fields}
    missing = dataclasses.MISSING
    required = [each.name for each in fields if each.default is missing and each.default_factory is missing]
    return _object(properties, required)


def as_python(hint: Any, value: Any) -> Any:
    """A JSON value that fits the hint's schema, as the function expects it."""
    origin, inner = get_origin(hint), get_args(hint)
    if value is None:
        return None
    if origin in (Union, types.UnionType):
        return as_python(next(each for each in inner if each is not type(None)), value)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return next(each for each in hint if each.value == value)
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        hints = get_type_hints(hint)
        return hint(**{name: as_python(hints[name], each) for name, each in value.items()})
    if origin is list:
        return [as_python(inner[0], each) for each in value]
    if origin is dict:
        return {name: as_python(inner[1], each) for name, each in value.items()}
    return hint(value) if hint in (int, float) else value
