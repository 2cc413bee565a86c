"""Whether a format's samples are read as they say: each goes the whole way that a log's line goes."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from voicecall_core.errors import SettingsError
from voicecall_core.importers.concepts import concept_of, status_named
from voicecall_core.importers.correlation import CALL, SID, STREAM, Thread
from voicecall_core.importers.formats.file import Format, Sample, read_format
from voicecall_core.importers.formats.matching import Formats, with_own
from voicecall_core.importers.lines import plain
from voicecall_core.importers.log_line import names_in, opened, sayings
from voicecall_core.importers.stamps import stamp
from voicecall_core.words.events import StatusReported

_NAMED = {"call_id": CALL, "call_sid": SID, "stream_sid": STREAM}


def load_format(path: Path) -> Formats:
    """A user's format file, checked, before the built-in ones. Raises SettingsError, which names the line."""
    own = read_format(path)
    if not own.samples:
        raise SettingsError(
            f"{path.name} has no sample, by which its patterns could be checked.",
            setting="--format",
            fix="Add [[sample]] with line = '...' and concept = '...', one for each pattern.",
        )
    formats = with_own(own)
    for sample in own.samples:
        wrong = fault_of(sample, own, formats)
        if wrong:
            raise SettingsError(f"{path.name}: line {sample.at}: {wrong}.", setting="--format")
    return formats


def fault_of(sample: Sample, own: Format, formats: Formats) -> str:
    """What is wrong with a sample, or with the pattern that should fit it; empty if nothing is."""
    line = opened(plain(sample.line), formats)
    said = list(sayings(line, plugin=False))
    thread = Thread("0", Counter())
    thread.upgraded()
    facts = [fact for each in said for fact in each.say(thread, 1)]
    concepts = {concept_of(fact) for fact in facts} | ({line.found.concept} if line.found is not None else set())
    read = ", ".join(sorted(concepts - {""})) or "nothing"
    if sample.concept not in concepts and not (sample.concept == "nothing" and not facts):
        if line.found is None and own.marks and not any(mark in sample.line for mark in own.marks):
            return f"it bears none of the marks {', '.join(own.marks)}"
        return f"it is read as {read}, not as {sample.concept}" if facts or line.found else "no pattern fits it"
    names = {**names_in(line.text), **(said[0].names if said else {})}
    fields = dict(line.found.fields) if line.found is not None else {}
    fields |= {field: names[sort] for field, sort in _NAMED.items() if sort in names}
    for fact in facts:
        if isinstance(fact, StatusReported):
            fields["status"] = fact.status
    for name, expected in sample.fields.items():
        value = status_named(fields.get(name, "")) if name == "status" else fields.get(name, "")
        if value != (status_named(expected) if name == "status" else expected):
            return f"its {name} is read as {value!r}, not as {expected!r}"
    if "stamp" in fields and stamp(fields["stamp"]) is None:
        return f"its stamp {fields['stamp']!r} is of no form that is known (docs/imports.md, Clocks)"
    return ""
