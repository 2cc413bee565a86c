"""What a diagnosis is made of: findings, each with its proof. Knows no rule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from voicecall_core.diagnosis.evidence import Sure
from voicecall_core.diagnosis.evidence_index import EvidenceIndex

HEALTHY = "healthy"
NOTHING_FOUND = "nothing found"


@dataclass(frozen=True, slots=True)
class Match:
    """What a rule says when it fits: what went wrong in a sentence, and the steps (from 1) that prove it."""

    what: str
    steps: tuple[int, ...]
    sure: Sure = Sure.CERTAIN


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table of rules.

    `failures`: the failures met in the field that it recognises, by number (docs/failures.md). `weight`: the heavier of
    two findings is the cause, the lighter one a consequence or a blemish. `about` says what `seek` looks for in
    general; `fix` what to do.
    """

    name: str
    failures: tuple[str, ...]
    weight: int
    about: str
    fix: str
    seek: Callable[[EvidenceIndex], Match | None]


@dataclass(frozen=True, slots=True)
class ProvingLine:
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
    proof: tuple[ProvingLine, ...]
    fix: str
    weight: int


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Findings, the heaviest first; without any the call was healthy, and `hop` names its slowest hop.

    Of a record that is not `complete`, nothing found does not mean that nothing went wrong.
    """

    findings: tuple[Finding, ...]
    hop: str = ""
    complete: bool = True

    @property
    def rule(self) -> str:
        """The verdict in a word: the heaviest finding's rule, `healthy`, or of an incomplete record `nothing found`."""
        return self.findings[0].rule if self.findings else HEALTHY if self.complete else NOTHING_FOUND

    @property
    def healthy(self) -> bool:
        """Nothing went wrong, and the record would tell if anything had."""
        return self.complete and not self.findings
