"""The corpus of other programs' logs (tests/imports), each with its truth beside it, and how far what is told agrees.

The truth of a log was written down before anything was told of it, by what the program was made to do where it was run,
by what the log says where it was written; it is corrected only where it is not so.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from voicecall_core.importers.imported_calls import ImportedCall
from voicecall_core.importers.log_kinds import recognise
from voicecall_core.importers.report import tell
from voicecall_core.importers.verdict import RACES, Race
from voicecall_core.importers.whole_log import LogReport, story

LOGS = Path(__file__).parents[1] / "imports"
_FOUND, _ABSENT = Race.FOUND, Race.ABSENT


@dataclass(frozen=True, slots=True)
class Truth:
    """What is true of a log. `calls`: how many it tells of, 0 if it is no log of calls.

    `lines`: those that a finding must name. `rule`: the finding that must lead, if it is not the race. `leads`: lines
    of which one must lead the story of a failure. `may`: other rules that are true of it. `nothing`: nothing went
    wrong. `untrue`: words that would be untrue.
    """

    source: str
    made: str  # by a run of the program, or written in its format
    calls: int
    race: str
    lines: tuple[int, ...] = ()
    rule: str = ""
    leads: tuple[int, ...] = ()
    may: tuple[str, ...] = ()
    nothing: bool = False
    untrue: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Held:
    """What is told of a log, held against its truth; None where there is nothing to be held against."""

    race: bool | None
    failure: bool | None
    lines: bool | None
    untrue: tuple[str, ...]


def names() -> list[str]:
    """The logs of the corpus."""
    return sorted(path.stem for path in LOGS.glob("*.toml"))


@cache
def truth_of(name: str) -> Truth:
    """The truth beside a log. Raises TypeError for a key that there is not."""
    with (LOGS / f"{name}.toml").open("rb") as file:
        read: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value for key, value in tomllib.load(file).items()
        }
    return Truth(**read)


@cache
def told_of(name: str) -> LogReport | None:
    """What is told of a log; None if it is taken for no log of calls."""
    lines = (LOGS / f"{name}.log").read_text("utf-8").split("\n")
    kind = recognise(lines)
    report = story(lines, kind) if kind is not None else None
    return report if report is not None and report.calls else None


@cache
def held(name: str) -> Held:
    """One log of the corpus, held against its truth."""
    truth, report = truth_of(name), told_of(name)
    calls = report.calls if report else ()
    proof = {line.line for call in calls for finding in call.diagnosis.findings for line in finding.proof}
    leading = {line for call in calls for line in _leading(call)}
    named = {call.diagnosis.rule for call in calls}
    failure = bool(leading & set(truth.leads)) if truth.leads else truth.rule in named if truth.rule else None
    return Held(
        race=report is not None and report.race is _FOUND if truth.race == _FOUND else None,
        failure=failure,
        lines=set(truth.lines) <= proof if truth.lines else None,
        untrue=tuple(_untrue(truth, report)),
    )


def _leading(call: ImportedCall) -> Iterator[int]:
    """The lines that a reader meets: those that prove the heaviest finding, and the failures that the log tells."""
    for finding in call.diagnosis.findings[:1]:
        yield from (line.line for line in finding.proof)
    yield from (failure.line for failure in call.failures)


def _untrue(truth: Truth, report: LogReport | None) -> Iterator[str]:
    """What is told, and is not so."""
    if report is None:
        return
    if report.kind.startswith("openclaw") is not truth.source.startswith("OpenClaw"):
        yield f"read as {report.kind}"
    if len(report.calls) != truth.calls:
        yield f"{len(report.calls)} calls instead of {truth.calls}"
    if (report.race is _FOUND) is not (truth.race == _FOUND) and report.race is not Race.UNKNOWN:
        yield f"the race is {report.race}, not {truth.race}"
    if report.race is _ABSENT and truth.race != _ABSENT:
        yield f"the race is {report.race}, not {truth.race}"
    expected = {truth.rule, *truth.may, *(RACES if truth.race == _FOUND else ())}
    for call in report.calls:
        yield from (f"found: {each.rule}" for each in call.diagnosis.findings if each.rule not in expected)
        yield from (f"line {each.line} did not fail" for each in call.failures if truth.nothing)
    words = "\n".join(tell(report)) if truth.untrue else ""
    yield from (f"said: {each}" for each in truth.untrue if each in words)


def figures() -> list[str]:
    """The four figures, as docs/imports.md has them."""
    of_all = [held(name) for name in names()]
    rows = (
        ("the race found", [each.race for each in of_all]),
        ("another failure named", [each.failure for each in of_all]),
        ("the right lines named", [each.lines for each in of_all]),
        ("something untrue told", [bool(each.untrue) for each in of_all]),
    )
    return [f"| {what} | {sum(map(bool, told))} of {sum(each is not None for each in told)} |" for what, told in rows]
