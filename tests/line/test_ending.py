from __future__ import annotations

from dataclasses import replace

import pytest

from voicecall_core.line.ending import SETTLED_MS, Decision, Facts, decision

SERVING = Facts(calls=0, over=0, quiet_ms=SETTLED_MS, has_program=True, runs=True)
ALONE = replace(SERVING, has_program=False, runs=False)
ENDED = replace(SERVING, runs=False)


@pytest.mark.parametrize(
    ("facts", "decided"),
    [
        (ALONE, Decision.WAIT),
        (replace(ALONE, calls=3, over=3), Decision.WAIT),  # Ctrl-C alone ends it
        (replace(ALONE, calls=3, over=1, exit_after=2), Decision.WAIT),
        (replace(ALONE, calls=3, over=2, exit_after=2), Decision.END),
        (replace(ALONE, calls=2, over=2, exit_after=2, quiet_ms=0), Decision.WAIT),  # the last callback is on its way
        (ENDED, Decision.END),  # it placed none
        (replace(ENDED, calls=1), Decision.WAIT),  # its call is up
        (replace(ENDED, calls=1, over=1), Decision.END),
        (replace(ENDED, calls=1, over=1, quiet_ms=0), Decision.WAIT),
        (SERVING, Decision.WAIT),
        (replace(SERVING, calls=2, over=1), Decision.WAIT),
        (replace(SERVING, calls=2, over=2), Decision.STOP),
        (replace(SERVING, calls=2, over=2, quiet_ms=SETTLED_MS - 1), Decision.WAIT),  # it may place another
        (replace(SERVING, calls=2, over=2, owed=True), Decision.WAIT),  # the line has yet to call it
        (replace(SERVING, calls=2, over=2, exit_after=3), Decision.WAIT),
        (replace(SERVING, calls=4, over=3, exit_after=3), Decision.STOP),  # the fourth is hung up with the line
    ],
)
def test_when_a_run_is_over(facts: Facts, decided: Decision) -> None:
    assert decision(facts) is decided
