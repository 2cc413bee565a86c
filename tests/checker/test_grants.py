"""Every way to a live stream needs the guard's grants on it: with one of them refused, no order brings the stream."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from voicecall_core.call.guard import Rulebook
from voicecall_core.call.guard_table import TABLE, Asker, Cell, Ruling, State
from voicecall_core.call.state import LawBroken, Step, minted
from voicecall_core.checker.environment import environment
from voicecall_core.checker.proof import LIMITS, Proof
from voicecall_core.words.terms import Terms

_NO = {Asker.FETCH_FIRST: Ruling.HUNG_UP, Asker.UPGRADE: Ruling.TURNED_AWAY, Asker.START: Ruling.CLOSED}


def _comes_live(rules: Rulebook) -> bool:
    """Whether any order among carrier, callee and clock brings the stream of a call."""

    def comes(made: Step) -> Sequence[LawBroken]:
        live = made.call.guard.state is State.LIVE
        return [LawBroken(15, 0.0, "the stream came")] if live else []

    call = minted(Terms("c-1", limits=LIMITS), rules)
    return Proof(call, environment(frozenset()), laws=comes).run().broken is not None


def test_the_guards_table_brings_the_stream() -> None:
    assert _comes_live(TABLE)


@pytest.mark.parametrize(
    "cell",
    [(Asker.FETCH_FIRST, State.RESERVED), (Asker.UPGRADE, State.SERVED), (Asker.START, State.UPGRADED)],
    ids=lambda cell: f"{cell[0].name}-{cell[1].name}",
)
def test_a_grant_that_is_refused_is_missed(cell: tuple[Asker, State]) -> None:
    assert TABLE[cell].ruling is Ruling.GRANTED
    assert not _comes_live({**TABLE, cell: Cell(_NO[cell[0]], "taken-away", "a grant that was taken away")})
