"""What went wrong in a recorded call, how sure that is, the lines that prove it, what to do. Knows no file.

Works from the order and presence of events and from the codes of the protocols, never from the text of an error. The
rules are a table (table.py); failures met in the field that none of them recognises have their reason (failures.py).
"""

from __future__ import annotations

from collections.abc import Sequence

from voicecall_core.diagnosis.finding import HEALTHY, Diagnosis, Finding, Found, Proof, Rule, Sure
from voicecall_core.diagnosis.hops import slowest
from voicecall_core.diagnosis.story import Steps, Story
from voicecall_core.diagnosis.table import RULES
from voicecall_core.diagnosis.telling import told
from voicecall_core.judgement.call import Call
from voicecall_core.words import events as e
from voicecall_core.words import orders as o
from voicecall_core.words.descriptions import describe
from voicecall_core.words.terms import Terms

__all__ = ["HEALTHY", "RULES", "Diagnosis", "Finding", "Proof", "Steps", "Sure", "diagnose", "told"]

# Of the orders only those that change something outside, so that a proof shows them and not the timers.
_PROVING = (
    o.AnswerFetch,
    o.AskGreeting,
    o.AskResponse,
    o.ClearAudio,
    o.CloseModel,
    o.Conclude,
    o.CreateCall,
    o.HangUp,
    o.OpenModel,
    o.TruncateItem,
    o.UpdateCall,
)


def diagnose(
    terms: Terms, steps: Steps, call: Call, *, lines: Sequence[int] | None = None, whole: bool = True
) -> Diagnosis:
    """The diagnosis of a call: every rule is asked, the heaviest finding comes first.

    `steps` are (event, verdicts, orders) as recorded, `call` is the state after the last of them. `lines` numbers the
    steps' lines in their file; without it they are those of a call file, whose first line is the header. A record that
    is not `whole`, as other programs' logs, is not asked for what is missing in it.
    """
    story = Story(terms, steps, call)
    places = lines if lines is not None else range(2, len(steps) + 2)
    findings = [
        _finding(story, rule, found, places)
        for rule in RULES
        if (whole or not rule.whole) and (found := rule.seek(story)) is not None
    ]
    findings.sort(key=lambda finding: (-finding.weight, finding.steps))
    return Diagnosis(tuple(findings), slowest(call.timing))


def _finding(story: Story, rule: Rule, found: Found, places: Sequence[int]) -> Finding:
    steps, proof = tuple(sorted(set(found.steps))), []
    for n in steps:
        event, _, orders = story.steps[n - 1]
        proof.append(Proof(places[n - 1], event.at, _in_words(event, orders)))
    return Finding(rule.name, found.what, found.sure, steps, tuple(proof), rule.fix, rule.weight)


def _in_words(event: e.Event, orders: Sequence[o.Order]) -> str:
    """A step in a few words: what happened, and behind an arrow what was done about it. Nothing that anybody said."""
    happened = describe(event).long
    done = [describe(order).long for order in orders if isinstance(order, _PROVING)]
    return f"{happened} -> {', '.join(done)}" if done else happened
