"""A call as plain text, to be pasted into an issue: no colour, no control character, at most 100 cells wide."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace

from rich.console import Console, RenderableType

from voicecall_cli.console.blocked import is_expected
from voicecall_cli.console.conversation import whole_conversation
from voicecall_cli.console.diagnosis import findings
from voicecall_cli.console.ladder import Ladder
from voicecall_cli.console.summary import summary
from voicecall_cli.console.text import plain, wrapped
from voicecall_cli.console.verdicts import ruling_word
from voicecall_cli.console.waterfall import waterfall_lines
from voicecall_cli.report.call_report import WORDLESS, CallReport, title_of
from voicecall_core.archive.folder import in_utc
from voicecall_core.call.as_heard import HeardLine
from voicecall_core.call.hearing import Fate
from voicecall_core.call.tool_lines import with_tools

WIDTH = 100
_VERDICTS = 20  # of them; what is left is counted


def text_of(report: CallReport) -> str:
    """The whole report, its lines ended by line feeds."""
    header, call = report.record.header, report.call
    parts: list[RenderableType] = [
        f"Call {plain(header.terms.call_id)}, {in_utc(header.began):%Y-%m-%d %H:%M:%S} UTC, {plain(header.tool)}",
        "",
        summary(call, header=title_of(report), call_file=None),
        "",
        findings(report.diagnosis),
    ]
    if report.record.incomplete:
        parts += ["", plain(report.record.incomplete)]
    for title, lines in (
        ("What was said, as the callee heard it", list(_conversation(report))),
        ("The guard", list(_verdicts(report))),
        ("The handshake", [line.plain.rstrip() for line in waterfall_lines(call, width=WIDTH, now=report.end)]),
        ("The ladder", list(_ladder(report))),
    ):
        parts += ["", title, "-" * len(title), *(lines or ["  nothing is recorded"])]
    return _rendered(parts)


def _rendered(parts: list[RenderableType]) -> str:
    out = io.StringIO()
    console = Console(file=out, width=WIDTH, color_system=None, force_terminal=False, highlight=False, markup=False)
    for part in parts:
        console.print(part, soft_wrap=isinstance(part, str))
    return "".join(line.rstrip() + "\n" for line in out.getvalue().rstrip().splitlines())


def _conversation(report: CallReport) -> Iterator[str]:
    if report.message:
        yield from wrapped(plain(report.message), WIDTH)
    lines = with_tools(report.call, report.conversation)
    lines = lines if report.words else [_wordless(line) for line in lines]
    yield from (line.plain.rstrip() for line in whole_conversation(lines, width=WIDTH))


def _wordless(line: HeardLine) -> HeardLine:
    unheard = line.fate in (Fate.WAITING, Fate.DROPPED)
    return replace(line, pii_heard="" if unheard else WORDLESS, pii_rest=WORDLESS if unheard else "")


def _verdicts(report: CallReport) -> Iterator[str]:
    for ruling in report.rulings[:_VERDICTS]:
        verdict = ruling.verdict
        often = f", {ruling.count:,} times until {ruling.last:.3f}" if ruling.count > 1 else ""
        expected = " as expected" if is_expected(verdict) else ""
        head = f"{ruling.first:9.3f}  {verdict.asker}, {verdict.state}: {ruling_word(verdict)}{expected}{often}"
        yield plain(head)
        for line in wrapped(f"{verdict.rule}: {verdict.reason}", WIDTH - 13):
            yield " " * 13 + plain(line)
    if (more := len(report.rulings) - _VERDICTS) > 0:
        yield f"           and {more:,} more"


def _ladder(report: CallReport) -> Iterator[str]:
    ladder = Ladder(WIDTH)
    yield from (line.plain for line in ladder.head())
    for each in report.steps:
        yield from (line.plain for line in ladder.step(each))
