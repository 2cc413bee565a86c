"""What a call asks of its model sessions. Decides nothing, and knows nothing of the carrier."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import anyio

from voicecall_core.bridge import Bridge
from voicecall_core.models.openai_realtime import writing
from voicecall_core.models.openai_realtime.client import ModelLine, naming
from voicecall_core.session.plan import Spawn, Strangers
from voicecall_core.words import orders as o
from voicecall_core.words.terms import Brief

TO_MODEL = (
    o.AskGreeting,
    o.AskResponse,
    o.HoldTurns,
    o.RestoreTurns,
    o.CancelResponse,
    o.TruncateItem,
    o.DeleteItem,
    o.AnswerTool,
    o.TellHistory,
)


class ModelDesk:
    """Opens and closes the model sessions of a call, and says to them what is ordered."""

    def __init__(
        self, brief: Brief, strangers: Strangers, bridge: Bridge, spawn: Spawn, number: Callable[[], int]
    ) -> None:
        self._brief, self._strangers, self._bridge = brief, strangers, bridge
        self._spawn, self._number = spawn, number
        self._lines: dict[int, ModelLine] = {}

    def open_model(self, order: o.OpenModel) -> None:
        strangers = self._strangers
        line = ModelLine(
            order.session,
            strangers.network,
            naming(strangers.model_url, self._brief.model),
            strangers.key,
            self._brief,
            held=order.held,
            tell=self._bridge.model_said,
            audio=self._bridge.model_spoke,
            tls=strangers.tls,
            user_agent=strangers.user_agent,
        )
        self._lines[order.session] = line
        self._bridge.attach(line)
        self._spawn(line.run)

    def close_model(self, order: o.CloseModel) -> None:
        if order.session in self._lines:
            self._spawn(self._lines[order.session].close)

    def say(self, order: Any) -> None:
        """Say one of `TO_MODEL` to the session that it names."""
        if (line := self._lines.get(order.session)) is not None:
            for message in _messages(order, self._brief, f"vc-{self._number()}"):
                line.send(message)

    async def close_all(self) -> None:
        """Close every session that is still open, and wait until all are."""
        async with anyio.create_task_group() as tasks:
            for line in self._lines.values():
                tasks.start_soon(line.close)


def _messages(order: o.Order, brief: Brief, event_id: str) -> list[str]:
    """What an order to the model is in the model's own words."""
    match order:
        case o.AskGreeting():
            return [writing.greeting(brief, order.ref)]
        case o.AskResponse():
            return [writing.respond(brief, order.ref, order.pii_text)]
        case o.HoldTurns() | o.RestoreTurns():
            return [writing.turns(held=isinstance(order, o.HoldTurns), event_id=event_id)]
        case o.CancelResponse():
            return [writing.cancel(order.response, event_id)]
        case o.TruncateItem():
            return [writing.truncate(order.item, order.audio_end_ms, event_id)]
        case o.DeleteItem():
            return [writing.delete(order.item, event_id)]
        case o.AnswerTool():
            return [writing.tool_output(order.tool_call, order.output, event_id)]
        case o.TellHistory():
            return writing.history(order.pii_lines, event_id)
    raise AssertionError(f"{order} is not said to the model")
