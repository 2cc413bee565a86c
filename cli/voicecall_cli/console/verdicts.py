"""The guard's decisions as they fall, broken laws and notes: what must not be overlooked."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from voicecall_cli.console import palette
from voicecall_cli.console.blocked import is_expected
from voicecall_cli.console.history import Told
from voicecall_cli.console.text import cropped, fitted, plain, stamp, wrapped
from voicecall_core.call.guard import Verdict
from voicecall_core.call.guard_table import Ruling
from voicecall_core.call.state import LawBroken, Note, Step


def alarm_lines(broken: Sequence[LawBroken], noted: Sequence[Note], *, width: int, height: int) -> list[Text]:
    """At most `height` lines: first the broken laws, in red, then the newest notes, the newest last."""
    if height <= 0 or not (broken or noted):
        return []
    for_notes = min(len(noted), max(1 if height > 1 else 0, height - len(broken)))
    for_laws = min(len(broken), height - for_notes)
    for_notes = min(len(noted), height - for_laws)
    laws = [_law(law, width) for law in broken[len(broken) - for_laws :]]
    notes = [_note(note, width) for note in noted[len(noted) - for_notes :]]
    if laws:
        laws[0] = _with_count(laws[0], len(broken) - for_laws, width)
    if notes:
        notes[0] = _with_count(notes[0], len(noted) - for_notes, width)
    return [*laws, *notes]


def law_words(law: LawBroken) -> str:
    """`invariant 1 broken: ...`."""
    return f"invariant {law.law} broken: {plain(law.text)}"


def new_alarms(step: Step | Told) -> list[Text]:
    """The notes and the broken laws that a step has added, in full."""
    notes = [Text(plain(note.text), style=palette.CARE) for note in step.notes]
    return notes + [Text(law_words(law), style=palette.BAD) for law in step.broken]


def _law(law: LawBroken, width: int) -> Text:
    return Text(cropped(f" {stamp(law.at)} {law_words(law)}", width), style=palette.BAD)


def _note(note: Note, width: int) -> Text:
    words = cropped(plain(note.text), max(0, width - 10))
    return Text.assemble((f" {stamp(note.at)} ", palette.FAINT), (words, palette.CARE))


def _with_count(line: Text, earlier: int, width: int) -> Text:
    """The line, and behind it how many older ones there was no room for."""
    if earlier <= 0:
        return line
    count = f"  (and {earlier:,} before)"
    line.truncate(max(0, width - len(count)), overflow="ellipsis")
    return line.append(count, style=palette.FAINT)


_SHORT = {Ruling.HUNG_UP: "hung up"}  # "answered with hang-up" is wider than its column
_ASKER, _ASKER_WIDE, _STATE, _RULING = 18, 23, 10, 11
_INDENT = 10

Fallen = tuple[float, Verdict]


def ruling_word(verdict: Verdict) -> str:
    """The ruling in a word or two."""
    return _SHORT.get(verdict.ruling, str(verdict.ruling))


def verdict_lines(verdicts: Sequence[Fallen], *, width: int, height: int) -> list[Text]:
    """At most `height` lines for the newest verdicts: in full as far back as there is room, before that in one line."""
    shown: list[list[Text]] = []
    left = height
    for index in range(len(verdicts) - 1, -1, -1):
        at, verdict = verdicts[index]
        full = _full(at, verdict, width)
        earlier = index  # each of them needs a line of its own
        newest = index == len(verdicts) - 1
        if len(full) > 1 and len(full) + earlier > left and not (newest and len(full) <= left and left > 2):
            full = [_short(at, verdict, width)]
        if len(full) > left:
            break
        shown.append(full)
        left -= len(full)
    return [line for lines in reversed(shown) for line in lines]


def _full(at: float, verdict: Verdict, width: int) -> list[Text]:
    """A verdict with its rule and its whole reason."""
    reason = wrapped(f"{verdict.rule}: {verdict.reason}", width - _INDENT - 1)
    return [_columns(at, verdict, _asker_width(width)), *(Text(" " * _INDENT + each) for each in reason)]


def _short(at: float, verdict: Verdict, width: int) -> Text:
    """A verdict on one line; its reason as far as it goes."""
    asker = _asker_width(width)
    room = width - 1 - 9 - asker - _STATE - _RULING - 4
    line = _columns(at, verdict, asker)
    return line.append(cropped(verdict.reason, room), style=palette.FAINT) if room > 8 else line


def _asker_width(width: int) -> int:
    return _ASKER_WIDE if width >= 100 else _ASKER


def _columns(at: float, verdict: Verdict, asker: int) -> Text:
    return Text.assemble(
        (f" {stamp(at)} ", palette.FAINT),
        f"{fitted(verdict.asker, asker)} ",
        (f"{fitted(verdict.state, _STATE)} ", palette.FAINT),
        (f"{fitted(ruling_word(verdict), _RULING)} ", _style(verdict)),
    )


def _style(verdict: Verdict) -> str:
    return palette.FAINT if is_expected(verdict) else palette.of_verdict(verdict)
