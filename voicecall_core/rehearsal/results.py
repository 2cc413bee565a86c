"""What became of rehearsals: each run of one, and all runs of one together. Knows nothing of how that is shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from voicecall_core.rehearsal.judge import Judgement, Verdict
from voicecall_core.words.checks import percentiles


class Result(StrEnum):
    """How a run went. BROKEN: there was no call that could be judged."""

    PASSED = "passed"
    FAILED = "failed"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of a rehearsal, the `number`th of it. Times in seconds; `took_s` on the machine's clock.

    `verdicts` are as many as the file has expectations, in its order. `waits_s`: how long the callee waited for each
    reply. `trouble` says why there was no call to judge, and is empty if there was one. `skip_judged`: what only a
    text model could judge does not count.
    """

    name: str
    about: str = ""
    number: int = 1
    verdicts: tuple[Verdict, ...] = ()
    skip_judged: bool = False
    trouble: str = ""
    outcome: str = ""
    cause: str = ""
    waits_s: tuple[float, ...] = ()
    first_word_s: float | None = None
    cost_usd: float | None = None
    call_s: float = 0.0
    took_s: float = 0.0
    call_file: Path | None = None

    @property
    def result(self) -> Result:
        """How it went."""
        if self.trouble:
            return Result.BROKEN
        return Result.FAILED if self.missed else Result.PASSED

    @property
    def passed(self) -> bool:
        """Everything that was expected held."""
        return self.result is Result.PASSED

    @property
    def missed(self) -> tuple[Verdict, ...]:
        """The expectations that did not hold, those among them that were to be judged and were not."""
        return tuple(each for each in self.verdicts if not each.passed and not self._skipped(each))

    @property
    def skipped(self) -> tuple[Verdict, ...]:
        """The expectations that nobody judged, as was asked for."""
        return tuple(each for each in self.verdicts if self._skipped(each))

    def _skipped(self, verdict: Verdict) -> bool:
        return self.skip_judged and verdict.judgement is Judgement.NOT_JUDGED

    def sentences(self) -> list[str]:
        """Why it has not passed, a sentence each: the file's line, what was expected, the moment, what was instead."""
        if self.trouble:
            return [f"{self.name}: {self.trouble}"]
        return [sentence(self.name, each) for each in self.missed]


def sentence(name: str, verdict: Verdict) -> str:
    """What became of an expectation, as `order.toml:12: reply_within = "1s": at 7.25 s, the reply took 1.60 s.`"""
    moment = f"at {verdict.at:.2f} s, " if verdict.at is not None else ""
    return f"{name}:{verdict.line}: {verdict.expected}: {moment}{verdict.what}."


@dataclass(frozen=True, slots=True)
class Tally:
    """All runs of one rehearsal."""

    name: str
    about: str
    runs: tuple[Run, ...]

    @property
    def passed(self) -> int:
        """How many have passed."""
        return sum(run.passed for run in self.runs)

    @property
    def pass_rate(self) -> float:
        """Which part of them has, from 0 to 1."""
        return self.passed / len(self.runs)

    @property
    def result(self) -> Result:
        """How it went: passed if every run has."""
        if any(run.result is Result.BROKEN for run in self.runs):
            return Result.BROKEN
        return Result.PASSED if self.passed == len(self.runs) else Result.FAILED

    @property
    def waits_s(self) -> list[float]:
        """How long the callee waited for each reply, in all runs."""
        return [wait for run in self.runs for wait in run.waits_s]

    @property
    def first_words_s(self) -> list[float]:
        """How soon after the answer the agent was first heard, in each run in which it was."""
        return [run.first_word_s for run in self.runs if run.first_word_s is not None]

    @property
    def cost_usd(self) -> float | None:
        """What the runs cost together; None if that is not known."""
        costs = [run.cost_usd for run in self.runs if not run.trouble]
        known = [cost for cost in costs if cost is not None]
        return sum(known) if len(known) == len(costs) else None


def tallies(runs: Iterable[Run]) -> list[Tally]:
    """The runs of each rehearsal together, in the order in which each was first seen, its runs by number."""
    found: dict[str, list[Run]] = {}
    for run in runs:
        found.setdefault(run.name, []).append(run)
    return [Tally(name, runs[0].about, tuple(sorted(runs, key=lambda run: run.number))) for name, runs in found.items()]


@dataclass(frozen=True, slots=True)
class Spread:
    """How values lie: the median, what 95 of 100 do not exceed, the worst; None if there are none."""

    p50: float | None = None
    p95: float | None = None
    worst: float | None = None


def spread(values: Sequence[float]) -> Spread:
    """How these lie."""
    return Spread(*percentiles(values), max(values)) if values else Spread()
