"""Fetches, media sockets and their streams: generations, repeats, outsiders, and what comes when a stream is gone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.call.story import SID, TERMS, Story, dialled, fetched, fire, live, ready
from voicecall_core.call.endings import Cause, Outcome
from voicecall_core.call.guard_table import State
from voicecall_core.call.phase import Phase
from voicecall_core.words import events as e
from voicecall_core.words import orders as o
from voicecall_core.words.terms import Kind, Policy
from voicecall_core.words.values import CallStatus, Timer

HANGUP = o.Document(o.DocumentKind.HANGUP)


def _stream(generation: int) -> o.Document:
    return o.Document(o.DocumentKind.STREAM, generation)


def test_the_bug_of_the_field_the_answered_callback_writes_nothing() -> None:
    story = ready()
    story.tell(e.StatusReported(CallStatus.IN_PROGRESS, SID))
    assert story.ruled == ["stream-owns-document"]
    assert not story.ordered(o.UpdateCall)
    story.tell(e.Fetched(1, 1, SID))
    assert story.ordered(o.AnswerFetch) == [o.AnswerFetch(1, _stream(1))]


def test_the_bug_of_the_field_without_a_guard() -> None:
    story = Story(replace(TERMS, policy=Policy.NAIVE))
    story.tell(e.DialBegan(), e.Created(SID))
    assert not story.ordered(o.OpenModel)
    with pytest.raises(AssertionError, match="status callback"):
        story.tell(e.StatusReported(CallStatus.IN_PROGRESS, SID))
    assert story.call.guard.pending is not None


def test_a_repeated_fetch_gets_the_same_document_in_every_state_of_its_stream() -> None:
    story = fetched(ready())
    for event in (e.UpgradeAsked(1, 1, True), e.StreamStarted(1, "MZ1", SID), e.StreamStopped(1)):
        story.tell(e.Fetched(2, 1, SID))
        assert story.ordered(o.AnswerFetch) == [o.AnswerFetch(2, _stream(1))]
        story.tell(event)
    story.tell(e.Fetched(3, 1, SID))
    assert story.ordered(o.AnswerFetch) == [o.AnswerFetch(3, _stream(1))]


def test_a_newer_socket_that_has_not_started_takes_the_place_of_the_older() -> None:
    story = fetched(ready())
    story.tell(e.UpgradeAsked(1, 1, True), e.UpgradeAsked(2, 1, True))
    assert [order.socket for order in story.ordered(o.CloseSocket)] == [1]
    assert [order.socket for order in story.ordered(o.AcceptSocket)] == [1, 2]
    story.tell(e.SocketClosed(1), e.StreamStarted(1, "MZ1", SID))
    assert story.stands(State.UPGRADED)
    story.tell(e.StreamStarted(2, "MZ2", SID))
    assert story.stands(State.LIVE)


def test_a_second_socket_beside_a_live_stream_is_turned_away() -> None:
    story = live()
    story.tell(e.UpgradeAsked(2, 1, True))
    assert story.ordered(o.RefuseSocket) == [o.RefuseSocket(2, 403)]
    assert story.stands(State.LIVE)


@pytest.mark.parametrize("event", [e.UpgradeAsked(2, 1, False), e.UpgradeAsked(2, 2, True)])
def test_a_wrong_token_is_turned_away_and_changes_nothing(event: e.UpgradeAsked) -> None:
    story = fetched(ready())
    before = story.call.guard
    story.tell(event)
    assert story.ordered(o.RefuseSocket) == [o.RefuseSocket(2, 403)]
    assert story.call.guard == before


@pytest.mark.parametrize(
    "start",
    [
        e.StreamStarted(1, "MZ1", "CA9"),
        e.StreamStarted(1, "MZ1", SID, account_ok=False),
        e.StreamStarted(1, "MZ1", SID, encoding="audio/l16 16000 1"),
    ],
)
def test_a_wrong_start_is_closed_and_the_wait_for_the_right_one_runs_on(start: e.StreamStarted) -> None:
    story = fetched(ready())
    story.tell(e.UpgradeAsked(1, 1, True), start)
    assert [order.code for order in story.ordered(o.CloseSocket)] == [1008]
    assert story.stands(State.SERVED)
    assert Timer.STREAM in story.call.timers


def test_a_start_that_comes_twice_is_ignored() -> None:
    story = live()
    assert story.tell(e.StreamStarted(1, "MZ1", SID)) == []
    assert story.ruled == ["already-started"]


def test_a_stream_that_breaks_comes_back_with_the_next_generation() -> None:
    story = live()
    story.tell(e.SocketClosed(1))
    assert story.stands(State.GONE)
    assert Timer.STREAM_BACK in story.call.timers
    story.tell(e.Fetched(2, 2, SID), e.UpgradeAsked(2, 2, True), e.StreamStarted(2, "MZ2", SID))
    assert story.stands(State.LIVE)
    assert story.call.model.session == 1
    assert Timer.STREAM_BACK not in story.call.timers


def test_a_next_fetch_proves_the_end_of_a_stream_whose_socket_still_stands() -> None:
    story = live()
    story.tell(e.Fetched(2, 2, SID))
    assert [order.socket for order in story.ordered(o.CloseSocket)] == [1]
    assert story.ordered(o.AnswerFetch)[0].document == _stream(2)
    story.tell(e.SocketClosed(1))
    assert story.stands(State.SERVED)


def test_streams_come_back_a_bounded_number_of_times() -> None:
    story = live()
    for generation in (2, 3, 4):
        story.tell(
            e.SocketClosed(generation - 1),
            e.Fetched(generation, generation, SID),
            e.UpgradeAsked(generation, generation, True),
            e.StreamStarted(generation, "MZ", SID),
        )
        assert story.stands(State.LIVE)
    story.tell(e.SocketClosed(4), e.Fetched(5, 5, SID))
    assert story.ordered(o.AnswerFetch)[0].document == HANGUP
    assert story.call.ending.cause is Cause.STREAM_LOST


@pytest.mark.parametrize(
    ("opened", "cause"), [(False, Cause.STREAM_NEVER_CAME), (True, Cause.STREAM_LOST)], ids=["never opened", "lost"]
)
def test_a_call_whose_streams_are_used_up_is_ended_by_us_and_not_by_the_callee(opened: bool, cause: Cause) -> None:
    story = ready()
    last = story.call.terms.limits.stream_generations
    story.tell(*(e.Fetched(number, number, SID) for number in range(1, last + 1)))
    if opened:
        story.tell(e.UpgradeAsked(1, last, True), e.StreamStarted(1, "MZ1", SID))
    story.tell(e.Fetched(last + 1, last + 1, SID), e.StatusReported(CallStatus.COMPLETED, SID))
    assert story.call.ending.cause is cause


@pytest.mark.parametrize(
    ("status", "cause"), [(CallStatus.IN_PROGRESS, Cause.STREAM_LOST), (CallStatus.COMPLETED, Cause.CALLEE)]
)
def test_a_stream_that_does_not_come_back_is_asked_about(status: CallStatus, cause: Cause) -> None:
    story = live()
    story.tell(e.StreamStopped(1), fire(Timer.STREAM_BACK), e.Checked(status))
    assert story.call.ending.cause is cause
    assert bool(story.ordered(o.HangUp)) is (status is CallStatus.IN_PROGRESS)


def test_a_stream_that_came_back_while_the_carrier_was_asked_goes_on() -> None:
    story = live()
    story.tell(e.StreamStopped(1), fire(Timer.STREAM_BACK), e.Fetched(2, 2, SID))
    story.tell(e.Checked(CallStatus.IN_PROGRESS))
    assert story.call.ending.cause is None


def test_a_stream_that_never_comes_ends_the_call() -> None:
    story = fetched(ready())
    story.tell(e.StreamReported("stream-error", SID, "31920"), fire(Timer.STREAM))
    assert story.call.ending.cause is Cause.STREAM_NEVER_CAME
    assert "31920" in " ".join(note.text for note in story.call.notes)


def test_stop_and_close_of_one_socket_end_its_stream_once() -> None:
    story = live()
    story.tell(e.StreamStopped(1), e.SocketClosed(1), e.StreamStopped(1))
    assert len([t for t in story.ordered(o.StartTimer) if t.timer is Timer.STREAM_BACK]) == 1


def test_a_socket_that_closes_before_its_start_leaves_the_document_served() -> None:
    story = fetched(ready())
    story.tell(e.UpgradeAsked(1, 1, True), e.SocketClosed(1))
    assert story.stands(State.SERVED)
    story.tell(e.UpgradeAsked(2, 1, True), e.StreamStarted(2, "MZ1", SID))
    assert story.stands(State.LIVE)


def test_a_start_is_proof_of_an_answer_like_any_other_and_comes_last_here() -> None:
    story = live()
    assert story.call.phase is Phase.TALKING
    assert story.call.caps == 1


def test_a_say_call_is_given_its_message_and_no_stream() -> None:
    story = dialled(replace(TERMS, kind=Kind.SAY))
    assert not story.ordered(o.OpenModel)
    story.tell(e.Fetched(1, 1, SID), e.Fetched(2, 1, SID))
    message = o.Document(o.DocumentKind.SAY, 1, "A message.")
    assert [order.document for order in story.ordered(o.AnswerFetch)] == [message, message]
    story.tell(e.UpgradeAsked(1, 1, True), e.StatusReported(CallStatus.IN_PROGRESS, SID), e.OperatorSpoke("hi"))
    assert [order.status for order in story.ordered(o.RefuseSocket)] == [403]
    assert not story.ordered(o.UpdateCall)
    story.tell(e.StatusReported(CallStatus.COMPLETED, SID))
    assert story.end == (Cause.SAID, Outcome.COMPLETED)


def test_a_digit_is_noted() -> None:
    story = live()
    story.tell(e.DigitPressed(1, "5"))
    assert "5" in story.call.notes[-1].text
