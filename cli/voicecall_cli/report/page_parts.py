"""What the parts of a call's page show, as values: the strip, the conversation, the handshake, verdicts, the ladder."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from voicecall_cli.console import palette
from voicecall_cli.console.blocked import is_expected, kept_out
from voicecall_cli.console.ladder import rungs_of
from voicecall_cli.console.text import clock, counted, lasted, plain, span
from voicecall_cli.console.verdicts import new_alarms, ruling_word
from voicecall_cli.console.waterfall import axis_of, rows_of
from voicecall_cli.report.call_report import CallReport, fate_words, heard_words, overlaps, silences
from voicecall_core.call.as_heard import HeardLine
from voicecall_core.call.endings import Outcome
from voicecall_core.call.guard import Verdict
from voicecall_core.call.hearing import Fate
from voicecall_core.call.state import Call, Step
from voicecall_core.call.timing import Moment
from voicecall_core.words.descriptions import Description, Lane
from voicecall_core.words.terms import Kind

_TONES = {palette.GOOD: "good", palette.CARE: "care", palette.BAD: "bad"}
_SIDES = {palette.CARRIER: "callee", palette.MODEL: "agent", palette.SOUND: "good"}
_TICKS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600)  # seconds between two marks of the axis
_LEGEND = (
    ("callee", "callee, above"),
    ("agent", "agent, below"),
    ("both", "both at once"),
    ("quiet", "nobody, for a second or more"),
    ("long", "nobody, for longer than --patience"),
)
_MARKS = 7  # of them at most: as many as a phone has room for


def tone_of(style: str) -> str:
    """A colour's meaning; empty for none."""
    return _TONES.get(style, "")


def tone_of_outcome(outcome: Outcome | None) -> str:
    """How an outcome is coloured."""
    return tone_of(palette.of_outcome(outcome)) or "care"


# --- who spoke ---


@dataclass(frozen=True, slots=True)
class Bar:
    """A piece of the strip, in percent of its width. `what` is its kind, `title` its words."""

    what: str
    x: str
    width: str
    title: str


@dataclass(frozen=True, slots=True)
class Strip:
    """Who spoke from `begin` to `end`. `about` says the same in words; `cuts` are where a sentence was cut."""

    begin: float
    end: float
    bars: list[Bar]
    cuts: list[str]
    ticks: list[tuple[str, str]]
    legend: list[tuple[str, str]]
    about: str


def strip_of(report: CallReport) -> Strip | None:
    """From the answer to the end; None where nobody could be heard."""
    call, end = report.call, report.end
    begin = call.timing.first.get(Moment.ANSWERED)
    if begin is None or end <= begin or call.terms.kind is Kind.SAY:
        return None

    def place(at: float) -> str:
        return f"{min(1.0, max(0.0, (at - begin) / (end - begin))) * 100:.2f}"

    def bar(what: str, start: float, stop: float, words: str) -> Bar:
        wide = (min(stop, end) - max(start, begin)) / (end - begin) * 100
        title = f"{words}, {clock(start)} to {clock(stop)}: {lasted(stop - start)}"
        return Bar(what, place(start), f"{max(0.15, wide):.2f}", title)

    stretches = call.heard.stretches
    quiet, both = silences(report), overlaps(report)
    bars = [bar("long" if b - a >= call.terms.patience_s else "quiet", a, b, "nobody is heard") for a, b in quiet]
    bars += [bar(each.who, each.begin, each.end, f"the {each.who} speaks") for each in stretches]
    bars += [bar("both", a, b, "both speak") for a, b in both]
    cuts = [place(line.at + line.heard_ms / 1000) for line in report.conversation if line.fate is Fate.CUT]
    shown = {each.what for each in bars}
    legend = [(what, words) for what, words in _LEGEND if what in shown]
    return Strip(begin, end, bars, cuts, _ticks(begin, end, place), legend, _in_words(call, quiet, both))


