"""Lines put together into records: a message and the object, the fields or the traceback printed below it.

Joined are lines that are set in from their head, the brackets that close them, and what a traceback ends with. Inside a
container's or a host's prefix the same is judged behind it, and the head is the last line of the same prefix, so that
other containers' lines may stand between. Whatever is joined wrongly, no line is lost: each is still there with its
number, to be read by itself. Knows nothing of what lines say.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from voicecall_core.importers import stamps

MOST_LINES = 200  # of a record: a request's headers and form have fifty
MOST_CHARS = 64 * 1024
_BACK = 16  # lines of other containers that may stand between those of a record

_CLOSERS = re.compile(r"[\]})]+[,;]?\s*$")
_SET_IN = (" ", "\t", "}", "]", ")")
# Behind one of these something is set in or closed: `voice-1  |   CallSid: ...`, `gw openclaw[812]:   CallSid: ...`.
_PREFIXES = ("|  ", "|\t", "]:  ", "]:\t", "| }", "| ]", "]: }", "]: ]")
_PREFIX = re.compile(
    r"(?:\w{3} [ \d]\d [\d:.]{8,15} |\d{4}-\S{10,30} )?(?P<who>[^\s|][^|]{0,60}?(?:\||\]:))"
    r"[ \t]?(?P<body>[ \t]+\S.*|[}\])].*)$"
)
_TRACE = "Traceback (most recent call last)"
_SETS_IN = (*_SET_IN, _TRACE)
_CHAINED = ("During handling of the above", "The above exception was")
_RAISED = re.compile(r"[A-Za-z_][\w.]*(?:: |$)")
_FRAME = re.compile(r"\s+(?:File \"|at \S|\.{3} \d+ more)")
_LEVEL = re.compile(r"^\s*(?:TRACE|DEBUG|INFO|WARN(?:ING)?|ERROR|FATAL|CRITICAL)\b")
_FIELD = re.compile(r"\s+[\"']?[\w$.-]{1,60}[\"']?\s*:\s")
_OPENS = re.compile(r"[{\[(]\s*$")
_ERROR_HEAD = re.compile(r"(?i)\b(?:error|exception|fatal|critical|failed|fehler)\b")


@dataclass(slots=True)
class Record:
    """A line and those that belong to it, each with its number. `trace`: they are a traceback."""

    number: int
    line: str
    rest: list[tuple[int, str]] = field(default_factory=list)
    trace: bool = False
    chars: int = 0

    def takes(self, number: int, line: str) -> bool:
        """Add a line, if the record is not as long as any may be."""
        self.chars += len(line)
        if len(self.rest) >= MOST_LINES or self.chars > MOST_CHARS:
            return False
        self.rest.append((number, line))
        return True


class Joining:
    """Puts lines together while they come. Holds no more than the last `_BACK` records."""

    def __init__(self) -> None:
        self._held: deque[Record] = deque()
        self._last: Record | None = None
        self._number = 0

    def add(self, line: str) -> Record | None:
        """Take the next line; gives the oldest record once no line can belong to it any more."""
        self._number = number = self._number + 1
        last = self._last
        if last is not None and (last.trace or line.startswith(_SETS_IN)):
            if _goes_on(last, line) and last.takes(number, line):
                return None
        elif "|" in line or "]:" in line:
            head = _head_of(self._held, line)
            if head is not None and head[0].takes(number, head[1]):
                return None
        self._last = Record(number, line, trace=line.startswith(_TRACE))
        self._held.append(self._last)
        return self._held.popleft() if len(self._held) > _BACK else None

    def rest(self) -> Iterator[Record]:
        """The records that are left when there are no more lines."""
        yield from self._held
        self._held.clear()
        self._last = None


def records(lines: Iterable[str]) -> Iterator[Record]:
    """The lines as records, in the order of their heads."""
    joining = Joining()
    for line in lines:
        if (record := joining.add(line)) is not None:
            yield record
    yield from joining.rest()


def _goes_on(head: Record, line: str) -> bool:
    """Whether a line without a prefix belongs to the record before it."""
    if line.startswith((" ", "\t")):
        head.trace = head.trace or _FRAME.match(line) is not None
        return not _is_its_own(line)
    if line.startswith(_TRACE):
        if not (head.trace or _ERROR_HEAD.search(head.line)):
            return False
        head.trace = True
        return True
    if head.trace and (not line.strip() or line.startswith(_CHAINED) or line.startswith(_TRACE)):
        return True
    if head.trace:
        return _ends(head, line)
    return bool(head.rest) and _CLOSERS.match(line) is not None


def _ends(head: Record, line: str) -> bool:
    """Whether a line is the exception with which Python's traceback ends: its frames were the last that came."""
    if not head.rest or not head.rest[-1][1].startswith((" ", "\t")):
        return False
    if _RAISED.match(line) is None or _LEVEL.match(line) is not None or stamps.stamp(line) is not None:
        return False
    return head.line.startswith(_TRACE) or any(each.startswith(_TRACE) for _, each in head.rest)


def _is_its_own(line: str) -> bool:
    """Whether a line that is set in is a log line all the same: one that is pasted, with its stamp or its level."""
    return not line.strip() or _LEVEL.match(line) is not None or stamps.stamp(line[:48]) is not None


def _head_of(held: deque[Record], line: str) -> tuple[Record, str] | None:
    """The record to which a line with a prefix belongs, and what stands behind the prefix."""
    if not any(prefix in line for prefix in _PREFIXES):
        return None
    match = _PREFIX.match(line)
    if match is None or _is_its_own(match["body"]):
        return None
    for head in reversed(held):
        if match["who"] in head.line:
            if match["body"][0] in "}])" and not head.rest:
                return None
            head.trace = head.trace or _FRAME.match(match["body"]) is not None
            return head, match["body"]
    return None


def as_one(record: Record) -> str:
    """A record as one line; fields that stand below a message without a bracket become an object."""
    head, rest = record.line.rstrip(), " ".join(line.strip() for _, line in record.rest)
    if not _OPENS.search(head) and record.rest and _FIELD.match(record.rest[0][1]):
        return f"{head} {{ {rest} }}"
    return f"{head} {rest}"
