"""Calls one below the other. Knows nothing of files, nor of which calls are asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.text import Text

from voicecall_cli.console import palette
from voicecall_cli.console.text import dollars, lasted, plain, span
from voicecall_core.archive.folder import Row
from voicecall_core.call.endings import Outcome
from voicecall_core.diagnosis import HEALTHY

_GAP = "  "
_NONE = "–"


@dataclass(frozen=True, slots=True)
class _Column:
    """A column. `gives_way`: the higher, the earlier it is left out where there is no room; 0: never.

    `least`: the width to which it may be cropped before another gives way; 0: as wide as it is.
    """

    title: str
    cell: Callable[[Row], Text]
    gives_way: int = 0
    right: bool = False
    least: int = 0


def _began(form: str) -> Callable[[Row], Text]:
    return lambda row: Text(f"{row.began:{form}}")


def _figure(seconds: float | None) -> Text:
    if seconds is None:
        return Text(_NONE, style=palette.FAINT)
    style = palette.of_wait(seconds)
    return Text(span(seconds), style="" if style == palette.GOOD else style)


def _outcome(row: Row) -> Text:
    outcome = row.summary.outcome
    if not outcome:
        return Text(str(row.summary.state), style=palette.CARE)
    return Text(outcome, style=palette.of_outcome(Outcome(outcome)))


def _finding(row: Row) -> Text:
    rule = row.summary.diagnosis or _NONE
    style = palette.GOOD if rule == HEALTHY else palette.BAD if row.summary.outcome != "completed" else palette.CARE
    return Text(plain(rule), style=style)


def _cost(row: Row) -> Text:
    if row.summary.scenario and not row.summary.cost_usd:
        return Text(_NONE, style=palette.FAINT)
    return Text(dollars(row.summary.cost_usd))


def _way(row: Row) -> Text:
    guard = "" if row.summary.guard == "on" else ", guard off"
    return Text(
        f"{plain(row.summary.scenario)}{guard}" if row.summary.scenario else f"real{guard}", style=palette.FAINT
    )


_LONG, _SHORT = _began("%Y-%m-%d %H:%M:%S"), _began("%m-%d %H:%M")
_COLUMNS = (
    _Column("when, UTC", _LONG),
    _Column("call", lambda row: Text(plain(row.summary.call), style=palette.STRONG)),
    _Column("to", lambda row: Text(plain(row.summary.to)), 2),
    _Column("scenario", _way, 6),
    _Column("outcome", _outcome),
    _Column("talked", lambda row: Text(lasted(row.summary.talked_s)), 7, right=True),
    _Column("first word", lambda row: _figure(row.summary.answer_to_first_audio_s), 1, right=True),
    _Column("worst reply", lambda row: _figure(row.summary.worst_reply_s), 3, right=True),
    _Column("longest wait", lambda row: _figure(row.summary.longest_wait_s), 4, right=True),
    _Column("finding", _finding, least=16),
    _Column("cost", _cost, 5, right=True),
)


def call_table(rows: Sequence[Row], *, width: int | None) -> list[Text]:
    """A head and a line for each; what there is no room for gives way. `width` None: as wide as it needs."""
    columns = list(_COLUMNS)
    while width is not None and _wide(columns, rows) > width:
        if columns[0].cell is _LONG:
            columns[0] = _Column("when, UTC", _SHORT)
            continue
        least = max(columns, key=lambda column: column.gives_way)
        if not least.gives_way:
            break
        columns.remove(least)
    widths = [_width(column, rows) for column in columns]
    head = _line([Text(column.title, style=palette.FAINT) for column in columns], columns, widths, width)
    return [head, *(_line([column.cell(row) for column in columns], columns, widths, width) for row in rows)]


def _wide(columns: Sequence[_Column], rows: Sequence[Row]) -> int:
    widths = [_width(column, rows) for column in columns]
    least = [min(wide, column.least or wide) for column, wide in zip(columns, widths, strict=True)]
    return sum(least) + len(_GAP) * (len(columns) - 1)


def _width(column: _Column, rows: Sequence[Row]) -> int:
    return max(cell_len(column.title), *(column.cell(row).cell_len for row in rows))


def _line(cells: Sequence[Text], columns: Sequence[_Column], widths: Sequence[int], width: int | None) -> Text:
    line = Text()
    for index, (cell, column, wide) in enumerate(zip(cells, columns, widths, strict=True)):
        pad = " " * (wide - cell.cell_len)
        line.append(_GAP if index else "")
        line.append(pad).append_text(cell) if column.right else line.append_text(cell).append(pad)
    line.rstrip()
    if width is not None:
        line.truncate(width, overflow="ellipsis")
    return line
