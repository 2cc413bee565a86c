"""A session of the model opened for a trial, with the very set-up of a call. Knows nothing of what is made of it."""

from __future__ import annotations

import ssl
from collections.abc import Callable

import anyio

from voicecall_core.models.base import AudioDelta, AudioDone
from voicecall_core.models.openai_realtime.client import ModelLine
from voicecall_core.models.openai_realtime.writing import trial
from voicecall_core.net.network import Network
from voicecall_core.words.events import Event, ModelFailed, ModelReached, ResponseEnded
from voicecall_core.words.terms import Brief
from voicecall_core.words.values import ModelStage

SESSION = 1
REF = "doctor"


class Trial:
    """One session: when it reached each stage, how it failed, how its one response ended."""

    def __init__(self, network: Network, url: str, key: str, brief: Brief, tls: ssl.SSLContext | None) -> None:
        self.line = ModelLine(SESSION, network, url, key, brief, held=True, tell=self._tell, audio=self._hear, tls=tls)
        self.began = anyio.current_time()
        self.reached: dict[ModelStage, float] = {}
        self.failed: ModelFailed | None = None
        self.ended: ResponseEnded | None = None
        self._news = anyio.Event()

    @property
    def phases(self) -> list[tuple[str, int]]:
        """Each stage with the milliseconds it took since the one before."""
        shown, before = [], self.began
        for stage, at in self.reached.items():
            shown.append((stage.value, round((at - before) * 1000)))
            before = at
        return shown

    async def ready(self) -> bool:
        """Wait until the set-up has taken effect; false if the session failed."""
        await self._until(lambda: ModelStage.READY in self.reached)
        return self.failed is None

    async def speak(self) -> ResponseEnded | None:
        """Ask for one word, in text and aside from the conversation: some 50 tokens. None if the session failed."""
        self.line.send(trial(REF))
        await self._until(lambda: self.ended is not None)
        return self.ended

    async def _until(self, come: Callable[[], bool]) -> None:
        while not come() and self.failed is None:
            self._news = anyio.Event()
            await self._news.wait()

    def _tell(self, event: Event) -> None:
        match event:
            case ModelReached(stage=stage):
                self.reached.setdefault(stage, anyio.current_time())
            case ModelFailed():
                self.failed = event
            case ResponseEnded():
                self.ended = event
        self._news.set()

    def _hear(self, said: AudioDelta | AudioDone) -> None:
        """A trial has no ears: it asks for text."""
