"""Broken laws and notes: what must not be overlooked. Knows nothing of what caused them."""

from __future__ import annotations

from rich.text import Text

from cli.console import palette
from cli.console.figures import stamp
from cli.console.plain import cropped, plain
from voicecall_core.judgement.books import Call, LawBroken, Note, Step


def alarm_lines(call: Call, *, width: int, height: int) -> list[Text]:
    """At most `height` lines: first the broken laws, in red, then the newest notes, the newest last."""
    if height <= 0 or not (call.broken or call.notes):
        return []
    for_notes = min(len(call.notes), max(1 if height > 1 else 0, height - len(call.broken)))
    for_laws = min(len(call.broken), height - for_notes)
    for_notes = min(len(call.notes), height - for_laws)
    laws = [_law(law, width) for law in call.broken[len(call.broken) - for_laws :]]
    notes = [_note(note, width) for note in call.notes[len(call.notes) - for_notes :]]
    if laws:
        laws[0] = _with_count(laws[0], len(call.broken) - for_laws, width)
    if notes:
        notes[0] = _with_count(notes[0], len(call.notes) - for_notes, width)
    return [*laws, *notes]


def law_words(law: LawBroken) -> str:
    """`law 1 broken: ...`."""
    return f"law {law.law} broken: {plain(law.text)}"


def new_alarms(step: Step) -> list[Text]:
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
