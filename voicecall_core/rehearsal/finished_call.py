"""What a rehearsal's call came to: all that an expectation can ask about. Knows nothing of who expects what.

Times are seconds since the call was asked for. What was heard is told by the carrier, which played it to the callee.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from voicecall_core.call.endings import Cause, Outcome
from voicecall_core.call.state import LawBroken

AGENT, CALLEE = "agent", "callee"


@dataclass(frozen=True, slots=True)
class SpokenLine:
    """Something that was said: who said it, when it began to be heard, the words that were heard and those that were
    not."""

    who: str
    at: float
    pii_heard: str
    pii_unheard: str = ""


@dataclass(frozen=True, slots=True)
class ToolUse:
    """A tool that the model called: when, with which arguments."""

    at: float
    name: str
    pii_arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CalleeTurn:
    """What the callee said without a pause for an answer, by the sound of it.

    `replied`: when the agent was first heard after it, None if it was not before the callee's next turn or the end.
    `until`: when that was. `spoke_over`: the agent was being heard when he began; `agent_silent`: when it stopped.
    """

    began: float
    ended: float
    until: float
    replied: float | None = None
    agent_silent: float | None = None
    pii_words: str = ""

    @property
    def spoke_over(self) -> bool:
        """The agent was being heard when he began."""
        return self.agent_silent is not None

    @property
    def wait_s(self) -> float | None:
        """How long he waited for the reply; None if none came."""
        return None if self.replied is None else round(max(0.0, self.replied - self.ended), 3)


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedCall:
    """A call that is over. `cost_usd` is None if the model's price is not known."""

    outcome: Outcome | None
    cause: Cause | None
    ended: float
    answered: float | None = None
    first_word: float | None = None
    said: tuple[SpokenLine, ...] = ()
    tools: tuple[ToolUse, ...] = ()
    turns: tuple[CalleeTurn, ...] = ()
    silences: tuple[tuple[float, float], ...] = ()
    broken: tuple[LawBroken, ...] = ()
    cost_usd: float | None = 0.0
