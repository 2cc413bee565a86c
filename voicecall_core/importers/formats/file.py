"""A format file read: its patterns and samples, or a sentence that says what is wrong with it and where."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from voicecall_core.errors import SettingsError, did_you_mean
from voicecall_core.importers.concepts import CONCEPTS
from voicecall_core.lined_toml import LONGEST, Table, read_table

OPENCLAW, SERVER = "openclaw", "server"
GROUPS = (
    "stamp", "level", "call_id", "call_sid", "stream_sid", "status", "document", "text", "code", "direction", "mode",
    "again", "realtime",
)  # fmt: skip
_OF_ANY = ("stamp", "level", "call_id", "call_sid", "stream_sid")  # what any concept may have
_SHORTEST_WORD = 3


@dataclass(frozen=True, slots=True)
class Pattern:
    """One pattern. `needle`: in every line that it fits, in small letters. `given`: fields that are always the same."""

    concept: str
    pattern: re.Pattern[str]
    needle: str
    given: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Sample:
    """A line and what is to be read out of it; `concept` `nothing`: nothing. `at`: its own line in the format file."""

    line: str
    concept: str
    fields: Mapping[str, str]
    at: int = 0


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
            data = file.read(LONGEST + 1)
    except OSError as error:
        raise SettingsError(f"{path.name} cannot be read: {error.strerror or error}.", setting="--format") from None
    return parsed(data, path.name)


def parsed(data: bytes, name: str) -> Format:
    """A format out of a file's bytes; `name` is what the file is called in sentences. Raises SettingsError."""
    file = read_table(data, name, "--format")
    file.only("format", "pattern", "sample")
    head = file.table("format")
    if head is None:
        raise file.wrong("format", "there is no [format]", 'Begin with [format] and name = "...".')
    head.only("name", "about", "kind", "marks")
    kind = head.text("kind", SERVER)
    if kind not in (OPENCLAW, SERVER):
        raise head.wrong("kind", f"kind is {kind!r}", f'Write "{SERVER}", or leave it out.')
    marks = head.texts("marks")
    if any(len(each) < _SHORTEST_WORD for each in marks):
        raise head.wrong("marks", "marks has one of fewer than 3 letters", "Write marks = ['[bot]'].")
    return Format(
        head.text("name"),
        head.text("about", ""),
        kind,
        marks,
        tuple(_pattern(each) for each in file.tables("pattern")),
        tuple(_sample(each) for each in file.tables("sample")),
    )


def _concept(table: Table) -> str:
    concept = table.text("concept")
    if concept not in CONCEPTS:
        known = did_you_mean(concept, CONCEPTS).strip() or f"There are {', '.join(CONCEPTS)}."
        raise table.wrong("concept", f"there is no concept {concept!r}", known)
    return concept


def _given(table: Table) -> dict[str, str]:
    return {name: table.text(name, "") for name in GROUPS if name in table}


def _pattern(table: Table) -> Pattern:
    table.only("concept", "pattern", *GROUPS)
    concept, text = _concept(table), table.text("pattern")
    try:
        pattern = re.compile(text)
    except (re.error, RecursionError, OverflowError) as error:
        raise table.wrong("pattern", f"its pattern is no regular expression: {error}") from None
    for group in pattern.groupindex:
        if group not in GROUPS:
            raise table.wrong("pattern", f"its pattern names a group {group!r}", f"Known are {', '.join(GROUPS)}.")
    for name in {*pattern.groupindex, *(set(table.keys()) & set(GROUPS))} - {*_OF_ANY, *CONCEPTS[concept].fields}:
        has = ", ".join(CONCEPTS[concept].fields) or "no field of its own"
        raise table.wrong(name, f"it gives a {name!r}, of which {concept!r} knows nothing", f"It has {has}.")
    needle = needle_of(text)
    if len(needle) < _SHORTEST_WORD:
        fix = "Give it one outside of its groups, by which other lines can be passed over fast."
        raise table.wrong("pattern", "its pattern has no fixed text of 3 letters or more", fix)
    return Pattern(concept, pattern, needle, _given(table))


def _sample(table: Table) -> Sample:
    table.only("line", "concept", *GROUPS)
    return Sample(table.text("line"), _concept(table), _given(table), table.line_of("line"))


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
