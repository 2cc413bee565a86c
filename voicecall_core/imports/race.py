"""The overwrite in somebody's log: a document written by REST over a call whose document is its stream's.

It is found by what happened and in which order, never by the text of an error: the silent variant has none. Knows
nothing of what a guard would have said.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from voicecall_core.imports.facts import Certainty, Fact, Foreign, Found, Told
from voicecall_core.imports.order import Facts, first, last, later, ms_between, within
from voicecall_core.words.events import (
    CallStatus,
    SocketClosed,
    StatusReported,
    StreamStarted,
    StreamStopped,
    UpgradeAsked,
)

_SERVED_WITHIN_S = 20.0  # the carrier gives a fetch 15 s to be answered, and asks a fallback URL then
_HARM_WITHIN_S = 10.0  # an overwrite ends the stream within a second or two; model handshakes give up within 10
_ASKED_WITHIN_S = 5.0
_SAME_WRITE_S = 0.25  # a REST request and its payload are logged on several lines
_SAME_WRITE_LINES = 6


@dataclass(frozen=True, slots=True)
class Proof:
    """A line that proves something: its number, its second on the log's clock (None: not told), its text."""

    line: int
    at: float | None
    pii_text: str


class Order(StrEnum):
    """How the write and the serving of the stream's document lie to each other."""

    SERVED_BEFORE = "which was served before"
    SERVED_AFTER = "which is served only after that"
    AT_ONCE = "which was served at the same moment, as far as the log tells"


@dataclass(frozen=True, slots=True)
class Race:
    """What was written over which document, who asked for it, what came of it.

    `overwrite` is None if the log does not show the write itself. `error` is None in the silent variant; `harm` is the
    stream's end. `from_what` says what the finding rests on where it is less than sure.
    """

    certainty: Certainty
    overwrite: Proof | None
    what: str
    overwritten: Proof
    order: Order
    asked_by: Proof | None = None
    callback: Proof | None = None
    error: Proof | None = None
    harm: Proof | None = None
    to_error_ms: int | None = None
    to_harm_ms: int | None = None
    from_what: tuple[str, ...] = ()


def proof(found: Found) -> Proof:
    """The line of a fact."""
    return Proof(found.line, found.at, found.pii_text)


def is_told(fact: Fact, *what: Told) -> bool:
    """Whether a fact is one of these foreign ones."""
    return isinstance(fact, Foreign) and fact.told in what


def registered(facts: Facts) -> tuple[Proof, ...]:
    """The lines on which the program registered the call as answered; more than one is a fault of its own."""
    return tuple(proof(found) for found in facts if is_told(found.fact, Told.REGISTERED))


def race_of(facts: Facts, *, fine: bool = True) -> Race | None:
    """The race in the facts of one call, which are in the order of time; the surest one, None if there is none.

    `fine`: the log's stamps tell parts of a second; if not, no ms are counted.
    """
    races = [race for write in _writes(facts) if (race := _over(facts, write)) is not None]
    best = min(races, key=lambda race: list(Certainty).index(race.certainty), default=None)
    race = best or _without_write(facts)
    return race if fine or race is None else replace(race, to_error_ms=None, to_harm_ms=None)


def _writes(facts: Facts) -> Iterator[Found]:
    """Every write by REST, told in full or not; a hang-up is none."""
    explained = [f for f in facts if is_told(f.fact, Told.OVERWRITE, Told.HANG_UP, Told.ENDED)]
    for found in facts:
        if is_told(found.fact, Told.OVERWRITE):
            yield found
        elif is_told(found.fact, Told.WRITE) and not any(_same_write(found, other) for other in explained):
            yield found


def _same_write(write: Found, other: Found) -> bool:
    near = abs(other.line - write.line) <= _SAME_WRITE_LINES
    return near and (write.at is None or other.at is None or abs(other.at - write.at) <= _SAME_WRITE_S)


def _of_stream(fact: Fact) -> bool:
    return is_told(fact, Told.STREAM_SERVED, Told.REALTIME) or isinstance(fact, StreamStarted | UpgradeAsked)


def _stream_end(fact: Fact) -> bool:
    return isinstance(fact, StreamStopped | SocketClosed)


