"""What a log does not tell of a call, in words. What stays unknown is said to be unknown, never filled in silently."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from voicecall_core.importers.log_facts import CallNames, Fact, Foreign, LogFact, Told
from voicecall_core.importers.stamps import Style
from voicecall_core.words import events as e
from voicecall_core.words.values import TERMINAL


@dataclass(frozen=True, slots=True)
class Clockwork:
    """What is known of a log's clock: the style that tells least (None: all tell their date), and its grain.

    `unstamped`: some lines had no stamp. `snapshots`: it has no clock, its lines are states of a call.
    """

    shortened: Style | None = None
    styles: int = 1
    fine: bool = True
    unstamped: bool = False
    snapshots: bool = False


_SHORT = {
    Style.MINUTE: "the hour and the minute: a pause of a minute or more looks shorter than it was",
    Style.HOUR: "the hour: a pause of an hour or more looks shorter than it was",
    Style.DAY: "the date",
}


def untold(facts: Sequence[LogFact], names: CallNames, clock: Clockwork) -> Iterator[str]:
    """What the log of one call leaves open, in the order in which a call goes on."""
    events = [found.fact for found in facts]
    if _any(events, e.Created) or not _any(events, e.CreateRefused):  # else there was no call to tell of
        yield from _of_call(events, names)
    if clock.snapshots:
        yield "what happened between two snapshots, and when: it is concluded from what changed"
    elif any(found.guessed for found in facts):
        yield "which call some of its lines belong to: they do not name it"
    yield from _of_clock(clock)


def _of_call(events: Sequence[Fact], names: CallNames) -> Iterator[str]:
    if not _any(events, e.Created):
        yield "how the call was placed: its create and the carrier's answer"
    if not names.sid:
        yield "the carrier's name for the call (its SID)"
    streams = _any(events, e.StreamStarted | e.UpgradeAsked) or any(_of_stream(event) for event in events)
    if streams and not _any(events, e.StreamStarted):
        yield "whether and when the stream started"
    if any(isinstance(event, Foreign) and event.told in (Told.OVERWRITE, Told.WRITE) for event in events):
        yield "when the REST write took effect at the carrier"
    if streams and not _any(events, e.ModelReached):
        yield "how far the model's handshake had come"
    if not _ended(events):
        yield "how the call ended at the carrier"
    if not _any(events, e.AudioSent | e.MarkReturned):
        yield "what the callee heard"


def _any(events: Sequence[Fact], kinds: object) -> bool:
    return any(isinstance(event, kinds) for event in events)  # type: ignore[arg-type]


def _of_stream(event: Fact) -> bool:
    """Whether it shows that the call was to have a stream."""
    return isinstance(event, Foreign) and event.told in (Told.STREAM_SERVED, Told.REALTIME)


def _ended(events: Sequence[Fact]) -> bool:
    return any(isinstance(event, e.StatusReported) and event.status in TERMINAL for event in events)


def _of_clock(clock: Clockwork) -> Iterator[str]:
    if clock.shortened is not None:
        yield _SHORT[clock.shortened]
    if clock.styles > 1:
        yield "how its clocks stand to each other: stamps of several forms were set to each other where they met"
    if not clock.fine:
        yield "parts of a second: what happened within one second has no order"
    if clock.unstamped:
        yield "when some lines were written: they were given the time of the line before them"
