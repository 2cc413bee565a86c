"""What a record of a log says, a line or several: each saying with the line on which it stands."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from voicecall_core.diagnosis.evidence import Sure
from voicecall_core.importers.formats.matching import Formats
from voicecall_core.importers.lines import plain
from voicecall_core.importers.log_facts import Begins, Saying, Told, only, told
from voicecall_core.importers.log_line import LogLine, is_named, is_of_calls, may_say, names_in, opened, parsed, sayings
from voicecall_core.importers.phrases import reason
from voicecall_core.importers.records import Record, as_one
from voicecall_core.importers.stamps import behind, stamp

_RAISED = re.compile(
    r"(?:\w+\.)+[A-Z]\w+: |(?:\w+\.)*\w*(?:Error|Exception|Exit|Interrupt|Timeout|Closed\w*|Refused)\b(?:: |$)"
)
_FIELD = re.compile(r"\s+[\"']?([A-Za-z_][\w.-]{0,60})[\"']?:\s+[\"']?([^\s\"'{\[][^\"']*?)[\"']?,?\s*$")
# On which of its lines an object or a document tells what it is; the first of these that is there.
_TELLS = (
    re.compile(r"(?<![\w-])(?:CallStatus|StreamEvent|event|type)\b[\"']?\s*[:=]"),
    re.compile(r"<(?:Response|Say|Connect|Dial)\b"),
    re.compile(r"\bCallSid\b"),
)


_MENTION = Saying(only())


@dataclass(slots=True)  # not frozen: one is made for each line, and that takes five times as long
class Said:
    """One saying, on which line it stands, that line, and the names of its call. `whole`: it is the whole record's."""

    number: int
    line: LogLine
    saying: Saying
    names: Mapping[str, str]
    whole: bool = False

    @property
    def nothing(self) -> bool:
        """Whether the line is known to tell nothing."""
        return self.line.found is not None and self.line.found.concept == "nothing"


def said_by(record: Record, formats: Formats, *, plugin: bool) -> Iterable[Said]:
    """All that a record says. What several lines say together goes before what each of them says."""
    if not record.rest:
        return _alone(record.number, record.line, formats, plugin)
    if record.trace:
        return _traceback(record, formats, plugin)
    whole = _whole(record, formats)
    return whole if whole is not None else _in_parts(record, formats, plugin)


def _in_parts(record: Record, formats: Formats, plugin: bool) -> Iterator[Said]:
    """A message with the fields below it; else line by line, all of them with the names that any of them tells."""
    text = with_fields(record)
    names = names_in(text)
    if "<Response" not in text and text != record.line:
        found = list(_alone(record.number, text, formats, plugin))
        yield from (replace(said, whole=True) for said in found)
        if found:
            return
    for number, line in ((record.number, record.line), *record.rest):
        for said in _alone(number, line, formats, plugin):
            yield replace(said, names={**names, **said.names})


def with_fields(record: Record) -> str:
    """The first line of a record, with the fields that stand below it as a structured log would write them."""
    fields = (match.groups() for _, line in record.rest if (match := _FIELD.match(line)) is not None)
    return " ".join((record.line, *(f"{name}={value}" for name, value in fields)))


def _alone(number: int, line: str, formats: Formats, plugin: bool) -> Iterable[Said]:
    return _opened(number, line, formats, plugin) if may_say(line, formats) else ()


def _opened(number: int, line: str, formats: Formats, plugin: bool) -> Iterator[Said]:
    part = opened(plain(line), formats)
    told_any = False
    for saying in sayings(part, plugin=plugin):
        told_any = True
        yield Said(number, part, saying, {**names_in(part.text), **saying.names})
    if not told_any and part.found is None and is_named(part.text):
        yield Said(number, part, _MENTION, names_in(part.text))  # which call the lines around it speak of


def _whole(record: Record, formats: Formats) -> list[Said] | None:
    """What the object or the fields of a record say, None if nothing; a line that is a message alone is none of it."""
    lines = [(record.number, record.line), *record.rest]
    text = as_one(record)
    if not may_say(text, formats):
        return None
    part = opened(plain(text), formats)
    found = list(parsed(part))
    if not found or any(
        next(parsed(opened(plain(line), formats)), None) for _, line in lines if "{" in line or "<R" in line
    ):
        return None
    number = next((number for each in _TELLS for number, line in lines if each.search(line)), record.number)
    return [Said(number, part, saying, names_in(part.text), whole=True) for saying in found]


def _traceback(record: Record, formats: Formats, plugin: bool) -> Iterator[Said]:
    """What failed, on the line that says so; a frame's source is nobody's doing, it only shows what it is about."""
    lines = [(record.number, record.line), *record.rest]
    own = [(number, line) for number, line in lines if not line.startswith((" ", "\t"))]
    if own and own[0][0] == record.number:
        own[0] = (record.number, with_fields(record))
    found = [said for number, line in own for said in _alone(number, line, formats, plugin)]
    yield from (replace(said, whole=True) for said in found)
    raised = [(number, line) for number, line in own if _RAISED.match(behind(line, stamp(line)))]
    if raised and not any(said.number == raised[-1][0] for said in found):
        number, line = raised[-1]
        text = as_one(record)
        if is_of_calls(text):
            part = replace(opened(plain(record.line), formats), text=line)
            saying = Saying(told(Told.ERROR, reason(line)), Begins.NEAR, Sure.LIKELY)
            yield Said(number, part, saying, names_in(text), whole=True)
