"""Bringing a call to its end: hang-ups refused, lost, late or doubled, and the carrier's last word."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.call.story import SID, Story, dialled, fire, greeted, live
from voicecall_core.call.endings import BY_STATUS, ENDINGS, Cause, Outcome
from voicecall_core.call.guard_table import State
from voicecall_core.call.phase import Phase
from voicecall_core.words import events as e
from voicecall_core.words import orders as o
from voicecall_core.words.values import CallStatus, Refusal, RestAnswer, Timer


def _said(number: int, answer: RestAnswer, refusal: Refusal = Refusal.OTHER) -> e.UpdateAnswered:
    return e.UpdateAnswered(number, answer, reason="because", refusal=refusal)


ACCEPTED, REFUSED, LOST = RestAnswer.ACCEPTED, RestAnswer.REFUSED, RestAnswer.LOST


def hung_up() -> Story:
    story = greeted()
    story.tell(e.HangUpAsked())
    assert story.ordered(o.HangUp) == [o.HangUp(1, SID)]
    return story


def test_a_hang_up_closes_the_model_and_stops_every_timer_but_those_of_the_end() -> None:
    story = hung_up()
    assert story.ordered(o.CloseModel) == [o.CloseModel(1)]
    assert not story.call.timers


def test_accepted_is_not_confirmed_the_terminal_callback_is() -> None:
    story = hung_up()
    story.tell(_said(1, ACCEPTED))
    assert story.call.phase is Phase.ENDING
    story.tell(e.StatusReported(CallStatus.COMPLETED, SID))
    assert story.end == (Cause.OPERATOR, Outcome.COMPLETED)
    assert [order.outcome for order in story.ordered(o.Conclude)] == [Outcome.COMPLETED]


def test_without_a_callback_the_carrier_is_asked() -> None:
    story = hung_up()
    story.tell(_said(1, ACCEPTED), fire(Timer.TERMINAL))
    assert story.ordered(o.CheckCall) == [o.CheckCall(SID)]
    story.tell(e.Checked(CallStatus.COMPLETED))
    assert story.call.phase is Phase.OVER
    assert story.call.ending.confirmed


@pytest.mark.parametrize("answer", [_said(1, REFUSED), _said(1, LOST)])
def test_a_hang_up_that_failed_is_sent_again_under_a_new_number(answer: e.UpdateAnswered) -> None:
    story = hung_up()
    story.tell(answer)
    assert not story.ordered(o.HangUp)
    story.tell(fire(Timer.UPDATE_RETRY))
    assert story.ordered(o.HangUp) == [o.HangUp(2, SID)]


def test_each_hang_up_that_fails_is_waited_after_for_longer() -> None:
    story, waits = hung_up(), []
    for number in (1, 2):
        story.tell(_said(number, REFUSED))
        waits += [order.seconds for order in story.ordered(o.StartTimer) if order.timer is Timer.UPDATE_RETRY]
        story.tell(fire(Timer.UPDATE_RETRY))
    assert waits == [1.0, 2.0]


@pytest.mark.parametrize("refusal", [Refusal.NOT_IN_PROGRESS, Refusal.NOT_FOUND])
def test_a_call_that_is_not_in_progress_is_asked_about_not_hung_up_again(refusal: Refusal) -> None:
    story = hung_up()
    story.tell(_said(1, REFUSED, refusal))
    assert story.ordered(o.CheckCall) and not story.ordered(o.HangUp)
    story.tell(e.Checked(CallStatus.COMPLETED))
    assert story.call.phase is Phase.OVER


def _given_up() -> Story:
    story = hung_up()
    for number in (1, 2, 3):
        story.tell(_said(number, REFUSED), fire(Timer.UPDATE_RETRY))
    return story


def test_after_the_last_failure_the_stream_is_closed_and_the_carrier_asked_once_more() -> None:
    story = _given_up()
    assert story.ordered(o.CloseSocket)
    assert not story.ordered(o.HangUp)
    story.tell(fire(Timer.TERMINAL), e.Checked(None))
    assert story.end == (Cause.OPERATOR, Outcome.UNCONFIRMED)
    assert story.call.phase is Phase.OVER
    assert not story.call.ending.confirmed


def test_the_redirect_behind_the_closed_stream_gets_hangup() -> None:
    story = _given_up()
    story.tell(e.SocketClosed(1), e.Fetched(2, 2, SID))
    assert story.ordered(o.AnswerFetch) == [o.AnswerFetch(2, o.Document(o.DocumentKind.HANGUP))]
    story.tell(e.StatusReported(CallStatus.COMPLETED, SID))
    assert story.end == (Cause.OPERATOR, Outcome.COMPLETED)


def test_one_hang_up_at_a_time() -> None:
    story = hung_up()
    story.tell(e.HangUpAsked(), e.HangUpAsked("signal"))
    assert story.ruled == ["one-hang-up-at-a-time"] * 2
    assert not story.orders
    story.tell(_said(1, ACCEPTED), e.HangUpAsked())
    assert not story.ordered(o.HangUp)
    story.tell(fire(Timer.TERMINAL), e.HangUpAsked())
    assert not story.ordered(o.HangUp)


def test_a_hang_up_asked_for_during_the_wait_for_a_retry_goes_at_once_instead() -> None:
    story = hung_up()
    story.tell(_said(1, REFUSED), e.HangUpAsked())
    assert story.ordered(o.HangUp) == [o.HangUp(2, SID)]
    assert o.StopTimer(Timer.UPDATE_RETRY) in story.orders


def test_an_answer_that_comes_a_second_time_is_stale() -> None:
    story = hung_up()
    story.tell(_said(1, REFUSED), _said(1, ACCEPTED), _said(1, LOST))
    assert story.call.ending.tries == 1
    assert Timer.TERMINAL not in story.call.timers


def test_an_answer_to_an_earlier_status_check_does_not_count_as_a_failed_hang_up() -> None:
    story = live()
    story.tell(e.StreamStopped(1), fire(Timer.STREAM_BACK))
    assert story.ordered(o.CheckCall)
    story.tell(e.HangUpAsked(), e.Checked(CallStatus.IN_PROGRESS))
    assert story.call.ending.tries == 0
    assert Timer.UPDATE_RETRY not in story.call.timers


def test_a_terminal_callback_while_the_hang_up_is_in_flight_ends_it() -> None:
    story = hung_up()
    story.tell(e.StatusReported(CallStatus.COMPLETED, SID))
    assert story.call.phase is Phase.OVER
    story.tell(_said(1, REFUSED, Refusal.NOT_IN_PROGRESS))
    assert not story.orders


@pytest.mark.parametrize(("status", "cause"), list(BY_STATUS.items()))
def test_a_call_that_was_never_answered_ends_by_the_carriers_word(status: CallStatus, cause: Cause) -> None:
    story = dialled()
    story.tell(e.StatusReported(status, SID))
    assert story.end == (cause, ENDINGS[cause].outcome)


@pytest.mark.parametrize(("story", "outcome"), [(live, Outcome.UNHEARD), (greeted, Outcome.COMPLETED)])
def test_what_the_callee_heard_decides_the_outcome_when_it_hangs_up(
    story: Callable[[], Story], outcome: Outcome
) -> None:
    told = story()
    told.tell(e.StatusReported(CallStatus.COMPLETED, SID))
    assert told.end == (Cause.CALLEE, outcome)


def test_the_cap_ends_the_call_by_a_hang_up() -> None:
    story = greeted()
    story.tell(fire(Timer.CAP))
    assert story.ordered(o.HangUp)
    assert story.call.ending.cause is Cause.CAP


def test_a_timer_that_was_stopped_says_nothing() -> None:
    story = greeted()
    story.tell(fire(Timer.RING), fire(Timer.STREAM), fire(Timer.GREETING))
    assert story.orders == []


def test_a_lost_tunnel_and_a_stalled_stream_end_the_call() -> None:
    for event, cause in (
        (e.TunnelLost("gone"), Cause.TUNNEL_LOST),
        (e.MediaStalled(1, 30_000), Cause.MEDIA_STALLED),
    ):
        story = greeted()
        story.tell(event)
        assert story.call.ending.cause is cause
        assert story.ordered(o.HangUp)


def test_media_that_stalls_on_a_socket_of_the_past_ends_nothing() -> None:
    story = greeted()
    assert story.tell(e.MediaStalled(9, 30_000)) == []


def test_a_start_while_hanging_up_is_closed() -> None:
    story = live()
    story.tell(e.StreamStopped(1), e.Fetched(2, 2, SID), e.UpgradeAsked(2, 2, True), e.HangUpAsked())
    story.tell(e.StreamStarted(2, "MZ2", SID))
    assert [order.code for order in story.ordered(o.CloseSocket)] == [1008]
    assert story.stands(State.HANGING)


def test_hanging_up_before_anything_was_dialled_is_the_end() -> None:
    story = Story()
    story.tell(e.HangUpAsked())
    assert story.end == (Cause.OPERATOR, Outcome.CANCELLED)
