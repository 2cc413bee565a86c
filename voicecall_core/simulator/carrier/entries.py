"""What the callee enters while a verb listens: keys, and sentences. Knows nothing of which verb that is."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import anyio


@dataclass(frozen=True, slots=True)
class Key:
    """A key was pressed."""

    digit: str


@dataclass(frozen=True, slots=True)
class SpeechBegan:
    """He begins to speak."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """He has said something to its end."""

    pii_text: str


Entry = Key | SpeechBegan | Sentence


class Entries:
    """Entries in their order, for the verb that listens; what is entered while none does is lost, as at the carrier."""

    def __init__(self) -> None:
        self._entered = deque[Entry]()
        self._came = anyio.Event()
        self._listening = False

    def __enter__(self) -> Entries:
        self._entered.clear()
        self._listening = True
        return self

    def __exit__(self, *_: object) -> None:
        self._listening = False

    def enter(self, entry: Entry) -> None:
        """Something is entered."""
        if self._listening:
            self._entered.append(entry)
            self._came.set()

    async def next(self) -> Entry:
        """The next entry."""
        while not self._entered:
            self._came = anyio.Event()
            await self._came.wait()
        return self._entered.popleft()

    def taken(self) -> list[Entry]:
        """What was entered by now."""
        found = list(self._entered)
        self._entered.clear()
        return found
