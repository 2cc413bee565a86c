"""A callee who is played by the speech model: a session of its own, in which the agent is the one who calls.

The way to the model is the agent's (`models/`); the model's turn detection decides when the agent has finished.
"""

from __future__ import annotations

import base64
from itertools import count

import anyio

from voicecall_core.call.floor import END_CALL
from voicecall_core.models.base import AudioDelta, AudioDone, Model
from voicecall_core.simulator.carrier.players import (
    AgentSpeaks,
    Leaves,
    Lost,
    Players,
    Tell,
    Told,
    TurnWhole,
    Voice,
    Words,
)
from voicecall_core.simulator.scenarios.scenario import PlayedBy
from voicecall_core.words.events import (
    Event,
    ModelFailed,
    ModelReached,
    ResponseEnded,
    SpeechStarted,
    Spoken,
    ToolCalled,
)
from voicecall_core.words.orders import AskResponse, DeleteItem, HoldTurns, OpenModel, TruncateItem
from voicecall_core.words.terms import Brief
from voicecall_core.words.values import ModelStage

READY_S = 15.0  # from picking up to a session that takes what is said; until then it waits, in order
_SESSION = 1


def players_of(model: Model, name: str, voice: str) -> Players:
    """Those who play callees at this model; `name` and `voice` where the scenario gives none."""

    def player(played_by: PlayedBy) -> ModelPlayer:
        return ModelPlayer(model, brief_of(played_by, name, voice))

    return player


def brief_of(played_by: PlayedBy, name: str, voice: str) -> Brief:
    """What the model is told of its part. What it hears is not written down: the agent's own words are known."""
    lines = [
        "You play a person who has just answered the telephone. Whoever speaks to you is the caller.",
        f"Who you are: {played_by.persona}",
        *([f"What you want of this call: {played_by.goal}"] if played_by.goal else []),
        "Stay in this part whatever happens, and never take the caller's. Speak as people do on the telephone: a "
        "sentence or two at once, in the language that is spoken, and let the caller answer.",
        f"When you have what you want, or see that you will not get it, say goodbye and call {END_CALL}.",
    ]
    return Brief(played_by.model or name, played_by.voice or voice, "\n".join(lines), "", transcription="")


class ModelPlayer:
    """One session that plays one callee."""

    def __init__(self, model: Model, brief: Brief) -> None:
        self._session = model.open(OpenModel(_SESSION, held=False), brief, self._happened, self._spoke)
        self._ready = anyio.Event()
        self._ids = count(1)
        self._tell: Tell = lambda _: None

    async def run(self, tell: Tell) -> None:
        """Play until cancelled, or until Lost was told."""
        self._tell = tell
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._demand_ready)
            await self._session.run()
            tasks.cancel_scope.cancel()

    async def _demand_ready(self) -> None:
        with anyio.move_on_after(READY_S):
            await self._ready.wait()
        if not self._ready.is_set():
            self._tell(Lost(f"its session was not ready within {READY_S:g} s"))

    # --- from the carrier ---

    def hear(self, frame: bytes) -> None:
        """20 ms that reach his ear."""
        self._session.hear(base64.b64encode(frame).decode())

    def say(self, text: str) -> None:
        """Say this now."""
        ref = self._id()
        self._session.say(AskResponse(_SESSION, ref, text), ref)

    def hold(self) -> None:
        """Say nothing more unless it is asked for."""
        self._session.say(HoldTurns(_SESSION), self._id())

    def cut(self, item: str, said_ms: int) -> None:
        """Only so much of an item was said."""
        order = TruncateItem(_SESSION, item, said_ms) if said_ms else DeleteItem(_SESSION, item)
        self._session.say(order, self._id())

    def _id(self) -> str:
        return f"callee_{next(self._ids)}"

    # --- from the model ---

    def _spoke(self, piece: AudioDelta | AudioDone) -> None:
        if isinstance(piece, AudioDelta):
            try:
                audio = base64.b64decode(piece.payload_b64, validate=True)
            except ValueError:
                return self._tell(Lost("it sent sound that is no base64"))
            self._tell(Voice(piece.response, piece.item, audio))

    def _happened(self, event: Event) -> None:
        if isinstance(event, ModelReached) and event.stage is ModelStage.READY:
            self._ready.set()
        for told in _told(event):
            self._tell(told)


def _told(event: Event) -> tuple[Told, ...]:
    """What an event of the model's means to whoever is played."""
    match event:
        case SpeechStarted():
            return (AgentSpeaks(),)
        case Spoken(_, item, response, text, True):
            return (Words(response, item, text),)
        case ToolCalled(name=name) if name == END_CALL:
            return (Leaves(),)
        case ResponseEnded():
            whole = TurnWhole(event.response, event.usage)
            return (whole,) if event.retryable else (whole, Lost(event.reason))
        case ModelFailed():
            return (Lost(f"{event.code}: {event.reason}"),)
    return ()
