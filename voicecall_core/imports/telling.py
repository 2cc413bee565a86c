"""A story as plain sentences, one a line, for whoever prints them. Knows nothing of widths, colours or files."""

from __future__ import annotations

from collections.abc import Iterator

from voicecall_core.imports.judged import Judged, Row
from voicecall_core.imports.kinds import ABOUT
from voicecall_core.imports.race import Proof, Race
from voicecall_core.imports.story import Story


def tell(story: Story) -> list[str]:
    """The kind first, then call by call: the race, what the guard would have decided, what is not told."""
    sentences = [
        f"Read as {ABOUT[story.kind]}: {_count(story.lines, 'line')}, {story.skipped} of them skipped, "
        f"{_count(len(story.calls), 'call')}."
    ]
    for judged in story.calls:
        sentences += ["", *_of_call(judged)]
    if story.unkept:
        sentences += ["", f"{_count(story.unkept, 'further fact')} of this log were counted, not kept."]
    if story.unknown:
        sentences += ["", *(f"Not told by this log: {unknown}." for unknown in story.unknown)]
    return sentences


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" + ("" if number == 1 else "s")


def _times(number: int) -> str:
    return "twice" if number == 2 else f"{number} times"


def _of_call(judged: Judged) -> Iterator[str]:
    names = judged.names
    known = [name for name in (names.call_id, names.sid, names.stream_sid) if name]
    yield f"Call {judged.key} ({', '.join(known) or 'the log gives it no name'})"
    if judged.race is not None:
        yield from (f"  {sentence}" for sentence in of_race(judged.race))
    else:
        yield "  No document was seen to be written over its stream."
    if judged.registered_twice:
        *others, last = (str(each.line) for each in judged.registered)
        yield f"  Registered {_times(len(others) + 1)}: lines {', '.join(others)} and {last}."
    yield "  What the guard would have decided:"
    before = 0
    for row in judged.rows:
        if row.decided or row.line != before:  # one line can tell several things; not all of them need a row
            yield f"    {_of_row(row)}"
        before = row.line
    yield from (f"  Not told: {unknown}." for unknown in judged.unknown)


def of_race(race: Race) -> Iterator[str]:
    """The race in sentences, with the numbers of the lines that prove it."""
    yield f"Race found ({race.certainty}): {_overwrites(race)}"
    asked = race.asked_by if race.overwrite is not None else None
    if asked is not None or race.callback is not None:
        by = "" if asked is None else f" the first message being asked for on {_line(asked)}"
        callback = "" if race.callback is None else f" the status callback of {_line(race.callback)}"
        yield f"It follows{callback}{' and' if by and callback else ''}{by}."
    if race.error is not None and race.to_error_ms is not None:
        yield f"{race.to_error_ms} ms from the overwrite to the error on {_line(race.error)}."
    elif race.error is not None:
        yield f"The error is on {_line(race.error)}."
    if race.harm is not None:
        after = "" if race.to_harm_ms is None else f", {race.to_harm_ms} ms after the overwrite"
        silent = "" if race.error is not None else "; no line calls it an error"
        yield f"The stream ended on {_line(race.harm)}{after}{silent}."
    yield from (f"From what: {reason}." for reason in race.from_what)


def _overwrites(race: Race) -> str:
    if race.overwrite is None:
        asked = "" if race.asked_by is None else f" by what {_line(race.asked_by)} asks to be said"
        return (
            f"the document of the stream that {_line(race.overwritten)} speaks of was written over{asked}; "
            "the write itself is not in the log."
        )
    what = f" with {race.what}" if race.what else ""
    return f"{_line(race.overwrite)} overwrites{what} the stream's document of {_line(race.overwritten)}, {race.order}."


def _line(proof: Proof) -> str:
    return f"line {proof.line}"


def _of_row(row: Row) -> str:
    decided = row.decided or "nothing to decide"
    certainty = "" if row.certainty == "sure" else f" [{row.certainty}]"
    late = "" if row.evidence else " (after the refused write: no evidence)"
    return f"line {row.line}  +{row.at:.3f} s  {row.pii_text}{certainty}: {decided}{late}."
