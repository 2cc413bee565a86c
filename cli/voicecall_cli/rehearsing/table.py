"""Rehearsals on a terminal: a line for each run as it is done, why some have failed, a table at the end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich import box
from rich.table import Table
from rich.text import Text

from voicecall_cli.console import palette
from voicecall_cli.console.text import counted, dollars, lasted, plain, span
from voicecall_core.rehearsal.baseline import Regression
from voicecall_core.rehearsal.results import Result, Run, Tally, spread

_STYLES = {Result.PASSED: palette.GOOD, Result.FAILED: palette.BAD, Result.BROKEN: palette.BAD}
_WIDE = 100  # columns of a terminal
_WORDS = {Result.PASSED: "passed", Result.FAILED: "FAILED", Result.BROKEN: "BROKEN"}


def run_lines(run: Run, done: int, of: int, *, several: bool) -> Iterator[Text]:
    """One run that is done, the `done`th of so many: its result, and every expectation that did not hold."""
    name = f"{run.name} [{run.number}]" if several else run.name
    line = Text.assemble((f"{done:>{len(str(of))}}/{of} ", palette.FAINT), (_WORDS[run.result], _STYLES[run.result]))
    line.append(f"  {plain(name)}")
    line.append(f"  {lasted(run.call_s)} on the phone, {lasted(run.took_s)} here", palette.FAINT)
    yield line
    for told in run.sentences():
        yield Text(f"    {plain(told)}", palette.BAD)
    for each in run.skipped:
        yield Text(f"    {plain(run.name)}:{each.line}: {plain(each.expected)}: not judged", palette.CARE)


def tally_table(found: Sequence[Tally], width: int) -> Table:
    """A row for each rehearsal, with what was measured in all its runs; what there is no room for is left out."""
    columns = ["runs", *(["first word"] if width >= _WIDE else []), "reply p50", "p95", "worst"]
    columns += ["cost"] if any(tally.cost_usd for tally in found) else []
    table = Table(box=box.SIMPLE, pad_edge=False, show_edge=False)
    table.add_column("rehearsal", overflow="fold")
    table.add_column("result", no_wrap=True)
    for name in columns:
        table.add_column(name, justify="right", no_wrap=True)
    for tally in found:
        figures = _figures(tally)
        result = Text(_WORDS[tally.result], _STYLES[tally.result])
        table.add_row(Text(plain(tally.name)), result, *(figures[column] for column in columns))
    return table


def _figures(tally: Tally) -> dict[str, Text]:
    waits = spread(tally.waits_s)
    return {
        "runs": Text(f"{tally.passed}/{len(tally.runs)}"),
        "first word": _wait(spread(tally.first_words_s).p50),
        "reply p50": _wait(waits.p50),
        "p95": _wait(waits.p95),
        "worst": _wait(waits.worst),
        "cost": Text(dollars(tally.cost_usd)),
    }


def _wait(seconds: float | None) -> Text:
    style = palette.of_wait(seconds) if seconds is not None else palette.FAINT
    return Text(span(seconds), "" if style == palette.GOOD else style)


def closing_line(found: Sequence[Tally], worse: Sequence[Regression], took_s: float) -> Text:
    """How it went, in one line."""
    results = [tally.result for tally in found]
    parts = [f"{results.count(each)} {each}" for each in Result if results.count(each)]
    parts += [f"{counted(len(worse), 'figure')} worse than the baseline"] if worse else []
    good = not worse and all(result is Result.PASSED for result in results)
    return Text(
        f"{counted(len(found), 'rehearsal')}: {', '.join(parts)}, in {lasted(took_s)}.",
        palette.GOOD if good else palette.BAD,
    )


def worse_lines(worse: Sequence[Regression]) -> Iterator[Text]:
    """What is worse than the baseline."""
    for each in worse:
        yield Text(f"{plain(each.name)}: {plain(each.what)}.", palette.BAD)
