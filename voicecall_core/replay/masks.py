"""Takes people and accounts out of an event: words, keys, numbers, and the strangers' identifiers. Knows no file.

What decisions rest on stays: an identifier becomes another one, the same wherever it stood.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from voicecall_core.masking import blotted
from voicecall_core.replay.words import PRIVATE, REMOVED

_IDS = {
    "sid": "CA{:032d}",
    "stream_sid": "MZ{:032d}",
    "item": "item-{}",
    "response": "response-{}",
    "tool_call": "tool-call-{}",
}
_OURS = frozenset({"", "apology"})  # names that this program gave
_PLAIN = re.compile(r"[A-Za-z0-9_./: -]{0,40}")
_CODE = re.compile(r"[a-z0-9_.-]{0,60}")  # of a reason only a code is kept: decisions rest on some, on sentences never
_NUMBER = re.compile(r"\d{7,}")  # also inside of a word: somebody's identifier


class Masks:
    """One call's masks."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], str] = {}
        self._count: Counter[str] = Counter()

    def masked(self, value: Any, name: str = "") -> Any:
        """A JSON value of a field called `name`, without what is private."""
        if isinstance(value, dict):
            return {key: self.masked(each, key) for key, each in value.items()}
        if isinstance(value, list):
            return [self.masked(each, name) for each in value]
        return self._text(value, name) if isinstance(value, str) else value

    def _text(self, text: str, name: str) -> str:
        if name.startswith(PRIVATE):
            return REMOVED if text else ""
        if name == "sids" or name in _IDS:
            return self._renamed(text, "sid" if name == "sids" else name)
        if name == "digit":
            return "0"  # what is pressed may be a PIN
        kept = _CODE if name == "reason" else _PLAIN
        return text if kept.fullmatch(text) and blotted(text) == text and not _NUMBER.search(text) else REMOVED

    def _renamed(self, text: str, kind: str) -> str:
        if text in _OURS:
            return text
        if (kind, text) not in self._known:
            self._count[kind] += 1
            self._known[kind, text] = _IDS[kind].format(self._count[kind])
        return self._known[kind, text]
