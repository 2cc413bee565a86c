"""What walks over every order have found, as a page. Knows nothing of how it was walked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from voicecall_cli.console import palette
from voicecall_cli.console.text import counted, plain
from voicecall_core.call.guard_table import TABLE, Asker, State
from voicecall_core.call.invariants import LAWS
from voicecall_core.checker.proof import Report
from voicecall_core.checker.standard_walks import ConversationWalk, GuardWalk, Walk
from voicecall_core.checker.trace import Trace, Transition
from voicecall_core.words import events as e
from voicecall_core.words.descriptions import describe
from voicecall_core.words.orders import AnswerFetch, UpdateCall

_LAWS = sum(1 for number in LAWS if number)
_SHOWN = (
    "Every move that anybody can make was made from every state that is met; all {laws} laws held after each of them.",
)
_SHOWN_OF_CALLS = (
    "No <Say> of ours took effect at the carrier after a stream document had left us.",
    "Timers and lost answers alone lead from every state of a call to its end, {longest} of them at most.",
)
_SHOWN_OF_CONVERSATIONS = (
    "Where an answer, a sentence or a sound is owed it comes, or the call ends, by timers and lost answers alone, "
    "{longest} of them at most.",
)
_ASSUMED_OF_CALLS = (
    "The carrier does what docs/proof.md lists, and nothing else.",
    "What goes wrong goes wrong so often: two hang-ups, two generations, two sockets, two creates, two look-ups, one "
    "session lost before the model is given up.",
)
_ASSUMED_OF_CONVERSATIONS = (
    "A conversation begins on a live stream; each thing happens in it once or twice, by the budget of its walk.",
    "A response that is here to its last sound also ends; our door sends what it has, and says when it has run dry.",
)
_NO_OVERWRITE = (
    "The overwrite that the guard permits by name: nothing orders it with the guard on (--actors overwrite does)."
)
_NO_CONVERSATION = "What is said once a stream is live: prove without --actors walks it."
_NOT_WALKED = "Real lengths of time, bytes and signatures, and sound: docs/proof.md tells what checks these."


class Walked(NamedTuple):
    """One walk: which, what it found, how long it took."""

    name: str
    walk: Walk
    report: Report
    took_s: float


def proof_shown(walks: Sequence[Walked], *, asked: str, whole: bool = True) -> RenderableType:
    """What was walked, what that shows and what it rests on; or a shortest ladder that breaks something.

    `whole`: no walk that was asked for is missing.
    """
    parts: list[RenderableType] = [Text(asked, style=palette.FAINT), _figures(walks), Text()]
    for walk in walks:
        parts += _stories(walk.report)
    if whole and all(walk.report.holds for walk in walks):
        parts += _sentences(walks)
    parts.append(_result(walks, whole))
    return Group(*parts)


def _stories(report: Report) -> list[RenderableType]:
    parts: list[RenderableType] = []
    if report.harmed is not None:
        parts += _story("A callee is harmed", report.harmed)
    if report.broken is not None and (report.harmed is None or len(report.broken) < len(report.harmed)):
        parts += _story("A law is broken", report.broken)
    if report.stuck is not None:
        parts += _story("A call cannot go on", report.stuck)
    return parts


def _sentences(walks: Sequence[Walked]) -> list[RenderableType]:
    """What was shown, what was assumed and what was not walked, by the kinds of walks that were made."""
    calls = [each.report for each in walks if isinstance(each.walk, GuardWalk)]
    talks = [each.report for each in walks if isinstance(each.walk, ConversationWalk)]
    shown = [each.format(laws=_LAWS) for each in _SHOWN]
    assumed: list[str] = []
    for reports, ends, grounds in (
        (calls, _SHOWN_OF_CALLS, _ASSUMED_OF_CALLS),
        (talks, _SHOWN_OF_CONVERSATIONS, _ASSUMED_OF_CONVERSATIONS),
    ):
        if reports:
            longest = max(report.way_out or 0 for report in reports)
            shown += [each.format(longest=longest) for each in ends]
            assumed += grounds
    missing = [_NOT_WALKED]
    if not any(e.OverwriteAsked in report.events for report in calls):
        missing.insert(0, _NO_OVERWRITE)
    if not talks:
        missing.insert(0, _NO_CONVERSATION)
    parts: list[RenderableType] = []
    for title, sentences in (("Shown", shown), ("Assumed", assumed), ("Not walked", missing)):
        parts.append(Text(title, style=palette.STRONG))
        parts += [Padding(Text(each), (0, 0, 0, 2)) for each in sentences]
    return [*parts, Text()]


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


def _figures(walks: Sequence[Walked]) -> RenderableType:
    """Each walk with the states and moves that it made; nothing is counted that was not done."""
    table = Table(show_edge=False, box=None, padding=(0, 2, 0, 0), show_header=False)
    table.add_column()
    for _ in range(3):
        table.add_column(justify="right")
    rows = [(walk.name, walk.report.states, walk.report.transitions, walk.took_s) for walk in walks]
    if len(rows) > 1:
        names = f"{len(rows)} walks"
        rows.append((names, sum(row[1] for row in rows), sum(row[2] for row in rows), sum(row[3] for row in rows)))
    for name, states, moves, took_s in rows:
        table.add_row(name, f"{states:,} states", f"{moves:,} moves", f"{took_s:.1f} s")
    return table


def _result(walks: Sequence[Walked], whole: bool) -> Text:
    if any(walk.report.harmed or walk.report.broken or walk.report.stuck is not None for walk in walks):
        return Text("broken", style=palette.BAD)
    if whole and all(walk.report.holds for walk in walks):
        return Text("0 broken", style=palette.GOOD)
    return Text("0 broken as far as was walked; --states or --deep walks further", style=palette.CARE)


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
    lines += [Text(f"     invariant {law.law}: {law.text}", style=palette.BAD) for law in one.laws]
    if one.harm:
        lines.append(Text(f"     harm: {one.harm}", style=palette.BAD))
    return lines
