"""When a run of the line is over. Pure: facts in, a decision out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

SETTLED_MS = 2_000  # nothing has happened for so long: the last callbacks are told, and no further call is placed
TOLD_MS = 300  # the same where nobody is there who could place one


class Decision(StrEnum):
    """What is to be done."""

    WAIT = "wait"
    END = "end"  # nothing of a program is left to be stopped
    STOP = "stop"  # stop the program, then end


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a run. `exit_after` 0: no number of calls ends it; `owed`: the line has yet to call itself."""

    calls: int
    over: int
    quiet_ms: int
    has_program: bool
    runs: bool = False
    exit_after: int = 0
    owed: bool = False


def decision(facts: Facts) -> Decision:
    """Whether it is over.

    A program that has ended is waited for no more once its calls are over; one that keeps serving is stopped when at
    least one call was seen and all are over, or after so many calls. Without a program only that number ends it.
    """
    end = Decision.STOP if facts.runs else Decision.END
    all_over = facts.calls == facts.over
    settled = facts.quiet_ms >= SETTLED_MS
    if facts.exit_after and facts.over >= facts.exit_after:
        return end if settled else Decision.WAIT
    if not facts.has_program:
        return Decision.WAIT
    if not facts.runs:
        return end if all_over and (facts.quiet_ms >= TOLD_MS or not facts.calls) else Decision.WAIT
    if facts.exit_after or facts.owed or not facts.calls:
        return Decision.WAIT
    return end if all_over and settled else Decision.WAIT
