"""The model's sessions: reopened once with what was said, apologised for when dead, in every state of the call."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.call.story import SID, Story, dialled, fetched, fire, greeted, live, ready, speaking
from voicecall_core.call.endings import Cause, Outcome
from voicecall_core.call.guard_table import State
from voicecall_core.call.invariants import broken
from voicecall_core.call.model_link import Link
from voicecall_core.call.step import step
from voicecall_core.words import events as e
from voicecall_core.words import orders as o
from voicecall_core.words.values import CallStatus, ItemPlay, ModelStage, Timer

LOST = e.ModelFailed(1, "1006", "gone")
KEY = e.ModelFailed(1, "invalid_api_key", "wrong key", retryable=False)


def _dead(story: Story) -> Story:
    """The model lost for good."""
    story.tell(e.ModelFailed(story.call.model.session, "invalid_api_key", "wrong key", retryable=False))
    return story


def test_a_session_lost_in_mid_call_is_reopened_with_what_was_said_and_the_turn_that_is_owed() -> None:
    story = greeted()
    story.tell(e.Spoken(1, "i1", "r1", "Hello."), e.Heard(1, "u1", "Who is this?"), e.TurnCommitted(1, "u1"))
    story.tell(LOST)
    assert story.ordered(o.OpenModel) == [o.OpenModel(2, held=False)]
    story.tell(e.ModelReached(2, ModelStage.READY))
    lines = (("agent", "Hello."), ("callee", "Who is this?"))
    assert story.ordered(o.TellHistory) == [o.TellHistory(2, lines)]
    assert story.ordered(o.AskResponse) == [o.AskResponse(2, "turn-1")]


def test_the_callees_audio_is_forwarded_behind_what_was_said_before_it_and_once() -> None:
    story = dialled()
    ready_now = e.ModelReached(1, ModelStage.READY)
    assert _said(story.tell(ready_now))[-1] == o.ForwardAudio(1)
    assert story.tell(ready_now) == []
    story.tell(LOST, fire(Timer.MODEL_RETRY))
    assert not story.ordered(o.ForwardAudio)
    assert story.tell(ready_now) == []  # of the session that is gone, while the next one is being opened
    assert _said(story.tell(e.ModelReached(2, ModelStage.READY)))[-1] == o.ForwardAudio(2)


def _said(orders: list[o.Order]) -> list[o.Order]:
    return [order for order in orders if not isinstance(order, o.StartTimer | o.StopTimer)]


@pytest.mark.parametrize("forwarded", [(), (2,), (1, 1), (1, 2)])
def test_a_session_that_gets_ready_and_is_not_forwarded_to_exactly_once_breaks_law_14(
    forwarded: tuple[int, ...],
) -> None:
    made = step(dialled().call, e.ModelReached(1, ModelStage.READY))
    orders = tuple(o.ForwardAudio(session) for session in forwarded)
    assert [law.law for law in broken(replace(made, orders=orders))] == [14]
    once = replace(made, orders=(o.ForwardAudio(1),))
    assert not broken(once)
    assert [law.law for law in broken(replace(once, before=made.call))] == [14]


def test_nothing_is_asked_for_if_nothing_is_owed() -> None:
    story = greeted()
    story.tell(LOST, e.ModelReached(2, ModelStage.READY))
    assert not story.ordered(o.AskResponse)


def test_an_answer_of_which_nothing_was_heard_is_owed_by_the_next_session() -> None:
    story = greeted()
    story.tell(e.Heard(1, "u1", "Who is this?"), e.TurnCommitted(1, "u1"), e.ResponseBegan(1, "r2"))
    story.tell(e.AudioBegan(1, "r2", "i2"))
    story.tell(LOST, e.ModelReached(2, ModelStage.READY))
    assert len(story.ordered(o.AskResponse)) == 1


def _answering() -> Story:
    story = greeted()
    story.tell(e.Heard(1, "u1", "Who is this?"), e.TurnCommitted(1, "u1"))
    return speaking(story)


def test_an_answer_that_was_here_to_its_end_is_not_given_twice() -> None:
    story = _answering()
    story.tell(e.AudioEnded(1, "r2", "i2", 3000), LOST, e.ModelReached(2, ModelStage.READY))
    assert not story.ordered(o.AskResponse)
    story.tell(e.MarkReturned(1, "i2", "r2", 5000))
    assert not story.ordered(o.AskResponse)


def test_an_answer_that_broke_off_with_its_session_is_gone_on_with_once_what_there_was_has_played() -> None:
    story = _answering()
    story.tell(LOST, e.AudioEnded(1, "r2", "i2", 400), e.ModelReached(2, ModelStage.READY))
    assert not story.ordered(o.AskResponse)
    story.tell(e.MarkReturned(1, "i2", "r2", 5000))
    assert story.ordered(o.AskResponse) == [o.AskResponse(2, "turn-1")]


def test_who_speaks_up_when_an_answer_broke_off_is_answered_himself() -> None:
    story = _answering()
    story.tell(LOST, e.AudioEnded(1, "r2", "i2", 400), e.MarkReturned(1, "i2", "r2", 5000), e.VoiceBegan(1, 5200))
    story.tell(e.ModelReached(2, ModelStage.READY), e.SpeechStarted(2, 100))
    story.tell(e.SpeechStopped(2, 900), e.TurnCommitted(2, "u2"), e.ResponseBegan(2, "r3"))
    assert not story.ordered(o.AskResponse)


def test_a_sentence_that_broke_off_with_its_session_is_said_again() -> None:
    story = greeted()
    story.tell(e.OperatorSpoke("Offer a discount."))
    speaking(story, ref="turn-1")
    story.tell(LOST, e.AudioEnded(1, "r2", "i2", 400), e.MarkReturned(1, "i2", "r2", 5000))
    story.tell(e.ModelReached(2, ModelStage.READY))
    assert [order.pii_text for order in story.ordered(o.AskResponse)] == ["Offer a discount."]


def test_a_turn_whose_words_are_not_known_is_told_to_the_next_session_again() -> None:
    story = greeted()
    story.tell(e.TurnCommitted(1, "u1"), LOST, e.ModelReached(2, ModelStage.READY))
    assert story.ordered(o.ForwardAudio) == [o.ForwardAudio(2, again=True)]
    assert not story.ordered(o.AskResponse)


def test_a_greeting_that_was_not_made_in_time_is_asked_for_in_the_next_session() -> None:
    story = dialled()
    story.tell(e.ModelReached(1, ModelStage.READY), e.ResponseBegan(1, "r1", "greeting-1"), LOST)
    assert story.ordered(o.MuteResponse) == [o.MuteResponse("r1")]
    story.tell(fire(Timer.MODEL_RETRY), e.ModelReached(2, ModelStage.READY))
    assert story.ordered(o.AskGreeting) == [o.AskGreeting(2, "greeting-2")]


def test_a_greeting_that_was_made_is_kept_when_its_session_is_lost() -> None:
    story = ready()
    story.tell(LOST, e.ModelReached(2, ModelStage.READY))
    assert not story.ordered(o.AskGreeting)
    fetched(story).tell(e.UpgradeAsked(1, 1, True), e.StreamStarted(1, "MZ1", SID))
    story.tell(e.AudioSent(1, "i1", "r1", 100), e.MarkReturned(1, "i1", "r1", 3100))
    assert story.call.conversation.heard


def test_what_a_lost_session_still_says_is_about_nothing() -> None:
    story = greeted()
    story.tell(LOST)
    late = [
        e.ResponseBegan(1, "r9"),
        e.AudioBegan(1, "r9", "i9"),
        e.SpeechStarted(1, 100),
        e.TurnCommitted(1, "u9"),
        e.ToolCalled(1, "r9", "t9", "end_call"),
        e.ResponseEnded(1, "r9", "failed"),
        LOST,
    ]
    assert story.tell(*late) == []


def test_items_of_a_lost_session_are_not_truncated_in_the_next() -> None:
    story = speaking(greeted())
    story.tell(LOST, e.ModelReached(2, ModelStage.READY))
    playing = (ItemPlay("i2", "r2", 3000, 2000, 0, 4000),)
    story.tell(e.SpeechStarted(2, 100, 5000, playing))
    assert story.ordered(o.ClearAudio)
    assert not story.ordered(o.TruncateItem) and not story.ordered(o.DeleteItem)


def test_refused_for_good_while_it_rings_ends_the_call_at_once() -> None:
    story = dialled()
    story.tell(KEY)
    assert story.call.ending.cause is Cause.MODEL_REFUSED
    assert story.ordered(o.HangUp)


@pytest.mark.parametrize("event", [LOST, fire(Timer.MODEL)])
def test_lost_while_it_rings_is_tried_again_after_growing_waits_and_never_ends_the_call(event: e.Event) -> None:
    story, waits = dialled(), []
    for session in range(1, 8):
        story.tell(replace(event, session=session) if isinstance(event, e.ModelFailed) else event)
        waits += [order.seconds for order in story.ordered(o.StartTimer) if order.timer is Timer.MODEL_RETRY]
        if session < 7:
            story.tell(fire(Timer.MODEL_RETRY))
            assert story.ordered(o.OpenModel) == [o.OpenModel(session + 1, held=True)]
    assert waits == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0]
    assert story.call.ending.cause is None
    story.tell(e.StatusReported(CallStatus.IN_PROGRESS, SID))
    assert story.ordered(o.OpenModel) == [o.OpenModel(8, held=True)]


def test_a_fourth_loss_within_a_minute_is_the_last() -> None:
    story = greeted()
    story.tell(LOST, e.ModelFailed(2, "1006", "gone"), fire(Timer.MODEL_RETRY))
    story.tell(e.ModelFailed(3, "1006", "gone"), fire(Timer.MODEL_RETRY))
    assert story.ordered(o.OpenModel)
    story.tell(e.ModelFailed(4, "1006", "gone"))
    assert story.call.model.state is Link.DEAD
    assert story.ordered(o.PlayClip) == [o.PlayClip(1, "apology")]


# --- the apology, in each state of the document --------------------------------------------------------------------


def test_in_a_live_stream_the_apology_goes_through_it_then_the_call_is_hung_up() -> None:
    story = _dead(greeted())
    assert story.ordered(o.PlayClip) == [o.PlayClip(1, "apology")]
    story.tell(e.MarkReturned(1, "apology", "apology", 9000))
    assert story.ordered(o.HangUp)
    story.tell(e.StatusReported(CallStatus.COMPLETED, SID))
    assert story.end == (Cause.MODEL_REFUSED, Outcome.MODEL_FAILED)


def test_an_apology_whose_mark_never_comes_is_waited_for_a_named_time() -> None:
    story = _dead(greeted())
    story.tell(fire(Timer.APOLOGY))
    assert story.ordered(o.HangUp)


def test_an_apology_whose_stream_breaks_is_not_repeated() -> None:
    story = _dead(greeted())
    story.tell(e.StreamStopped(1))
    assert story.ordered(o.HangUp)


@pytest.mark.parametrize("upgraded", [False, True])
def test_before_the_start_it_waits_for_the_start(upgraded: bool) -> None:
    story = fetched(dialled())
    if upgraded:
        story.tell(e.UpgradeAsked(1, 1, True))
    _dead(story)
    assert story.ruled == ["apology-at-start"]
    assert not story.ordered(o.PlayClip)
    story.tell(*([] if upgraded else [e.UpgradeAsked(1, 1, True)]), e.StreamStarted(1, "MZ1", SID))
    assert story.ordered(o.PlayClip) == [o.PlayClip(1, "apology")]


def test_before_the_start_it_is_not_waited_for_without_a_bound() -> None:
    story = _dead(fetched(dialled()))
    story.tell(fire(Timer.STREAM))
    assert story.call.ending.cause is Cause.MODEL_REFUSED


def test_answered_but_not_fetched_there_is_no_stream_to_wait_for() -> None:
    story = dialled()
    story.tell(e.StatusReported(CallStatus.IN_PROGRESS, SID))
    _dead(story)
    assert story.ruled == ["nobody-answered-yet", "hang-up"]


def test_without_a_stream_it_answers_the_next_fetch_and_hangs_up() -> None:
    story = greeted()
    story.tell(e.StreamStopped(1))
    _dead(story)
    assert story.ruled == ["apology-at-next-fetch"]
    story.tell(e.Fetched(2, 2, SID))
    answer = story.ordered(o.AnswerFetch)[0].document
    assert answer.kind is o.DocumentKind.SAY and answer.pii_text
    assert story.stands(State.SAYING)
    story.tell(e.Fetched(3, 2, SID), e.StatusReported(CallStatus.COMPLETED, SID))
    assert story.ordered(o.AnswerFetch)[0].document == answer
    assert story.end == (Cause.MODEL_REFUSED, Outcome.MODEL_FAILED)


def test_once_hanging_up_the_models_death_is_not_news() -> None:
    story = greeted()
    story.tell(e.HangUpAsked(), LOST)
    assert [type(order) for order in story.orders if not isinstance(order, o.StopTimer)] == [o.CloseModel, o.HangUp]


def test_a_mark_that_is_called_apology_ends_nothing_when_none_is_played() -> None:
    assert greeted().tell(e.MarkReturned(1, "apology", "apology", 9000)) == []


def test_a_stream_that_stops_while_the_model_connects_cancels_that_once_the_call_ends() -> None:
    story = live()
    story.tell(LOST, e.StreamStopped(1), fire(Timer.STREAM_BACK), e.Checked(CallStatus.COMPLETED))
    assert story.ordered(o.CloseModel) == [o.CloseModel(2)]
    assert "handshake is cancelled" in " ".join(note.text for note in story.call.notes)


def test_a_response_that_no_retry_can_help_is_the_end_of_the_model() -> None:
    story = speaking(greeted())
    story.tell(e.ResponseEnded(1, "r2", "failed", "no credit", retryable=False))
    assert story.call.model.cause is Cause.MODEL_REFUSED
    assert story.ordered(o.PlayClip)


def test_a_failed_response_is_asked_for_again_twice_in_a_row_is_the_sessions_end() -> None:
    story = greeted()
    story.tell(e.Heard(1, "u1", "Who?"), e.TurnCommitted(1, "u1"), e.ResponseBegan(1, "r2"))
    story.tell(e.ResponseEnded(1, "r2", "failed", "server_error"))
    assert story.ordered(o.AskResponse) == [o.AskResponse(1, "turn-1")]
    story.tell(e.ResponseBegan(1, "r3", "turn-1"), e.ResponseEnded(1, "r3", "failed", "server_error"))
    assert story.ordered(o.OpenModel) == [o.OpenModel(2, held=False)]


def test_sound_of_a_session_that_is_not_set_up_is_not_heard() -> None:
    """Also of a response that was never said to have begun."""
    story = dialled()
    story.tell(e.ModelReached(1, ModelStage.UPGRADED), e.AudioBegan(1, "r1", "i1"))
    assert o.MuteResponse("r1") in story.orders and story.ordered(o.CloseModel) == [o.CloseModel(1)]
