"""What a diagnosis is made of: findings, each with its proof. Knows no rule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from voicecall_core.diagnosis.story import Story

HEALTHY = "healthy"


class Sure(StrEnum):
    """How sure a finding is. CERTAIN: no other explanation fits the order of events."""

    CERTAIN = "certain"
    LIKELY = "likely"
    POSSIBLE = "possible"


@dataclass(frozen=True, slots=True)
class Found:
    """What a rule says when it fits: what went wrong in a sentence, and the steps (from 1) that prove it."""

    what: str
    steps: tuple[int, ...]
    sure: Sure = Sure.CERTAIN


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table of rules.

    `failures`: the failures met in the field that it recognises, by number (docs/failures.md). `weight`: the heavier of
    two findings is the cause, the lighter one a consequence or a blemish. `about` says what `seek` looks for in
    general; `fix` what to do. `whole`: it concludes from what is missing, and is only asked of a record that tells
    everything.
    """

    name: str
    failures: tuple[str, ...]
    weight: int
    about: str
    fix: str
    seek: Callable[[Story], Found | None]
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Proof:
    """One step that proves a finding, in a few words. `line` is its line in the call file or log."""

    line: int
    at: float
    words: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that went wrong."""

    rule: str
    what: str
    sure: Sure
    steps: tuple[int, ...]
    proof: tuple[Proof, ...]
    fix: str
    weight: int


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Findings, the heaviest first; without any the call was healthy, and `hop` names its slowest hop."""

    findings: tuple[Finding, ...]
    hop: str = ""

    @property
    def rule(self) -> str:
        """The verdict in a word: the heaviest finding's rule, or `healthy`."""
        return self.findings[0].rule if self.findings else HEALTHY

    @property
    def healthy(self) -> bool:
        """Nothing went wrong."""
        return not self.findings
