"""JSON objects, and what Python and Node print of them, inside lines of text. Knows nothing of what they mean."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from typing import Any

from voicecall_core.importers.inspected import inspected

Record = dict[str, Any]

_LONGEST_PRINTED = 20_000  # characters: reading what Python prints costs a compiler's run
_TRIES = 4  # opening braces of a line that are tried
_DECODER = json.JSONDecoder()


def objects_in(text: str) -> Iterator[Record]:
    """The objects in a line, from its left; one that is cut off or is none is passed over."""
    start, tries = text.find("{"), 0
    while start >= 0 and tries < _TRIES:
        tries += 1
        found, end = _object_at(text, start)
        if found is not None:
            yield found
        start = text.find("{", end)


def _object_at(text: str, start: int) -> tuple[Record | None, int]:
    try:
        found, end = _DECODER.raw_decode(text, start)
    except (ValueError, RecursionError):
        return _printed(text, start)
    return (found if isinstance(found, dict) else None), end


def _printed(text: str, start: int) -> tuple[Record | None, int]:
    """What `print(a dict)` wrote: Python's quotes and names."""
    end = text.rfind("}") + 1
    if text.startswith("{'", start) and start < end <= start + _LONGEST_PRINTED:
        try:
            found = ast.literal_eval(text[start:end])
        except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
            return inspected(text, start)  # Node quotes keys such as 'content-type' in the same way
        if isinstance(found, dict) and all(isinstance(key, str) for key in found):
            return found, end
        return None, start + 1
    return inspected(text, start)


def strings_of(record: Record, keys: tuple[str, ...]) -> Iterator[str]:
    """The texts under these keys of an object."""
    for key in keys:
        value = record.get(key)
        if isinstance(value, str):
            yield value


def as_text(record: Record | list[Any]) -> str:
    """An object as JSON text, for the translators; empty if JSON has no word for something in it."""
    try:
        return json.dumps(record, separators=(",", ":"))
    except (ValueError, TypeError, RecursionError):
        return ""


_LONGEST_FIELD = 4_000  # characters
_MOST_FIELDS = 40


def fields_of(record: Record, besides: frozenset[str]) -> Iterator[str]:
    """The fields of a log record as a person would write them, `name=value`, without those that say nothing.

    What is an object itself stays JSON. `besides`: names of fields that are told already, or are no part of the words.
    """
    for name, value in list(record.items())[:_MOST_FIELDS]:
        if name in besides or value is None or value == "":
            continue
        if isinstance(value, dict | list):
            yield f"{name}={as_text(value)[:_LONGEST_FIELD]}"
        else:
            yield f"{name}={str(value)[:_LONGEST_FIELD]}"
