"""What came of walking every order, and the ladder of one that broke a law. Knows nothing of walking."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from cli.console import palette
from cli.console.alarms import law_words
from cli.console.figures import counted
from cli.console.ladder import Ladder
from voicecall_core.checker.interleavings import Interleavings

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
