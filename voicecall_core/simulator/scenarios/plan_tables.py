"""Reads the fields of a plan (carrier, model, account) from a table of a file. Knows the records, not the files.

Every field of the record is a key under its own name. What is never (None in the record) is written "never".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from voicecall_core.lined_toml import Table
from voicecall_core.simulator.voices import names

T = TypeVar("T")

NEVER = "never"
LONGEST_MS = 24 * 3_600_000
_MOST = 1_000_000  # of anything that is counted
_APART = ("script",)  # told in tables of their own
_LEAST = {"speed": 0.1, "frames_at_once": 1, "pieces": 1}  # they are divided by
_CODES = ("close_code", "drop_code")  # of WebSocket closes
_FIRST_CODE, _LAST_CODE = 1_000, 4_999
CHOICES: Mapping[str, tuple[str, ...]] = {
    "ends_as": ("", "busy", "no-answer", "failed"),
    "stuck_at": ("", "handshake", "created", "updated"),
    "end_call": ("with", "behind", "next", "alone"),
    "status": ("active", "suspended", "closed"),
    "kind": ("Full", "Trial"),
    "number": ("owned", "verified", "foreign"),
}


def read_plan(table: Table, kind: type[T]) -> dict[str, Any]:
    """The fields of `kind` that the table sets. Raises SettingsError with the line of what is wrong."""
    known = keys_of(kind)
    table.only(*known)
    return {name: _value(table, name, known[name]) for name in table.keys()}


def keys_of(kind: type[Any]) -> Mapping[str, Any]:
    """The keys of a plan with the types of what they hold."""
    if kind not in _KEYS:
        hints = get_type_hints(kind)
        _KEYS[kind] = {each.name: hints[each.name] for each in fields(kind) if each.name not in _APART}
    return _KEYS[kind]


_KEYS: dict[type[Any], Mapping[str, Any]] = {}  # the types take longer than a file


def default_of(field: Field[Any]) -> Any:
    """What a field holds if nobody sets it."""
    if field.default is not MISSING:
        return field.default
    return field.default_factory() if field.default_factory is not MISSING else None


def _value(table: Table, name: str, hint: Any) -> Any:
    if get_origin(hint) in (Union, UnionType):
        hint = next(each for each in get_args(hint) if each is not NoneType)
        if table.raw(name) == NEVER:
            return None
    if is_dataclass(hint):
        below = table.table(name)
        return hint(**read_plan(below, hint)) if below is not None and isinstance(hint, type) else None
    origin = get_origin(hint)
    if origin is Mapping:
        return _mapping(table, name, get_args(hint)[1])
    if origin is frozenset:
        return frozenset(table.texts(name))
    if origin is tuple:
        return _several(table, name, get_args(hint)[0])
    return _single(table, name, hint)


def _single(table: Table, name: str, hint: type) -> Any:
    if hint is bool:
        return table.switch(name)
    if hint is float:
        return table.number(name, low=_LEAST.get(name, 0), high=_MOST)
    if hint is int:
        value = table.whole(name, low=int(_LEAST.get(name, 0)), high=LONGEST_MS if name.endswith("_ms") else _MOST)
        if name in _CODES and value and not _FIRST_CODE <= value <= _LAST_CODE:
            raise table.wrong(name, f"{name} is {value}", f"Write {_FIRST_CODE} to {_LAST_CODE}, or 0 for none.")
        return value
    return chosen(table, name, CHOICES[name]) if name in CHOICES else table.text(name, "")


def chosen(table: Table, name: str, among: tuple[str, ...]) -> str:
    """One of these words."""
    value = table.text(name, "")
    if value not in among:
        raise table.wrong(name, f"{name} is {value!r}", f"There are {', '.join(each for each in among if each)}.")
    return value


def _mapping(table: Table, name: str, hint: type) -> Mapping[str, Any]:
    below = table.table(name)
    if below is None:
        return {}
    if hint is int:
        return {key: below.whole(key, low=0, high=LONGEST_MS) for key in below.keys()}
    return {key: below.text(key) for key in below.keys()}


def _several(table: Table, name: str, hint: Any) -> tuple[Any, ...]:
    if hint is str:
        found = table.texts(name)
        if name == "replies":
            _demand_clips(table, name, found)
        return found
    value = table.raw(name)
    whole: list[Any] = value if isinstance(value, list) else [None]
    if hint is int:
        if not all(type(each) is int and 0 <= each <= LONGEST_MS for each in whole):
            raise table.wrong(name, f"{name} is no list of times in ms", f"Write {name} = [9000, 75000].")
        return tuple(whole)
    if not all(isinstance(each, list) and [type(part) for part in each] == [int, str] for each in whole):
        raise table.wrong(
            name, f"{name} is no list of codes and addresses", f'Write {name} = [[11200, "https://..."]].'
        )
    return tuple((code, address) for code, address in whole)


def _demand_clips(table: Table, name: str, found: tuple[str, ...]) -> None:
    known = names("agent")
    strange = next((each for each in found if each not in known), "")
    if strange or not found:
        raise table.wrong(name, f"{name} names no clip of the agent's: {strange!r}", f"There are {', '.join(known)}.")
