"""A call that is over: what still comes is answered, and nothing is created."""

from __future__ import annotations

import pytest

from tests.call.story import SID, Story, fire, greeted
from voicecall_core.call.phase import Phase
from voicecall_core.words import events as e
from voicecall_core.words import orders as o
from voicecall_core.words.values import CallStatus, ModelStage, RestAnswer, Timer

HANGUP = o.Document(o.DocumentKind.HANGUP)


def _over() -> Story:
    story = greeted()
    story.tell(e.StatusReported(CallStatus.COMPLETED, SID))
    assert story.call.phase is Phase.OVER
    return story


@pytest.mark.parametrize("generation", [1, 2, 7])
def test_a_late_fetch_gets_hangup(generation: int) -> None:
    story = _over()
    assert story.tell(e.Fetched(5, generation, SID)) == [o.AnswerFetch(5, HANGUP)]


def test_a_late_socket_is_turned_away_and_a_late_start_closed() -> None:
    story = _over()
    assert story.tell(e.UpgradeAsked(4, 1, True)) == [o.RefuseSocket(4, 403)]
    assert [type(order) for order in story.tell(e.StreamStarted(1, "MZ1", SID))] == [o.CloseSocket]


def test_whoever_still_asks_is_told_and_nothing_follows() -> None:
    story = _over()
    before = story.call
    asked = [e.OperatorSpoke("hi"), e.OverwriteAsked("me", "hi"), e.HangUpAsked()]
    assert story.tell(*asked, e.UpdateAnswered(1, RestAnswer.LOST)) == []
    assert story.ruled == ["over", "over", "stale", "stale"]
    assert story.call.guard == before.guard


@pytest.mark.parametrize(
    "event",
    [
        e.StatusReported(CallStatus.COMPLETED, SID),
        e.StatusReported(CallStatus.IN_PROGRESS, SID),
        e.Created(SID),
        e.DialBegan(),
        e.Checked(CallStatus.IN_PROGRESS),
        e.ModelReached(1, ModelStage.READY),
        e.ModelFailed(1, "1006", "gone"),
        e.SpeechStarted(1, 100),
        fire(Timer.CAP),
    ],
)
def test_what_comes_late_is_stale(event: e.Event) -> None:
    assert _over().tell(event) == []


def test_a_sid_learnt_late_is_hung_up_once() -> None:
    story = Story()
    story.tell(e.DialBegan(), e.CreateLost("time-out"))
    for _ in range(30):
        story.tell(e.LookedUp(()), fire(Timer.LOOK_UP))
    assert story.call.phase is Phase.OVER
    story.tell(e.StatusReported(CallStatus.RINGING, SID))
    assert story.ordered(o.HangUp) == [o.HangUp(1, SID)]
    story.tell(e.Fetched(1, 1, SID), e.Created(SID))
    assert story.orders == [o.AnswerFetch(1, HANGUP)]


def test_a_second_call_that_shows_up_after_the_end_is_hung_up_too() -> None:
    story = _over()
    story.tell(e.StatusReported(CallStatus.INITIATED, "CA2"), e.StatusReported(CallStatus.RINGING, "CA2"))
    assert [order.sid for order in story.ordered(o.HangUp)] == ["CA2"]