def _over(facts: Facts, write: Found) -> Race | None:
    """The race of one write, if there was or came a stream for it to harm."""
    before = last(facts, write, _of_stream)
    if before is not None and last(facts, write, _stream_end, after=before, strictly=True) is not None:
        before = None  # that stream had ended before
    after = first(facts, write, _of_stream, _SERVED_WITHIN_S)
    hurt = before or after
    weak = None if hurt is not None else first(facts, write, _handshake_died, _HARM_WITHIN_S)
    overwritten = hurt or weak
    if overwritten is None:
        return None
    served = _served_line(facts, write, overwritten)
    reasons = tuple(_reasons(facts, write, overwritten, weak is not None))
    race = Race(
        certainty=Certainty.LIKELY if reasons else Certainty.SURE,
        overwrite=proof(write),
        what=write.fact.detail if is_told(write.fact, Told.OVERWRITE) and isinstance(write.fact, Foreign) else "",
        overwritten=proof(served),
        order=_order(write, served),
        from_what=reasons,
    )
    return _with_story(facts, write, race)


def _order(write: Found, served: Found) -> Order:
    if later(served, write):
        return Order.SERVED_AFTER
    return Order.SERVED_BEFORE if later(write, served) else Order.AT_ONCE


def _served_line(facts: Facts, write: Found, overwritten: Found) -> Found:
    """The line that served the document in question, rather than the one on which its stream was first seen."""
    served = [f for f in facts if is_told(f.fact, Told.STREAM_SERVED)]
    if is_told(overwritten.fact, Told.STREAM_SERVED) or not served:
        return overwritten
    earlier = [f for f in served if not later(f, write)]
    return (earlier or [f for f in served if within(write, f, _SERVED_WITHIN_S)] or [overwritten])[-1 if earlier else 0]


def _reasons(facts: Facts, write: Found, overwritten: Found, weak: bool) -> Iterator[str]:
    if is_told(write.fact, Told.WRITE):
        yield "the log shows a REST write to the call, but not what was written"
    if weak:
        yield "the log shows no stream, but a model's socket that was closed before it was open"
    elif not any(_of_stream(found.fact) and not is_told(found.fact, Told.REALTIME) for found in facts):
        yield "that the call had a stream is told by the realtime path alone"
    if Certainty.INFERRED in (write.certainty, overwritten.certainty):
        yield "lines without a call's name were given to the call spoken of last"


def _without_write(facts: Facts) -> Race | None:
    """The same without the line of the write: the first message was asked for while the stream was not up."""
    for asked in facts:
        if not is_told(asked.fact, Told.SPEAKING):
            continue
        if last(facts, asked, lambda fact: isinstance(fact, StreamStarted), strictly=True) is not None:
            continue
        stream = last(facts, asked, _of_stream) or first(facts, asked, _of_stream, _SERVED_WITHIN_S)
        hurt = first(facts, asked, _hurt, _HARM_WITHIN_S)
        twice = len(registered(facts)) > 1
        if stream is None or (hurt is None and not twice):
            continue
        reasons = [
            "the log does not show the write itself",
            "the first message was asked for by the path that speaks by REST, before a stream was up",
            "the realtime path had the call as well",
        ]
        reasons += ["the call was registered twice"] * twice
        race = Race(Certainty.LIKELY, None, "", proof(stream), _order(asked, stream), from_what=tuple(reasons))
        return replace(_with_story(facts, asked, race), asked_by=proof(asked), to_error_ms=None, to_harm_ms=None)
    return None


def _hurt(fact: Fact) -> bool:
    return _stream_end(fact) or is_told(fact, Told.ERROR, Told.ENDED)


def _handshake_died(fact: Fact) -> bool:
    return isinstance(fact, Foreign) and fact.told is Told.ERROR and "before the connection was est" in fact.detail


def _with_story(facts: Facts, write: Found, race: Race) -> Race:
    """The race with who asked for it and what came of it."""
    asked = last(facts, write, lambda fact: is_told(fact, Told.SPEAKING), seconds=_ASKED_WITHIN_S)
    callback = last(facts, write, _answered, seconds=_ASKED_WITHIN_S)
    error = first(facts, write, lambda fact: is_told(fact, Told.ERROR), _HARM_WITHIN_S)
    harm = first(facts, write, _stream_end, _HARM_WITHIN_S)
    return replace(
        race,
        asked_by=None if asked is None else proof(asked),
        callback=None if callback is None else proof(callback),
        error=None if error is None else proof(error),
        harm=None if harm is None else proof(harm),
        to_error_ms=ms_between(write, error),
        to_harm_ms=ms_between(write, harm),
    )


def _answered(fact: Fact) -> bool:
    answered = isinstance(fact, StatusReported) and fact.status is CallStatus.IN_PROGRESS
    return answered or is_told(fact, Told.STATUS)
