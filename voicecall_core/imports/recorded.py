"""An imported call as an incomplete record: what its lines tell, as events and orders that the diagnosis reads.

Nothing is added that the log does not tell, but for what is marked as deduced.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from voicecall_core.carriers.twilio.webhooks import is_call_sid
from voicecall_core.diagnosis import Diagnosis, Evidence, diagnose
from voicecall_core.imports.facts import Found, Names, Told
from voicecall_core.imports.steps import Steps, is_of_stream, is_told
from voicecall_core.imports.threads import UNTOLD_SID
from voicecall_core.imports.unknown import Clockwork, untold
from voicecall_core.judgement.call import Entry, minted
from voicecall_core.words.terms import Kind, Policy, Terms


@dataclass(frozen=True, slots=True)
class Recorded:
    """One imported call. `steps` are in seconds since its first line; `evidence` says from which line each of them is.

    `writes` numbers the lines that write over the call, whatever that did. `unknown` says in words what the
    log does not tell.
    """

    key: str
    names: Names
    terms: Terms
    steps: tuple[Entry, ...]
    evidence: tuple[Evidence, ...]
    diagnosis: Diagnosis
    writes: tuple[int, ...]
    unknown: tuple[str, ...]


def recorded(found: Sequence[Found], clock: Clockwork | None = None) -> Recorded:
    """Make one call of all that was found of it, and diagnose it; `clock` is what is known of its log's clock."""
    facts = _in_time(found)
    names, key = _names(facts), facts[0].key if facts else "0"
    taken = Steps(names.sid if is_call_sid(names.sid) else UNTOLD_SID, facts)
    for each in facts:
        taken.take(each)
    terms = Terms(call_id=names.call_id or f"call-{key}", kind=_kind(facts), policy=Policy.NAIVE)
    diagnosis = diagnose(terms, taken.steps, minted(terms), evidence=taken.evidence)
    unknown = tuple(untold(facts, names, clock or Clockwork()))
    return Recorded(
        key, names, terms, tuple(taken.steps), tuple(taken.evidence), diagnosis, tuple(taken.writes), unknown
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


def _kind(facts: Sequence[Found]) -> Kind:
    """A call whose log never shows a stream is not taken for a stream's."""
    if any(is_told(each.fact, Told.NOTIFY) for each in facts):
        return Kind.SAY
    shown = any(is_of_stream(each.fact) or is_told(each.fact, Told.REALTIME) for each in facts)
    return Kind.STREAM if shown else Kind.SAY
