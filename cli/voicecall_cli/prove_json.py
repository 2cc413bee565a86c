"""A proof as JSON: a line a walk, and one that closes. Judges nothing itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from voicecall_cli.console.proof import Walked
from voicecall_cli.json_format import numbered
from voicecall_core.call.guard_table import TABLE, Asker, State
from voicecall_core.checker.trace import Trace, Transition
from voicecall_core.words.descriptions import describe
from voicecall_core.words.orders import AnswerFetch, UpdateCall


def walk_object(walked: Walked) -> dict[str, object]:
    """One walk: how far it went, and the shortest ways to what is wrong, null where nothing is."""
    report = walked.report
    return numbered(
        {
            "walk": walked.name,
            "states": report.states,
            "moves": report.transitions,
            "longest_way_out": report.way_out,
            "complete": report.complete,
            "holds": report.holds,
            "harmed": _story(report.harmed),
            "broken": _story(report.broken),
            "stuck": _story(report.stuck),
            "took_s": round(walked.took_s, 3),
        }
    )


def closing_object(asked: str, walks: Sequence[Walked], *, exit_code: int, whole: bool) -> dict[str, object]:
    """What was asked for and what came of it; `whole`: no walk that was asked for is missing."""
    return numbered(
        {
            "asked": asked,
            "walks": len(walks),
            "complete": whole and all(each.report.complete for each in walks),
            "holds": whole and all(each.report.holds for each in walks),
            "exit": exit_code,
        }
    )


def rule_objects(rules: Mapping[str, Sequence[tuple[Asker, State]]]) -> Iterator[dict[str, object]]:
    """The rules that can be taken away, each with whom it concerns in which states."""
    for name, cells in rules.items():
        concerns = [{"asker": str(asker), "state": str(state)} for asker, state in cells]
        yield numbered({"rule": name, "concerns": concerns, "reason": TABLE[cells[0]].reason})


def _story(trace: Trace | None) -> list[dict[str, Any]] | None:
    return None if trace is None else [_move(one) for one in trace]


def _move(one: Transition) -> dict[str, Any]:
    made = one.step
    orders = () if made is None else made.orders
    return {
        "what": one.words if made is None else describe(made.event).long,
        "verdicts": [
            {"asker": str(each.asker), "state": str(each.state), "ruling": str(each.ruling), "rule": each.rule}
            for each in (made.verdicts if made is not None else ())
        ],
        "writes": [describe(each).long for each in orders if isinstance(each, UpdateCall | AnswerFetch)],
        "broken": [f"invariant {law.law}: {law.text}" for law in one.laws],
        "harm": one.harm or None,
    }
