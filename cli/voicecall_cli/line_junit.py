"""The verdicts about a program's calls as JUnit XML: a case for each call, which fails if something is broken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from voicecall_cli.junit import JUnitCase, JUnitSuite, junit_document
from voicecall_core.simulator.verdict import LineVerdict, Severity
from voicecall_core.simulator.verdict.words import ruled, verdict_lines


def line_junit(verdicts: Sequence[LineVerdict], began: datetime, took_s: Mapping[str, float] | None = None) -> bytes:
    """The document. `began`: when the line was opened, in UTC; `took_s`: how long each call was up, by its SID.

    Warnings and notes stand in the output and fail nothing. Without any call there is one case, an error.
    """
    times = took_s or {}
    cases = tuple(_case(number, each, times.get(each.sid, 0.0)) for number, each in enumerate(verdicts, 1))
    if not cases:
        cases = (
            JUnitCase("voicecall.line", "a call", 0.0, ("No call was placed, and none was taken.",), "none", True),
        )
    output = "\n".join(line for verdict in verdicts for line in verdict_lines(verdict))
    return junit_document("voicecall sim", [JUnitSuite("calls on the line", cases, output)], began)


def _case(number: int, verdict: LineVerdict, took_s: float) -> JUnitCase:
    broken = [each for each in verdict.findings if each.severity is Severity.BROKEN]
    told = tuple(f"at {each.at_ms / 1000:.3f} s: {each.sentence} ({ruled(each)})" for each in broken)
    return JUnitCase("voicecall.line", f"call {number} {verdict.sid}", took_s, told, broken[0].rule if broken else "")
