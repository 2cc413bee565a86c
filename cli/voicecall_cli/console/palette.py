"""What each thing is coloured. Knows nothing of where it stands.

Few colours, each with one meaning; every one of them doubles a word, so that nothing is lost without colours.
"""

from __future__ import annotations

from voicecall_core.call.endings import Outcome
from voicecall_core.call.guard import Verdict
from voicecall_core.call.guard_table import Ruling
from voicecall_core.call.phase import Phase
from voicecall_core.words.terms import Policy

GOOD, CARE, BAD, FAINT, STRONG = "green", "yellow", "bold red", "dim", "bold"
CARRIER, MODEL, SOUND = "cyan", "magenta", "green"
CALLEE, AGENT = "cyan", "magenta"
CHOSEN = "reverse"

_CAREFUL = frozenset({Ruling.REROUTED, Ruling.HELD, Ruling.WANTED, Ruling.IN_DOUBT, Ruling.SAID})
_LAST_WINS = "last-writer-wins"  # the rule of the policy without a guard: what it grants is the harm

_OUTCOMES = {
    Outcome.COMPLETED: GOOD,
    Outcome.BUSY: CARE,
    Outcome.NO_ANSWER: CARE,
    Outcome.CANCELLED: CARE,
}
_PHASES = {Phase.TALKING: GOOD, Phase.ANSWERED: GOOD, Phase.ENDING: CARE}


def is_harm(verdict: Verdict) -> bool:
    """Something was let through that only a guard would have kept out."""
    return verdict.rule == _LAST_WINS


def of_verdict(verdict: Verdict) -> str:
    """Granted green, refused red, put off or led elsewhere yellow, without effect faint."""
    if verdict.refused or is_harm(verdict) or verdict.ruling is Ruling.IMPOSSIBLE:
        return BAD
    if verdict.ruling is Ruling.GRANTED:
        return GOOD
    return CARE if verdict.ruling in _CAREFUL else FAINT


def of_outcome(outcome: Outcome | None) -> str:
    """Completed green, what people decide yellow, what went wrong red."""
    return _OUTCOMES.get(outcome, BAD) if outcome is not None else FAINT


def of_phase(phase: Phase) -> str:
    """Green while somebody is on the line."""
    return _PHASES.get(phase, CARRIER)


def of_policy(policy: Policy) -> str:
    """A call without a guard says so in red."""
    return BAD if policy is Policy.NAIVE else FAINT


# How long the callee may wait for a word: beyond the first he notices, for people who talk to each other hardly ever
# leave a second between them; beyond the second he says "hello?".
NOTICED_S, TOO_LONG_S = 1.0, 2.0


def of_wait(seconds: float) -> str:
    """A wait for a word of the agent: green while nobody notices it."""
    return GOOD if seconds <= NOTICED_S else CARE if seconds <= TOO_LONG_S else BAD


def wait_word(seconds: float) -> str:
    """What the colour of a wait says, for those who see none; empty for one that nobody notices."""
    return "" if seconds <= NOTICED_S else "slow" if seconds <= TOO_LONG_S else "too slow"
