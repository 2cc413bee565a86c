"""One imported call through today's judge, with the guard on: what it would have decided at each line.

The judge is fed with the events alone. For what the other program did (`Foreign`) the guard is asked as if it had been
asked then. After the first write that it refuses, the call would have gone another way: the rows after it are shown,
but are no evidence of anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from voicecall_core.carriers.twilio.webhooks import is_call_sid
from voicecall_core.imports.facts import Certainty, Fact, Foreign, Found, Names, Told
from voicecall_core.imports.race import Proof, Race, race_of, registered
from voicecall_core.imports.threads import UNTOLD_SID
from voicecall_core.imports.unknown import Clockwork, untold
from voicecall_core.judgement.call import Call, minted, step
from voicecall_core.judgement.guard import Verdict, rule
from voicecall_core.judgement.rulings import Asker, State
from voicecall_core.words.events import (
    Created,
    DialBegan,
    Event,
    Fetched,
    StatusReported,
    StreamReported,
    StreamStarted,
    UpgradeAsked,
)
from voicecall_core.words.terms import Kind, Terms

__all__ = ["Judged", "Row", "in_words", "judge"]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a call's log: when (seconds since the call's first line), what it says, what the guard makes of it.

    `decided` is that in words, empty if there is nothing to decide. `evidence` is false after the first write that the
    guard would have refused.
    """

    line: int
    at: float
    pii_text: str
    fact: Fact
    decided: str
    verdicts: tuple[Verdict, ...] = ()
    certainty: Certainty = Certainty.SURE
    evidence: bool = True


@dataclass(frozen=True, slots=True)
class Judged:
    """One imported call. `call` is as today's judge leaves it; `unknown` says in words what its log does not tell."""

    key: str
    names: Names
    rows: tuple[Row, ...]
    call: Call
    race: Race | None
    registered: tuple[Proof, ...]
    unknown: tuple[str, ...]

    @property
    def registered_twice(self) -> bool:
        """The program took the same call up more than once."""
        return len(self.registered) > 1


def judge(found: Sequence[Found], clock: Clockwork | None = None) -> Judged:
    """Judge one call by all that was found of it; `clock` is what is known of its log's clock."""
    facts = _in_time(found)
    clock = clock or Clockwork()
    names = _names(facts)
    kind = Kind.SAY if any(_is(f.fact, Told.NOTIFY) for f in facts) else Kind.STREAM
    call = minted(Terms(call_id=names.call_id or f"call-{facts[0].key if facts else '0'}", kind=kind))
    call = step(call, DialBegan()).call
    rows, call = _rows(facts, call, names.sid)
    return Judged(
        key=facts[0].key if facts else "",
        names=names,
        rows=rows,
        call=call,
        race=race_of(facts, fine=clock.fine),
        registered=registered(facts),
        unknown=tuple(untold(facts, names, clock)),
    )


def _in_time(found: Sequence[Found]) -> list[Found]:
    """In the order of their stamps; a fact without a stamp stays where its line stands."""
    at = -float("inf")
    keys = []
    for each in found:
        at = each.at if each.at is not None else at
        keys.append((at, each.line))
    return [found[index] for index in sorted(range(len(found)), key=keys.__getitem__)]


def _names(facts: Sequence[Found]) -> Names:
    """The names that any of its lines told."""
    told = [found.names for found in facts]
    return Names(
        next((names.call_id for names in told if names.call_id), ""),
        next((names.sid for names in told if names.sid), ""),
        next((names.stream_sid for names in told if names.stream_sid), ""),
    )


def _is(fact: Fact, told: Told) -> bool:
    return isinstance(fact, Foreign) and fact.told is told


def _with_sid(event: Event, sid: str) -> Event:
    """An event told before the log told the call's SID, or after it told it in a shortened form."""
    if isinstance(event, _WITH_SID) and event.sid == UNTOLD_SID and is_call_sid(sid):
        return replace(event, sid=sid)
    return event


_WITH_SID = (Created, Fetched, StatusReported, StreamReported, StreamStarted)


def _rows(facts: Sequence[Found], call: Call, sid: str) -> tuple[tuple[Row, ...], Call]:
    rows: list[Row] = []
    start = next((found.at for found in facts if found.at is not None), 0.0)
    at = 0.0
    evidence = True
    for found in facts:
        at = at if found.at is None else max(at, found.at - start)
        fact = found.fact
        if isinstance(fact, Event):
            fact = replace(_with_sid(fact, sid), at=at)
            call, verdicts = _stepped(call, fact)
            decided = in_words(verdicts)
        else:
            verdicts = _asked(call, fact)
            decided = in_words(verdicts) or _noted(call, fact, evidence)
            if fact.told is Told.WRITE:
                decided = f"if it was a document that was written: {decided}"
        rows.append(Row(found.line, at, found.pii_text, fact, decided, verdicts, found.certainty, evidence))
        if _is(fact, Told.OVERWRITE) and any(verdict.refused for verdict in verdicts):
            evidence = False
    return tuple(rows), call


def _stepped(call: Call, event: Event) -> tuple[Call, tuple[Verdict, ...]]:
    """An event, and before it those that it implies and that the log does not tell."""
    verdicts: tuple[Verdict, ...] = ()
    for each in (*_implied(call, event), event):
        made = step(call, each)
        call = made.call
        verdicts = made.verdicts
    return call, verdicts


def _implied(call: Call, event: Event) -> Iterator[Event]:
    """A stream cannot start without a socket, nor a socket be opened without a document that names it."""
    if not isinstance(event, UpgradeAsked | StreamStarted):
        return
    state, sid = call.guard.state, call.sid or getattr(event, "sid", "")
    if state is State.RESERVED and sid:
        yield Fetched(0, call.guard.generation + 1, sid, at=event.at)
    if isinstance(event, StreamStarted) and call.guard.socket != event.socket:
        yield UpgradeAsked(event.socket, max(1, call.guard.generation), True, at=event.at)


_ASKERS = {
    Told.OVERWRITE: Asker.FALLBACK,
    Told.WRITE: Asker.FALLBACK,
    Told.SAID: Asker.SAY,
    Told.HANG_UP: Asker.HANG_UP,
}


def _asked(call: Call, fact: Foreign) -> tuple[Verdict, ...]:
    """What the guard would have told the other program."""
    asker = _ASKERS.get(fact.told)
    return () if asker is None else (rule(call.guard, asker, call.rulebook),)


def _noted(call: Call, fact: Foreign, evidence: bool) -> str:
    """What there is to say of a foreign fact on which the guard is not asked."""
    if fact.told is Told.REGISTERED:
        return "one call is one record with one maximum-duration timer" + (
            ": it runs already, nothing is begun again" if call.answered else ""
        )
    if fact.told is Told.SPEAKING:
        return "the greeting waits for the stream; nothing is written to the carrier"
    if fact.told is Told.ERROR and not evidence:
        return "nothing was written over the stream, so nothing ends it here"
    return ""


def in_words(verdicts: Sequence[Verdict]) -> str:
    """Verdicts as words: who asked, what it was told, why."""
    return "; ".join(f"{verdict.asker}: {verdict.ruling}, {verdict.reason}" for verdict in verdicts)
