"""What a rehearsal expects of its call: one record for each kind, as it stands in the file. Judges nothing itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from voicecall_core.call.endings import Cause, Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """Anything that is expected; `line` is where it stands in its file."""

    line: int = 0


@dataclass(frozen=True, slots=True)
class Said(Expectation):
    """The agent was heard saying these words; letters' case and punctuation do not matter."""

    words: str


@dataclass(frozen=True, slots=True)
class NotSaid(Expectation):
    """The agent was never heard saying these words."""

    words: str


@dataclass(frozen=True, slots=True)
class Matches(Expectation):
    """Something that the agent was heard saying matches the pattern."""

    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class JudgedYes(Expectation):
    """A text model that has read the conversation says yes to the question."""

    question: str


@dataclass(frozen=True, slots=True)
class ToolCalled(Expectation):
    """The tool was called with at least these arguments: once or more, or exactly `times`."""

    tool: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    times: int | None = None


@dataclass(frozen=True, slots=True)
class InterruptedWithin(Expectation):
    """When the callee speaks over the agent it falls silent within `ms`; in every turn, or (`turn`, from 1) in one."""

    ms: int
    turn: int | None = None


@dataclass(frozen=True, slots=True)
class ReplyWithin(Expectation):
    """From the end of what the callee says it takes at most `ms` until he hears the agent; in every turn, or in one."""

    ms: int
    turn: int | None = None


@dataclass(frozen=True, slots=True)
class FirstWordWithin(Expectation):
    """From the answer it takes at most `ms` until the callee hears the agent."""

    ms: int


@dataclass(frozen=True, slots=True)
class NoSilenceOver(Expectation):
    """From the answer to the end there is never longer than `ms` in which nobody is heard."""

    ms: int


@dataclass(frozen=True, slots=True)
class OutcomeIs(Expectation):
    """What becomes of the call."""

    outcome: Outcome


@dataclass(frozen=True, slots=True)
class EndedBy(Expectation):
    """What ends the call."""

    cause: Cause


@dataclass(frozen=True, slots=True)
class LawsKept(Expectation):
    """No law of the program itself is broken."""


@dataclass(frozen=True, slots=True)
class CostUnder(Expectation):
    """The model's tokens cost less than so many USD."""

    usd: float


KINDS: tuple[type[Expectation], ...] = tuple(
    each
    for each in list(globals().values())
    if isinstance(each, type) and issubclass(each, Expectation) and each is not Expectation
)
