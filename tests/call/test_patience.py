"""Nobody waits in silence: what is done, and when, about a model that owes the callee a sound."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.call.story import SID, TERMS, Story, dialled, fetched, fire, greeted, live, play, speaking
from voicecall_core.call.conversation import Floor, Owed
from voicecall_core.call.endings import Cause, Outcome
from voicecall_core.call.model_link import Link
from voicecall_core.words import events as e
from voicecall_core.words import orders as o
from voicecall_core.words.values import CallStatus, ItemPlay, ModelStage, Timer

READY = e.ModelReached(1, ModelStage.READY)
IMPATIENT = fire(Timer.PATIENCE)
MOMENT = replace(TERMS, moment=True)


def _waits(story: Story) -> list[float]:
    """The patience clock as it was started in the last telling."""
    return [order.seconds for order in story.ordered(o.StartTimer) if order.timer is Timer.PATIENCE]


def _turn(story: Story, item: str = "u1") -> Story:
    """The callee says something, whole, and its words are known."""
    session = story.call.model.session
    story.tell(
        e.SpeechStarted(session, 5000),
        e.SpeechStopped(session, 6000),
        e.Heard(session, item, "Who is this?"),
        e.TurnCommitted(session, item),
    )
    return story


def test_a_turn_that_the_model_does_not_answer_is_asked_for_at_half_of_the_patience() -> None:
    story = _turn(greeted())
    assert _waits(story)[-1] == 1.8  # 0.2 s after he stopped
    story.tell(IMPATIENT)
    assert story.ordered(o.AskResponse) == [o.AskResponse(1, "turn-1")]
    assert _waits(story) == [3.7]  # the whole patience, from when he stopped


def test_then_another_session_is_opened_and_told_what_was_said() -> None:
    story = _turn(greeted())
    story.tell(IMPATIENT, IMPATIENT)
    assert story.ordered(o.CloseModel) == [o.CloseModel(1)]
    assert story.ordered(o.OpenModel) == [o.OpenModel(2, held=False)]
    story.tell(e.ModelReached(2, ModelStage.READY))
    assert story.ordered(o.TellHistory) and story.ordered(o.AskResponse) == [o.AskResponse(2, "turn-2")]


def test_then_the_call_is_apologised_for_and_its_end_says_that_the_agent_fell_silent() -> None:
    story = _turn(greeted())
    story.tell(IMPATIENT, IMPATIENT, e.ModelReached(2, ModelStage.READY), IMPATIENT)
    assert story.ordered(o.PlayClip) == [o.PlayClip(1, "apology")]
    story.tell(e.MarkReturned(1, "apology", "clip", 20000), e.StatusReported(CallStatus.COMPLETED, SID))
    assert story.end == (Cause.MODEL_SILENT, Outcome.AGENT_SILENT)


def test_a_sound_puts_the_clock_back_to_the_first_remedy() -> None:
    story = _turn(greeted())
    story.tell(IMPATIENT)
    speaking(story, ref="turn-1")
    assert Timer.PATIENCE not in story.call.timers
    story.tell(e.ResponseEnded(1, "r2", "completed"), e.MarkReturned(1, "i2", "r2", 9000))
    _turn(story, "u2").tell(IMPATIENT)
    assert story.ordered(o.AskResponse)


def test_a_response_that_hangs_is_cancelled_and_asked_for_again_after_the_whole_patience() -> None:
    story = _turn(greeted())
    story.tell(e.ResponseBegan(1, "r2"), IMPATIENT, IMPATIENT)
    assert story.ordered(o.CancelResponse) == [o.CancelResponse(1, "r2")]
    assert len(story.ordered(o.AskResponse)) == 1


def test_a_request_that_comes_before_the_cancelled_response_has_ended_is_made_again_when_it_has() -> None:
    story = _turn(greeted())
    story.tell(e.ResponseBegan(1, "r2"), IMPATIENT)
    (again,) = story.ordered(o.AskResponse)
    story.tell(e.ModelErred(1, "conversation_already_has_active_response", "it has", ref=again.ref, busy=True))
    story.tell(e.ResponseEnded(1, "r2", "cancelled"))
    assert [order.ref for order in story.ordered(o.AskResponse)] == ["turn-2"]


def test_an_answer_that_waits_for_the_clip_before_it_is_not_asked_for_again() -> None:
    story = _turn(greeted(MOMENT))
    story.tell(e.ResponseBegan(1, "r2"), IMPATIENT)
    assert story.ordered(o.PlayClip) == [o.PlayClip(1, "one-moment")]
    story.tell(e.ResponseEnded(1, "r2", "cancelled"))
    story.tell(e.ResponseBegan(1, "r3", "turn-1"), e.AudioBegan(1, "r3", "i3"))
    story.tell(e.ResponseEnded(1, "r3", "completed"))
    assert story.ordered(o.AskResponse) == []
    story.tell(e.MarkReturned(1, "one-moment", "clip", 9000), e.AudioSent(1, "i3", "r3", 9000))
    assert story.ordered(o.AskResponse) == [] and story.call.conversation.owed is Owed.NOTHING


def test_a_response_without_a_sound_is_asked_for_again_at_once_and_twice_in_a_row_costs_the_session() -> None:
    story = _turn(greeted())
    story.tell(e.ResponseBegan(1, "r2"), e.ResponseEnded(1, "r2", "completed"))
    assert story.ordered(o.AskResponse) == [o.AskResponse(1, "turn-1")]
    story.tell(e.ResponseBegan(1, "r3", "turn-1"), e.ResponseEnded(1, "r3", "completed"))
    assert story.ordered(o.OpenModel)


def test_a_turn_is_closed_by_hand_and_asked_for_if_only_our_own_ear_has_heard_its_end() -> None:
    story = greeted()
    story.tell(e.SpeechStarted(1, 5000), e.VoiceBegan(1, 5000))
    assert Timer.PATIENCE not in story.call.timers
    story.tell(e.VoiceEnded(1, 7000))
    assert _waits(story) == [2.0]
    story.tell(IMPATIENT, e.TurnCommitted(1, "u1"))
    assert {o.CommitTurn, o.AskResponse} <= {type(order) for order in story.orders}


def test_a_short_word_does_not_cut_the_greeting_though_the_model_never_hears_its_end() -> None:
    story = live()
    story.tell(e.ModelReached(1, ModelStage.READY), e.ResponseBegan(1, "r1", "greeting-1"))
    story.tell(e.AudioBegan(1, "r1", "i1"), e.AudioSent(1, "i1", "r1", 40))
    story.tell(e.SpeechStarted(1, 300), e.VoiceBegan(1, 500))
    assert Timer.SPEECH in story.call.timers
    story.tell(e.VoiceEnded(1, 1400))
    assert Timer.SPEECH not in story.call.timers


def test_a_turn_that_our_own_ear_alone_has_heard_is_owed_an_answer_too() -> None:
    story = live()
    story.tell(e.AudioSent(1, "i1", "r1", 100), e.SpeechStarted(1, 900), e.VoiceBegan(1, 900), e.VoiceEnded(1, 1500))
    story.tell(e.MarkReturned(1, "i1", "r1", 3100))  # the model never hears him stop, and so no further turn begin
    assert Timer.PATIENCE not in story.call.timers
    story.tell(e.VoiceBegan(1, 5000))
    assert Timer.PATIENCE not in story.call.timers
    story.tell(e.VoiceEnded(1, 7000))
    assert _waits(story) == [2.0]
    story.tell(IMPATIENT, e.TurnCommitted(1, "u1"))
    assert {o.CommitTurn, o.AskResponse} <= {type(order) for order in story.orders}


def test_a_turn_that_went_to_a_session_which_was_frozen_already_is_told_to_the_next() -> None:
    story = greeted()
    story.tell(e.VoiceBegan(1, 5000), e.VoiceEnded(1, 7000), e.ModelFailed(1, "no-pong", "silent"))
    assert _waits(story) == [4.0]
    story.tell(e.ModelReached(2, ModelStage.READY))
    assert story.ordered(o.ForwardAudio) == [o.ForwardAudio(2, again=True)]


@pytest.mark.parametrize("seconds", [0, 15])
def test_a_noise_before_a_loss_is_no_turn_once_the_model_has_spoken_or_time_has_passed(seconds: float) -> None:
    story = greeted()
    story.tell(e.VoiceBegan(1, 5000), e.VoiceEnded(1, 7000))
    if not seconds:
        speaking(story)
        story.tell(e.ResponseEnded(1, "r2", "completed"), e.MarkReturned(1, "i2", "r2", 9000))
    story.call = replace(story.call, at=story.call.at + seconds)
    story.tell(e.ModelFailed(1, "1006", "gone"), e.ModelReached(2, ModelStage.READY))
    assert story.ordered(o.ForwardAudio) == [o.ForwardAudio(2)]
    assert Timer.PATIENCE not in story.call.timers


def test_a_turn_whose_end_our_own_ear_has_heard_is_answered_on_the_next_stream() -> None:
    story = greeted()
    story.tell(e.SpeechStarted(1, 5000), e.VoiceBegan(1, 5000), e.VoiceEnded(1, 7000), e.SocketClosed(1))
    story.tell(e.Fetched(2, 2, SID), e.UpgradeAsked(3, 2, True), e.StreamStarted(3, "MZ2", SID))
    assert _waits(story) == [2.0]
    story.tell(IMPATIENT, e.TurnCommitted(1, "u1"))
    assert {o.CommitTurn, o.AskResponse} <= {type(order) for order in story.orders}


def test_a_noise_that_the_model_takes_for_none_is_owed_nothing() -> None:
    story = greeted()
    story.tell(e.VoiceBegan(1, 5000), e.VoiceEnded(1, 7000))
    assert Timer.PATIENCE not in story.call.timers
    story.tell(e.SpeechStarted(1, 8000), e.SpeechStopped(1, 9000), e.TurnCommitted(1, "u1"))
    speaking(story)
    story.tell(e.ResponseEnded(1, "r2", "completed"), e.MarkReturned(1, "i2", "r2", 9000))
    story.tell(e.VoiceBegan(1, 12000), e.VoiceEnded(1, 13000))
    assert Timer.PATIENCE not in story.call.timers


def test_a_callee_who_still_speaks_is_not_talked_over() -> None:
    story = greeted()
    story.tell(e.SpeechStarted(1, 5000), e.VoiceEnded(1, 7000), e.VoiceBegan(1, 7500))
    assert Timer.PATIENCE not in story.call.timers


def test_an_agent_that_stops_in_mid_word_gives_the_floor_back() -> None:
    story = speaking(_turn(greeted()))
    story.tell(e.AudioRanDry(1, "i2", "r2", 5000))
    assert _waits(story) == [4.0]
    story.tell(IMPATIENT)
    assert story.ordered(o.CancelResponse) and not story.ordered(o.AskResponse)
    assert story.call.conversation.floor is Floor.NOBODY


def test_an_agent_that_goes_on_after_a_gap_is_left_alone() -> None:
    story = speaking(_turn(greeted()))
    story.tell(e.AudioRanDry(1, "i2", "r2", 5000), e.AudioSent(1, "i2", "r2", 5600))
    assert Timer.PATIENCE not in story.call.timers


# --- before the first word ------------------------------------------------------------------------------------------


def _answered_early(terms: object = None) -> Story:
    """The callee was quicker than the model."""
    story = fetched(dialled(MOMENT))
    story.tell(e.UpgradeAsked(1, 1, True), e.StreamStarted(1, "MZ1", SID))
    return story


def test_a_session_that_is_slow_to_open_gets_a_second_beside_it_and_the_quicker_one_wins() -> None:
    story = _answered_early()
    story.tell(IMPATIENT)
    assert story.ordered(o.OpenModel) == [o.OpenModel(2, held=True)] and not story.ordered(o.CloseModel)
    assert story.ordered(o.PlayClip) == [o.PlayClip(1, "one-moment")]
    story.tell(e.ModelReached(2, ModelStage.READY))
    assert story.ordered(o.CloseModel) == [o.CloseModel(1)]
    assert story.ordered(o.ForwardAudio) == [o.ForwardAudio(2)]
    assert story.ordered(o.AskGreeting) == [o.AskGreeting(2, "greeting-2")]


def test_if_the_first_one_is_quicker_after_all_the_second_is_closed() -> None:
    story = _answered_early()
    story.tell(IMPATIENT, READY)
    assert story.ordered(o.CloseModel) == [o.CloseModel(2)]
    assert story.ordered(o.AskGreeting) == [o.AskGreeting(1, "greeting-1")]


def test_a_model_that_never_gets_ready_is_apologised_for_within_two_waits_and_a_clip() -> None:
    story = _answered_early()
    story.tell(IMPATIENT, e.MarkReturned(1, "one-moment", "clip", 3000))
    assert _waits(story) == [4.0]
    story.tell(IMPATIENT)
    assert story.ordered(o.PlayClip) == [o.PlayClip(1, "apology")]
    assert story.call.model.cause is Cause.MODEL_NEVER_READY


def test_while_the_clip_sounds_nobody_waits() -> None:
    story = _answered_early()
    story.tell(IMPATIENT)
    assert Timer.PATIENCE not in story.call.timers
    assert story.call.conversation.longest_s > 0


def test_a_greeting_that_hangs_while_it_rings_costs_the_session_not_the_call() -> None:
    story = dialled()
    story.tell(e.StatusReported(CallStatus.RINGING, SID), READY)
    assert _waits(story) == [4.0]
    story.tell(IMPATIENT)
    assert story.ordered(o.OpenModel) == [o.OpenModel(2, held=True)]
    assert story.call.ending.cause is None


# --- sentences --------------------------------------------------------------------------------------------------------


def test_a_sentence_that_nothing_answers_is_given_up_in_words_and_the_next_one_is_said() -> None:
    story = greeted()
    story.tell(e.OperatorSpoke("One."), e.OperatorSpoke("Two."))
    for session in (1, 2, 2):
        if session == 2 and story.call.model.opening:
            story.tell(e.ModelReached(2, ModelStage.READY))
        story.tell(IMPATIENT)
    assert any("was not said" in note.text for note in story.call.notes)
    assert [order.pii_text for order in story.ordered(o.AskResponse)] == ["Two."]
    assert story.call.ending.cause is None


# --- sessions come and go ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ready_first", [True, False])
def test_turns_are_given_back_on_whatever_session_is_there_when_the_greeting_ends(ready_first: bool) -> None:
    story = live()
    story.tell(e.AudioSent(1, "i1", "r1", 100), e.ModelFailed(1, "1006", "gone"))
    ready, mark = e.ModelReached(2, ModelStage.READY), e.MarkReturned(1, "i1", "r1", 3100)
    orders = story.tell(*((ready, mark) if ready_first else (mark, ready)))
    assert [order for order in orders if isinstance(order, o.RestoreTurns)] == [o.RestoreTurns(2)]
    assert not story.call.model.held


def test_a_turn_after_an_interrupted_greeting_is_answered_once_though_its_session_is_lost() -> None:
    story = live()
    playing = (ItemPlay("i1", "r1", 3000, 1500, 0, 100),)
    story.tell(e.AudioSent(1, "i1", "r1", 100), e.SpeechStarted(1, 900, 1000, playing))
    story.tell(e.TimerFired(Timer.SPEECH, 2200, playing), e.ModelFailed(1, "1006", "gone"))
    story.tell(e.ModelReached(2, ModelStage.READY))
    assert story.ordered(o.ForwardAudio) == [o.ForwardAudio(2, again=True)]
    assert not story.call.model.held and not story.ordered(o.AskResponse)
    story.tell(e.SpeechStarted(2, 100), e.TurnCommitted(2, "u1"), e.ResponseBegan(2, "r5"))
    assert not story.ordered(o.AskResponse)


def test_a_turn_in_mid_word_is_told_to_the_next_session() -> None:
    story = greeted()
    story.tell(e.SpeechStarted(1, 5000), e.ModelFailed(1, "1006", "gone"), e.ModelReached(2, ModelStage.READY))
    assert story.ordered(o.ForwardAudio) == [o.ForwardAudio(2, again=True)]


def test_a_server_that_answers_although_turns_are_held_is_not_asked_a_second_time() -> None:
    story = live()
    playing = (ItemPlay("i1", "r1", 3000, 1500, 0, 100),)
    story.tell(e.AudioSent(1, "i1", "r1", 100), e.SpeechStarted(1, 900, 1000, playing))
    story.tell(e.TimerFired(Timer.SPEECH, 2200, playing), e.TurnCommitted(1, "u1"))
    assert story.ordered(o.AskResponse) == [o.AskResponse(1, "turn-1")]
    story.tell(e.ResponseBegan(1, "r2"))
    story.tell(e.ModelErred(1, "conversation_already_has_active_response", "busy", "turn-1"))
    speaking(story, "r2", "i2")
    story.tell(e.ResponseEnded(1, "r2", "completed"), e.MarkReturned(1, "i2", "r2", 9000))
    assert not story.ordered(o.AskResponse)
    assert story.call.conversation.owed is Owed.NOTHING


def test_a_session_near_its_limit_is_changed_when_nobody_speaks() -> None:
    story = speaking(_turn(greeted()))
    story.tell(fire(Timer.ROLLOVER))
    assert story.ordered(o.OpenModel) == [o.OpenModel(2, held=False)]
    story.tell(e.ModelReached(2, ModelStage.READY))
    assert not story.ordered(o.CloseModel)  # the agent is speaking
    story.tell(e.ResponseEnded(1, "r2", "completed"), e.MarkReturned(1, "i2", "r2", 9000))
    assert story.ordered(o.CloseModel) == [o.CloseModel(1)]
    assert story.ordered(o.TellHistory) and story.ordered(o.ForwardAudio) == [o.ForwardAudio(2)]
    assert story.call.model.state is Link.READY and story.call.model.session == 2


def test_a_session_lost_while_its_successor_is_ready_costs_nothing() -> None:
    story = greeted()
    story.tell(fire(Timer.ROLLOVER), e.SpeechStarted(1, 5000), e.ModelReached(2, ModelStage.READY))
    story.tell(e.ModelFailed(1, "1001", "session_expired"))
    assert story.call.model.session == 2 and story.call.model.ready
    assert story.ordered(o.ForwardAudio) == [o.ForwardAudio(2, again=True)]


def test_losses_are_counted_by_time_not_by_call() -> None:
    story = greeted()
    for session in range(1, 9):
        story.call = replace(story.call, at=story.call.at + 120)
        story.tell(replace(e.ModelFailed(1, "1006", "gone"), session=session))
        assert story.ordered(o.OpenModel), session
        story.tell(e.ModelReached(session + 1, ModelStage.READY))
    assert story.call.ending.cause is None


def test_a_spare_session_that_is_lost_when_it_was_ready_is_not_changed_to() -> None:
    story = greeted()
    story.tell(fire(Timer.ROLLOVER), e.SpeechStarted(1, 5000), e.ModelReached(2, ModelStage.READY))
    story.tell(e.ModelFailed(2, "1006", "gone"))
    story.tell(e.ModelFailed(1, "1006", "gone"))
    assert [order.session for order in story.ordered(o.OpenModel)] == [3]
    assert story.call.model.session == 3 and not story.call.model.ready


def test_a_stream_that_ends_under_an_operators_sentence_does_not_end_the_call() -> None:
    story = greeted()
    story.tell(e.OperatorSpoke("Offer a discount."))
    (asked,) = story.ordered(o.AskResponse)
    speaking(story, ref=asked.ref)
    assert story.call.conversation.floor is Floor.SENTENCE
    story.tell(e.StreamStopped(1))
    assert not story.ordered(o.HangUp) and story.call.ending.cause is None


def test_a_response_that_the_model_begins_by_itself_behind_its_speech_is_the_one_that_is_answered_for() -> None:
    """It sounds as the agent's: when it is interrupted, it is what is silenced."""
    story = speaking(greeted())
    story.tell(e.ResponseEnded(1, "r2", "completed"), e.ResponseBegan(1, "r3"))
    utterance = story.call.conversation.utterance
    assert utterance is not None and utterance.response == "r3"


