"""What a call asks of its model sessions. Decides nothing, and knows nothing of the carrier."""

from __future__ import annotations

from collections.abc import Callable
from typing import get_args

import anyio

from voicecall_core.media import Bridge
from voicecall_core.models.base import AudioDelta, AudioDone, Model, ModelOrder, ModelSession
from voicecall_core.session.greeting_catcher import GreetingCatcher
from voicecall_core.session.plan import Spawn
from voicecall_core.words import orders as o
from voicecall_core.words.events import Event
from voicecall_core.words.terms import Brief

TO_MODEL: tuple[type[o.Order], ...] = get_args(ModelOrder)


class ModelCommands:
    """Opens and closes the model sessions of a call, and says to them what is ordered."""

    def __init__(self, brief: Brief, model: Model, bridge: Bridge, spawn: Spawn, number: Callable[[], int]) -> None:
        self._brief, self._model, self._bridge = brief, model, bridge
        self._spawn, self._number = spawn, number
        self._lines: dict[int, ModelSession] = {}
        self.greeting = GreetingCatcher(brief.pii_greeting)

    def open_model(self, order: o.OpenModel) -> None:
        line = self._model.open(order, self._brief, self._said, self._spoke)
        self._lines[order.session] = line
        self._bridge.attach(line)
        self._spawn(line.run)

    def _said(self, event: Event) -> None:
        self.greeting.said(event)
        self._bridge.model_said(event)

    def _spoke(self, audio: AudioDelta | AudioDone) -> None:
        self.greeting.spoke(audio)
        self._bridge.model_spoke(audio)

    def close_model(self, order: o.CloseModel) -> None:
        self._bridge.detach(order.session)
        if order.session in self._lines:
            self._spawn(self._lines[order.session].close)

    def say(self, order: ModelOrder) -> None:
        """Say one of `TO_MODEL` to the session that it names."""
        if isinstance(order, o.AskGreeting):
            self.greeting.ask(order.ref)
        if (line := self._lines.get(order.session)) is not None:
            line.say(order, f"vc-{self._number()}")

    async def close_all(self) -> None:
        """Close every session that is still open, and wait until all are."""
        async with anyio.create_task_group() as tasks:
            for line in self._lines.values():
                tasks.start_soon(line.close)
