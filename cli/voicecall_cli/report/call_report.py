"""All that is told of one recorded call, whatever its form. Knows no form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from voicecall_cli.console.header import HeaderLine
from voicecall_core.archive.folder import recording_of
from voicecall_core.archive.summary import CallSummary, summary_of
from voicecall_core.call.as_heard import HeardLine, as_heard
from voicecall_core.call.guard import Verdict
from voicecall_core.call.hearing import Fate
from voicecall_core.call.step import Call, Step, new_call, step
from voicecall_core.call.timing import Moment
from voicecall_core.diagnosis import Diagnosis
from voicecall_core.records import CallRecord, diagnose, read_call
from voicecall_core.words.terms import Kind

SILENCE_S = 1.0  # from how long on it is one when nobody is heard
WORDLESS = "(words left out)"


@dataclass(frozen=True, slots=True)
class Ruling:
    """A verdict of the guard, how often it fell, and when first and last."""

    verdict: Verdict
    count: int
    first: float
    last: float


@dataclass(frozen=True)
class CallReport:
    """A record with what is made of it. Without `words` nothing that people said is in it, nor their voices."""

    record: CallRecord
    words: bool = True

    @property
    def call(self) -> Call:
        """The call as it stood at the end of the record."""
        return self.record.call

    @cached_property
    def summary(self) -> CallSummary:
        """Its row."""
        return summary_of(self.record, self.diagnosis)

    @cached_property
    def diagnosis(self) -> Diagnosis:
        """What went wrong, if anything did."""
        return diagnose(self.record)

    @property
    def recording(self) -> Path | None:
        """The audio beside the call file, if it may be heard."""
        path = self.record.call_file
        return recording_of(path) if self.words and path is not None else None

    @cached_property
    def conversation(self) -> list[HeardLine]:
        """What was said, as the callee heard it."""
        return as_heard(self.call, self.end)

    @property
    def message(self) -> str:
        """What a call that only says something was to say, in a sentence; empty for every other call."""
        terms = self.record.header.terms
        if terms.kind is not Kind.SAY:
            return ""
        return f"The message that the carrier was to speak: {terms.pii_say.strip() if self.words else WORDLESS}"

    @cached_property
    def steps(self) -> list[Step]:
        """Every step between the calls before and after it, with what was ruled and ordered at the time."""
        found, call = [], new_call(self.record.header.terms)
        for entry in self.record.steps:
            made = step(call, entry.event)
            found.append(Step(entry.event, entry.verdicts, entry.orders, entry.line, before=call, call=made.call))
            call = made.call
        return found

    @property
    def end(self) -> float:
        """When the record ends, in seconds since the call began."""
        return self.call.timing.first.get(Moment.OVER, self.call.at)

    @cached_property
    def rulings(self) -> list[Ruling]:
        """The guard's verdicts in the order in which each first fell, those that are alike counted."""
        found: dict[Verdict, list[float]] = {}
        for at, verdict in self.call.verdicts:
            found.setdefault(replace(verdict, number=0), []).append(at)
        return [Ruling(verdict, len(times), times[0], times[-1]) for verdict, times in found.items()]


def open_report(path: Path, *, words: bool) -> CallReport:
    """The report of a call file. Raises CallFileError if it cannot be read."""
    return CallReport(read_call(path, words=words), words)


def title_of(report: CallReport) -> HeaderLine:
    """Who was called, and whether it was a rehearsal."""
    header = report.record.header
    return HeaderLine(str(header.callee), header.played, bool(header.scenario))


def heard_words(line: HeardLine, words: bool) -> str:
    """What was heard of it, in words; what takes their place where there are none."""
    if line.clip:
        return f"(recorded clip: {line.clip})"
    if not words:
        return WORDLESS
    return line.pii_heard.strip() or ("" if line.pii_rest.strip() else "(no words known)")


def fate_words(line: HeardLine) -> str:
    """What became of a line that was not heard as it was made; empty for one that was."""
    seconds = f"{line.heard_ms / 1000:.1f} s" + (f" of {line.made_ms / 1000:.1f} s" if line.made_ms else "")
    match line.fate:
        case Fate.CUT:
            return f"cut off after {seconds}"
        case Fate.DROPPED | Fate.WAITING:
            return "never heard"
        case Fate.SOUNDING:
            return f"still sounding at the end, {seconds}"
        case Fate.UNPROVEN:
            return "its end was not confirmed"
    return ""


def silences(report: CallReport) -> list[tuple[float, float]]:
    """The times, between the answer and the end, in which nobody was heard for long."""
    first = report.call.timing.first
    if Moment.ANSWERED not in first:
        return []
    found, quiet = [], first[Moment.ANSWERED]
    end = first.get(Moment.ENDING, report.end)
    for stretch in [*sorted(report.call.heard.stretches, key=lambda each: each.begin), None]:
        begin = end if stretch is None else min(stretch.begin, end)
        if begin - quiet >= SILENCE_S:
            found.append((quiet, begin))
        quiet = max(quiet, end if stretch is None else stretch.end)
    return found


def overlaps(report: CallReport) -> Sequence[tuple[float, float]]:
    """The times in which both were heard."""
    stretches = report.call.heard.stretches
    agent, callee = ([each for each in stretches if each.who == who] for who in ("agent", "callee"))
    both = [(max(a.begin, c.begin), min(a.end, c.end)) for a in agent for c in callee]
    return sorted((begin, end) for begin, end in both if end > begin)