def test_a_spare_session_that_is_lost_while_it_opens_is_not_waited_for() -> None:
    story = greeted()
    story.tell(fire(Timer.ROLLOVER), e.ModelFailed(2, "1006", "gone"), e.ModelFailed(1, "1006", "gone"))
    assert [order.session for order in story.ordered(o.OpenModel)] == [2, 3]


def test_an_item_that_runs_out_after_its_response_has_ended_is_not_waited_for() -> None:
    story = speaking(greeted())
    story.tell(e.ResponseEnded(1, "r2", "completed"), e.AudioRanDry(1, "i2", "r2", 6000))
    assert not story.call.conversation.dry


def _speaks_as_his_stream_breaks_off() -> Story:
    """Into the greeting, and for long. On the next stream there is a new ear, which has heard nothing of him yet."""
    story = live()
    story.tell(e.AudioSent(1, "i1", "r1", 100), e.SpeechStarted(1, 500), e.VoiceBegan(1, 500))
    broken_off = e.TimerFired(Timer.SPEECH, 0, (play("i1", "r1"),))
    story.tell(e.SocketClosed(1, 1006), broken_off, e.ResponseEnded(1, "r1", "cancelled"))
    story.tell(e.Fetched(2, 2, SID), e.UpgradeAsked(3, 2, True), e.StreamStarted(3, "MZ2", SID))
    return story


def test_whose_stream_broke_off_while_he_spoke_is_not_taken_to_speak_for_ever() -> None:
    """The model, too, may never tell that he has stopped: it heard nothing of his end."""
    story = _speaks_as_his_stream_breaks_off()
    assert _waits(story)
    story.tell(IMPATIENT)
    assert story.ordered(o.CommitTurn)


def test_who_goes_on_speaking_on_the_next_stream_is_listened_to() -> None:
    story = _speaks_as_his_stream_breaks_off()
    story.tell(e.VoiceBegan(3, 200))
    assert Timer.PATIENCE in [order.timer for order in story.ordered(o.StopTimer)]
