"""This program's own readable lines, `dial --plain`, read back: what happened, and what was said at the end.

The wording is that of words/descriptions.py; a test reads every description back. The lines leave out what only fills a
screen, so that what they hold is an incomplete record; the last line says what the judge of the whole call found.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from voicecall_core.carriers.twilio.errors import refusal
from voicecall_core.carriers.twilio.webhooks import status_named
from voicecall_core.diagnosis import Diagnosis, Finding, Sure
from voicecall_core.diagnosis.table import BY_NAME
from voicecall_core.importers.correlation import UNTOLD_SID
from voicecall_core.importers.imported_calls import ImportedCall
from voicecall_core.importers.lines import printable
from voicecall_core.importers.log_facts import CallNames, Fact, Foreign, LogFact, Told
from voicecall_core.importers.verdict import Verdict, race_of_record
from voicecall_core.words import events as e
from voicecall_core.words.descriptions import CLOSES
from voicecall_core.words.values import ModelStage, RestAnswer

_HEAD = re.compile(r"^ {0,7}(\d{1,6}\.\d{3})  (?=\S)")
_INDENTED = re.compile(r"^ {12}(?=\S)")
_OWN = re.compile(
    r"dialling$|create answered: CA|status callback: [a-z-]+|TwiML fetch \d+$|upgrade on socket \d+, "
    r"|(?:start|stop) on socket \d+$|model session \d+ [a-z]+"
)


def is_own(line: str) -> bool:
    """Whether a line is one of these, and nobody else's."""
    head = _HEAD.match(line)
    return head is not None and _OWN.match(line, head.end()) is not None


Read = Callable[[re.Match[str], str], Fact]  # of what matched, in a call of this SID


def _event(pattern: str, read: Read) -> tuple[re.Pattern[str], Read]:
    return re.compile(pattern + r"$", re.DOTALL), read


def _code(match: re.Match[str]) -> int:
    return int(match["code"]) if match["code"] and match["code"].isdecimal() else 0


_SAID = r"(?:: (?P<said>.*))?"
_CODE = r"(?:, (?P<code>[\w.-]+))?"
_EVENTS: tuple[tuple[re.Pattern[str], Read], ...] = (
    _event(r"dialling", lambda m, sid: e.DialBegan()),
    _event(r"create answered: (?P<said>\w+)", lambda m, sid: e.Created(m["said"])),
    _event(rf"create refused{_CODE}{_SAID}", lambda m, sid: e.CreateRefused(_code(m), m["said"] or "")),
    _event(rf"no answer to create{_SAID}", lambda m, sid: e.CreateLost(m["said"] or "")),
    _event(
        rf"status callback: (?P<status>[\w-]+){_SAID}",
        lambda m, sid: e.StatusReported(status_named(m["status"]), sid, said=m["said"] or m["status"]),
    ),
    _event(r"TwiML fetch (?P<n>\d+)", lambda m, sid: e.Fetched(int(m["n"]), int(m["n"]), sid)),
    _event(
        rf"stream callback: (?P<report>[\w-]+){_SAID}",
        lambda m, sid: e.StreamReported(m["report"], sid, m["said"] or ""),
    ),
    _event(
        r"upgrade on socket (?P<n>\d+), (?:generation (?P<generation>\d+)|wrong token)",
        lambda m, sid: e.UpgradeAsked(int(m["n"]), int(m["generation"] or 0), bool(m["generation"])),
    ),
    _event(r"start on socket (?P<n>\d+)", lambda m, sid: e.StreamStarted(int(m["n"]), "", sid)),
    _event(r"stop on socket (?P<n>\d+)", lambda m, sid: e.StreamStopped(int(m["n"]))),
    _event(
        rf"socket (?P<n>\d+) closed{_CODE}{_SAID}",
        lambda m, sid: e.SocketClosed(int(m["n"]), _code(m), m["said"] or ""),
    ),
    _event(
        rf"write (?P<n>\d+) (?P<answer>{'|'.join(RestAnswer)}){_CODE}{_SAID}",
        lambda m, sid: e.UpdateAnswered(
            int(m["n"]), RestAnswer(m["answer"]), _code(m), m["said"] or "", refusal(_code(m))
        ),
    ),
    _event(
        rf"model session (?P<n>\d+) (?P<stage>{'|'.join(ModelStage)})",
        lambda m, sid: e.ModelReached(int(m["n"]), ModelStage(m["stage"])),
    ),
    _event(
        rf"model session (?P<n>\d+) failed{_CODE}{_SAID}",
        lambda m, sid: e.ModelFailed(int(m["n"]), m["code"] or "", m["said"] or ""),
    ),
    _event(rf"model error{_CODE}{_SAID}", lambda m, sid: e.ModelErred(1, m["code"] or "", m["said"] or "")),
)
_ORDERS: tuple[tuple[re.Pattern[str], Read], ...] = (
    _event(r"write \d+: (?P<part><.+>)(?: \d+)? over the live call", lambda m, sid: Foreign(Told.OVERWRITE, m["part"])),
    _event(r"write \d+: hang up", lambda m, sid: Foreign(Told.HANG_UP)),
    _event(r"answer the fetch with <Connect><Stream> \d+", lambda m, sid: Foreign(Told.STREAM_SERVED)),
    _event(r"answer the fetch with (?P<part><.+>)", lambda m, sid: Foreign(Told.OTHER_SERVED, m["part"])),
)


