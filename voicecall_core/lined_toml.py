"""TOML files as people write them: every value with the line that it stands in, and a sentence for whatever is wrong.

tomllib says what the values are; where they stand is found by a scan of the same text (`toml_lines.py`).
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from voicecall_core.durations import EXAMPLES, as_duration, seconds_of
from voicecall_core.errors import SettingsError, did_you_mean
from voicecall_core.toml_lines import Lost, TooDeep, Twice, lines_of

LONGEST = 1_000_000  # bytes
_DEEPEST = 32  # names in a row: a.b.c has three
_REQUIRED: Any = object()
_PLACE = re.compile(r" \(at (?:line (?P<line>\d+), column \d+|end of document)\)$")


def read_table(data: bytes, name: str, setting: str = "") -> Table:
    """The table that a file's bytes hold; `name` is what the file is called in sentences, `setting` what named it.

    Raises SettingsError, with the line, for what is not UTF-8, no TOML, longer than 1 MB or nested too deeply.
    """
    if len(data) > LONGEST:
        raise _error(name, 0, f"is longer than {LONGEST:,} bytes", setting=setting)
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise _error(name, line, "is not UTF-8 text", "Save the file as UTF-8.", setting) from None
    lines: Mapping[tuple[str | int, ...], int] = {}
    try:
        lines = lines_of(text, _DEEPEST)
    except TooDeep as deep:
        raise _error(name, deep.line, f"is nested more than {_DEEPEST} deep", setting=setting) from None
    except Twice as twice:
        what = f"{twice.key} is written a second time; it stands in line {twice.first} already"
        raise _error(name, twice.line, what, "Remove one of them.", setting) from None
    except Lost:
        pass  # no TOML: tomllib says what is wrong
    try:
        values = tomllib.loads(text)
    except ValueError as error:  # a TOMLDecodeError is one; so is a number of 5,000 digits
        raise _no_toml(name, text, str(error), setting) from None
    return Table(name, (), 1, values, lines, setting)


def _no_toml(name: str, text: str, said: str, setting: str) -> SettingsError:
    place = _PLACE.search(said)
    line = int(place["line"] or text.count("\n") + 1) if place else 0
    what = _PLACE.sub("", said)
    return _error(name, line, f"this is no TOML: {what}", "Texts stand in quotation marks: key = 'text'.", setting)


def _error(name: str, line: int, sentence: str, fix: str = "", setting: str = "") -> SettingsError:
    where = f"{name}: line {line}" if line else name
    return SettingsError(f"{where}: {sentence}.", setting=setting, fix=fix)


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a file. What asks for a key that is not there, or holds something else, raises SettingsError.

    A key without a `default` has to be there. `name` is the file's, `path` the table's way from its top, `line` where
    the table begins.
    """

    name: str
    path: tuple[str | int, ...]
    line: int
    values: Mapping[str, Any] = field(repr=False)
    lines: Mapping[tuple[str | int, ...], int] = field(repr=False)
    setting: str = ""

    def __contains__(self, key: str) -> bool:
        return key in self.values

    def keys(self) -> tuple[str, ...]:
        """The keys in the order in which they stand."""
        return tuple(self.values)

    def raw(self, key: str) -> Any:
        """The value as tomllib gives it; None if there is none."""
        return self.values.get(key)

    def line_of(self, key: str) -> int:
        """The line of a key; of the table, if it is not there."""
        return self.lines.get((*self.path, key), self.line)

    def text(self, key: str, default: str = _REQUIRED) -> str:
        """A text. One that has to be there may not be blank."""
        value: str = self._of(key, default, "a text", str)
        if default is _REQUIRED and not value.strip():
            raise self.wrong(key, f"{key} is empty", f"Write {key} = '...'.")
        return value

    def whole(self, key: str, default: int = _REQUIRED, low: int | None = None, high: int | None = None) -> int:
        """A whole number from `low` to `high`."""
        value: int = self._of(key, default, "a whole number", int)
        self._within(key, value, low, high, str)
        return value

    def number(
        self, key: str, default: float = _REQUIRED, low: float | None = None, high: float | None = None
    ) -> float:
        """A number from `low` to `high`, with or without a fraction."""
        value = float(self._of(key, default, "a number", int, float))
        if not math.isfinite(value):
            raise self.wrong(key, f"{key} is {value}, which is no number to reckon with")
        self._within(key, value, low, high, lambda bound: f"{bound:g}")
        return value

    def switch(self, key: str, default: bool = _REQUIRED) -> bool:
        """true or false."""
        return bool(self._of(key, default, "true or false", bool))

    def texts(self, key: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        """A list of texts."""
        value = self._of(key, default, "a list of texts", list)
        if not all(isinstance(each, str) for each in value):
            raise self.wrong(key, f"{key} holds something that is no text", f"Write {key} = ['...', '...'].")
        return tuple(value)

    def ms(self, key: str, default: int = _REQUIRED, low: int | None = None, high: int | None = None) -> int:
        """A duration in milliseconds, written as on the command line: '1.8s', '250ms', '2m'; a number is seconds."""
        value = self._of(key, default, "a duration", str, int, float)
        if key not in self.values:
            return default
        try:
            found = round(seconds_of(str(value)) * 1000)
        except ValueError:
            raise self.wrong(key, f"{key} is {_shown(value)}, which is no duration", f"Write {EXAMPLES}.") from None
        self._within(key, found, low, high, lambda bound: as_duration(bound / 1000))
        return found

    def table(self, key: str) -> Table | None:
        """The table under a key; None if there is none."""
        if key not in self.values:
            return None
        return self._below(self._of(key, {}, "a table", dict), key)

    def tables(self, key: str) -> tuple[Table, ...]:
        """The tables that each begin with [[key]]; none if there is none."""
        found = self._of(key, [], "a list of tables", list)
        if not all(isinstance(each, dict) for each in found):
            raise self.wrong(key, f"{key} is no list of tables", f"Begin each with [[{key}]].")
        return tuple(self._below(each, key, at) for at, each in enumerate(found))

    def only(self, *keys: str) -> None:
        """Refuse every other key."""
        for key in self.values:
            if key not in keys:
                fix = did_you_mean(key, keys).strip() or f"There are {', '.join(keys)}."
                raise self.wrong(key, f"there is no {_shown(key)} here", fix)

    def wrong(self, key: str, sentence: str, fix: str = "") -> SettingsError:
        """What is wrong with a key, with the file and the line in front; `sentence` has no full stop."""
        return _error(self.name, self.line_of(key), sentence, fix, self.setting)

    def _below(self, values: Mapping[str, Any], *way: str | int) -> Table:
        path = (*self.path, *way)
        return Table(self.name, path, self.lines.get(path, self.line), values, self.lines, self.setting)

    def _of(self, key: str, default: Any, what: str, *types: type) -> Any:
        if key not in self.values:
            if default is _REQUIRED:
                raise self.wrong(key, f"{self._called()} has no {key}", f"Write {key} = ..., {what}.")
            return default
        value = self.values[key]
        if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
            raise self.wrong(key, f"{key} is {_shown(value)}, not {what}")
        return value

    def _called(self) -> str:
        names = [each for each in self.path if isinstance(each, str)]
        return f"[{'.'.join(names)}]" if names else "the file"

    def _within(self, key: str, value: Any, low: Any, high: Any, written: Any) -> None:
        if (low is None or value >= low) and (high is None or value <= high):
            return
        if low is None or high is None:
            bounds = f"{written(low)} or more" if high is None else f"{written(high)} at most"
        else:
            bounds = f"{written(low)} to {written(high)}"
        raise self.wrong(key, f"{key} is {_shown(self.values.get(key, value))}", f"Write {bounds}.")


_KINDS: tuple[tuple[type, str], ...] = ((dict, "a table"), (list, "a list"))
_SHOWN_MAX = 40  # characters


def _shown(value: object) -> str:
    """A value as it is written in TOML; one that is long by what it is."""
    for kind, named in _KINDS:
        if isinstance(value, kind):
            return named
    if isinstance(value, bool):
        return "true" if value else "false"
    text = repr(value) if isinstance(value, str | int | float) else str(value)
    return text if len(text) <= _SHOWN_MAX else f"a text of {len(text) - 2} characters"
