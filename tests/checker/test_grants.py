"""Every grant of the guard's table is needed: with one taken away, a walk meets a broken law or a call that is stuck.

A guard that answers the first fetch with `<Hangup/>`, or refuses every socket, does no harm either.
"""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.sampling import sampled
from voicecall_core.call.guard_table import TABLE, Asker, Cell, Ruling, State
from voicecall_core.checker.environment import Actor
from voicecall_core.checker.proof import Report
from voicecall_core.checker.standard_walks import GuardWalk
from voicecall_core.words.terms import Kind

_A, _R, _S = Asker, Ruling, State
# Who is given something, and what he is told instead when that is taken away.
_NO: Mapping[Asker, Ruling] = {
    _A.FETCH_FIRST: _R.HUNG_UP,
    _A.FETCH_AGAIN: _R.HUNG_UP,
    _A.FETCH_NEXT: _R.HUNG_UP,
    _A.FETCH_SORRY: _R.HUNG_UP,
    _A.SAY: _R.REFUSED,
    _A.APOLOGY: _R.REFUSED,
    _A.OVERWRITE: _R.REFUSED,
    _A.UPGRADE: _R.TURNED_AWAY,
    _A.START: _R.CLOSED,
    _A.HANG_UP: _R.REFUSED,
    _A.HANG_UP_BLIND: _R.REFUSED,
    _A.UPDATE_LOST: _R.IN_DOUBT,
}
_GIVEN = {_R.GRANTED, _R.AGAIN, _R.SAID, _R.HELD, _R.REROUTED, _R.WANTED}
# `hang-up in flight` is told to wait for the answer of the one that was granted: a refusal.
GRANTS = [cell for cell, rule in TABLE.items() if rule.ruling in _GIVEN and cell[0] is not _A.HANG_UP_TWICE]

_ACTORS: Mapping[Asker, frozenset[Actor]] = {
    _A.FETCH_SORRY: frozenset({Actor.MODEL_FAILS}),
    _A.SAY: frozenset({Actor.SAY}),
    _A.APOLOGY: frozenset({Actor.MODEL_FAILS}),
    _A.OVERWRITE: frozenset({Actor.OVERWRITE}),
    _A.HANG_UP: frozenset({Actor.HANG_UP, Actor.REST}),
    _A.HANG_UP_BLIND: frozenset({Actor.LATE, Actor.HANG_UP}),
    _A.UPDATE_LOST: frozenset({Actor.HANG_UP, Actor.REST}),
}
_BLIND = "closing.ask_to_hang_up remembers a hang-up without a SID whatever it is told, and closing.end moves on"
_FLOOR = "the floor is the apology's, which is played when the stream starts: only a lost stream needs the flag"
# Grants that another mechanism backs: taken away they change nothing that anybody outside could see, which is tested.
BACKED: Mapping[tuple[Asker, State], str] = {
    **{(_A.HANG_UP_BLIND, state): _BLIND for state in State if state is not _S.OVER},
    (_A.APOLOGY, _S.SERVED): _FLOOR,
    (_A.APOLOGY, _S.UPGRADED): _FLOOR,
    (
        _A.UPDATE_LOST,
        _S.HANGING,
    ): "closing.hang_up_failed repeats a hang-up whose answer is lost; this only shows it",
}


def _report(*cells: tuple[Asker, State]) -> Report:
    """What is found without these grants of one asker, among those who bring him to ask."""
    asker, state = cells[0]
    gone = {cell: Cell(_NO[asker], "taken-away", "a grant that was taken away") for cell in cells}
    kind = Kind.SAY if state is State.SAYING and len(cells) == 1 else Kind.STREAM
    return GuardWalk(_ACTORS.get(asker, frozenset()), kind).proof(rules={**TABLE, **gone}).run()


@pytest.mark.parametrize(
    "cell",
    sampled([cell for cell in GRANTS if cell not in BACKED], 3),
    ids=lambda cell: f"{cell[0].name}-{cell[1].name}",
)
def test_a_grant_that_is_taken_away_is_missed(cell: tuple[Asker, State]) -> None:
    report = _report(cell)
    assert report.broken is not None or report.stuck is not None
    assert cell in report.asked


@pytest.mark.every  # whole walks, as they find nothing
@pytest.mark.parametrize("asker", dict.fromkeys(asker for asker, _ in BACKED), ids=lambda asker: asker.name)
def test_grants_that_another_mechanism_backs_are_not_missed(asker: Asker) -> None:
    """All of an asker's at once."""
    assert _report(*[cell for cell in BACKED if cell[0] is asker]).holds


def test_the_backed_cells_are_all_grants() -> None:
    assert set(BACKED) <= set(GRANTS)
