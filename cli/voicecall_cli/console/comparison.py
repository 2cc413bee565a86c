"""What was recorded beside what today's judge, another policy or another order makes of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rich.text import Text

from voicecall_cli.console import palette
from voicecall_cli.console.ladder import Ladder
from voicecall_cli.console.text import counted, fitted, plain, stamp, wrapped
from voicecall_cli.console.verdicts import law_words
from voicecall_core.callfile.records import Recorded
from voicecall_core.callfile.rejudging import Judged, differences
from voicecall_core.checker.counterfactual import Divergence
from voicecall_core.checker.interleavings import Interleavings
from voicecall_core.checker.outcomes import conclusion, every_outcome, likeliest
from voicecall_core.checker.trace import Transition
from voicecall_core.words.descriptions import Lane, describe
from voicecall_core.words.terms import Policy

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


_PACE = "By the usual pace of carrier and model; the recorded lines that follow are no evidence:"


def same_lines(policy: Policy, steps: int, unlike: int) -> Iterator[Text]:
    """What there is to say of a policy by which nothing else would have been written."""
    yield Text(f"With guard {policy} every write is the recorded one, in all {counted(steps, 'step')}.")
    yield from _unlike("In", unlike)


def divergence_lines(found: Divergence, recorded: Recorded, unlike: int, *, width: int, ascii: bool) -> Iterator[Text]:
    """All there is to say of a divergence from what was `recorded`, in lines; `unlike` steps before it differ too."""
    policy = found.other.call.terms.policy
    yield Text(f"With guard {policy} the first write that differs:", style=palette.STRONG)
    yield difference_head(width=width, right=f"guard {policy}")
    judged = Judged(recorded, found.other.call, found.other, differences(recorded, found.other))
    yield from difference_lines(judged, width=width)
    yield from _unlike("Before that, in", unlike)
    yield Text()
    yield Text(_PACE, style=palette.FAINT)
    ladder = Ladder(width, ascii=ascii)
    yield from [*ladder.head(), *ladder.step(found.other)]
    for one in likeliest(found):
        yield from _transition(one, ladder)
    yield Text()
    yield Text(conclusion(found), style=palette.STRONG)
    yield from _outcomes(found)


def _unlike(where: str, unlike: int) -> Iterator[Text]:
    if unlike:
        words = f"{where} {counted(unlike, 'step')} other orders differ, as a rule the model's."
        yield Text(words, style=palette.FAINT)


def _transition(one: Transition, ladder: Ladder) -> list[Text]:
    if one.step is None:
        return ladder.remark(one.at, Lane.CARRIER, one.words, palette.BAD if one.harm else palette.CARRIER)
    return ladder.step(one.step)


def _outcomes(divergence: Divergence) -> Iterator[Text]:
    found = every_outcome(divergence)
    total = sum(found.orders.values())
    states = counted(found.states, "state")
    yield Text(f"Every order of it ({counted(total, 'order')}, {states}):")
    for end, number in found.orders.most_common():
        yield Text(f"  {number:>6,}  {end}")


_MANY = 10_000_000


def walked_lines(found: Interleavings, *, width: int, ascii: bool) -> Iterator[Text]:
    """Channels, states, orders; and the first broken law as the shortest ladder, lines' numbers at its left."""
    events = sum(found.channels.values())
    names = ", ".join(f"{name} ({number})" for name, number in found.channels.items())
    yield Text(
        f"{counted(events, 'event')} on {counted(len(found.channels), 'channel')}: {names}.", style=palette.FAINT
    )
    if not found.broken:
        kept = f"{counted(found.states, 'state')}, {_orders(found.orders)}: "
        partly = "" if found.complete else " as far as it was walked, which is not to the end"
        yield Text.assemble(kept, ("every law held", palette.GOOD if found.complete else palette.CARE), f"{partly}.")
        return
    yield Text.assemble(
        f"{counted(found.states, 'state')} walked, then ", *_joined([law_words(law) for law in found.broken]), "."
    )
    yield Text("A shortest order that leads there; at the left the lines of the call file:")
    yield Text()
    ladder = Ladder(width, ascii=ascii)
    yield from ladder.head()
    for one in found.trace:
        assert one.step is not None, "recorded events are seen"
        yield from ladder.step(one.step, beside=one.words)


def _joined(words: list[str]) -> Iterator[tuple[str, str] | str]:
    for index, each in enumerate(words):
        yield (", " if index else "")
        yield (each, palette.BAD)


def _orders(number: int) -> str:
    """As a number, or, where nobody can read it any more, as a power of ten."""
    if number < _MANY:
        return counted(number, "order")
    digits = str(number)
    return f"{digits[0]}.{digits[1]} x 10^{len(digits) - 1} orders"
