"""Placing a call: create and its answers, in time, late, lost, or from a stranger."""

from __future__ import annotations

import pytest

from tests.call.story import SID, Story, dialled, fire
from voicecall_core.call.endings import Cause, Outcome
from voicecall_core.call.guard_table import State
from voicecall_core.call.phase import Phase
from voicecall_core.call.state import Create
from voicecall_core.words import events as e
from voicecall_core.words import orders as o
from voicecall_core.words.values import CallStatus, Timer

HANGUP = o.Document(o.DocumentKind.HANGUP)


def test_the_model_is_opened_before_the_carrier_is_asked() -> None:
    story = Story()
    kinds = [type(order) for order in story.tell(e.DialBegan())]
    assert kinds.index(o.OpenModel) < kinds.index(o.CreateCall)


def test_a_call_is_placed_once() -> None:
    assert dialled().tell(e.DialBegan()) == []


def test_a_webhook_may_come_before_creates_answer_and_teaches_the_sid() -> None:
    story = Story()
    story.tell(e.DialBegan(), e.StatusReported(CallStatus.RINGING, SID), e.Fetched(1, 1, SID))
    assert story.call.sid == SID
    assert story.ordered(o.AnswerFetch)[0].document == o.Document(o.DocumentKind.STREAM, 1)
    story.tell(e.Created(SID))
    assert story.call.create is Create.KNOWN
    assert story.call.phase is Phase.ANSWERED


def test_a_lost_answer_is_looked_up_and_what_is_found_is_no_proof() -> None:
    story = Story()
    story.tell(e.DialBegan(), e.CreateLost("time-out"))
    assert story.ordered(o.LookUp)
    story.tell(e.LookedUp(()), fire(Timer.LOOK_UP), e.LookedUp((SID,)))
    assert story.call.sid == "" and story.call.candidates == (SID,)
    story.tell(e.HangUpAsked(), fire(Timer.LOOK_UP), e.LookedUp((), reached=False))
    assert not story.ordered(o.HangUp) and story.call.candidates == (SID,)


@pytest.mark.parametrize("wanted", [False, True])
def test_a_webhook_proves_which_call_it_is(wanted: bool) -> None:
    story = Story()
    story.tell(e.DialBegan(), e.CreateLost("time-out"), e.LookedUp(("CA2", SID)))
    if wanted:
        story.tell(e.HangUpAsked())
    story.tell(e.StatusReported(CallStatus.INITIATED, SID))
    assert story.call.sid == SID
    assert story.ordered(o.HangUp) == ([o.HangUp(1, SID)] if wanted else [])


def test_what_may_be_it_is_named_when_nobody_has_told_of_it() -> None:
    story = Story()
    story.tell(e.DialBegan(), e.CreateLost("time-out"))
    for _ in range(30):
        story.tell(e.LookedUp((SID,)), fire(Timer.LOOK_UP))
    assert story.end == (Cause.CREATE_UNKNOWN, Outcome.UNKNOWN)
    assert any(SID in note.text for note in story.call.notes)
    assert not story.ordered(o.HangUp)


def test_a_call_that_is_never_found_ends_unknown_after_the_named_time() -> None:
    story = Story()
    story.tell(e.DialBegan(), e.CreateLost("time-out"))
    for _ in range(30):
        story.tell(e.LookedUp(()), fire(Timer.LOOK_UP))
    assert story.end == (Cause.CREATE_UNKNOWN, Outcome.UNKNOWN)


def test_several_calls_that_might_be_ours_are_not_touched() -> None:
    story = Story()
    story.tell(e.DialBegan(), e.CreateLost("time-out"), e.LookedUp(("CA1", "CA2")))
    assert not story.ordered(o.HangUp)
    assert story.call.sid == ""


def test_a_refusal_ends_the_call_and_one_that_was_not_processed_is_tried_again() -> None:
    story = Story()
    story.tell(e.DialBegan(), e.CreateRefused(20429, "busy", retryable=True), fire(Timer.CREATE_RETRY))
    assert [order.attempt for order in story.ordered(o.CreateCall)] == [1, 2]
    story.tell(e.CreateRefused(21211, "no such number"))
    assert story.end == (Cause.CREATE_REFUSED, Outcome.REFUSED)
    assert story.call.phase is Phase.OVER


def test_retries_are_bounded() -> None:
    story = Story()
    story.tell(e.DialBegan())
    waits = []
    for _ in range(5):
        story.tell(e.CreateRefused(20429, "busy", retryable=True))
        waits += [order.seconds for order in story.ordered(o.StartTimer)]
        story.tell(fire(Timer.CREATE_RETRY))
    assert waits == [1.0, 2.0], "each is waited for longer than the one before"
    assert story.call.attempts == 3
    assert story.call.phase is Phase.OVER


