"""A sample of the conversation's cells turned into nothing, one at a time: a walk of the conversation must miss it."""

from __future__ import annotations

import pytest

from voicecall_core.call import floor
from voicecall_core.call.conversation import TABLE, Action, Floor, Input
from voicecall_core.checker.standard_walks import CONVERSATION_WALKS

# Most others have a clock behind them, which makes good what they leave undone; the stories miss those.
_CAUGHT = {
    (Input.IMPATIENT, Floor.AGENT): "a turn whose answer fails",
    (Input.IMPATIENT, Floor.NOBODY): "the greeting's session is lost",
    (Input.IMPATIENT, Floor.GREETING): "the greeting fails",
    (Input.LATE, Floor.FAREWELL): "a goodbye on a stream that ends",
    (Input.DEAD, Floor.GREETING): "the greeting's session is lost",
    (Input.LOST, Floor.AGENT): "a turn whose session is lost",
}


@pytest.mark.parametrize("cell", _CAUGHT, ids=lambda cell: f"{cell[0].name}-{cell[1].name}")
def test_a_cell_that_does_nothing_is_missed(cell: tuple[Input, Floor], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(floor, "TABLE", {**TABLE, cell: Action.NOTHING})
    report = CONVERSATION_WALKS[_CAUGHT[cell]].proof().run(limit=20_000)
    assert report.broken is not None or report.stuck is not None
