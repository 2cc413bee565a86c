"""The [[expect]] tables of a rehearsal file, read: each becomes one expectation, with the line that it stands in."""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import StrEnum
from typing import TypeVar

from voicecall_core.call.endings import Cause, Outcome
from voicecall_core.errors import did_you_mean
from voicecall_core.lined_toml import Table
from voicecall_core.patterns import NoPattern, compiled
from voicecall_core.rehearsal import expectations as x

Word = TypeVar("Word", bound=StrEnum)

MOST_TIMES = 1_000
LONGEST_MS = 3_600_000


def read_expectation(table: Table) -> x.Expectation:
    """The expectation. Raises SettingsError, with file and line, for what is none."""
    asked = [key for key in table.keys() if key in READERS]
    if not asked:
        wrong = next((key for key in table.keys() if key not in _MODIFIERS), "")
        names = ", ".join(READERS)
        if wrong:
            fix = did_you_mean(wrong, READERS).strip() or f"There are {names}."
            raise table.wrong(wrong, f"nothing can be expected by the name of {wrong}", fix)
        raise table.wrong("", "[[expect]] expects nothing", f"Write one of {names}.")
    first, *more = asked
    if more:
        fix = "Give each an [[expect]] of its own."
        raise table.wrong(more[0], f"{first} and {more[0]} are two expectations", fix)
    read, others = READERS[first]
    table.only(first, *others)
    return read(table)


def _words(table: Table, key: str) -> str:
    words = table.text(key)
    if not any(letter.isalnum() for letter in words):
        raise table.wrong(key, f"{key} holds no word", "Punctuation does not count.")
    return words


def _pattern(table: Table) -> re.Pattern[str]:
    try:
        return compiled(table.text("matches"))
    except NoPattern as error:
        raise table.wrong("matches", f"matches is no regular expression: {error}") from None


def _ms(table: Table, key: str, low: int = 1) -> int:
    return table.ms(key, low=low, high=LONGEST_MS)


def _turn(table: Table) -> int | None:
    return table.whole("turn", low=1) if "turn" in table else None


def _tool(table: Table) -> x.Expectation:
    arguments = table.table("with")
    if arguments is not None:
        for path, text in _patterns(arguments.values):
            try:
                compiled(text)
            except NoPattern as error:
                raise table.wrong("with", f"{path} is no regular expression: {error}") from None
    times = table.whole("times", low=0, high=MOST_TIMES) if "times" in table else None
    tool = table.text("tool")
    return x.ToolCalled(tool, dict(arguments.values) if arguments else {}, times, line=table.line_of("tool"))


def _patterns(value: object, path: str = "with") -> list[tuple[str, str]]:
    """Every text `/.../` in it, without its slashes, and where it stands."""
    if isinstance(value, str):
        return [(path, value[1:-1])] if len(value) > 2 and value[0] == value[-1] == "/" else []
    if isinstance(value, dict):
        return [found for name, each in value.items() for found in _patterns(each, f"{path}.{name}")]
    if isinstance(value, list):
        return [found for number, each in enumerate(value) for found in _patterns(each, f"{path}[{number}]")]
    return []


def _word(table: Table, key: str, words: type[Word]) -> Word:
    written = table.text(key)
    try:
        return words(written)
    except ValueError:
        fix = did_you_mean(written, words).strip() or f"There are {', '.join(words)}."
        raise table.wrong(key, f"there is no {key} {written!r}", fix) from None


def _laws(table: Table) -> x.Expectation:
    if table.text("laws") != "kept":
        raise table.wrong("laws", "laws can only be kept", 'Write laws = "kept".')
    return x.LawsKept(line=table.line_of("laws"))


# What is read for each key that an [[expect]] may have, and which others may stand beside it.
READERS: dict[str, tuple[Callable[[Table], x.Expectation], tuple[str, ...]]] = {
    "said": (lambda t: x.Said(_words(t, "said"), line=t.line_of("said")), ()),
    "not_said": (lambda t: x.NotSaid(_words(t, "not_said"), line=t.line_of("not_said")), ()),
    "matches": (lambda t: x.Matches(_pattern(t), line=t.line_of("matches")), ()),
    "judged": (lambda t: x.JudgedYes(_words(t, "judged"), line=t.line_of("judged")), ()),
    "tool": (_tool, ("with", "times")),
    "interrupted_within": (
        lambda t: x.InterruptedWithin(_ms(t, "interrupted_within"), _turn(t), line=t.line_of("interrupted_within")),
        ("turn",),
    ),
    "reply_within": (
        lambda t: x.ReplyWithin(_ms(t, "reply_within"), _turn(t), line=t.line_of("reply_within")),
        ("turn",),
    ),
    "first_word_within": (
        lambda t: x.FirstWordWithin(_ms(t, "first_word_within"), line=t.line_of("first_word_within")),
        (),
    ),
    "no_silence_over": (lambda t: x.NoSilenceOver(_ms(t, "no_silence_over"), line=t.line_of("no_silence_over")), ()),
    "outcome": (lambda t: x.OutcomeIs(_word(t, "outcome", Outcome), line=t.line_of("outcome")), ()),
    "ended_by": (lambda t: x.EndedBy(_word(t, "ended_by", Cause), line=t.line_of("ended_by")), ()),
    "laws": (_laws, ()),
    "cost_under": (
        lambda t: x.CostUnder(t.number("cost_under", low=0.000001, high=1_000_000), line=t.line_of("cost_under")),
        (),
    ),
}
_MODIFIERS = frozenset(name for _, others in READERS.values() for name in others)
