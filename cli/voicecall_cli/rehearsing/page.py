"""Rehearsals as one HTML page: what was expected, what came of it, and each call whole, its sound included."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from markupsafe import Markup

from voicecall_cli.console import palette
from voicecall_cli.console.text import counted, dollars, span
from voicecall_cli.report.call_report import open_report
from voicecall_cli.report.page import call_part, page_with
from voicecall_cli.report.page_parts import tone_of
from voicecall_core.dialer import program_version
from voicecall_core.errors import CallFileError
from voicecall_core.rehearsal.baseline import Regression
from voicecall_core.rehearsal.judge import Judgement, Verdict
from voicecall_core.rehearsal.results import Result, Run, Tally, spread

# Beyond this much sound a browser is slow to open the page: what failed comes first, the rest is shown without.
SOUND_MOST = 64 * 1024 * 1024

_TONES = {Result.PASSED: "good", Result.FAILED: "bad", Result.BROKEN: "bad"}
_JUDGED = {Judgement.PASSED: "good", Judgement.FAILED: "bad", Judgement.NOT_JUDGED: "care"}


@dataclass(frozen=True, slots=True)
class _Row:
    name: str
    about: str
    result: str
    tone: str
    passed: str
    p50: str
    p95: str
    worst: str
    cost: str


@dataclass(frozen=True, slots=True)
class _Expected:
    line: int
    expected: str
    result: str
    tone: str
    at: str
    what: str


@dataclass(frozen=True, slots=True)
class _Call:
    name: str
    result: str
    tone: str
    trouble: str
    open: bool
    verdicts: list[_Expected]
    waits: str
    call: Markup


def rehearsals_page(found: Sequence[Tally], worse: Sequence[Regression], began: datetime, how: str) -> str:
    """The page. `how` says against what the rehearsals ran."""
    results = [tally.result for tally in found]
    good = not worse and all(result is Result.PASSED for result in results)
    counts = [f"{results.count(each)} {each}" for each in Result if results.count(each)]
    runs = [run for tally in found for run in tally.runs]
    audible = _audible(runs)
    return page_with(
        "rehearsals.html.j2",
        headline=", ".join(counts) + (f", {counted(len(worse), 'figure')} worse" if worse else ""),
        tone="good" if good else "bad",
        when=f"{began:%Y-%m-%d %H:%M:%S}",
        tool=program_version(),
        how=how,
        rows=[_row(tally) for tally in found],
        worse=[f"{each.name}: {each.what}." for each in worse],
        runs=[_call(run, number, run in audible) for number, run in enumerate(runs, 1)],
    )


def _row(tally: Tally) -> _Row:
    waits = spread(tally.waits_s)
    p50, p95, worst = (span(each) for each in (waits.p50, waits.p95, waits.worst))
    cost = dollars(tally.cost_usd) if tally.cost_usd else "–"
    passed = f"{tally.passed} of {len(tally.runs)}"
    return _Row(tally.name, tally.about, str(tally.result), _TONES[tally.result], passed, p50, p95, worst, cost)


def _audible(runs: Sequence[Run]) -> list[Run]:
    """Those whose sound has room in the page."""
    found, left = [], SOUND_MOST
    for run in sorted(runs, key=lambda run: run.passed):
        size = _sound_bytes(run.call_file)
        if size <= left:
            left -= size
            found.append(run)
    return found


def _sound_bytes(call_file: Path | None) -> int:
    recording = call_file.with_suffix(".wav") if call_file else None
    return recording.stat().st_size if recording is not None and recording.exists() else 0


def _call(run: Run, number: int, audible: bool) -> _Call:
    return _Call(
        name=f"{run.name} [{run.number}]",
        result=str(run.result),
        tone=_TONES[run.result],
        trouble=run.trouble,
        open=not run.passed,
        verdicts=[_expected(each) for each in run.verdicts],
        waits=", ".join(_wait(wait) for wait in run.waits_s),
        call=_whole_call(run, f"c{number}-", audible),
    )


def _expected(verdict: Verdict) -> _Expected:
    at = f"{verdict.at:.3f}" if verdict.at is not None else "–"
    tone = _JUDGED[verdict.judgement]
    return _Expected(verdict.line, verdict.expected, str(verdict.judgement), tone, at, verdict.what)


def _wait(seconds: float) -> str:
    return f"{span(seconds)} {palette.wait_word(seconds)}".strip()


def _whole_call(run: Run, mark: str, audible: bool) -> Markup:
    if run.call_file is None:
        return Markup()
    try:
        return call_part(open_report(run.call_file, words=True), mark=mark, level=3, with_sound=audible)
    except CallFileError as error:
        return Markup('<p class="{}">{}</p>').format(tone_of(palette.BAD), error.message)
