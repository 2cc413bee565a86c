"""What a walk over every order has found, as a page. Knows nothing of how it was walked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from voicecall_cli.console import palette
from voicecall_cli.console.text import counted, plain
from voicecall_core.call.guard_table import TABLE, Asker, State
from voicecall_core.call.invariants import LAWS
from voicecall_core.checker.proof import Report
from voicecall_core.checker.trace import Trace, Transition
from voicecall_core.words.descriptions import describe
from voicecall_core.words.orders import AnswerFetch, UpdateCall


def proof_shown(report: Report, *, took_s: float, asked: str) -> RenderableType:
    """Laws, states and orders walked, time, and `0 broken` or a shortest ladder that breaks one."""
    parts: list[RenderableType] = [Text(asked, style=palette.FAINT), _figures(report, took_s), Text()]
    if report.harmed is not None:
        parts += _story("A callee is harmed", report.harmed)
    if report.broken is not None and (report.harmed is None or len(report.broken) < len(report.harmed)):
        parts += _story("A law is broken", report.broken)
    if report.stuck is not None:
        parts += _story("A call cannot end", report.stuck)
    parts.append(_result(report))
    return Group(*parts)


def rule_table(rules: Mapping[str, Sequence[tuple[Asker, State]]]) -> RenderableType:
    """The rules that can be taken away: name, who is refused in which states, and the reason."""
    table = Table(show_edge=False, box=None, padding=(0, 2, 0, 0))
    for column in ("rule", "who, in which states", "reason"):
        table.add_column(column)
    for name, cells in rules.items():
        askers = dict.fromkeys(asker for asker, _ in cells)
        who = "; ".join(f"{asker}: {', '.join(s for a, s in cells if a is asker)}" for asker in askers)
        table.add_row(name, who, TABLE[cells[0]].reason)
    return table


def _figures(report: Report, took_s: float) -> Text:
    laws = sum(1 for number in LAWS if number)
    words = f"{laws} laws, {report.states:,} states, {report.transitions:,} moves between them, {took_s:.1f} s\n"
    if report.orders_walked is not None:
        words += f"{report.orders_walked:,} orders walked\n"
    elif report.broken is not None or report.harmed is not None:
        words += "stopped at the first that breaks something\n"
    if report.way_out is not None:
        words += f"from every state at most {report.way_out} timers or lost answers to the end\n"
    return Text(words.rstrip("\n"))


def _result(report: Report) -> Text:
    if report.holds:
        return Text("0 broken", style=palette.GOOD)
    if report.harmed is None and report.broken is None and report.stuck is None:
        return Text("0 broken as far as was walked; --states or --deep walks further", style=palette.CARE)
    return Text("broken", style=palette.BAD)


def _story(title: str, trace: Trace) -> list[RenderableType]:
    """A counterexample, one move a line, with what the guard said and what was ordered below it."""
    lines: list[RenderableType] = [
        Text(f"{title}, in {counted(len(trace), 'step')} and no fewer:", style=palette.STRONG)
    ]
    lines += [line for number, one in enumerate(trace, 1) for line in _transition(number, one)]
    return [*lines, Text()]


def _transition(number: int, one: Transition) -> list[Text]:
    words = one.words if one.step is None else describe(one.step.event).long
    lines = [Text(f"{number:>3}  {plain(words)}")]
    for verdict in one.step.verdicts if one.step else ():
        said = f"     guard: {verdict.asker}, {verdict.state}: {verdict.ruling} by {verdict.rule}"
        lines.append(Text(said, style=palette.of_verdict(verdict)))
    for order in one.step.orders if one.step else ():
        if isinstance(order, UpdateCall | AnswerFetch):
            lines.append(Text(f"     {plain(describe(order).long)}", style=palette.FAINT))
    lines += [Text(f"     law {law.law}: {law.text}", style=palette.BAD) for law in one.laws]
    if one.harm:
        lines.append(Text(f"     harm: {one.harm}", style=palette.BAD))
    return lines