def _ticks(begin: float, end: float, place: Callable[[float], str]) -> list[tuple[str, str]]:
    """Where the axis is marked, and how. Both ends are left free, so that no mark is cut off."""
    step = next((each for each in _TICKS if (end - begin) / each <= _MARKS), _TICKS[-1])
    first = int(begin // step) + 1
    margin = (end - begin) * 0.03
    times = [n * step for n in range(first, int(end // step) + 1) if begin + margin < n * step < end - margin]
    return [(place(each), clock(each)) for each in times]


def _in_words(call: Call, quiet: Sequence[tuple[float, float]], both: Sequence[tuple[float, float]]) -> str:
    spoke = {who: sum(s.end - s.begin for s in call.heard.stretches if s.who == who) for who in ("agent", "callee")}
    if not any(spoke.values()):
        return "Nobody was heard on the stream."
    words = [f"The agent spoke for {lasted(spoke['agent'])}, the callee for {lasted(spoke['callee'])}"]
    if both:
        words.append(f"both at once for {lasted(sum(b - a for a, b in both))}")
    if quiet:
        longest = max(b - a for a, b in quiet)
        words.append(f"nobody was heard {counted(len(quiet), 'time')}, {lasted(longest)} at the longest")
    return "; ".join(words) + "."


# --- what was said ---


@dataclass(frozen=True, slots=True)
class Said:
    """A line of the conversation. `start` and `stop`: when it sounded, as numbers in words; empty if it never did."""

    who: str
    when: str
    start: str
    stop: str
    pii_heard: str
    pii_unheard: str
    remark: str
    waited: str
    shares: str
    tone: str


def said_lines(report: CallReport) -> list[Said]:
    """Everything that was said, in the order in which it was heard."""
    return list(_said(report))


def _said(report: CallReport) -> Iterator[Said]:
    ends = {round(each.begin, 3): each.end for each in report.call.heard.stretches}
    turns = {round(turn.begin, 3): turn.end for turn in report.call.heard.turns}
    for line in report.conversation:
        sounded = line.fate not in (Fate.WAITING, Fate.DROPPED)
        known = ends if line.who == "agent" else turns
        stop = known.get(round(line.at, 3), line.at + (line.heard_ms or 1000) / 1000)
        yield Said(
            who=line.who,
            when=clock(line.at) if sounded else "–",
            start=f"{line.at:.3f}" if sounded else "",
            stop=f"{stop:.3f}" if sounded else "",
            pii_heard=heard_words(line, report.words) if sounded or not report.words else "",
            pii_unheard=line.pii_rest.strip() if report.words else "",
            remark=fate_words(line),
            waited="" if line.wait_s is None else f"{span(line.wait_s)} {palette.wait_word(line.wait_s)}".strip(),
            shares=_shares(line),
            tone="" if line.wait_s is None else tone_of(palette.of_wait(line.wait_s)),
        )


def _shares(line: HeardLine) -> str:
    """Whose the wait was; empty where that is not known."""
    if line.wait_s is None or line.ours_s is None:
        return ""
    return f"the model {span(line.wait_s - line.ours_s)}, this program {span(line.ours_s)}"


# --- the handshake ---


@dataclass(frozen=True, slots=True)
class HandshakeRow:
    """One step of the handshake: a bar in percent of the axis; `figure` is how long it took, a dash if it never did."""

    label: str
    side: str
    x: str
    width: str
    figure: str
    cut: bool


def handshake(call: Call, now: float) -> list[list[HandshakeRow]]:
    """The carrier's steps, the model's, and the sound's, on one axis; a wait that is long beside all others is cut."""
    groups = rows_of(call, now)
    times = [at for group in groups for row in group if row.end is not None for at in (row.start, row.end)]
    axis = axis_of(times)
    found = []
    for group in groups:
        rows = []
        for row in group:
            if row.end is None:
                rows.append(HandshakeRow(row.label, "", "0", "0", "–", False))
                continue
            x, stop = axis.place(row.start) * 100, axis.place(row.end) * 100
            cut = axis.shortened((x + stop) / 200)
            side, width = _SIDES.get(row.style, ""), f"{max(0.3, stop - x):.2f}"
            figure = f"{span(row.end - row.start)}{' so far' if row.running else ''}"
            rows.append(HandshakeRow(row.label, side, f"{min(x, 99.7):.2f}", width, figure, cut))
        found.append(rows)
    return found


# --- the guard ---


@dataclass(frozen=True, slots=True)
class VerdictRow:
    """A verdict as the table has it; `saved`: what it kept out, or let through, and what that means."""

    when: str
    asker: str
    state: str
    ruling: str
    tone: str
    rule: str
    reason: str
    saved: str


def verdict_rows(report: CallReport) -> list[VerdictRow]:
    """The guard's verdicts, those that are alike in one row."""
    return [
        VerdictRow(
            f"{each.first:.3f}" + (f", {each.count:,} times" if each.count > 1 else ""),
            each.verdict.asker,
            each.verdict.state,
            ruling_word(each.verdict) + (" as expected" if is_expected(each.verdict) else ""),
            _tone(each.verdict),
            each.verdict.rule,
            each.verdict.reason,
            kept_out(each.verdict) if each.verdict.refused or palette.is_harm(each.verdict) else "",
        )
        for each in report.rulings
    ]


def _tone(verdict: Verdict) -> str:
    """A refusal that every call meets is no alarm."""
    return "faint" if is_expected(verdict) else tone_of(palette.of_verdict(verdict))


# --- the ladder ---


@dataclass(frozen=True, slots=True)
class Rung:
    """A row of the ladder: words from lane `left` to lane `right`. `way`: right, left, or here if it leads nowhere."""

    when: str
    since: str
    left: int
    right: int
    way: str
    ends: str
    words: str
    tone: str = ""


LANES = tuple(lane.name.lower() for lane in Lane)


def ladder_rows(report: CallReport) -> list[Rung]:
    """Who told whom what, and what the guard said to it."""
    found: list[Rung] = []
    last: float | None = None
    for step in report.steps:
        rungs = list(_rungs(step, report.words))
        if not rungs:
            continue
        at = step.event.at
        since = 0.0 if last is None else at - last
        last = at
        first = rungs[0]
        found.append(Rung(f"{at:.3f}", f"+{since:.3f}", *_rest(first)))
        found += rungs[1:]
    return found


def _rest(rung: Rung) -> tuple[int, int, str, str, str, str]:
    return rung.left, rung.right, rung.way, rung.ends, rung.words, rung.tone


def _rungs(step: Step, words: bool) -> Iterator[Rung]:
    happened, follows = rungs_of(step)
    if happened is not None:
        yield _rung(happened, words)
    for verdict in step.verdicts:
        yield _here(_ruled(verdict), _tone(verdict) or "faint")
    for alarm in new_alarms(step):
        if happened is None or alarm.plain != plain(happened.full):
            yield _here(alarm.plain, tone_of(str(alarm.style)))
    for order in follows:
        yield _rung(order, words)


def _ruled(verdict: Verdict) -> str:
    return f"{verdict.asker}: {ruling_word(verdict)}, {verdict.rule}"


def _here(words: str, tone: str) -> Rung:
    return Rung("", "", Lane.GUARD, Lane.MODEL, "here", "at the guard", words, tone)


def _rung(rung: Description, words: bool) -> Rung:
    said = rung.full if words else rung.long
    source, target = rung.source, rung.target
    if source is target:
        return Rung("", "", source, Lane.MODEL, "here", f"at the {LANES[source]}", said)
    way = "right" if source < target else "left"
    ends = f"{LANES[source]} to {LANES[target]}"
    return Rung("", "", min(source, target), max(source, target), way, ends, said)
