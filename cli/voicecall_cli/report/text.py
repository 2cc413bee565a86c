"""A call as plain text, to be pasted into an issue: no colour, no control character, at most 100 cells wide."""

from __future__ import annotations

import io
from collections.abc import Iterator

from rich.console import Console, RenderableType

from voicecall_cli.console.diagnosis import findings
from voicecall_cli.console.ladder import Ladder
from voicecall_cli.console.summary import summary
from voicecall_cli.console.text import plain, span, wrapped
from voicecall_cli.console.verdicts import ruling_word
from voicecall_cli.console.waterfall import waterfall_lines
from voicecall_cli.report.call_report import CallReport, fate_words, heard_words, title_of
from voicecall_core.archive.folder import in_utc

WIDTH = 100
_INDENT = 19
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
        (
            "The handshake",
            [line.plain.rstrip() for line in waterfall_lines(call, width=WIDTH, now=report.end, columns=1)],
        ),
        ("The ladder", list(_ladder(report))),
    ):
        parts += ["", title, "-" * len(title), *(lines or ["  nothing"])]
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
    for line in report.conversation:
        words = heard_words(line, report.words)
        rest = line.pii_rest.strip() if report.words else ""
        remark = ", ".join(each for each in (fate_words(line), _waited(line.wait_s)) if each)
        unheard = f" [unheard: {plain(rest)}]" if rest else ""
        text = f"{plain(words)}{unheard}{f' ({remark})' if remark else ''}".strip()
        when = "" if line.waits else f"{line.at:.3f}"
        first, *more = wrapped(text, WIDTH - _INDENT)
        yield f"{when:>9}  {line.who:<6}  {first}"
        yield from (" " * _INDENT + each for each in more)


def _waited(seconds: float | None) -> str:
    return "" if seconds is None else f"after {span(seconds)}"


def _verdicts(report: CallReport) -> Iterator[str]:
    for ruling in report.rulings[:_VERDICTS]:
        verdict = ruling.verdict
        often = f", {ruling.count:,} times until {ruling.last:.3f}" if ruling.count > 1 else ""
        head = f"{ruling.first:9.3f}  {verdict.asker}, {verdict.state}: {ruling_word(verdict)}{often}"
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