def fact_in(words: str, sid: str, *, indented: bool) -> Fact | None:
    """What a line says: an event at its beginning, an order below it; None if it is neither, or is not told wholly."""
    for pattern, read in _ORDERS if indented else _EVENTS:
        if (match := pattern.match(words)) is not None:
            return read(match, sid)
    return None


@dataclass(frozen=True, slots=True)
class Closing:
    """What the last line says of a call: the same, in few words, that the last object of `--json` does."""

    outcome: str
    cause: str
    sid: str
    findings: tuple[tuple[str, Sure], ...]

    @property
    def diagnosis(self) -> Diagnosis:
        """The findings of the judge of the whole call, in general words: the line has no others."""
        return Diagnosis(tuple(_finding(name, sure) for name, sure in self.findings))


def _finding(name: str, sure: Sure) -> Finding:
    rule = BY_NAME[name]
    return Finding(name, rule.about, sure, (), (), rule.fix, rule.weight)


_FIELD = re.compile(r"(\w+)=(\S*)")


def closing_of(line: str) -> Closing | None:
    """What a closing line says; None if it is none, or names what this program does not know."""
    if not line.startswith(CLOSES):
        return None
    fields = dict(_FIELD.findall(line))
    named = [each.partition(":") for each in fields.get("findings", "").split(",") if each]
    if any(name not in BY_NAME or sure not in list(Sure) for name, _, sure in named) or not fields.get("outcome"):
        return None
    findings = tuple((name, Sure(sure)) for name, _, sure in named)
    return Closing(fields["outcome"], fields.get("cause", ""), fields.get("sid", ""), findings)


@dataclass
class OwnLines:
    """Reads the lines one after the other. `closings`: what the last line of each call says, by the call's key."""

    closings: dict[str, Closing] = field(default_factory=dict)
    _calls: int = 0
    _at: float | None = None  # of the last event; None outside of a call
    _names: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def read(self, number: int, line: str) -> LogFact | None:
        """What a line says, if anything."""
        if (closing := closing_of(line)) is not None:
            if self._calls:
                self.closings[str(self._calls)] = closing
            self._at = None
            return None
        head = _HEAD.match(line)
        indented = None if head else _INDENTED.match(line)
        match = head or indented
        if match is None or (indented and self._at is None):
            return None
        words = line[match.end() :]
        fact = fact_in(words, self._names.get("sid", UNTOLD_SID), indented=head is None)
        if head:
            self._at = float(head[1])
        return self._kept(number, words, fact) if fact is not None else None

    def _kept(self, number: int, words: str, fact: Fact) -> LogFact:
        if isinstance(fact, e.DialBegan) or not self._calls:
            self._calls += 1
            self._names = {}
        if isinstance(fact, e.Created):
            self._names = {"sid": fact.sid}
        names = CallNames(sid=self._names.get("sid", ""))
        return LogFact(str(self._calls), self._at, number, fact, printable(words), names=names)


def facts_of(lines: Iterable[str], reader: OwnLines) -> Iterator[LogFact]:
    """All facts of a file."""
    for number, line in enumerate(lines, 1):
        if (fact := reader.read(number, line)) is not None:
            yield fact


def concluded(call: ImportedCall, closing: Closing) -> ImportedCall:
    """A call with the findings that its last line names, and with the lines that show them, where those tell it."""
    shown = {finding.rule: finding for finding in call.diagnosis.findings}
    whole = closing.diagnosis
    findings = tuple(
        replace(each, what=shown[each.rule].what, proof=shown[each.rule].proof) if each.rule in shown else each
        for each in whole.findings
    )
    diagnosis = replace(whole, findings=findings)
    race = race_of_record(diagnosis, over=True)
    why = "its closing line, which the judge of the whole call wrote, says so"
    names = replace(call.names, sid=call.names.sid or closing.sid)
    verdict = Verdict(race, why)
    return replace(
        call, names=names, diagnosis=diagnosis, verdict=verdict, unknown=(), failures=(), outcome=closing.outcome
    )
