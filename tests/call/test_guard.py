"""Every cell of the guard's table, written down a second time as letters, and where each verdict leads."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from voicecall_core.call.guard import (
    Guard,
    Verdict,
    Write,
    Writing,
    advance,
    answered,
    doubt_disproved,
    doubt_resolved,
    rule,
    socket_gone,
)
from voicecall_core.call.guard_table import NAIVE, TABLE, Asker, Ruling, State
from voicecall_core.words.terms import Kind

# G granted  A again  x refused  R rerouted  h held  S said  H answered with hang-up  3 turned away (403)
# 8 closed (1008)  i ignored  d in doubt  w wanted  s stale  - cannot happen
_LETTERS = {
    "G": Ruling.GRANTED,
    "A": Ruling.AGAIN,
    "x": Ruling.REFUSED,
    "R": Ruling.REROUTED,
    "h": Ruling.HELD,
    "S": Ruling.SAID,
    "H": Ruling.HUNG_UP,
    "3": Ruling.TURNED_AWAY,
    "8": Ruling.CLOSED,
    "i": Ruling.IGNORED,
    "d": Ruling.IN_DOUBT,
    "w": Ruling.WANTED,
    "s": Ruling.STALE,
    "-": Ruling.IMPOSSIBLE,
}
_COLUMNS = "RSCLGDHO"
_GRID = {
    Asker.FETCH_FIRST: "G-----HH",
    Asker.FETCH_AGAIN: "-AAAAAHH",
    Asker.FETCH_NEXT: "HGGGGHHH",
    Asker.FETCH_SORRY: "----S---",
    Asker.FETCH_BEYOND: "HHHHHHHH",
    Asker.FALLBACK: "xxxxxxxx",
    Asker.SAY: "hhhRhxxx",
    Asker.APOLOGY: "HhhRh-xx",
    Asker.OVERWRITE: "xxxGxxxx",
    Asker.UPGRADE: "3GG33333",
    Asker.UPGRADE_WRONG: "33333333",
    Asker.START: "88Gi8888",
    Asker.START_WRONG: "88888888",
    Asker.HANG_UP: "GGGGGGGs",
    Asker.HANG_UP_BLIND: "wwwwwwws",
    Asker.HANG_UP_TWICE: "------A-",
    Asker.WRITE_TWICE: "xxxxxxxx",
    Asker.UPDATE_LOST: "ddddddGs",
}
_STATES = dict(zip(_COLUMNS, State, strict=True))
_CELLS = [(asker, state, _GRID[asker][at]) for asker in Asker for at, state in enumerate(State)]


def _guard(state: State) -> Guard:
    """A guard as it stands in a state: which generation was granted, and which socket was let in."""
    socket = 1 if state in (State.UPGRADED, State.LIVE) else 0
    kind = Kind.SAY if state is State.SAYING else Kind.STREAM
    return Guard(kind, state, generation=0 if state is State.RESERVED else 1, socket=socket)


@pytest.mark.parametrize(("asker", "state", "letter"), _CELLS, ids=lambda value: str(value))
def test_each_cell_is_ruled_as_it_is_written_here(asker: Asker, state: State, letter: str) -> None:
    verdict = rule(_guard(state), asker, TABLE)
    assert verdict.ruling is _LETTERS[letter]
    assert (verdict.asker, verdict.state) == (asker, state)
    assert verdict.rule and verdict.reason


def test_every_pair_of_asker_and_state_is_spoken_for_in_both_tables() -> None:
    everything = set(product(Asker, State))
    assert set(TABLE) == everything
    assert set(NAIVE) == everything


def test_without_a_guard_only_the_fallback_and_the_operator_gain_anything() -> None:
    changed = {cell for cell in TABLE if TABLE[cell] != NAIVE[cell]}
    assert {asker for asker, _ in changed} == {Asker.FALLBACK, Asker.SAY}
    assert all(NAIVE[cell].ruling is Ruling.GRANTED for cell in changed)


# Where a verdict leads: (asker, state) -> the state after it. Every other cell leaves the state as it is.
_LEADS = {
    (Asker.FETCH_FIRST, State.RESERVED): State.SERVED,
    **{(Asker.FETCH_NEXT, s): State.SERVED for s in (State.SERVED, State.UPGRADED, State.LIVE, State.GONE)},
    (Asker.FETCH_SORRY, State.GONE): State.SAYING,
    (Asker.UPGRADE, State.SERVED): State.UPGRADED,
    (Asker.UPGRADE, State.UPGRADED): State.UPGRADED,
    (Asker.START, State.UPGRADED): State.LIVE,
    (Asker.START_WRONG, State.UPGRADED): State.SERVED,
    **{(asker, s): State.HANGING for asker in (Asker.HANG_UP, Asker.HANG_UP_BLIND) for s in State},
    **{(asker, State.OVER): State.OVER for asker in (Asker.HANG_UP, Asker.HANG_UP_BLIND)},
    **{(Asker.HANG_UP_BLIND, s): s for s in State},
}


@pytest.mark.parametrize(("asker", "state", "letter"), _CELLS, ids=lambda value: str(value))
def test_each_verdict_leads_where_it_should(asker: Asker, state: State, letter: str) -> None:
    guard = _guard(state)
    after = advance(guard, rule(guard, asker, TABLE), socket=1)
    assert after.state is _LEADS.get((asker, state), state)
    fetched = asker in (Asker.FETCH_FIRST, Asker.FETCH_NEXT, Asker.FETCH_SORRY) and letter in "GS"
    assert after.generation == guard.generation + fetched


@pytest.mark.parametrize(("asker", "state"), [cell for cell, after in _LEADS.items() if after is State.SERVED])
def test_a_document_that_waits_for_its_socket_has_let_none_in(asker: Asker, state: State) -> None:
    guard = _guard(state)
    assert advance(guard, rule(guard, asker, TABLE), socket=1).socket == 0


def test_a_say_calls_first_fetch_leads_to_its_message() -> None:
    guard = Guard(kind=Kind.SAY)
    assert advance(guard, rule(guard, Asker.FETCH_FIRST, TABLE)).state is State.SAYING


def test_grants_of_writes_are_numbered_and_kept_until_they_are_answered() -> None:
    guard = _guard(State.LIVE)
    verdict = rule(guard, Asker.OVERWRITE, TABLE)
    assert verdict.number == 1
    guard = advance(guard, verdict)
    assert guard.pending == Write(1, Writing.OVERWRITE)
    guard = advance(guard, rule(guard, Asker.HANG_UP, TABLE))
    assert guard.pending == Write(2, Writing.HANG_UP)


def _written(what: Writing, state: State = State.LIVE) -> Guard:
    return replace(_guard(state), written=1, pending=Write(1, what))


def test_an_accepted_overwrite_gives_the_stream_up() -> None:
    guard = answered(_written(Writing.OVERWRITE), 1, accepted=True, lost=False)
    assert (guard.state, guard.socket, guard.overwritten) == (State.SAYING, 0, Writing.OVERWRITE)


def test_an_accepted_sentence_is_written_over_the_stream_and_gives_nothing_up() -> None:
    guard = answered(_written(Writing.SAY), 1, accepted=True, lost=False)
    assert (guard.state, guard.pending, guard.overwritten) == (State.LIVE, None, Writing.SAY)
    guard = answered(_written(Writing.OVERWRITE, State.HANGING), 1, accepted=True, lost=False)
    assert (guard.state, guard.overwritten) == (State.HANGING, Writing.OVERWRITE)


def test_a_refused_overwrite_leaves_the_stream_as_it_was() -> None:
    guard = answered(_written(Writing.OVERWRITE), 1, accepted=False, lost=False)
    assert guard == replace(_guard(State.LIVE), written=1)


def test_a_lost_overwrite_is_in_doubt_until_the_stream_ends_or_the_next_is_fetched() -> None:
    guard = answered(_written(Writing.OVERWRITE), 1, accepted=False, lost=True)
    assert guard.pending is not None and guard.pending.in_doubt
    ended = doubt_resolved(socket_gone(guard, 1))
    assert (ended.state, ended.overwritten, ended.pending) == (State.GONE, Writing.OVERWRITE, None)
    assert doubt_disproved(ended).overwritten is None
    assert doubt_disproved(guard).pending is None


def test_a_lost_hang_up_may_be_sent_again() -> None:
    assert answered(_written(Writing.HANG_UP, State.HANGING), 1, accepted=False, lost=True).pending is None


@pytest.mark.parametrize(
    ("state", "after"),
    [(State.UPGRADED, State.SERVED), (State.LIVE, State.GONE), (State.HANGING, State.HANGING)],
)
def test_the_end_of_the_current_socket_is_the_end_of_its_stream(state: State, after: State) -> None:
    guard = replace(_guard(state), socket=1)
    assert socket_gone(guard, 1) == replace(guard, state=after, socket=0)
    assert socket_gone(guard, 7) == guard


def test_a_verdict_knows_whether_its_asker_was_turned_down() -> None:
    def refused(ruling: Ruling) -> bool:
        return Verdict(Asker.SAY, State.LIVE, ruling, "rule", "reason").refused

    down = {ruling for ruling in Ruling if refused(ruling)}
    assert down == {Ruling.REFUSED, Ruling.TURNED_AWAY, Ruling.CLOSED, Ruling.HUNG_UP}
