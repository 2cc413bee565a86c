"""Who may write the call's document. Knows nothing of HTTP, of any carrier's names, or of time.

Rule 1: everything that writes TwiML for a call, the answer to a fetch included, asks here and is told a verdict.
Rule 2: a stream call's document belongs to the stream as long as it lasts. Nobody takes it over; what somebody wants
said is rerouted through the stream, held until there is one, or refused.
Rule 3: every (asker, state) pair is spoken for in `TABLE`. What cannot happen is said to be impossible, and the
proof shows that it does not.

`NAIVE` is the policy that the field uses: the last writer wins. It is kept so that the harm can be shown, and so
that the proof has something to catch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from voicecall_core.call.guard_table import NAIVE, TABLE, Asker, Cell, Ruling, State
from voicecall_core.words.terms import Kind, Policy

Rulebook = Mapping[tuple[Asker, State], Cell]
RULEBOOKS: Mapping[Policy, Rulebook] = {Policy.GUARD: TABLE, Policy.NAIVE: NAIVE}


class Writing(StrEnum):
    """What a numbered REST write was for."""

    HANG_UP = "hang-up"
    OVERWRITE = "overwrite"
    FALLBACK = "fallback"
    SAY = "say"


@dataclass(frozen=True, slots=True)
class Write:
    """A REST write whose answer has not come, or (`in_doubt`) was lost."""

    number: int
    what: Writing
    in_doubt: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the guard said: who asked, in which state, the ruling, by which rule, and why in words.

    `number` is the number of the write that was granted, 0 if none was.
    """

    asker: Asker
    state: State
    ruling: Ruling
    rule: str
    reason: str
    number: int = 0

    @property
    def refused(self) -> bool:
        """The asker did not get what it asked for."""
        return self.ruling in (Ruling.REFUSED, Ruling.TURNED_AWAY, Ruling.CLOSED, Ruling.HUNG_UP)


@dataclass(frozen=True, slots=True)
class Guard:
    """The state of a call's document.

    `generation`: the last one granted, 0 before the first fetch. `socket`: the socket that was accepted and is not yet
    gone. `written`: how many writes were granted. `pending`: the one write in flight. `overwritten`: what was
    written over the stream, if anything was. `apology`: the model is dead and an apology is due at the next chance.
    """

    kind: Kind = Kind.STREAM
    state: State = State.RESERVED
    generation: int = 0
    socket: int = 0
    written: int = 0
    pending: Write | None = None
    overwritten: Writing | None = None
    apology: bool = False

    @property
    def live(self) -> bool:
        """A stream has started and not ended."""
        return self.state is State.LIVE


def rule(guard: Guard, asker: Asker, rules: Rulebook) -> Verdict:
    """The verdict on one asker. Changes nothing; `advance` does."""
    cell = rules[asker, guard.state]
    number = guard.written + 1 if cell.ruling is Ruling.GRANTED and asker in _WRITES else 0
    return Verdict(asker, guard.state, cell.ruling, cell.rule, cell.reason, number)


_WRITES = {
    Asker.HANG_UP: Writing.HANG_UP,
    Asker.HANG_UP_TWICE: Writing.HANG_UP,
    Asker.OVERWRITE: Writing.OVERWRITE,
    Asker.WRITE_TWICE: Writing.FALLBACK,
    Asker.FALLBACK: Writing.FALLBACK,
    Asker.SAY: Writing.SAY,
}


def advance(guard: Guard, verdict: Verdict, *, socket: int = 0) -> Guard:
    """The guard after a verdict: the state its cell leads to, the generation, the socket, the write in flight.

    What a grant does is said for every asker, also for those whom the table never grants anything: so that a table
    with a refusal taken out of it shows the harm that the refusal prevents.
    """
    if verdict.number:
        guard = replace(guard, written=verdict.number, pending=Write(verdict.number, _WRITES[verdict.asker]))
    match verdict.asker, verdict.ruling:
        case ((Asker.FETCH_FIRST | Asker.FETCH_NEXT), Ruling.GRANTED):
            served = State.SAYING if guard.kind is Kind.SAY else State.SERVED
            return replace(guard, state=served, generation=guard.generation + 1, socket=0)
        case Asker.FETCH_SORRY, Ruling.SAID:
            return replace(guard, state=State.SAYING, generation=guard.generation + 1, socket=0)
        case ((Asker.UPGRADE | Asker.UPGRADE_WRONG), Ruling.GRANTED):
            return replace(guard, state=State.UPGRADED, socket=socket)
        case ((Asker.START | Asker.START_WRONG), Ruling.GRANTED):
            return replace(guard, state=State.LIVE)
        case Asker.START_WRONG, Ruling.CLOSED if guard.state is State.UPGRADED and socket == guard.socket:
            return replace(guard, state=State.SERVED, socket=0)
        case Asker.HANG_UP, (Ruling.GRANTED | Ruling.WANTED):
            return replace(guard, state=State.HANGING)
        case Asker.APOLOGY, (Ruling.HELD | Ruling.REROUTED):
            return replace(guard, apology=True)
    return guard


def ended(guard: Guard) -> Guard:
    """The guard once the call is ending, whether a hang-up of ours was sent, is wanted, or is not needed any more."""
    return guard if guard.state in (State.HANGING, State.OVER) else replace(guard, state=State.HANGING)


def socket_gone(guard: Guard, socket: int) -> Guard:
    """The guard after a socket's end, which is a matter of its generation, never of the call."""
    if socket != guard.socket:
        return guard
    gone = {State.UPGRADED: State.SERVED, State.LIVE: State.GONE}.get(guard.state, guard.state)
    return replace(guard, state=gone, socket=0)


def answered(guard: Guard, number: int, accepted: bool, lost: bool) -> Guard:
    """The guard after the answer to its write in flight; the caller has seen to it that `number` is that one's."""
    assert guard.pending is not None and guard.pending.number == number
    if lost and guard.pending.what is not Writing.HANG_UP:
        return replace(guard, pending=replace(guard.pending, in_doubt=True))
    if guard.pending.what is Writing.HANG_UP:
        return replace(guard, pending=None)
    if not accepted:
        return replace(guard, pending=None, overwritten=None)
    taken = replace(guard, pending=None, overwritten=guard.pending.what)
    if guard.pending.what is Writing.OVERWRITE and guard.state not in (State.HANGING, State.OVER):
        return given_up(taken)
    return taken


def given_up(guard: Guard) -> Guard:
    """The guard once the stream was given up for the message that the user ordered."""
    return replace(guard, state=State.SAYING, socket=0)


def doubt_resolved(guard: Guard) -> Guard:
    """The guard after a stream ended while a write was in flight or in doubt: it is taken to have caused that."""
    if guard.pending is None or guard.pending.what is Writing.HANG_UP:
        return guard
    pending = None if guard.pending.in_doubt else guard.pending
    return replace(guard, overwritten=guard.pending.what, pending=pending)


def doubt_disproved(guard: Guard) -> Guard:
    """The guard after the next fetch: what is behind the stream was reached, so nothing had been written over it."""
    in_doubt = guard.pending is not None and guard.pending.in_doubt
    return replace(guard, overwritten=None, pending=None if in_doubt else guard.pending)
