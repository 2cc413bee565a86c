"""A format file read: its patterns and samples, or a sentence that says what is wrong with it and where."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from voicecall_core.errors import SettingsError
from voicecall_core.importers.concepts import CONCEPTS

OPENCLAW, SERVER = "openclaw", "server"
GROUPS = (
    "stamp", "level", "call_id", "call_sid", "stream_sid", "status", "document", "text", "code", "direction", "mode",
    "again", "realtime",
)  # fmt: skip
_OF_ANY = ("stamp", "level", "call_id", "call_sid", "stream_sid")  # what any concept may have
_LONGEST = 1_000_000  # bytes
_SHORTEST_WORD = 3
_PATTERN_KEYS = {"concept", "pattern", *GROUPS}
_SAMPLE_KEYS = {"line", "concept", *GROUPS}


@dataclass(frozen=True, slots=True)
class Pattern:
    """One pattern. `needle`: in every line that it fits, in small letters. `given`: fields that are always the same."""

    concept: str
    pattern: re.Pattern[str]
    needle: str
    given: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Sample:
    """A line and what is to be read out of it; `concept` `nothing`: nothing."""

    line: str
    concept: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Format:
    """One program's lines. `marks`: a line that bears one is the program's; without any, every line may be."""

    name: str
    about: str
    kind: str
    marks: tuple[str, ...]
    patterns: tuple[Pattern, ...]
    samples: tuple[Sample, ...]


def read_format(path: Path) -> Format:
    """A user's file. Raises SettingsError, which says where it is wrong and what to write."""
    try:
        with open(path, "rb") as file:
            data = file.read(_LONGEST + 1)
    except OSError as error:
        raise _wrong(path.name, f"cannot be read: {error.strerror or error}") from None
    if len(data) > _LONGEST:
        raise _wrong(path.name, f"is longer than {_LONGEST} bytes: it is no format file")
    return parsed(data, path.name)


def parsed(data: bytes, name: str) -> Format:
    """A format out of a file's bytes; `name` is what the file is called in sentences. Raises SettingsError."""
    try:
        table = tomllib.loads(data.decode("utf-8"))
    except UnicodeDecodeError:
        raise _wrong(name, "is no text in UTF-8") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise _wrong(name, f"is no TOML: {error}", "Write patterns and lines in single quotes: '...'.") from None
    _only(table, {"format", "pattern", "sample"}, name)
    head = table.get("format")
    if not isinstance(head, dict):
        raise _wrong(name, "has no [format]", 'Begin with [format] and name = "...".')
    _only(head, {"name", "about", "kind", "marks"}, f"{name}, [format]")
    kind = head.get("kind", SERVER)
    if kind not in (OPENCLAW, SERVER):
        raise _wrong(name, f"[format] has kind {kind!r}", f'Write "{SERVER}", or leave it out.')
    return Format(
        _text(head, "name", f"{name}, [format]"),
        _text(head, "about", f"{name}, [format]", ""),
        kind,
        _marks(head.get("marks", []), name),
        tuple(_pattern(each, f"{name}, pattern {at}") for at, each in enumerate(_tables(table, "pattern", name), 1)),
        tuple(_sample(each, f"{name}, sample {at}") for at, each in enumerate(_tables(table, "sample", name), 1)),
    )


def _wrong(where: str, what: str, fix: str = "") -> SettingsError:
    return SettingsError(f"{where}: {what}.", setting="--format", fix=fix)


def _only(table: Mapping[str, Any], known: set[str], where: str) -> None:
    for key in table:
        if key not in known:
            near = get_close_matches(key, known, 1)
            raise _wrong(
                where, f"has {key!r}", f"Write {near[0]!r}." if near else f"Known are {', '.join(sorted(known))}."
            )


def _text(table: Mapping[str, Any], key: str, where: str, default: str | None = None) -> str:
    value = table.get(key, default)
    if not isinstance(value, str) or (default is None and not value.strip()):
        raise _wrong(
            where, f"has no {key}" if value is None else f"has a {key} that is no text", f"Write {key} = '...'."
        )
    return value


