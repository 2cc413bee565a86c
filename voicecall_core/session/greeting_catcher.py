"""Takes down the greeting that the model makes, so that it can be kept. Changes nothing of the call."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error

from voicecall_core.models.base import AudioDelta, AudioDone
from voicecall_core.words import events as e


class GreetingCatcher:
    """`whole` is the greeting, (its words, its mu-law), once it was made to its end just as `asked` it was to be.

    One that is cut off, that calls a tool, or whose words are others is not taken down.
    """

    def __init__(self, asked: str) -> None:
        self.whole: tuple[str, bytes] | None = None
        self._asked = asked
        self._ref = self._response = ""
        self._items: dict[str, bytearray] = {}
        self._words: dict[str, str] = {}

    def ask(self, ref: str) -> None:
        """It is asked for under this name."""
        self._ref = ref

    def said(self, event: e.Event) -> None:
        """Something that the model said."""
        if isinstance(event, e.ResponseBegan) and self._ref and event.ref == self._ref:
            self._response, self._items, self._words = event.response, {}, {}
        elif not self._response or getattr(event, "response", "") != self._response:
            return
        elif isinstance(event, e.Spoken) and event.final:
            self._words[event.item] = event.pii_text
        elif isinstance(event, e.ToolCalled):
            self._response = ""
        elif isinstance(event, e.ResponseEnded):
            self._response = ""
            if event.status == "completed":
                self._finish()

    def spoke(self, audio: AudioDelta | AudioDone) -> None:
        """A piece of the model's voice."""
        if not self._response or audio.response != self._response or isinstance(audio, AudioDone):
            return
        try:
            self._items.setdefault(audio.item, bytearray()).extend(b64decode(audio.payload_b64))
        except (Error, ValueError):
            self._response = ""

    def _finish(self) -> None:
        words = " ".join(self._words.get(item, "") for item in self._items).strip()
        if _letters(words) and _letters(words) == _letters(self._asked):
            self.whole = words, b"".join(self._items.values())
        self._items = {}


def _letters(text: str) -> str:
    """What tells two sentences apart when they are spoken: not their punctuation, nor their capitals."""
    return "".join(each for each in text.casefold() if each.isalnum())
