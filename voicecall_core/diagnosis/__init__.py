"""What went wrong in a recorded call, how sure that is, the lines that prove it, what to do. Knows no file.

Works from the order and presence of events and from the codes of the protocols, never from the text of an error. The
rules are a table (table.py); failures met in the field that none of them recognises have their reason (failures.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from voicecall_core.call.endings import ENDINGS
from voicecall_core.call.step import Call, Entry
from voicecall_core.diagnosis.carrier_rules import BAD_ENDING
from voicecall_core.diagnosis.evidence import Evidence, Sure, bounded
from voicecall_core.diagnosis.evidence_index import EvidenceIndex, Steps
from voicecall_core.diagnosis.findings import HEALTHY, Diagnosis, Finding, Match, ProvingLine, Rule
from voicecall_core.diagnosis.incomplete import REMEDIES
from voicecall_core.diagnosis.report import report_lines, slowest
from voicecall_core.diagnosis.table import RULES
from voicecall_core.words import orders as o
from voicecall_core.words.descriptions import describe
from voicecall_core.words.terms import Terms

__all__ = [
    "HEALTHY",
    "RULES",
    "Diagnosis",
    "Evidence",
    "Finding",
    "ProvingLine",
    "Steps",
    "Sure",
    "diagnose",
    "report_lines",
]

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


def diagnose(terms: Terms, steps: Steps, call: Call, *, evidence: Sequence[Evidence] | None = None) -> Diagnosis:
    """The diagnosis of a call: every rule is asked, the heaviest finding comes first.

    `steps` are the entries as recorded, `call` is the state after the last of them. A step that has no line stands
    where it would in a call file, whose first line is the header.

    `evidence`, one for each step, makes it an incomplete record, as other programs' logs are: it is not asked for what
    is missing in it, no finding is surer than the lines that prove it, and the remedy is for the other program's owner.
    """
    story = EvidenceIndex(terms, steps, call, evidence)
    findings = [
        _finding(story, rule, found)
        for rule in RULES
        if (story.complete or rule.name in REMEDIES) and (found := rule.seek(story)) is not None
    ]
    if story.complete and all(finding.weight <= BAD_ENDING.weight for finding in findings):
        findings += _bad_ending(story)
    findings.sort(key=lambda finding: (-finding.weight, finding.steps))
    return Diagnosis(tuple(findings), slowest(call.timing), story.complete)


def _bad_ending(story: EvidenceIndex) -> list[Finding]:
    """A call that did not end well is never healthy: if nothing else explains it, how it ended is the finding."""
    found, cause = BAD_ENDING.seek(story), story.call.ending.cause
    if found is None or cause is None:
        return []
    return [replace(_finding(story, BAD_ENDING, found), fix=ENDINGS[cause].fix)]


def _finding(story: EvidenceIndex, rule: Rule, found: Match) -> Finding:
    steps, sure, fix = tuple(sorted(set(found.steps))), found.sure, rule.fix
    if story.evidence is None:
        proof = [_proof(story.steps[n - 1], n) for n in steps]
    else:
        proving = tuple(story.evidence[n - 1] for n in steps)
        by_line = {each.line: _shown(story.at(n), each) for n, each in zip(steps, proving, strict=True)}
        proof = list(by_line.values())
        sure, fix = bounded(sure, proving), REMEDIES[rule.name] or rule.fix
    return Finding(rule.name, found.what, sure, steps, tuple(proof), fix, rule.weight)


def _proof(step: Entry, n: int) -> ProvingLine:
    return ProvingLine(step.line or n + 1, step.event.at, _in_words(step))


def _shown(at: float, evidence: Evidence) -> ProvingLine:
    return ProvingLine(evidence.line, at, f"{evidence.pii_text} (deduced)" if evidence.deduced else evidence.pii_text)


def _in_words(step: Entry) -> str:
    """A step in a few words: what happened, and behind an arrow what was done about it. Nothing that anybody said."""
    happened = describe(step.event).long
    done = [describe(order).long for order in step.orders if isinstance(order, _PROVING)]
    return f"{happened} -> {', '.join(done)}" if done else happened