def test_a_webhook_during_the_wait_for_a_retry_calls_the_retry_off() -> None:
    story = Story()
    story.tell(e.DialBegan(), e.CreateRefused(20429, "busy", retryable=True), e.Fetched(1, 1, SID))
    assert o.StopTimer(Timer.CREATE_RETRY) in story.orders
    assert story.call.create is Create.KNOWN


def test_hanging_up_while_a_retry_waits_ends_at_once() -> None:
    story = Story()
    story.tell(e.DialBegan(), e.CreateRefused(20429, "busy", retryable=True), e.HangUpAsked())
    assert story.call.phase is Phase.OVER


@pytest.mark.parametrize("teacher", [e.Created(SID), e.StatusReported(CallStatus.RINGING, SID)])
def test_a_hang_up_that_was_wanted_is_sent_as_soon_as_the_sid_is_known(teacher: e.Event) -> None:
    story = Story()
    story.tell(e.DialBegan(), e.HangUpAsked())
    assert story.ruled == ["hang-up-wanted"]
    story.tell(teacher)
    assert story.ordered(o.HangUp) == [o.HangUp(1, SID)]


def test_a_fetch_that_teaches_the_sid_of_an_unwanted_call_gets_hangup_and_one_hang_up_by_rest() -> None:
    story = Story()
    story.tell(e.DialBegan(), e.HangUpAsked(), e.Fetched(1, 1, SID))
    assert story.ordered(o.HangUp) == [o.HangUp(1, SID)]
    assert story.ordered(o.AnswerFetch) == [o.AnswerFetch(1, HANGUP)]
    story.tell(e.Fetched(2, 1, SID), e.Created(SID))
    assert not story.ordered(o.HangUp)
    assert story.stands(State.HANGING)


def test_leaving_while_a_create_is_lost_and_never_found_says_that_it_is_unknown() -> None:
    story = Story()
    story.tell(e.DialBegan(), e.CreateLost("time-out"), e.HangUpAsked())
    for _ in range(30):
        story.tell(e.LookedUp(()), fire(Timer.LOOK_UP))
    assert story.end == (Cause.OPERATOR, Outcome.UNKNOWN)


def test_a_second_call_under_our_id_is_hung_up_once_and_changes_nothing() -> None:
    story = dialled()
    story.tell(e.StatusReported(CallStatus.IN_PROGRESS, "CA2"), e.Fetched(1, 1, "CA2"))
    assert story.ordered(o.HangUp) == [o.HangUp(1, "CA2")]
    assert story.ordered(o.AnswerFetch) == [o.AnswerFetch(1, HANGUP)]
    assert story.call.phase is Phase.QUEUED
    assert not story.call.answered


@pytest.mark.parametrize("timer", [Timer.QUEUE, Timer.RING])
def test_a_phone_that_is_never_picked_up_is_hung_up(timer: Timer) -> None:
    story = dialled()
    if timer is Timer.RING:
        story.tell(e.StatusReported(CallStatus.INITIATED, SID))
    story.tell(fire(timer))
    assert story.call.ending.cause is Cause.RING_TIMEOUT
    assert story.ordered(o.HangUp)


@pytest.mark.parametrize("status", [CallStatus.QUEUED, CallStatus.UNKNOWN])
def test_a_call_whose_create_was_lost_and_that_is_only_known_to_be_queued_is_given_up_as_well(
    status: CallStatus,
) -> None:
    story = Story()
    story.tell(e.DialBegan(), e.CreateLost("time-out"), e.StatusReported(status, SID))
    assert Timer.QUEUE in story.call.timers
    story.tell(fire(Timer.QUEUE))
    assert story.call.ending.cause is Cause.RING_TIMEOUT
    assert story.ordered(o.HangUp)


def test_the_end_is_not_concluded_while_create_is_unanswered() -> None:
    story = Story()
    story.tell(e.DialBegan(), e.StatusReported(CallStatus.COMPLETED, SID))
    assert (story.call.phase, story.state) == (Phase.ENDING, State.HANGING)
    story.tell(e.Fetched(1, 1, SID))
    assert story.ordered(o.AnswerFetch) == [o.AnswerFetch(1, HANGUP)]
    story.tell(e.Created(SID))
    assert story.call.phase is Phase.OVER


def test_callbacks_that_come_late_twice_or_unknown_change_nothing() -> None:
    story = dialled()
    story.tell(e.StatusReported(CallStatus.IN_PROGRESS, SID))
    assert len([t for t in story.ordered(o.StartTimer) if t.timer is Timer.CAP]) == 1
    story.tell(
        e.StatusReported(CallStatus.RINGING, SID),
        e.StatusReported(CallStatus.IN_PROGRESS, SID),
        e.StatusReported(CallStatus.UNKNOWN, SID, said="teleported"),
    )
    assert story.orders == []
    assert story.call.phase is Phase.ANSWERED
    assert "teleported" in story.call.notes[-1].text
