"""Several logs given together as one: what they tell of one call is one call's story. Knows nothing of what lines say.

Calls are known by their names: the SID, the program's own id, the stream's SID. The clocks of two logs are set to each
other only where both tell date, time and zone, or both date and time and no zone and are at the call at the same hour.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from voicecall_core.diagnosis.evidence import Sure, weakest
from voicecall_core.diagnosis.findings import Finding
from voicecall_core.importers.imported_calls import ImportedCall, import_call
from voicecall_core.importers.log_facts import CallNames, LogFact
from voicecall_core.importers.log_kinds import LogKind
from voicecall_core.importers.places import Places, placed
from voicecall_core.importers.stamps import Style
from voicecall_core.importers.unknowns import Clockwork
from voicecall_core.importers.unread import Inside
from voicecall_core.importers.verdict import Race, Verdict
from voicecall_core.importers.whole_log import LogReport, ReadLog
from voicecall_core.words.events import StreamStarted

_ONE_HOUR_S = 3_600.0  # two logs without a zone that are further apart at a call are of different zones, or years
_LEAST_NAME = 8  # characters of a name that two logs would not share by chance

Name = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Part:
    """What one log tells of one call; its lines are counted on through all of the logs."""

    log: int
    facts: tuple[LogFact, ...]
    names: frozenset[Name]
    unread: Inside


def reports_of(logs: Sequence[ReadLog]) -> Iterator[LogReport]:
    """A report for each log, or for all those that tell of a call together, in the order of the first of them."""
    distinct: list[ReadLog] = []
    twice: list[tuple[str, str]] = []
    for log in logs:
        same = next((each for each in distinct if each.kind is log.kind and each.calls == log.calls), None)
        if same is None:
            distinct.append(log)
        else:
            twice.append((log.name, same.name))
    for group in _joined([_names_of(log) for log in distinct]):
        each = [distinct[index] for index in group]
        report = each[0].report() if len(each) == 1 else _report(each)
        within = {log.name for log in each}
        doubles = tuple(_double(name, of) for name, of in twice if of in within)
        yield replace(report, unknown=report.unknown + doubles)


def _names_of(log: ReadLog) -> frozenset[Name]:
    """The names of its calls; those of this program's own are told by themselves, as its call files are.

    Two runs of the line may give their calls the same names.
    """
    own = log.kind in (LogKind.PLAIN, LogKind.LINE)
    return frozenset() if own else frozenset[Name]().union(*map(_names, log.calls))


def _double(name: str, of: str) -> str:
    """What a file adds that holds what another does: nothing."""
    return f"anything further by {name}{' a second time' if name == of else f', which holds the same as {of}'}"


def _joined(named: Sequence[frozenset[Name]]) -> list[list[int]]:
    """The indices of those that share a name, directly or through others."""
    groups: list[tuple[set[Name], list[int]]] = []
    for index, names in enumerate(named):
        near = [group for group in groups if group[0] & names]
        groups = [group for group in groups if group not in near]
        members = sorted([index, *(each for group in near for each in group[1])])
        groups.append((set(names).union(*(group[0] for group in near)), members))
    return sorted((members for _, members in groups), key=lambda members: members[0])


def _names(facts: Sequence[LogFact]) -> frozenset[Name]:
    """The names by which a call is known in every log, and that are long enough to be nobody else's."""
    return frozenset(
        name
        for found in facts
        for name in _of(found.names)
        if len(name[1]) >= _LEAST_NAME and not name[1].startswith("line-")
    )


def _of(names: CallNames) -> tuple[Name, ...]:
    return ("call", names.call_id), ("sid", names.sid), ("stream", names.stream_sid)


def _report(logs: Sequence[ReadLog]) -> LogReport:
    places = placed((log.name, log.lines) for log in logs)
    parts = [
        Part(
            index,
            tuple(replace(found, line=found.line + first) for found in facts),
            _names(facts),
            Inside(unread.count, tuple(replace(each, number=each.number + first) for each in unread.examples)),
        )
        for index, (log, first) in enumerate(zip(logs, places.firsts, strict=True))
        for facts, unread in zip(log.calls, log.unread, strict=True)
    ]
    calls: list[ImportedCall] = []
    for number, members in enumerate(_joined([part.names for part in parts]), 1):
        calls += _told_together(str(number), [parts[index] for index in members], logs, places)
    return LogReport(
        logs[0].kind,
        tuple(calls),
        sum(log.lines for log in logs),
        sum(log.skipped for log in logs),
        sum(log.unkept for log in logs),
        tuple(f"{each} ({log.name})" for log in logs for each in log.unknown),
        places,
        tuple(logs),
    )


