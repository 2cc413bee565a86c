"""How sure a finding can be, and what a step of an incomplete record rests on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Sure(StrEnum):
    """How sure something is, the surest first. CERTAIN: no other explanation fits the order of events."""

    CERTAIN = "certain"
    LIKELY = "likely"
    POSSIBLE = "possible"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a step of an incomplete record rests on: a line of a log, masked, and how sure its reading is.

    `deduced`: the line does not show the step itself, but something from which it follows.
    """

    line: int
    pii_text: str
    sure: Sure = Sure.CERTAIN
    deduced: bool = False


def weakest(*sure: Sure) -> Sure:
    """The least sure of some; a chain of reasoning is as strong as that. CERTAIN if there are none."""
    return max(sure, key=list(Sure).index, default=Sure.CERTAIN)


def bounded(sure: Sure, evidence: tuple[Evidence, ...]) -> Sure:
    """How sure a finding may be at most that rests on these lines; one line of free text shows only a possibility."""
    bound = weakest(sure, *(each.sure for each in evidence))
    alone = len({each.line for each in evidence}) == 1
    return Sure.POSSIBLE if alone and any(each.sure is not Sure.CERTAIN for each in evidence) else bound
