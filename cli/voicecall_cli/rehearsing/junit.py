"""Rehearsals as JUnit XML: a suite for each file, a case for each run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from voicecall_cli.console.text import span
from voicecall_cli.junit import JUnitCase, JUnitSuite, junit_document
from voicecall_core.rehearsal.results import Result, Run, Tally


def junit_xml(found: Sequence[Tally], began: datetime) -> bytes:
    """The document. `began`: when the rehearsals were begun, in UTC."""
    return junit_document("voicecall test", [_suite(tally) for tally in found], began)


def _suite(tally: Tally) -> JUnitSuite:
    cases = (_case(run, several=len(tally.runs) > 1) for run in tally.runs)
    return JUnitSuite(tally.name, tuple(cases), "\n".join(_told(tally)))


def _case(run: Run, *, several: bool) -> JUnitCase:
    name = f"{run.name} [{run.number}]" if several else run.name
    if run.passed:
        return JUnitCase(_dotted(run.name), name, run.took_s)
    broken = run.result is Result.BROKEN
    told = tuple(run.sentences())
    return JUnitCase(_dotted(run.name), name, run.took_s, told, "broken" if broken else "expectation", broken)


def _told(tally: Tally) -> Iterable[str]:
    if tally.about:
        yield tally.about
    for run in tally.runs:
        waits = ", ".join(span(wait) for wait in run.waits_s)
        yield f"run {run.number}: {run.outcome or 'no call'}" + (f"; replies after {waits}" if waits else "")
        yield from (f"not judged: line {each.line}, {each.expected}" for each in run.skipped)


def _dotted(name: str) -> str:
    """A file's name as a test's class has it: rehearsals/order.toml is rehearsals.order."""
    return ".".join(part for part in name.removesuffix(".toml").replace("\\", "/").split("/") if part.strip("."))
