"""A story as plain sentences, one a line."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial

from voicecall_core.diagnosis import report_lines
from voicecall_core.importers.imported_calls import ImportedCall
from voicecall_core.importers.log_kinds import ABOUT, LogKind
from voicecall_core.importers.places import Places
from voicecall_core.importers.unread import MOST_TEMPLATES, Templates
from voicecall_core.importers.verdict import LoggedFailure, Race
from voicecall_core.importers.whole_log import LogReport

_MOST_LINES = 20  # lines of one sort that are named


def tell(story: LogReport) -> list[str]:
    """The kind first, then call by call: the diagnosis, the lines that tell of the call, what is not told."""
    sentences = [_read_as(story.kind, story.lines, story.skipped, _count(len(story.calls), "call"), "Read")]
    if story.logs:
        sentences = [
            _read_as(log.kind, log.lines, log.skipped, _count(len(log.calls), "call"), f"Read {log.name}")
            for log in story.logs
        ]
        sentences.append(f"Told together: {_count(len({_number(call.key) for call in story.calls}), 'call')}.")
    if story.calls:
        sentences += ["", _headline(story)]
    for call in story.calls:
        sentences += ["", *_of_call(call, story.places)]
    if story.unkept:
        sentences += ["", f"{_count(story.unkept, 'further fact')} of this log were counted, not kept."]
    if story.unknown:
        sentences += ["", *(f"Not told by this log: {unknown}." for unknown in story.unknown)]
    return sentences


def _read_as(kind: LogKind, lines: int, skipped: int, calls: str, read: str) -> str:
    left_out = "" if kind is LogKind.TWILIO else f", {skipped} of them skipped"
    return f"{read} as {ABOUT[kind]}: {_count(lines, 'line')}{left_out}, {calls}."


def _number(key: str) -> str:
    """The call that a story is of: those of one call that no clock joins are numbered 1a, 1b."""
    return key.rstrip("abcdefghijklmnopqrstuvwxyz")


_HEADS = {
    Race.FOUND: "The race: found.",
    Race.ABSENT: "The race: not there.",
    Race.UNKNOWN: "The race: this log cannot tell.",
}


def _headline(story: LogReport) -> str:
    """The answer for the whole log, and every write that was seen."""
    writes = [line for call in story.calls for line in call.writes]
    if not writes:
        return _HEADS[story.race]
    known = {line: what for call in story.calls for line, what in call.written.items()}
    more = f" and {len(writes) - _MOST_LINES} more" if len(writes) > _MOST_LINES else ""
    lines = story.places.words(sorted(writes)[:_MOST_LINES], known)
    return f"{_HEADS[story.race]} Written to a call by REST: {lines}{more}."


def _where(places: Places, line: int) -> str:
    return places.words([line])


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" + ("" if number == 1 else "s")


def _of_call(call: ImportedCall, places: Places) -> Iterator[str]:
    names = call.names
    known = [name for name in (names.call_id, names.sid, names.stream_sid) if name]
    yield f"Call {call.key} ({', '.join(known) or 'the log gives it no name'})"
    yield from _answer(call, places)
    proven = {proof.line for finding in call.diagnosis.findings for proof in finding.proof}
    for line in call.writes:
        if line not in proven:
            more = f": {call.written[line]}" if line in call.written else ""
            yield f"  L{_where(places, line)[1:]} writes to the call by REST{more}."
    yield "  What tells of it:"
    before = 0
    for step, evidence in zip(call.steps, call.evidence, strict=True):
        if evidence.line != before:  # one line can tell several things
            yield f"    {_where(places, evidence.line)}  +{step.event.at:.3f} s  {evidence.pii_text}"
        before = evidence.line
    if call.unread.count:
        yield f"  Not understood, between its first line and its last: {_count(call.unread.count, 'line')}, such as"
        yield from (f"    {_where(places, each.number)}: {each.pii_text}" for each in call.unread.examples)
    yield from (f"  Not told: {unknown}." for unknown in call.unknown)


def _failed(failures: Sequence[LoggedFailure], places: Places) -> Iterator[str]:
    """Each failure with its meaning, and what to do; those that say the same but for numbers are told once."""
    alike = Counter(_but_for_numbers(failure) for failure in failures)
    once: dict[str, LoggedFailure] = {}
    for failure in failures:
        once.setdefault(_but_for_numbers(failure), failure)
    fixes: set[str] = set()
    for words, failure in list(once.items())[:_MOST_LINES]:
        meaning = f" = {failure.meaning}" if failure.meaning else ""
        more = f" ({_count(alike[words] - 1, 'further line')} like it)" if alike[words] > 1 else ""
        yield f"    {_where(places, failure.line)}: {failure.pii_text}{meaning}{more}"
        if failure.fix and failure.fix not in fixes:
            fixes.add(failure.fix)
            yield f"      {failure.fix}"


def _but_for_numbers(failure: LoggedFailure) -> str:
    return re.sub(r"\d+", "0", failure.pii_text)


def _answer(call: ImportedCall, places: Places) -> Iterator[str]:
    """What was found; else what the log itself says failed, and whether the race can be excluded."""
    if call.diagnosis.findings or not call.failures:
        yield from (f"  {line}" for line in report_lines(call.diagnosis, partial(_where, places)))
    if call.failures:
        yield "  The log itself says that something failed:"
        yield from _failed(call.failures, places)
    if not call.diagnosis.findings and call.failures:
        yield "  No rule fits: begin with the first of these lines."
    if call.verdict.race is Race.ABSENT:
        yield f"  The race was not there: {call.verdict.why}."
    elif call.verdict.race is Race.UNKNOWN:
        yield f"  Whether the race was there cannot be told, because {call.verdict.why}."


def unread_lines(found: Templates) -> Iterator[str]:
    """The lines that nothing was understood of: how many, then each template with its count and its first line."""
    groups = found.groups()
    yield f"Not understood: {_count(found.lines, 'line')}, {_count(len(groups), 'template')}."
    for each in groups:
        yield f"{each.count:>7} x  {each.text}"
        yield f"           line {each.number}: {each.example}"
    if found.ungrouped:
        yield f"{found.ungrouped:>7} further lines, of templates beyond the first {MOST_TEMPLATES}."
