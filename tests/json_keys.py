"""What docs/json.md is made of: a key, an object, and the keys that most objects have."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Key:
    """One key. `path`: `findings[].rule` for what stands deeper; one that ends in `*` holds what another page tells.

    `unit`: its type or unit. `since`: the version of the program that printed it first.
    """

    path: str
    about: str
    unit: str = "text"
    since: str = "0.1.0"


@dataclass(frozen=True, slots=True)
class JsonObject:
    """One kind of object: who prints it and when, and its keys in their order."""

    name: str
    about: str
    keys: tuple[Key, ...]


FORMAT_KEY = Key("format", "The number of this form.", "number")
EXIT = Key("exit", "What the program's end says to the shell (docs/exit-codes.md).", "number")


def under(path: str, *keys: Key) -> tuple[Key, ...]:
    return tuple(Key(f"{path}.{key.path}", key.about, key.unit, key.since) for key in keys)
