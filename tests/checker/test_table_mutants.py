"""A sample of the conversation's cells turned into nothing, one at a time: a walk of the conversation must miss it."""

from __future__ import annotations

import pytest

from tests.checker.test_conversation_walk import WALKS
from voicecall_core.call import floor
from voicecall_core.call.conversation import TABLE, Action, Floor, Input
from voicecall_core.checker.proof import LIMITS, Proof
from voicecall_core.checker.talk_moves import PROGRESS, TALK, around, brought
from voicecall_core.words.terms import Terms

_CAUGHT = {
    (Input.IMPATIENT, Floor.AGENT): "a turn whose answer fails",
    (Input.IMPATIENT, Floor.NOBODY): "the greeting's session is lost",
    (Input.IMPATIENT, Floor.GREETING): "the greeting fails",
    (Input.LATE, Floor.FAREWELL): "a goodbye on a stream that ends",
    (Input.DEAD, Floor.GREETING): "the greeting's session is lost",
    (Input.ENDED, Floor.AGENT): "a turn whose answer fails",
}


@pytest.mark.parametrize("cell", _CAUGHT, ids=lambda cell: f"{cell[0].name}-{cell[1].name}")
def test_a_cell_that_does_nothing_is_missed(cell: tuple[Input, Floor], monkeypatch: pytest.MonkeyPatch) -> None:
    events, left = WALKS[_CAUGHT[cell]]
    monkeypatch.setattr(floor, "TABLE", {**TABLE, cell: Action.NOTHING})
    call = brought(Terms("c-1", pii_greeting="hello", limits=LIMITS), events)
    report = Proof(call, around(call, left), TALK, progress=PROGRESS).run(limit=20_000)
    assert report.broken is not None or report.stuck is not None
