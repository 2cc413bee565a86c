"""The call's session and the spare one: each way of getting ready, being lost, and being changed for the other."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.call.story import SID, TERMS, Story, dialled, fetched, fire, greeted, speaking
from voicecall_core.call.endings import Cause
from voicecall_core.call.model_link import Link
from voicecall_core.call.timing import Moment
from voicecall_core.words import events as e
from voicecall_core.words import orders as o
from voicecall_core.words.terms import Limits
from voicecall_core.words.values import CallStatus, ModelStage, Timer

IMPATIENT, ROLLOVER, TOO_LONG = fire(Timer.PATIENCE), fire(Timer.ROLLOVER), fire(Timer.MODEL)


def _ready(session: int) -> e.ModelReached:
    return e.ModelReached(session, ModelStage.READY)


def _lost(session: int) -> e.ModelFailed:
    return e.ModelFailed(session, "1006", "gone")


def _double() -> Story:
    """The callee was quicker than session 1, so that session 2 opens beside it."""
    story = fetched(dialled())
    story.tell(e.UpgradeAsked(1, 1, True), e.StreamStarted(1, "MZ1", SID), IMPATIENT)
    assert story.call.model.state is Link.DOUBLE
    return story


def _changing(story: Story | None = None) -> Story:
    """Session 1 is near its limit, so that session 2 opens beside it."""
    story = story or greeted()
    story.tell(ROLLOVER)
    assert story.call.model.state is Link.CHANGING
    return story


def _kept() -> Story:
    """Session 2 is ready beside session 1, while the callee speaks."""
    story = greeted()
    story.tell(e.SpeechStarted(1, 5000), ROLLOVER, _ready(2))
    assert story.call.model.state is Link.SPARE
    return story


def _turn(story: Story) -> Story:
    story.tell(e.SpeechStarted(1, 5000), e.SpeechStopped(1, 6000))
    story.tell(e.Heard(1, "u1", "Who is this?"), e.TurnCommitted(1, "u1"))
    return story


def _waits(story: Story, timer: Timer) -> list[float]:
    return [order.seconds for order in story.ordered(o.StartTimer) if order.timer is timer]


# --- two that open ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lost", [_lost(1), TOO_LONG])
def test_if_the_first_of_two_is_lost_the_second_is_the_calls(lost: e.Event) -> None:
    story = _double()
    story.tell(lost)
    assert not story.ordered(o.OpenModel)
    assert _waits(story, Timer.MODEL) == [10.0]
    story.tell(_ready(2))
    assert story.ordered(o.ForwardAudio) == [o.ForwardAudio(2)]
    assert story.ordered(o.AskGreeting) == [o.AskGreeting(2, "greeting-2")]
    assert not story.ordered(o.CloseModel)


def test_if_the_second_of_two_is_lost_the_first_is_waited_for() -> None:
    story = _double()
    story.tell(_lost(2))
    assert not story.ordered(o.OpenModel)
    assert Timer.MODEL in story.call.timers
    story.tell(_ready(1))
    assert story.ordered(o.AskGreeting) == [o.AskGreeting(1, "greeting-1")]
    assert not story.ordered(o.CloseModel)


def test_two_that_open_are_both_closed_when_the_model_is_given_up() -> None:
    story = _double()
    story.tell(IMPATIENT)
    assert {order.session for order in story.ordered(o.CloseModel)} == {1, 2}
    assert story.ordered(o.PlayClip) == [o.PlayClip(1, "apology")]


def test_a_key_that_is_refused_closes_the_other_one_too() -> None:
    story = _double()
    story.tell(e.ModelFailed(1, "invalid_api_key", "wrong key", retryable=False))
    assert [order.session for order in story.ordered(o.CloseModel)] == [2]
    assert story.call.model.cause is Cause.MODEL_REFUSED


# --- the planned change -----------------------------------------------------------------------------------------------


def test_a_session_that_is_lost_while_the_next_one_opens_is_followed_by_that_one() -> None:
    story = _changing()
    story.tell(_lost(1))
    assert not story.ordered(o.OpenModel)
    assert _waits(story, Timer.MODEL) == [10.0]
    story.tell(_ready(2))
    assert story.ordered(o.ForwardAudio) == [o.ForwardAudio(2)]


def test_a_session_that_does_not_answer_while_the_next_one_opens_is_followed_by_that_one() -> None:
    story = _changing(_turn(greeted()))
    story.tell(IMPATIENT)
    assert not story.ordered(o.CloseModel)
    story.tell(IMPATIENT)
    assert story.ordered(o.CloseModel) == [o.CloseModel(1)]
    assert not story.ordered(o.OpenModel)
    story.tell(_ready(2))
    assert story.ordered(o.ForwardAudio) == [o.ForwardAudio(2)]
    assert len(story.ordered(o.AskResponse)) == 1


def test_a_session_that_does_not_answer_is_changed_for_one_that_is_ready() -> None:
    story = _changing(_turn(greeted()))
    story.tell(_ready(2), IMPATIENT)
    assert story.ordered(o.ForwardAudio) == [] and not story.ordered(o.CloseModel)  # the answer is owed: not yet
    story.tell(IMPATIENT)
    assert story.ordered(o.CloseModel) == [o.CloseModel(1)]
    assert not story.ordered(o.OpenModel)
    assert story.ordered(o.ForwardAudio) == [o.ForwardAudio(2)]
    assert len(story.ordered(o.AskResponse)) == 1


def test_a_next_session_that_is_not_ready_in_time_is_closed_and_tried_again() -> None:
    story = _changing()
    story.tell(TOO_LONG)
    assert story.ordered(o.CloseModel) == [o.CloseModel(2)]
    assert _waits(story, Timer.ROLLOVER) == [20.0]
    story.tell(ROLLOVER)
    assert story.ordered(o.OpenModel) == [o.OpenModel(3, held=False)]


def test_a_next_session_is_tried_for_so_often_and_then_the_end_of_this_one_is_a_loss_like_any_other() -> None:
    story = greeted()
    for session in (2, 3, 4):
        _changing(story).tell(_lost(session))
        assert Timer.MODEL not in story.call.timers
        assert _waits(story, Timer.ROLLOVER) == ([20.0] if session < 4 else [])
    story.tell(_lost(1))
    assert story.ordered(o.OpenModel) == [o.OpenModel(5, held=False)]
    story.tell(_ready(5))
    assert _waits(story, Timer.ROLLOVER) == [3480.0]  # the hour of a session, and two minutes before its end
    _changing(story).tell(_lost(6))
    assert _waits(story, Timer.ROLLOVER) == [20.0]  # it is counted anew


def test_a_next_session_that_waits_until_nobody_speaks_has_nothing_more_to_be_timed() -> None:
    story = _kept()
    assert Timer.MODEL not in story.call.timers
    story.tell(_lost(2))
    assert _waits(story, Timer.ROLLOVER) == [20.0]
    story.tell(e.SpeechStopped(1, 6000), e.TurnCommitted(1, "u1"))
    assert story.call.model.session == 1 and not story.ordered(o.CloseModel)


def test_what_another_session_says_of_itself_makes_the_next_one_no_readier() -> None:
    story = _changing()
    story.tell(_ready(1), _ready(7))
    assert story.orders == [] and story.call.model.state is Link.CHANGING


def test_it_is_changed_to_once_the_callee_was_answered_and_that_was_heard() -> None:
    story = _kept()
    story.tell(e.SpeechStopped(1, 6000), e.TurnCommitted(1, "u1"))
    speaking(story)
    story.tell(e.ResponseEnded(1, "r2", "completed"))
    assert not story.ordered(o.CloseModel)
    story.tell(e.MarkReturned(1, "i2", "r2", 9000))
    assert story.ordered(o.CloseModel) == [o.CloseModel(1)]
    assert story.ordered(o.ForwardAudio) == [o.ForwardAudio(2)]
    story.tell(_lost(1))  # of the one that was given up
    assert story.orders == []


def test_turns_are_held_in_the_next_session_as_they_are_in_this_one() -> None:
    story = speaking(greeted())
    _changing(story)
    assert story.ordered(o.OpenModel) == [o.OpenModel(2, held=False)]
    story.tell(e.ToolCalled(1, "r2", "t1", "end_call"))
    assert story.ordered(o.HoldTurns) == [o.HoldTurns(1)]
    story.tell(e.SpeechStarted(1, 5000), fire(Timer.SPEECH), e.TurnCommitted(1, "u1"), e.ResponseEnded(1, "r2", "x"))
    speaking(story, "r3", "i3", "turn-1")
    story.tell(_ready(2), e.ResponseEnded(1, "r3", "completed"), e.MarkReturned(1, "i3", "r3", 9000))
    assert story.call.model.session == 2 and not story.call.model.held
    assert not story.ordered(o.RestoreTurns) and not story.ordered(o.HoldTurns)


def test_how_long_a_session_lasts_is_what_the_server_says() -> None:
    story = dialled()
    story.tell(e.ModelReached(1, ModelStage.CREATED, expires_s=600.0), _ready(1))
    assert _waits(story, Timer.ROLLOVER) == [480.0]


def test_a_session_is_timed_at_each_stage_of_its_opening() -> None:
    story = dialled()
    for stage in (ModelStage.CONNECTED, ModelStage.SECURED, ModelStage.UPGRADED, ModelStage.CREATED):
        story.tell(e.ModelReached(1, stage))
        assert not story.ordered(o.ForwardAudio)
    story.tell(_ready(1))
    stages = ("ASKED", "CONNECTED", "SECURED", "UPGRADED", "CREATED", "READY")
    times = [story.call.timing.first[Moment[f"MODEL_{stage}"]] for stage in stages]
    assert times == sorted(set(times))


def test_a_next_session_that_says_twice_that_it_is_ready_is_kept_once() -> None:
    story = _kept()
    story.tell(_ready(2))
    assert story.orders == []


def test_a_next_session_is_not_changed_to_once_a_farewell_has_lost_its_own() -> None:
    story = _changing(speaking(greeted()))
    story.tell(e.ToolCalled(1, "r2", "t1", "end_call"), _lost(1), _ready(2))
    assert not story.ordered(o.ForwardAudio) and not story.ordered(o.AskResponse)
    story.tell(e.MarkReturned(1, "i2", "r2", 9000))
    assert story.call.ending.cause is Cause.AGENT


# --- losses -----------------------------------------------------------------------------------------------------------


def test_a_second_loss_is_followed_by_a_wait() -> None:
    story = greeted()
    story.tell(_lost(1))
    assert story.ordered(o.OpenModel) and not _waits(story, Timer.MODEL_RETRY)
    story.tell(_lost(2))
    assert _waits(story, Timer.MODEL_RETRY) == [1.0]
    assert not story.ordered(o.OpenModel)
    story.tell(fire(Timer.MODEL_RETRY))
    assert story.ordered(o.OpenModel) == [o.OpenModel(3, held=False)]
    assert Timer.MODEL_RETRY not in story.call.timers


def test_an_attempt_that_waits_is_made_at_the_answer_and_not_once_more() -> None:
    story = dialled()
    story.tell(_lost(1))
    assert Timer.MODEL_RETRY in story.call.timers
    story.tell(e.StatusReported(CallStatus.IN_PROGRESS, SID))
    assert story.ordered(o.OpenModel) == [o.OpenModel(2, held=True)]
    assert Timer.MODEL_RETRY not in story.call.timers


def test_a_lost_session_is_let_go_of_with_every_wait_for_it() -> None:
    story = greeted()
    assert Timer.ROLLOVER in story.call.timers
    story.tell(_lost(1))
    assert Timer.ROLLOVER not in story.call.timers
    assert not story.ordered(o.CloseModel)  # it is gone by itself
    story.tell(TOO_LONG)
    assert story.ordered(o.CloseModel) == [o.CloseModel(2)]
    assert any("not ready in time" in note.text for note in story.call.notes)


@pytest.mark.parametrize("retryable", [True, False])
def test_why_a_session_was_given_up_is_kept_in_words(retryable: bool) -> None:
    story = speaking(_turn(greeted()))
    story.tell(e.ResponseEnded(1, "r2", "failed", "no credit", retryable=retryable))
    texts = " ".join(note.text for note in story.call.notes)
    assert "no credit" in texts
    assert bool(story.ordered(o.PlayClip)) != retryable


def test_a_session_that_is_given_up_has_no_limit_any_more() -> None:
    story = _turn(greeted())
    story.tell(IMPATIENT, IMPATIENT)
    assert story.ordered(o.OpenModel) and Timer.ROLLOVER not in story.call.timers
    assert any("session 1 does not answer" in note.text for note in story.call.notes)


def test_a_model_that_is_given_up_is_given_up_for_what_happened_last() -> None:
    story = greeted()
    story.tell(_lost(1), TOO_LONG, fire(Timer.MODEL_RETRY), TOO_LONG, fire(Timer.MODEL_RETRY), TOO_LONG)
    assert story.ordered(o.PlayClip) == [o.PlayClip(1, "apology")]
    assert story.call.model.cause is Cause.MODEL_NEVER_READY


def test_one_try_is_enough_where_no_more_are_granted() -> None:
    story = greeted(replace(TERMS, limits=Limits(session_losses=0)))
    story.tell(_lost(1))
    assert story.ordered(o.PlayClip) == [o.PlayClip(1, "apology")]
    assert story.call.model.cause is Cause.MODEL_LOST
