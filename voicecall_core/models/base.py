"""What this program needs of a speech model: a session that is opened, spoken to, listened to and closed.

A model holds the conversation. Its messages end in its own package: what leaves it is events and pieces of
speech. A second model is a second package that gives a `Model`; docs/adding-a-model.md has the list.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from voicecall_core.words.events import Event
from voicecall_core.words.orders import (
    AnswerTool,
    AskGreeting,
    AskResponse,
    CancelResponse,
    CommitTurn,
    DeleteItem,
    HoldTurns,
    OpenModel,
    RestoreTurns,
    TellGreeting,
    TellHistory,
    TellTool,
    TruncateItem,
)
from voicecall_core.words.terms import Brief

ModelOrder = (
    AskGreeting
    | AskResponse
    | HoldTurns
    | RestoreTurns
    | CommitTurn
    | CancelResponse
    | TruncateItem
    | DeleteItem
    | AnswerTool
    | TellGreeting
    | TellHistory
    | TellTool
)


class AudioDelta(NamedTuple):  # they come by the hundred
    """A piece of an item of the agent's speech, base64 of mu-law at 8 kHz; it arrives faster than it is spoken."""

    session: int
    response: str
    item: str
    payload_b64: str


@dataclass(frozen=True, slots=True)
class AudioDone:
    """No more audio of this item will come, because it is complete or because its response was cut off."""

    session: int
    response: str
    item: str


Tell = Callable[[Event], None]
Audio = Callable[[AudioDelta | AudioDone], None]


class ModelSession(Protocol):
    """One session. `say` and `hear` may be called from the first moment: what cannot be sent yet waits, in order.

    Before it is READY nothing is told of it but how far it is, or that it has failed: also not of a greeting, for which
    it may be asked once it is UPGRADED. READY means that it is set up as it was asked to be; otherwise it has failed.

    After the session's end they do nothing: its end has been told.
    """

    session: int

    async def run(self) -> None:
        """Hold the session until it ends; tells ModelFailed, once, unless `close` or a cancellation ended it.

        A failure is `retryable` if another session may fare better; so is a ResponseEnded, for the next response.
        """

    def say(self, order: ModelOrder, event_id: str) -> None:
        """Carry out an order; `event_id` is our id for its messages, which an error that speaks of one names."""

    def hear(self, payload: str) -> None:
        """20 ms of the callee: base64 of mu-law at 8 kHz."""

    async def close(self) -> None:
        """End the session, or its opening, and wait until it is gone."""


class Model(Protocol):
    """The way to a model, with its keys. One without a key or an address holds no conversation: `usable` is false."""

    @property
    def usable(self) -> bool: ...

    def set_up(self, brief: Brief) -> dict[str, Any]:
        """The message by which a session would be set up, fit to be shown."""

    def opened_ahead(self, model: str) -> AbstractAsyncContextManager[None]:
        """Get ready meanwhile for the next session with the model of this name, if that costs nothing.

        Nothing is asked of it. What nobody has used is closed in order when the block is left, within a bound.
        """

    def open(self, order: OpenModel, brief: Brief, tell: Tell, audio: Audio) -> ModelSession:
        """A session that is yet to be run. `held`: it neither answers nor yields by itself before RestoreTurns.

        What it says goes to `tell`, its voice to `audio`; both are called in the order of arrival and do not block.
        """
