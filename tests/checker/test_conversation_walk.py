"""Every standard walk of the conversation: it goes on in every order, and every cell that does something is met."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests import mutant_tests
from tests.call.story import greeted
from voicecall_core.call import floor
from voicecall_core.call.conversation import TABLE, Action, Floor, Input
from voicecall_core.checker.standard_walks import CONVERSATION_WALKS, DEEP, ConversationWalk
from voicecall_core.words import events as e
from voicecall_core.words import orders as o
from voicecall_core.words.values import Timer


class _Recorded(dict[Any, Any]):
    """The table, which notes what it is asked."""

    def __init__(self, table: Mapping[Any, Any]) -> None:
        super().__init__(table)
        self.asked: set[tuple[Input, Floor]] = set()

    def __getitem__(self, cell: Any) -> Any:
        self.asked.add(cell)
        return super().__getitem__(cell)


_DEEPER = "it takes more losses, failures or responses than one walk of this size holds"
UNMET: Mapping[tuple[Input, Floor], str] = {
    (Input.BEGAN, Floor.APOLOGY): "the model is dead before an apology, and its sessions are closed",
    (Input.UNASKED, Floor.APOLOGY): "the model is dead before an apology, and its sessions are closed",
    (Input.DEAD, Floor.FAREWELL): "a session that is lost in a farewell is not given up, but closed",
    (Input.UNASKED, Floor.SENTENCE): _DEEPER,
    (Input.BEGAN, Floor.CALLEE): _DEEPER,
    (Input.BEGAN, Floor.FAREWELL): _DEEPER,
    (Input.COMMITTED, Floor.AGENT): _DEEPER,
    (Input.EMPTY, Floor.FAREWELL): _DEEPER,
    (Input.FAILED, Floor.CALLEE): _DEEPER,
    (Input.FAILED, Floor.NOBODY): _DEEPER,
    (Input.GOODBYE, Floor.CALLEE): _DEEPER,
    (Input.IMPATIENT, Floor.FAREWELL): "patience stands still in a farewell, which has a bound of its own",
    (Input.GOODBYE, Floor.NOBODY): _DEEPER,
    (Input.REFUSED, Floor.CALLEE): _DEEPER,
    (Input.REFUSED, Floor.NOBODY): _DEEPER,
    (Input.SOUNDED, Floor.CALLEE): _DEEPER,
    (Input.SOUNDED, Floor.NOBODY): _DEEPER,
    (Input.TOOL, Floor.CALLEE): _DEEPER,
    (Input.TOOL, Floor.NOBODY): _DEEPER,
}


# What is measured of a conversation decides nothing of it: tests/call/test_hearing.py.
MEASURED = frozenset({e.Replied})
# Kinds of events that no conversation needs: each is fed by the walks of the guard that tests/checker/test_proof.py
# names.
OF_THE_GUARD = frozenset(
    {
        e.CreateLost,
        e.CreateRefused,
        e.Created,
        e.DialBegan,
        e.Fetched,
        e.LookedUp,
        e.OverwriteAsked,
        e.SocketClosed,
        e.StatusReported,
        e.StreamStarted,
        e.UpdateAnswered,
        e.UpgradeAsked,
    }
)


@pytest.mark.timeout(300)
def test_the_conversation_goes_on_in_every_order(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """All walks in one test: together they have to feed every kind of event, and to meet every cell."""
    recorded = _Recorded(TABLE)
    monkeypatch.setattr(floor, "TABLE", recorded)
    fed: set[type[e.Event]] = set()
    for name, walk in CONVERSATION_WALKS.items():
        report = walk.proof().run()
        with capsys.disabled():
            print(f"\n{name}: {report.states:,} states, every move from each", end="")
        assert report.complete and report.states > 100, name
        assert report.broken is None, (name, report.broken)
        assert report.stuck is None, (name, [one.words for one in report.stuck])
        fed |= report.events
    assert fed >= set(e.EVENTS.values()) - OF_THE_GUARD - MEASURED
    doing = {cell for cell, action in TABLE.items() if action is not Action.NOTHING}
    assert doing - recorded.asked == set(UNMET), "each cell is met, or listed with its reason"
    asked = {(what.name, list(Floor).index(on) + 1) for what, on in recorded.asked}
    left_out = mutant_tests.UNMET["call/conversation.py"]
    assert not {(row, column) for row, (columns, _) in left_out.items() for column in columns} & asked


@pytest.mark.every
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", [name for name, walk in DEEP.items() if isinstance(walk, ConversationWalk)])
def test_longer_conversations_go_on_in_every_order(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    report = DEEP[name].proof().run()
    with capsys.disabled():
        print(f"\n{name}: {report.states:,} states, {report.transitions:,} moves")
    assert report.complete
    assert report.broken is None, report.broken
    assert report.stuck is None, [one.words for one in report.stuck]


def test_playback_that_ran_out_does_not_take_the_next_answer_with_it() -> None:
    story = greeted()
    session = story.call.model.session
    story.tell(
        e.ResponseBegan(session, "r2"),
        e.AudioBegan(session, "r2", "i2"),
        e.AudioSent(story.call.guard.socket, "i2", "r2", 5000),
        e.AudioEnded(session, "r2", "i2", 1000),
        e.ToolCalled(session, "r2", "t1", "other"),
        e.ResponseEnded(session, "r2", "completed"),
    )
    [asked] = [order for order in story.orders if isinstance(order, o.AskResponse)]
    story.tell(e.ResponseBegan(session, "r3", asked.ref), e.TimerFired(Timer.PLAYBACK))
    utterance = story.call.conversation.utterance
    assert utterance is not None and utterance.response == "r3"


def test_what_failed_unasked_before_it_sounded_is_not_waited_for() -> None:
    story = greeted()
    session = story.call.model.session
    story.tell(
        e.ResponseBegan(session, "r2"), e.AudioBegan(session, "r2", "i2"), e.ResponseEnded(session, "r2", "failed")
    )
    assert not story.call.conversation.items
    assert o.MuteResponse("r2") in story.orders
