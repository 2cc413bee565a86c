"""A story as plain sentences, one a line."""

from __future__ import annotations

from collections.abc import Iterator

from voicecall_core.diagnosis import report_lines
from voicecall_core.importers.imported_calls import ImportedCall
from voicecall_core.importers.log_kinds import ABOUT
from voicecall_core.importers.whole_log import LogReport


def tell(story: LogReport) -> list[str]:
    """The kind first, then call by call: the diagnosis, the lines that tell of the call, what is not told."""
    sentences = [
        f"Read as {ABOUT[story.kind]}: {_count(story.lines, 'line')}, {story.skipped} of them skipped, "
        f"{_count(len(story.calls), 'call')}."
    ]
    for call in story.calls:
        sentences += ["", *_of_call(call)]
    if story.unkept:
        sentences += ["", f"{_count(story.unkept, 'further fact')} of this log were counted, not kept."]
    if story.unknown:
        sentences += ["", *(f"Not told by this log: {unknown}." for unknown in story.unknown)]
    return sentences


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" + ("" if number == 1 else "s")


def _of_call(call: ImportedCall) -> Iterator[str]:
    names = call.names
    known = [name for name in (names.call_id, names.sid, names.stream_sid) if name]
    yield f"Call {call.key} ({', '.join(known) or 'the log gives it no name'})"
    yield from (f"  {line}" for line in report_lines(call.diagnosis))
    proven = {proof.line for finding in call.diagnosis.findings for proof in finding.proof}
    yield from (f"  Line {line} writes over the call." for line in call.writes if line not in proven)
    yield "  What tells of it:"
    before = 0
    for step, evidence in zip(call.steps, call.evidence, strict=True):
        if evidence.line != before:  # one line can tell several things
            yield f"    line {evidence.line}  +{step.event.at:.3f} s  {evidence.pii_text}"
        before = evidence.line
    yield from (f"  Not told: {unknown}." for unknown in call.unknown)
