"""Whether an imported call shows the race, shows that it was not there, or cannot tell; and what its log says failed.

"Not there" needs positive proof. That nothing was found is none: most logs do not tell what was written to the carrier.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from voicecall_core.call.step import Entry
from voicecall_core.diagnosis import Diagnosis
from voicecall_core.importers.log_facts import Fact, Foreign, LogFact, Told
from voicecall_core.importers.meanings import meaning_of
from voicecall_core.importers.places import Places
from voicecall_core.models.openai_realtime.meanings import HARMLESS, ORDINARY_CLOSES, Meaning
from voicecall_core.words import events as e
from voicecall_core.words.orders import UpdateCall
from voicecall_core.words.values import CallStatus

RACES = ("race", "silent-race", "race-inferred", "retried-write", "key-press-overwrite", "overwrite")
_HARM_WITHIN_S = 10.0  # a write ends the stream within a second or two; what lives longer was not overwritten
_NOT_REACHED = frozenset({CallStatus.BUSY, CallStatus.NO_ANSWER, CallStatus.FAILED, CallStatus.CANCELED})
_FAILED = (Told.ERROR, Told.WRITE_REFUSED, Told.SIGNATURE_REFUSED, Told.TOKEN_REFUSED, Told.NEVER_CONNECTED)


class Race(StrEnum):
    """The three answers, as `--json` says them."""

    FOUND = "found"
    ABSENT = "absent"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One of the three answers, and why, in words."""

    race: Race
    why: str


@dataclass(frozen=True, slots=True)
class LoggedFailure:
    """A line by which the log itself says that something failed.

    `meaning`: what the number, the code or the exception on it means; `fix` what to do, for that program's owner.
    """

    line: int
    pii_text: str
    meaning: str = ""
    fix: str = ""


def verdict_of(
    facts: Sequence[LogFact], steps: Sequence[Entry], diagnosis: Diagnosis, writes: Sequence[int], places: Places
) -> Verdict:
    """The answer for one call; `facts` in the order of their stamps."""
    if any(finding.rule in RACES for finding in diagnosis.findings):
        return Verdict(Race.FOUND, "a write over the document of its stream")
    written = f"{_lines(writes, places)} to the call, and " if writes else ""
    starts = [found for found in facts if isinstance(found.fact, e.StreamStarted)]
    if not starts:
        return _without_stream([found.fact for found in facts], written)
    if not any(_alive_until(start, facts) - (start.at or 0.0) > _HARM_WITHIN_S for start in starts):
        lived = (
            f"no line shows that its stream lived on for {_HARM_WITHIN_S:.0f} s, as one that is written over does not"
        )
        return Verdict(Race.UNKNOWN, written + lived)
    over = {step.line for step in steps if any(isinstance(order, UpdateCall) for order in step.orders)}
    last = max(_alive_until(start, facts) for start in starts)
    if any(found.line in over and last - (found.at or 0.0) <= _HARM_WITHIN_S for found in facts):
        return Verdict(Race.UNKNOWN, f"{written}no line shows that its stream outlived that")
    return Verdict(Race.ABSENT, "its stream began and lived on, as one that is written over does not")


def race_of_record(diagnosis: Diagnosis, *, over: bool) -> Race:
    """The answer of a call file, which holds every write; of one that is not over it may still come."""
    if any(finding.rule in RACES for finding in diagnosis.findings):
        return Race.FOUND
    return Race.ABSENT if over and diagnosis.complete else Race.UNKNOWN


def _alive_until(start: LogFact, facts: Sequence[LogFact]) -> float:
    """When a stream is last heard of; its beginning if nothing more is, or if nothing has a stamp."""
    began = start.at or 0.0
    socket = start.fact.socket if isinstance(start.fact, e.StreamStarted) else 0
    shows = (e.StreamStopped, e.SocketClosed, e.MarkReturned, e.AudioSent, e.DigitPressed)
    told = [
        found.at
        for found in facts
        if found.at is not None
        and found.at >= began
        and (_is(found.fact, Told.ENDED) or (isinstance(found.fact, shows) and found.fact.socket == socket))
    ]
    return max(told, default=began) if start.at is not None else began


def _without_stream(events: Sequence[Fact], written: str) -> Verdict:
    if not written and any(isinstance(each, e.CreateRefused) for each in events):
        return Verdict(Race.ABSENT, "the carrier refused to place the call")
    reached = any(isinstance(each, e.Fetched) or _is(each, Told.STREAM_SERVED) for each in events)
    if not written and not reached and any(_status(each) in _NOT_REACHED for each in events):
        return Verdict(Race.ABSENT, "the call was not answered")
    if not written and any(_is(each, Told.NOTIFY) for each in events):
        return Verdict(Race.ABSENT, "the call was only to say a message: it had no stream's document")
    if any(isinstance(each, e.UpgradeAsked) for each in events):
        return Verdict(Race.UNKNOWN, f"{written}no line shows that a stream began on the media socket")
    return Verdict(Race.UNKNOWN, f"{written}the log does not show a stream of this call")


def _status(fact: Fact) -> CallStatus | None:
    return fact.status if isinstance(fact, e.StatusReported) else None


def _is(fact: Fact, what: Told) -> bool:
    return isinstance(fact, Foreign) and fact.told is what


def _lines(writes: Sequence[int], places: Places) -> str:
    return f"{places.words(writes)} write{'s' if len(writes) == 1 else ''}"


def failures_in(facts: Sequence[LogFact]) -> tuple[LoggedFailure, ...]:
    """What the log itself says failed, each once, however many facts its line tells."""
    return tuple({(each.line, each.pii_text): each for each in _failures(facts)}.values())


def _failures(facts: Sequence[LogFact]) -> Iterator[LoggedFailure]:
    for found in facts:
        if _is_failure(found.fact):
            meaning = meaning_of(found.pii_text) or _of_fact(found.fact)
            what, fix = (meaning.what, meaning.fix) if meaning is not None else ("", "")
            yield LoggedFailure(found.line, found.pii_text, what, fix)


def _is_failure(fact: Fact) -> bool:
    """A line marked as one, a refusal, or an end for an error; not what ordinary calls also have."""
    match fact:
        case Foreign():
            return fact.told in _FAILED
        case e.ModelFailed() | e.CreateRefused():
            return True
        case e.ModelErred():
            return fact.code not in HARMLESS
        case e.ResponseEnded():
            return fact.status == "failed"
        case e.SocketClosed():
            return fact.code not in ORDINARY_CLOSES
    return False


def _of_fact(fact: Fact) -> Meaning | None:
    """What a failure means whose code the fact tells, and not the words of its line."""
    match fact:
        case e.ModelFailed() | e.ModelErred():
            return meaning_of(f"model: {fact.code}")
        case e.ResponseEnded():
            return meaning_of(f"model: {fact.reason}")
        case e.SocketClosed():
            return meaning_of(f"closed with {fact.code}")
        case e.CreateRefused():
            return meaning_of(f"(Twilio) {fact.code or fact.reason}")
        case Foreign(told=Told.WRITE_REFUSED):
            return meaning_of(f"(Twilio) {fact.detail}")
        case Foreign(told=Told.SIGNATURE_REFUSED):
            return meaning_of(f"webhook {fact.detail}")
    return None
