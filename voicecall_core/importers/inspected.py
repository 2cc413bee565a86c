"""Objects as Node prints them (`util.inspect`), as pino-pretty lists their fields, and cut-off JSON, made dictionaries.

Keys without quotes, single quotes, commas left out at line ends, class names before the brace, `undefined`, `[Object]`.
Knows nothing of what the objects mean.
"""

from __future__ import annotations

import re
from typing import Any

Record = dict[str, Any]

_LONGEST = 20_000  # characters of an object that are read
_DEEPEST = 12
_TOKEN = re.compile(
    r"\s*(?:(?P<open>(?:\[[\w :]+\] |<ref \*\d+> |[A-Z]\w* )?[{\[])|(?P<close>[}\]])|(?P<sep>[,:+])"
    r"|(?P<text>'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|`(?:[^`\\]|\\.)*`)|(?P<word>[^\s,:{}\[\]'\"`]+(?::[^\s,:{}\[\]'\"]+)*))"
)
_KEYED = re.compile(r"\{\s*(?:[A-Za-z_$][\w$]*|'[^']{1,80}'|\"[^\"]{1,80}\")\s*:\s")
_WORDS: dict[str, object] = {"true": True, "false": False, "null": None, "undefined": None, "None": None}


def inspected(text: str, start: int) -> tuple[Record | None, int]:
    """The object whose brace stands at `start`, and where it ends; None if there is none that is closed."""
    if _KEYED.match(text, start) is None:
        return None, start + 1
    reader = _Reader(text[start : start + _LONGEST])
    found = reader.value(0)
    return (found, start + reader.at) if isinstance(found, dict) and found else (None, start + 1)


class _Reader:
    """Reads one value after the other; what is no object becomes None, and nothing raises."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def _next(self) -> re.Match[str] | None:
        match = _TOKEN.match(self.text, self.at)
        if match is not None:
            self.at = match.end()
        return match

    def value(self, depth: int) -> object:
        """The value that comes next. None for none, for a closing bracket, or where it is cut off."""
        match = self._next()
        if match is None or match["close"] or match["sep"] or depth > _DEEPEST:
            return None
        if match["open"]:
            return self._object(depth) if match["open"].endswith("{") else self._list(depth)
        if match["text"] is not None:
            return self._text(match["text"])
        return _word(match["word"])

    def _text(self, first: str) -> str:
        """A text; Node breaks long ones into several with a plus between."""
        parts = [_bare(first)]
        while (more := re.compile(r"\s*\+\s*('(?:[^'\\]|\\.)*')").match(self.text, self.at)) is not None:
            self.at = more.end()
            parts.append(_bare(more[1]))
        return "".join(parts)

    def _object(self, depth: int) -> Record | None:
        found: Record = {}
        while (match := self._next()) is not None:
            if match["close"]:
                return found
            if match["sep"]:
                continue
            key = _bare(match["text"]) if match["text"] is not None else match["word"]
            if key is None:
                return None
            colon = re.compile(r"\s*:").match(self.text, self.at)
            if colon is not None:
                self.at = colon.end()
                found[key.removesuffix(":")] = self.value(depth + 1)
        return None

    def _list(self, depth: int) -> list[object] | None:
        found: list[object] = []
        while (match := _TOKEN.match(self.text, self.at)) is not None:
            if match["close"]:
                self.at = match.end()
                return found
            if match["sep"]:
                self.at = match.end()
            else:
                found.append(self.value(depth + 1))
        return None


def _bare(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1])


def _word(word: str) -> object:
    if word in _WORDS:
        return _WORDS[word]
    return int(word) if re.fullmatch(r"-?\d{1,18}", word, re.ASCII) else word
