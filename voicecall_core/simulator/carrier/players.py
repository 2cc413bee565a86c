"""What the carrier needs of one who plays a callee: he hears frames, and tells what he says. Knows no model.

Who that is stands outside of the simulator, which knows this protocol alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from voicecall_core.simulator.scenarios.scenario import PlayedBy
from voicecall_core.words.values import NO_USAGE, Usage

SPEECH = "played"  # what the log calls his speech; its words are known when he has said it


@dataclass(frozen=True, slots=True)
class Voice:
    """More of what he says, in mu-law; it may come faster than it is said. A turn is made of one item or several."""

    turn: str
    item: str
    audio: bytes


@dataclass(frozen=True, slots=True)
class Words:
    """What he says in an item, in words."""

    turn: str
    item: str
    text: str


@dataclass(frozen=True, slots=True)
class TurnWhole:
    """No more of this turn will come; `usage` is what it has cost."""

    turn: str
    usage: Usage = NO_USAGE


@dataclass(frozen=True, slots=True)
class AgentSpeaks:
    """He hears the agent begin to speak, and stops if he is speaking."""


@dataclass(frozen=True, slots=True)
class Leaves:
    """He hangs up as soon as he has said what he was saying."""


@dataclass(frozen=True, slots=True)
class Lost:
    """He cannot be played any further."""

    why: str


Told = Voice | Words | TurnWhole | AgentSpeaks | Leaves | Lost
Tell = Callable[[Told], None]


class Player(Protocol):
    """One who plays one callee. All but `run` may be called from the first moment, and none of them waits."""

    async def run(self, tell: Tell) -> None:
        """Play until cancelled, or until Lost was told."""

    def hear(self, frame: bytes) -> None:
        """20 ms that reach his ear: mu-law, silence included."""

    def say(self, text: str) -> None:
        """Say this now."""

    def hold(self) -> None:
        """Say nothing more unless `say` asks for it."""

    def cut(self, item: str, said_ms: int) -> None:
        """Only so much of an item was said, as the agent spoke; 0: nothing of it."""


Players = Callable[[PlayedBy], Player]


class Left(StrEnum):
    """Why a callee who is played has hung up."""

    BY_HIMSELF = "by-himself"
    TURNS = "turns"  # all of his were used up
    SILENCE = "silence"  # nobody spoke for too long
    LOST = "lost"  # whoever played him is gone: no fault of the agent's


@dataclass(slots=True)
class Part:
    """How a callee was played: his turns so far, what they have cost, and why he hung up (None: he has not)."""

    turns: int = 0
    usage: Usage = NO_USAGE
    left: Left | None = None
    trouble: str = field(default="", repr=False)  # why he was lost
