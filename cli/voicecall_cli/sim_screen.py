"""The calls on a line on one screen: a function of what has taken effect, and of the screen's size."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from voicecall_core.line.facts import CallFacts
from voicecall_core.line.words import said
from voicecall_core.masking import short
from voicecall_core.simulator.carrier.effects import Effect, What

_COLOURS = {What.WARNING: "yellow", What.STREAM_FAILED: "red", What.ERROR_MESSAGE: "red", What.ENDED: "bold"}
_STATUS = {"in-progress": "green", "completed": "dim", "failed": "red", "busy": "yellow", "no-answer": "yellow"}
CALLS = 8  # the newest ones; further ones are counted
_AROUND = 6  # lines of headings, and of what was there before


def screen(calls: Sequence[CallFacts], earlier: int, log: Sequence[Effect], height: int) -> RenderableType:
    """These calls, how many there were before them, and under them what happened last, as far as the height goes."""
    room = max(3, height - len(calls) - _AROUND)
    parts: list[RenderableType] = [_table(calls)]
    if earlier:
        parts.append(Text(f"and {earlier} earlier", style="dim"))
    parts += [Text(""), *(effect_line(effect) for effect in log[-room:])]
    return Group(*parts)


def effect_line(effect: Effect) -> Text:
    """One thing that took effect, with its time and its call."""
    who = short(effect.sid) if effect.sid else " " * 7
    return Text.assemble(
        (f"{effect.at_ms / 1000:9.3f}  ", "dim"),
        (f"{who}  ", "cyan"),
        (said(effect), _COLOURS.get(effect.what, "")),
        no_wrap=True,
        overflow="ellipsis",
    )


def _table(calls: Sequence[CallFacts]) -> Table:
    table = Table(box=None, pad_edge=False, show_edge=False)
    for name in ("call", "with", "status", "streams", "heard", "document"):
        table.add_column(name, no_wrap=True)
    for call in calls:
        with_whom = f"from {call.from_}" if call.inbound else f"to {call.to}"
        table.add_row(
            Text(short(call.sid), "cyan"),
            with_whom,
            Text(call.status, _STATUS.get(call.status, "")),
            str(call.streams),
            f"{call.heard_s:g} s",
            call.documents[-1] if call.documents else "",
        )
    return table
