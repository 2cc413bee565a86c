"""A diagnosis in plain sentences. Knows no terminal."""

from __future__ import annotations

from voicecall_core.diagnosis.finding import Diagnosis, Finding


def told(diagnosis: Diagnosis) -> list[str]:
    """One line a thing: each finding with how sure it is, its proof and its remedy; or that all was well."""
    if diagnosis.healthy:
        slow = f" The slowest hop of the handshake: {diagnosis.hop}." if diagnosis.hop else ""
        return [f"healthy: nothing went wrong.{slow}"]
    if not diagnosis.findings:
        return ["nothing found: what the record tells shows no failure; what it does not tell is not known."]
    return [line for finding in diagnosis.findings for line in _finding(finding)]


def _finding(finding: Finding) -> list[str]:
    lines = [f"{headline(finding)}: {sentence(finding.what)}"]
    lines += [f"  line {proof.line}, {proof.at:.3f} s: {proof.words}" for proof in finding.proof]
    return [*lines, f"  {finding.fix}"]


def headline(finding: Finding) -> str:
    """The rule, and how sure it is."""
    return f"{finding.rule} ({finding.sure})"


def sentence(words: str) -> str:
    """Words with a capital at their beginning and a full stop at their end."""
    return f"{words[:1].upper()}{words[1:]}."