def _tables(table: Mapping[str, Any], key: str, name: str) -> list[dict[str, Any]]:
    found = table.get(key, [])
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise _wrong(name, f"has {key!r} in another form", f"Begin each with [[{key}]].")
    return found


def _marks(value: object, name: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(each, str) and len(each) >= _SHORTEST_WORD for each in value):
        raise _wrong(
            name, "[format] has marks that are no list of texts of 3 letters or more", "Write marks = ['[bot]']."
        )
    return tuple(value)


def _concept(table: Mapping[str, Any], where: str) -> str:
    concept = _text(table, "concept", where)
    if concept not in CONCEPTS:
        near = get_close_matches(concept, CONCEPTS, 1)
        known = f"Write '{near[0]}'." if near else f"There are {', '.join(CONCEPTS)}."
        raise _wrong(where, f"there is no concept {concept!r}", known)
    return concept


def _given(table: Mapping[str, Any], where: str) -> dict[str, str]:
    return {name: _text(table, name, where, "") for name in GROUPS if name in table}


def _pattern(table: Mapping[str, Any], where: str) -> Pattern:
    _only(table, _PATTERN_KEYS, where)
    concept, text = _concept(table, where), _text(table, "pattern", where)
    try:
        pattern = re.compile(text)
    except (re.error, RecursionError, OverflowError) as error:
        raise _wrong(where, f"its pattern is no regular expression: {error}") from None
    for group in pattern.groupindex:
        if group not in GROUPS:
            raise _wrong(where, f"its pattern names a group {group!r}", f"Known are {', '.join(GROUPS)}.")
    for name in {*pattern.groupindex, *(table.keys() & set(GROUPS))} - {*_OF_ANY, *CONCEPTS[concept].fields}:
        has = ", ".join(CONCEPTS[concept].fields) or "no field of its own"
        raise _wrong(where, f"it gives a {name!r}, of which {concept!r} knows nothing", f"It has {has}.")
    needle = needle_of(text)
    if len(needle) < _SHORTEST_WORD:
        fix = "Give it one outside of its groups, by which other lines can be passed over fast."
        raise _wrong(where, "its pattern has no fixed text of 3 letters or more", fix)
    return Pattern(concept, pattern, needle, _given(table, where))


def _sample(table: Mapping[str, Any], where: str) -> Sample:
    _only(table, _SAMPLE_KEYS, where)
    return Sample(_text(table, "line", where), _concept(table, where), _given(table, where))


_ATOM = re.compile(
    r"\\(?P<class>[A-Za-z0-9])|\\(?P<escaped>.)|(?P<set>\[\^?\]?(?:\\.|[^\]\\])*\])|(?P<special>[.^$])|(?P<open>\()"
    r"|(?P<close>\))|(?P<or>\|)|(?P<char>.)",
    re.DOTALL,
)
_REPEAT = re.compile(r"(?:[?*+]|\{\d*,?\d*\})[?+]?")


def needle_of(pattern: str) -> str:
    """The longest fixed text that every line has which a pattern fits, in small letters; empty if it has none."""
    if re.search(r"\(\?[aiLmsux-]*x", pattern):
        return ""  # blanks and comments that are none of the line's
    runs, run, depth, at = [""], "", 0, 0
    while (match := _ATOM.match(pattern, at)) is not None:
        at = match.end()
        repeat = _REPEAT.match(pattern, at)
        fixed = match["escaped"] or match["char"] or ""
        depth += bool(match["open"]) - bool(match["close"])
        if match["or"] and depth == 0:
            return ""
        if fixed and depth == 0 and repeat is None:
            run += fixed
        else:
            runs, run = [*runs, run], ""
        at = repeat.end() if repeat is not None else at
    return max([*runs, run], key=len).lower()
