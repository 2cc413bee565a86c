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

    `answered`: the agent was heard after it, before the callee's next turn or the end, which came at `until`. `wait_s`:
    how long he waited for that; None if it did not come, or came while he spoke. `agent_silent`: when the agent fell
    silent if it was being heard when he began, else None.
    """

    began: float
    ended: float
    until: float
    answered: bool = True
    wait_s: float | None = None
    agent_silent: float | None = None
    pii_words: str = ""

    @property
    def spoke_over(self) -> bool:
        """The agent was being heard when he began."""
        return self.agent_silent is not None


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
