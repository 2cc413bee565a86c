"""What is written by REST: an overwrite ordered by name, its answer in every order, and everybody who is refused."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.call.story import SID, Story, dialled, fetched, fire, greeted, live, ready
from voicecall_core.call.endings import Cause, Outcome
from voicecall_core.call.guard_table import State
from voicecall_core.words import events as e
from voicecall_core.words import orders as o
from voicecall_core.words.values import CallStatus, Refusal, RestAnswer, Timer

ORDER = e.OverwriteAsked("answering machine", "Please call back.")
ACCEPTED = e.UpdateAnswered(1, RestAnswer.ACCEPTED)
REFUSED = e.UpdateAnswered(1, RestAnswer.REFUSED, 7, "not in progress", Refusal.NOT_IN_PROGRESS)
LOST = e.UpdateAnswered(1, RestAnswer.LOST)


def _ordered() -> Story:
    story = greeted()
    story.tell(ORDER)
    document = o.Document(o.DocumentKind.SAY, pii_text="Please call back.")
    assert story.ordered(o.UpdateCall) == [o.UpdateCall(1, SID, document)]
    return story


def test_an_ordered_overwrite_gives_the_stream_up_once_it_is_accepted() -> None:
    story = _ordered()
    assert story.stands(State.LIVE)
    story.tell(ACCEPTED)
    assert story.stands(State.SAYING)
    assert story.ordered(o.CloseModel)
    assert story.call.timers == {Timer.CAP}
    story.tell(e.StreamStopped(1), e.SocketClosed(1), e.StatusReported(CallStatus.COMPLETED, SID))
    assert story.end == (Cause.SAID, Outcome.COMPLETED)


def test_the_stop_may_come_before_the_answer() -> None:
    story = _ordered()
    story.tell(e.StreamStopped(1), ACCEPTED)
    assert story.stands(State.SAYING)
    assert Timer.STREAM_BACK not in story.call.timers
    assert story.ordered(o.CloseModel)


def test_a_refused_overwrite_changes_nothing() -> None:
    story = _ordered()
    story.tell(REFUSED)
    assert story.stands(State.LIVE)
    story.tell(ORDER)
    assert [order.number for order in story.ordered(o.UpdateCall)] == [2]


def test_a_refusal_after_the_stop_leaves_a_lost_stream_that_may_come_back() -> None:
    story = _ordered()
    story.tell(e.StreamStopped(1), REFUSED, e.Fetched(2, 2, SID))
    assert story.ordered(o.AnswerFetch)[0].document == o.Document(o.DocumentKind.STREAM, 2)


def test_no_second_write_while_one_is_in_flight_or_in_doubt() -> None:
    story = _ordered()
    story.tell(ORDER)
    assert story.ruled == ["one-write-at-a-time"]
    story.tell(LOST, ORDER)
    assert story.ruled == ["no-second-write", "one-write-at-a-time"]
    assert not story.orders


def test_a_stop_decides_an_overwrite_in_doubt_and_the_message_is_let_finish() -> None:
    story = _ordered()
    story.tell(LOST, e.StreamStopped(1), fire(Timer.STREAM_BACK), e.Checked(CallStatus.IN_PROGRESS))
    assert story.stands(State.SAYING)
    assert story.call.ending.cause is None
    story.tell(e.StatusReported(CallStatus.COMPLETED, SID))
    assert story.end == (Cause.SAID, Outcome.COMPLETED)


def test_the_next_fetch_decides_that_an_overwrite_in_doubt_did_not_take_effect() -> None:
    story = _ordered()
    story.tell(LOST, e.StreamStopped(1), e.Fetched(2, 2, SID))
    assert story.ordered(o.AnswerFetch)[0].document == o.Document(o.DocumentKind.STREAM, 2)
    assert story.call.guard.overwritten is None


def test_an_acceptance_that_comes_after_the_next_fetch_gives_the_new_stream_up() -> None:
    story = _ordered()
    story.tell(e.StreamStopped(1), e.Fetched(2, 2, SID), ACCEPTED)
    assert story.stands(State.SAYING)
    assert Timer.STREAM not in story.call.timers


def test_hanging_up_while_an_overwrite_is_in_flight_makes_its_answer_stale() -> None:
    story = _ordered()
    story.tell(e.HangUpAsked())
    assert story.ordered(o.HangUp) == [o.HangUp(2, SID)]
    story.tell(ACCEPTED)
    assert story.stands(State.HANGING)
    assert not story.orders


@pytest.mark.parametrize("story", [dialled, lambda: fetched(ready())], ids=["ringing", "served"])
def test_only_a_live_stream_can_be_given_up(story: Callable[[], Story]) -> None:
    told = story()
    told.tell(ORDER)
    assert told.ruled == ["no-live-stream"]
    assert not told.orders


def test_the_fallback_is_asked_for_once_and_refused() -> None:
    story = dialled()
    story.tell(*[e.StatusReported(CallStatus.IN_PROGRESS, SID)] * 3)
    assert story.ruled == ["stream-owns-document"]
    assert not story.ordered(o.UpdateCall)


def test_nobody_asks_for_the_fallback_once_the_stream_is_up() -> None:
    story = ready()
    story.tell(e.Fetched(1, 1, SID), e.UpgradeAsked(1, 1, True), e.StreamStarted(1, "MZ1", SID))
    story.tell(e.StatusReported(CallStatus.IN_PROGRESS, SID))
    assert story.ruled == []


def test_a_stray_answer_is_noted_and_ignored() -> None:
    story = live()
    story.tell(e.UpdateAnswered(7, RestAnswer.REFUSED))
    assert not story.orders
    assert "7" in story.call.notes[-1].text
