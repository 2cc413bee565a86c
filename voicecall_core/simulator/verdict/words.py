"""A verdict in plain sentences and as a JSON object. Knows nothing of terminals and files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from voicecall_core.simulator.verdict.findings import LineFinding, LineVerdict, Severity

CLEAN = "clean"


def verdict_lines(verdict: LineVerdict) -> Iterator[str]:
    """The verdict, a sentence a line: what it comes to first, then each finding, then what could not be judged."""
    yield f"Call {verdict.sid}: {summary(verdict)}"
    for finding in verdict.findings:
        yield f"  {finding.severity:<7}  {finding.at_ms / 1000:8.3f} s  {finding.sentence} ({ruled(finding)})"
    yield from (f"  Not judged: {each}." for each in verdict.untold)


def ruled(finding: LineFinding) -> str:
    """A finding's rule with its law, if one speaks of it."""
    return f"{finding.rule}, law {finding.law}" if finding.law else finding.rule


def summary(verdict: LineVerdict) -> str:
    """What a verdict comes to: `2 broken, 1 warning.`"""
    counts = [(grave, sum(each.severity is grave for each in verdict.findings)) for grave in Severity]
    plural = {Severity.BROKEN: "broken", Severity.WARNING: "warnings", Severity.NOTE: "notes"}
    told = [f"{count} {grave if count == 1 else plural[grave]}" for grave, count in counts if count]
    return ", ".join(told) + "." if told else "nothing was found."


def word(verdicts: Sequence[LineVerdict]) -> str:
    """The gravest of all findings in one word, `clean` if there is none."""
    found = {finding.severity for verdict in verdicts for finding in verdict.findings}
    return next((str(grave) for grave in Severity if grave in found), CLEAN)


def verdict_object(verdict: LineVerdict) -> dict[str, object]:
    """The verdict as `--json` prints it."""
    return {
        "verdict": word([verdict]),
        "sid": verdict.sid,
        "findings": [finding_object(finding) for finding in verdict.findings],
        "not_judged": list(verdict.untold),
    }


def finding_object(finding: LineFinding) -> dict[str, object]:
    """One finding as an object; `at_s` is in seconds since the line opened."""
    return {
        "rule": finding.rule,
        "law": finding.law or None,
        "severity": str(finding.severity),
        "at_s": finding.at_ms / 1000,
        "what": finding.sentence,
        "request": finding.request or None,
    }