def _told_together(key: str, parts: Sequence[Part], logs: Sequence[ReadLog], places: Places) -> Iterator[ImportedCall]:
    """One call: as one story as far as the clocks of its logs can be set to each other, else as one for each clock."""
    stories: list[list[Part]] = []
    for part in parts:
        fits = next((each for each in stories if _one_clock(each[0], part, logs)), None)
        if fits is None:
            stories.append([part])
        else:
            fits.append(part)
    for number, each in enumerate(stories):
        told = _story(f"{key}{chr(ord('a') + number) if len(stories) > 1 else ''}", each, logs, places)
        others = [logs[part.log].name for other in stories if other is not each for part in other]
        if others:
            apart = "what came before and what after the lines of " + " and ".join(dict.fromkeys(others))
            told = replace(told, unknown=(*told.unknown, f"{apart}: their clocks cannot be set to each other"))
        yield told


def _one_clock(one: Part, other: Part, logs: Sequence[ReadLog]) -> bool:
    if one.log == other.log:
        return True
    styles = {logs[one.log].dated, logs[other.log].dated}
    if styles == {Style.ZONED}:
        return True
    return styles == {Style.LOCAL} and _apart(_span(one), _span(other)) <= _ONE_HOUR_S


def _span(part: Part) -> tuple[float, float]:
    times = [found.at for found in part.facts if found.at is not None] or [0.0]
    return min(times), max(times)


def _apart(one: tuple[float, float], other: tuple[float, float]) -> float:
    return max(0.0, other[0] - one[1], one[0] - other[1])


def _story(key: str, parts: Sequence[Part], logs: Sequence[ReadLog], places: Places) -> ImportedCall:
    within = [logs[index] for index in dict.fromkeys(part.log for part in parts)]
    facts = [replace(found, key=key) for part in parts for found in part.facts]
    unread = Inside()
    for part in parts:
        unread = unread.and_more(part.unread)
    if len(within) == 1:
        return import_call(facts, within[0].clock, places, unread)
    clocks = [log.clock for log in within]
    clock = Clockwork(None, 1, all(each.fine for each in clocks), any(each.unstamped for each in clocks))
    call = import_call(_once(facts, places), clock, places, unread)
    findings = tuple(_across(finding, places) for finding in call.diagnosis.findings)
    names = " and ".join(log.name for log in within)
    return replace(
        call,
        verdict=_by_one_clock(call, places),
        diagnosis=replace(call.diagnosis, findings=findings),
        unknown=(*call.unknown, f"how exactly the clocks of {names} agree"),
    )


def _by_one_clock(call: ImportedCall, places: Places) -> Verdict:
    """The answer, unless it is that a stream outlived a write of which only another log tells."""
    steps = zip(call.steps, call.evidence, strict=True)
    streams = {places.of(evidence.line)[0] for step, evidence in steps if isinstance(step.event, StreamStarted)}
    elsewhere = [line for line in call.writes if places.of(line)[0] not in streams]
    if call.verdict.race is not Race.ABSENT or not elsewhere:
        return call.verdict
    writes = f"{places.words(elsewhere)} write{'s' if len(elsewhere) == 1 else ''} to the call"
    return Verdict(Race.UNKNOWN, f"{writes}, and that its stream outlived it is told by another log's clock")


def _across(finding: Finding, places: Places) -> Finding:
    """What rests on the order of lines in several files rests on their clocks, which nobody has set to each other."""
    if len({places.of(each.line)[0] for each in finding.proof}) < 2:
        return finding
    what = f"{finding.what} (in the order of their stamps, which are of several logs)"
    return replace(finding, what=what, sure=weakest(finding.sure, Sure.LIKELY))


def _once(facts: Sequence[LogFact], places: Places) -> list[LogFact]:
    """Each fact once, also where two files hold the same line: copies that were kept, or cut at different times."""
    seen: dict[tuple[float | None, str, str], str] = {}
    kept = []
    for found in facts:
        file = places.of(found.line)[0]
        if seen.setdefault((found.at, found.pii_text, type(found.fact).__name__), file) == file:
            kept.append(found)
    return kept
