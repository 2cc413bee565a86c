"""What was recorded beside what today's judge says, line by line where they differ. Knows nothing of judging."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.text import Text

from cli.console import palette
from cli.console.figures import stamp
from cli.console.plain import fitted, plain, wrapped
from voicecall_core.replay.judging import Judged
from voicecall_core.words.descriptions import describe

_INDENT = 2
_NOTHING = "–"


def difference_lines(one: Judged, *, width: int) -> Iterator[Text]:
    """The step's own line, and below it each difference: recorded at the left, today's at the right."""
    event = one.recorded.event
    words = plain(describe(event).full) if event is not None else ""
    name = type(event).__name__ if event is not None else one.recorded.unknown
    head = Text.assemble((f"line {one.recorded.line:<6}", palette.STRONG), f"{stamp(one.recorded.at)}  {name}")
    yield head.append(f": {words}" if words else "")
    half = max(16, (width - _INDENT - 3) // 2)
    for difference in one.differences:
        left = wrapped(_words(difference.recorded), half)
        right = wrapped(_words(difference.today), half)
        for index in range(max(len(left), len(right))):
            yield Text.assemble(
                " " * _INDENT,
                (fitted(left[index] if index < len(left) else "", half), palette.CARE),
                (" │ ", palette.FAINT),
                (right[index] if index < len(right) else "", palette.GOOD),
            )


def difference_head(*, width: int, right: str = "today") -> Text:
    """The two columns' names."""
    half = max(16, (width - _INDENT - 3) // 2)
    return Text(f"{' ' * _INDENT}{fitted('recorded', half)} │ {right}", style=palette.STRONG)


def _words(record: dict[str, Any] | None) -> str:
    """A verdict or an order, as JSON has it, in words."""
    if record is None:
        return _NOTHING
    if "ruling" in record:
        number = f", number {record['number']}" if record.get("number") else ""
        ruling = f"{record.get('asker')} ({record.get('state')}): {record['ruling']}, {record.get('rule')}"
        return plain(f"verdict: {ruling}{number}")
    fields = ", ".join(f"{key} {_value(value)}" for key, value in record.items() if key != "type")
    return plain(f"order: {record.get('type')} {fields}".rstrip())


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return " ".join(_value(each) for each in value.values())
    return ", ".join(map(_value, value)) if isinstance(value, list) else str(value)
