"""Words as JSON objects, and back."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Mapping
from enum import Enum
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

from voicecall_core.words.events import EVENTS, Event
from voicecall_core.words.orders import ORDERS, Order


def to_object(value: Any) -> Any:
    """Anything made of this program's dataclasses, enums, tuples and plain values, as JSON knows it."""
    if isinstance(value, Enum):
        return value.value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: to_object(v) for f in dataclasses.fields(value) if (v := getattr(value, f.name)) != f.default}
    if isinstance(value, tuple | list | frozenset):
        return [to_object(item) for item in value]
    return value


def to_typed_object(value: Any) -> dict[str, Any]:
    """An event or an order, with its name."""
    return {"type": type(value).__name__, **to_object(value)}


def event_from(record: Mapping[str, Any]) -> Event:
    """The event that `named` wrote. Raises ValueError in words if it is none we know."""
    event = _from(EVENTS, "event", record)
    assert isinstance(event, Event)
    return event


def order_from(record: Mapping[str, Any]) -> Order:
    """The order that `named` wrote. Raises ValueError in words if it is none we know."""
    order = _from(ORDERS, "order", record)
    assert isinstance(order, Order)
    return order


def _from(kinds: Mapping[str, type], what: str, record: Mapping[str, Any]) -> Any:
    name = record.get("type")
    if not isinstance(name, str) or name not in kinds:
        raise ValueError(f"unknown {what} {name!r}")
    return read(kinds[name], {key: value for key, value in record.items() if key != "type"})


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def read(hint: Any, value: Any) -> Any:
    """A value of the type that `hint` names, from JSON. Raises ValueError in words if it does not fit."""
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        if value is None and type(None) in get_args(hint):
            return None
        return read(next(each for each in get_args(hint) if each is not type(None)), value)
    if origin is tuple:
        return _read_tuple(get_args(hint), value)
    if dataclasses.is_dataclass(hint):
        return _read_fields(hint, value)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint(value)
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, hint) or (hint is int and isinstance(value, bool)):
        raise ValueError(f"{value!r} is not a {hint.__name__}")
    return value


def _read_tuple(inner: tuple[Any, ...], value: Any) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise ValueError(f"{value!r} is not a list")
    if len(inner) == 2 and inner[1] is Ellipsis:
        return tuple(read(inner[0], item) for item in value)
    if len(inner) != len(value):
        raise ValueError(f"{value!r} has not {len(inner)} items")
    return tuple(read(each, item) for each, item in zip(inner, value, strict=True))


def _read_fields(kind: Any, value: Any) -> Any:
    if not isinstance(value, dict):
        raise ValueError(f"{value!r} is not an object")
    hints = _hints(kind)
    known = {f.name: f for f in dataclasses.fields(kind)}
    needed = [
        n
        for n, f in known.items()
        if n not in value and f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING
    ]
    if needed:
        raise ValueError(f"{kind.__name__} lacks {', '.join(needed)}")
    return kind(**{name: read(hints[name], item) for name, item in value.items() if name in known})
