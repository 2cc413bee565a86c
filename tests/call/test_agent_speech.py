"""What the agent says, and what is waited for: the finer points of asking, timing, taking back and giving up."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.call.story import SID, TERMS, Story, dialled, fetched, fire, greeted, live, play, ready, speaking
from voicecall_core.call.conversation import Floor, GreetingState
from voicecall_core.call.endings import Cause
from voicecall_core.call.step import step
from voicecall_core.call.timing import Moment
from voicecall_core.words import events as e
from voicecall_core.words import orders as o
from voicecall_core.words.terms import Policy
from voicecall_core.words.values import ModelStage, Timer

IMPATIENT = fire(Timer.PATIENCE)
LOST = e.ModelFailed(1, "1006", "gone")


def _ready(session: int = 1) -> e.ModelReached:
    return e.ModelReached(session, ModelStage.READY)


def _waits(story: Story, timer: Timer) -> list[float]:
    return [order.seconds for order in story.ordered(o.StartTimer) if order.timer is timer]


def _asked(story: Story) -> list[str]:
    return [order.ref for order in story.ordered(o.AskResponse)]


def _floor(story: Story) -> Floor:
    return story.call.conversation.floor


def _on_stream(story: Story) -> Story:
    fetched(story).tell(e.UpgradeAsked(1, 1, True), e.StreamStarted(1, "MZ1", SID))
    return story


def _turn(story: Story, item: str = "u1") -> Story:
    session = story.call.model.session
    story.tell(e.SpeechStarted(session, 5000), e.SpeechStopped(session, 6000))
    story.tell(e.Heard(session, item, "Who is this?"), e.TurnCommitted(session, item))
    return story


# --- the greeting -----------------------------------------------------------------------------------------------------


def test_a_greeting_is_not_timed_before_there_is_a_stream_to_play_it_on() -> None:
    timers = ready().call.timers
    assert Timer.GREETING not in timers and Timer.PATIENCE not in timers


def test_a_greeting_is_not_timed_before_there_is_something_of_it_to_play() -> None:
    story = _on_stream(dialled())
    story.tell(_ready())
    assert Timer.GREETING not in story.call.timers


def test_a_greeting_that_is_made_on_the_stream_is_timed_by_its_length_once_it_is_whole() -> None:
    story = _on_stream(dialled())
    story.tell(_ready(), e.ResponseBegan(1, "r1", "greeting-1"), e.AudioBegan(1, "r1", "i1"))
    story.tell(e.AudioSent(1, "i1", "r1", 100))
    story.tell(e.AudioEnded(1, "r1", "i1", 3000), e.ResponseEnded(1, "r1", "completed"))
    assert _waits(story, Timer.GREETING)[-1:] == [8.0]
    story.tell(e.MarkReturned(1, "i1", "r1", 3100))
    assert Timer.GREETING not in story.call.timers and Timer.SPEECH not in story.call.timers


def test_a_greeting_of_which_nothing_has_left_is_silenced_with_its_session_and_asked_for_in_the_next() -> None:
    story = _on_stream(dialled())
    story.tell(_ready(), e.ResponseBegan(1, "r1", "greeting-1"), e.AudioBegan(1, "r1", "i1"))
    story.tell(LOST)
    assert story.ordered(o.MuteResponse) == [o.MuteResponse("r1")]
    assert Timer.GREETING not in story.call.timers
    story.tell(_ready(2), e.ResponseBegan(2, "r2", "greeting-2"), e.AudioBegan(2, "r2", "i2"))
    story.tell(e.AudioSent(1, "i2", "r2", 4000), e.AudioEnded(2, "r2", "i2", 3000))
    story.tell(e.ResponseEnded(2, "r2", "completed"))
    assert _waits(story, Timer.GREETING) == [8.0]
    story.tell(e.MarkReturned(1, "i2", "r2", 7000))
    assert story.call.conversation.heard


def test_a_greeting_that_is_being_heard_is_not_begun_again_when_its_session_is_lost() -> None:
    story = _on_stream(dialled())
    story.tell(_ready(), e.ResponseBegan(1, "r1", "greeting-1"), e.AudioBegan(1, "r1", "i1"))
    story.tell(e.AudioSent(1, "i1", "r1", 100), e.AudioEnded(1, "r1", "i1", 3000))
    story.tell(LOST)
    assert _waits(story, Timer.GREETING) == [8.0]
    assert not story.ordered(o.MuteResponse)
    story.tell(_ready(2), e.MarkReturned(1, "i1", "r1", 3100))
    assert not story.ordered(o.AskGreeting)
    assert story.call.conversation.greeting_over


def test_a_greeting_whose_last_mark_never_came_stands_in_no_ones_way() -> None:
    story = live()
    story.tell(e.AudioSent(1, "i1", "r1", 100), fire(Timer.GREETING))
    assert story.call.conversation.greeting is GreetingState.UNPROVEN
    story.tell(fire(Timer.ROLLOVER), _ready(2))
    assert story.ordered(o.CloseModel) == [o.CloseModel(1)]  # nobody has the floor, and nothing plays


def test_a_short_words_end_is_the_end_of_weighing_it() -> None:
    story = live()
    story.tell(e.AudioSent(1, "i1", "r1", 100), e.SpeechStarted(1, 300))
    assert _waits(story, Timer.SPEECH) == [1.2]  # 0.7 s, and the model says "stopped" half a second late
    story.tell(e.SpeechStopped(1, 700))
    assert Timer.SPEECH not in story.call.timers


def test_without_a_guard_the_model_is_opened_when_the_stream_has_started() -> None:
    story = Story(replace(TERMS, policy=Policy.NAIVE))
    story.tell(e.DialBegan(), e.Created(SID), e.Fetched(1, 1, SID))
    assert not story.ordered(o.OpenModel)
    story.tell(e.UpgradeAsked(1, 1, True), e.StreamStarted(1, "MZ1", SID))
    assert [order.session for order in story.ordered(o.OpenModel)] == [1]
    story.tell(LOST, e.ModelFailed(2, "1006", "gone"))
    story.tell(e.StreamStopped(1), e.Fetched(2, 2, SID), e.UpgradeAsked(2, 2, True), e.StreamStarted(2, "MZ2", SID))
    assert not story.ordered(o.OpenModel)  # only when its wait is over


def test_without_a_guard_a_sentence_before_the_stream_is_written_over_the_document() -> None:
    story = Story(replace(TERMS, policy=Policy.NAIVE))
    story.tell(e.DialBegan(), e.Created(SID))
    written = [order for order in step(story.call, e.OperatorSpoke("One.")).orders if isinstance(order, o.UpdateCall)]
    assert [(order.sid, order.document.pii_text) for order in written] == [(SID, "One.")]


# --- answers ----------------------------------------------------------------------------------------------------------


def test_a_request_that_was_taken_back_is_not_heard_when_it_is_carried_out_after_all() -> None:
    story = _turn(greeted())
    story.tell(IMPATIENT, IMPATIENT)
    story.tell(_ready(2))
    (again,) = _asked(story)
    story.tell(e.ResponseBegan(2, "r2", "turn-1"))
    assert story.ordered(o.MuteResponse) == [o.MuteResponse("r2")]
    assert story.ordered(o.CancelResponse) == [o.CancelResponse(2, "r2")]
    story.tell(e.ResponseBegan(2, "r3", again))
    assert not story.ordered(o.MuteResponse)


def test_failures_that_are_not_in_a_row_cost_no_session() -> None:
    story = _turn(greeted())
    story.tell(e.ResponseBegan(1, "r2"), e.ResponseEnded(1, "r2", "failed", "server_error"))
    assert _asked(story) == ["turn-1"]
    speaking(story, "r3", "i3", "turn-1")
    story.tell(e.ResponseEnded(1, "r3", "completed"), e.MarkReturned(1, "i3", "r3", 9000))
    _turn(story, "u2").tell(e.ResponseBegan(1, "r4"), e.ResponseEnded(1, "r4", "failed", "server_error"))
    assert _asked(story) == ["turn-2"] and not story.ordered(o.OpenModel)


def test_an_answer_that_failed_when_it_was_being_heard_is_all_there_is() -> None:
    story = speaking(_turn(greeted()))
    story.tell(e.AudioEnded(1, "r2", "i2", 2000))
    story.tell(e.ResponseEnded(1, "r2", "failed", "server_error"))
    assert _asked(story) == [] and not story.ordered(o.OpenModel)
    assert _waits(story, Timer.PLAYBACK)[-1:] == [7.0]
    story.tell(e.MarkReturned(1, "i2", "r2", 6000))
    assert _floor(story) is Floor.NOBODY and Timer.PLAYBACK not in story.call.timers


def test_of_an_answer_that_failed_before_it_sounded_nothing_is_waited_for() -> None:
    story = _turn(greeted())
    story.tell(e.ResponseBegan(1, "r2"), e.AudioBegan(1, "r2", "i2"))
    story.tell(e.ResponseEnded(1, "r2", "failed", "server_error"))
    assert _asked(story) == ["turn-1"]
    speaking(story, "r3", "i3", "turn-1")
    story.tell(e.ResponseEnded(1, "r3", "completed"), e.MarkReturned(1, "i3", "r3", 9000))
    assert _floor(story) is Floor.NOBODY


def test_a_turn_whose_words_are_not_known_is_still_waited_for_when_its_session_is_lost() -> None:
    story = greeted()
    story.tell(e.SpeechStarted(1, 5000), e.SpeechStopped(1, 6000), e.TurnCommitted(1, "u1"))
    story.tell(LOST)
    assert Timer.PATIENCE in story.call.timers


def test_a_noise_after_a_loss_is_no_turn_though_the_lost_session_had_heard_one_begin() -> None:
    story = live()
    story.tell(e.AudioSent(1, "i1", "r1", 100), e.SpeechStarted(1, 900))
    story.tell(LOST, _ready(2), e.MarkReturned(1, "i1", "r1", 3100))
    story.tell(e.VoiceBegan(1, 5000), e.VoiceEnded(1, 5500))
    assert Timer.PATIENCE not in story.call.timers and _floor(story) is Floor.NOBODY


def test_the_end_of_what_the_callee_interrupted_is_no_reason_to_ask_for_the_answer() -> None:
    story = speaking(greeted())
    story.tell(e.SpeechStarted(1, 5000, 5000, (play(),)), e.SpeechStopped(1, 6000), e.TurnCommitted(1, "u1"))
    story.tell(e.ResponseEnded(1, "r2", "cancelled"))
    assert _asked(story) == []  # the model answers by itself


def test_the_sound_of_another_response_is_not_taken_for_the_one_that_was_asked_for() -> None:
    story = greeted()
    story.tell(e.OperatorSpoke("One."), e.AudioBegan(1, "r9", "i9"))
    story.tell(e.ResponseBegan(1, "r2", "turn-1"), e.ResponseEnded(1, "r2", "completed"))
    assert _asked(story) == ["turn-2"]


def test_an_answer_is_timed_by_all_of_its_items_and_the_floor_is_given_back_after_the_last() -> None:
    story = speaking(_turn(greeted()))
    story.tell(e.AudioEnded(1, "r2", "i2", 2000), e.AudioBegan(1, "r2", "i3"), e.AudioEnded(1, "r2", "i3", 1500))
    story.tell(e.ResponseEnded(1, "r2", "completed"))
    assert _waits(story, Timer.PLAYBACK)[-1:] == [8.5]
    story.tell(e.MarkReturned(1, "i2", "r2", 6000))
    assert _floor(story) is Floor.AGENT
    story.tell(e.MarkReturned(1, "i3", "r2", 8000))
    assert _floor(story) is Floor.NOBODY
    speaking(story, "r4", "i4")
    story.tell(e.AudioEnded(1, "r4", "i4", 1000), e.ResponseEnded(1, "r4", "completed"))
    assert _waits(story, Timer.PLAYBACK)[-1:] == [6.0]  # of what has played nothing is left to wait for


def test_the_answer_that_follows_a_tool_is_kept_though_the_sound_before_it_is_never_proven() -> None:
    story = speaking(greeted())
    story.tell(e.AudioEnded(1, "r2", "i2", 1000), e.ToolCalled(1, "r2", "t1", "look_up"))
    story.tell(e.ResponseEnded(1, "r2", "completed"))
    (ref,) = _asked(story)
    story.tell(e.ResponseBegan(1, "r3", ref), e.AudioBegan(1, "r3", "i3"), fire(Timer.PLAYBACK))
    story.tell(e.AudioSent(1, "i3", "r3", 9000), e.AudioEnded(1, "r3", "i3", 1000))
    story.tell(e.ResponseEnded(1, "r3", "completed"))
    assert _floor(story) is Floor.AGENT
    assert _waits(story, Timer.PLAYBACK)[-1:] == [6.0]
    story.tell(e.MarkReturned(1, "i3", "r3", 11000))
    assert _floor(story) is Floor.NOBODY and _asked(story) == []


def test_a_response_of_the_models_own_that_comes_to_nothing_is_not_asked_for_again() -> None:
    story = greeted()
    story.tell(e.ResponseBegan(1, "r2"), e.ResponseEnded(1, "r2", "completed"))
    assert _asked(story) == []
    assert _floor(story) is Floor.NOBODY and Timer.PATIENCE not in story.call.timers


def test_a_turn_that_was_told_to_a_second_session_is_not_told_to_a_third() -> None:
    story = greeted()
    story.tell(e.SpeechStarted(1, 5000), LOST, _ready(2))
    assert story.ordered(o.ForwardAudio) == [o.ForwardAudio(2, again=True)]
    _turn(story)
    story.tell(e.ModelFailed(2, "1006", "gone"), fire(Timer.MODEL_RETRY), _ready(3))
    assert story.ordered(o.ForwardAudio) == [o.ForwardAudio(3)]
    assert len(_asked(story)) == 1


def test_what_is_still_to_be_said_by_a_session_that_is_lost_is_silenced_for_good() -> None:
    story = _turn(greeted())
    story.tell(e.ResponseBegan(1, "r2"), e.AudioBegan(1, "r2", "i2"))
    story.tell(LOST)
    assert story.ordered(o.MuteResponse) == [o.MuteResponse("r2")]
    story.tell(_ready(2))
    (ref,) = _asked(story)
    speaking(story, "r3", "i3", ref)
    story.tell(e.ResponseEnded(2, "r3", "completed"), e.MarkReturned(1, "i3", "r3", 9000))
    assert _floor(story) is Floor.NOBODY


def test_an_error_is_kept_in_words_unless_it_only_says_that_a_request_came_too_early() -> None:
    story = _turn(greeted())
    story.tell(IMPATIENT, e.ModelErred(1, "active_response", "busy now", "turn-1", busy=True))
    assert not any("busy now" in note.text for note in story.call.notes)
    story.tell(e.ModelErred(1, "active_response", "busy too", busy=True), e.ModelErred(1, "odd", "not ours", "turn-9"))
    texts = " ".join(note.text for note in story.call.notes)
    assert "busy too" in texts and "not ours" in texts


def test_the_model_answers_a_turn_by_itself_and_is_not_asked_for_the_same_when_it_was_quicker() -> None:
    story = _turn(greeted())
    story.tell(IMPATIENT, e.ModelErred(1, "active_response", "busy", "turn-1", busy=True))
    speaking(story)
    story.tell(e.ResponseEnded(1, "r2", "completed"), e.MarkReturned(1, "i2", "r2", 9000))
    assert _asked(story) == [] and Timer.PATIENCE not in story.call.timers


def test_a_goodbye_has_a_bound_of_its_own() -> None:
    story = speaking(greeted())
    story.tell(e.AudioEnded(1, "r2", "i2", 3000), e.ResponseEnded(1, "r2", "completed"))
    story.tell(e.ResponseBegan(1, "r3"), e.ToolCalled(1, "r3", "t1", "end_call"))
    assert {Timer.FAREWELL} == {Timer.FAREWELL, Timer.GREETING, Timer.PLAYBACK} & set(story.call.timers)


def test_after_an_agent_that_stopped_in_mid_word_the_next_sentence_is_asked_for_as_any_other() -> None:
    story = speaking(greeted())
    story.tell(e.AudioRanDry(1, "i2", "r2", 5000), IMPATIENT, e.OperatorSpoke("One."))
    assert any("the agent stopped in mid-word" in note.text for note in story.call.notes)
    assert _asked(story) == ["turn-1"]
    story.tell(IMPATIENT)
    assert _asked(story) == ["turn-2"]


def test_a_turn_that_completes_while_the_agent_sounds_is_owed_an_answer_after_it() -> None:
    story = speaking(_turn(greeted()))
    story.tell(e.TurnCommitted(1, "u2"), e.ResponseEnded(1, "r2", "completed"), e.MarkReturned(1, "i2", "r2", 9000))
    assert Timer.PATIENCE in story.call.timers
    story.tell(IMPATIENT)
    assert len(_asked(story)) == 1


def test_the_words_of_an_earlier_turn_are_not_taken_for_those_of_the_one_that_is_owed() -> None:
    story = speaking(_turn(greeted()))
    story.tell(e.ResponseEnded(1, "r2", "completed"), e.MarkReturned(1, "i2", "r2", 9000))
    story.tell(e.SpeechStarted(1, 20000), e.SpeechStopped(1, 21000), e.Heard(1, "u2", "And", final=False))
    story.tell(e.TurnCommitted(1, "u2"), LOST, _ready(2))
    assert story.ordered(o.ForwardAudio) == [o.ForwardAudio(2, again=True)]
    assert _asked(story) == []


def test_a_turn_that_the_model_heard_begin_and_stop_is_over_for_our_own_ear_too() -> None:
    story = live()
    story.tell(e.AudioSent(1, "i1", "r1", 100), e.SpeechStarted(1, 900), e.SpeechStopped(1, 1300))
    story.tell(e.MarkReturned(1, "i1", "r1", 3100), e.VoiceBegan(1, 5000), e.VoiceEnded(1, 5500))
    assert _floor(story) is Floor.NOBODY and Timer.PATIENCE not in story.call.timers


# --- interruptions ----------------------------------------------------------------------------------------------------


def test_what_is_cut_while_turns_are_held_is_cancelled_by_us() -> None:
    story = speaking(greeted())
    story.tell(e.ToolCalled(1, "r2", "t1", "end_call"), e.SpeechStarted(1, 5000))
    story.tell(e.TimerFired(Timer.SPEECH, 6000, (play(sent=1500, at=4000),)))
    assert story.ordered(o.CancelResponse) == [o.CancelResponse(1, "r2")]
    assert story.ordered(o.TruncateItem) == [o.TruncateItem(1, "i2", 1500)]
    assert Timer.FAREWELL not in story.call.timers
    assert any("the farewell is taken back" in note.text for note in story.call.notes)
    assert _floor(story) is Floor.CALLEE and Timer.PATIENCE not in story.call.timers


def test_an_item_that_was_heard_to_its_end_is_neither_cut_nor_deleted() -> None:
    story = speaking(greeted())
    story.tell(e.SpeechStarted(1, 9000, 9000, (play(sent=3000, at=4000),)))
    assert story.orders == [o.ClearAudio(1), o.MuteResponse("r2")]


def test_after_an_interruption_nothing_that_was_cleared_is_waited_for() -> None:
    story = speaking(greeted())
    story.tell(e.AudioEnded(1, "r2", "i2", 3000), e.ResponseEnded(1, "r2", "completed"))
    assert Timer.PLAYBACK in story.call.timers
    story.tell(e.SpeechStarted(1, 5000, 5000, (play(),)))
    assert Timer.PLAYBACK not in story.call.timers
    story.tell(e.SpeechStopped(1, 6000), e.TurnCommitted(1, "u1"))
    speaking(story, "r3", "i3")
    story.tell(e.AudioEnded(1, "r3", "i3", 1000), e.ResponseEnded(1, "r3", "completed"))
    assert _waits(story, Timer.PLAYBACK)[-1:] == [6.0]


def test_speech_before_there_is_a_stream_is_none_of_the_callees() -> None:
    story = ready()
    story.tell(e.SpeechStarted(1, 100))
    assert story.orders == []
    _on_stream(story)
    story.tell(e.AudioSent(1, "i1", "r1", 100), e.MarkReturned(1, "i1", "r1", 3100))
    assert story.call.conversation.heard and _floor(story) is Floor.NOBODY


def test_what_another_socket_hears_is_not_the_callee() -> None:
    story = greeted()
    story.tell(e.SpeechStarted(1, 5000), e.VoiceEnded(2, 7000))
    assert Timer.PATIENCE not in story.call.timers
    story.tell(e.VoiceEnded(1, 7000))
    assert Timer.PATIENCE in story.call.timers


# --- patience ---------------------------------------------------------------------------------------------------------


def test_each_remedy_after_the_second_has_the_whole_patience() -> None:
    story = _turn(greeted())
    story.tell(IMPATIENT, IMPATIENT)
    assert _waits(story, Timer.PATIENCE)[-1:] == [4.0]
    story.tell(_ready(2), IMPATIENT)
    assert story.ordered(o.PlayClip) == [o.PlayClip(1, "apology")]
    assert [order.session for order in story.ordered(o.CloseModel)] == [2]
    assert _waits(story, Timer.APOLOGY) == [15.0]
    assert story.call.conversation.dropped == 1


def test_what_is_done_about_a_wait_is_said_in_words() -> None:
    story = _turn(greeted())
    story.tell(IMPATIENT, IMPATIENT, _ready(2), IMPATIENT)
    texts = [note.text for note in story.call.notes]
    for remedy in ("ask again", "another session", "apology"):
        assert any(f"the callee has been waiting: {remedy}" == text for text in texts), texts


def test_a_moment_is_asked_for_once_and_its_clip_is_waited_for_a_named_time() -> None:
    story = _turn(greeted(replace(TERMS, moment=True)))
    story.tell(IMPATIENT)
    assert not story.ordered(o.PlayClip)  # asking again comes first, and early
    story.tell(IMPATIENT)
    assert story.ordered(o.PlayClip) == [o.PlayClip(1, "one-moment")]
    assert story.call.conversation.dropped == 0
    assert _waits(story, Timer.PLAYBACK) == [8.0]
    assert Timer.PATIENCE not in story.call.timers
    story.tell(_ready(2), fire(Timer.PLAYBACK))
    assert Timer.PATIENCE in story.call.timers
    story.tell(IMPATIENT)
    assert story.ordered(o.PlayClip) == [o.PlayClip(1, "apology")]


def test_the_first_mark_of_a_call_is_the_agents_own_not_a_clips() -> None:
    story = _on_stream(dialled(replace(TERMS, moment=True)))
    story.tell(IMPATIENT, e.MarkReturned(1, "one-moment", "clip", 3000))
    assert Moment.FIRST_MARK not in story.call.timing.first
    assert Moment.FIRST_MARK in greeted().call.timing.first


def test_a_sentence_that_is_given_up_is_stopped_at_the_model() -> None:
    story = greeted()
    story.tell(e.OperatorSpoke("One."), IMPATIENT, IMPATIENT)
    story.tell(_ready(2))
    (ref,) = _asked(story)
    story.tell(e.ResponseBegan(2, "r2", ref), IMPATIENT)
    assert story.ordered(o.MuteResponse) == [o.MuteResponse("r2")]
    assert story.ordered(o.CancelResponse) == [o.CancelResponse(2, "r2")]
    assert _floor(story) is Floor.NOBODY and Timer.PATIENCE not in story.call.timers
    assert _asked(story) == [] and story.call.ending.cause is None


def test_a_model_whose_sessions_were_lost_is_apologised_for_as_one_that_was_lost() -> None:
    story = _turn(greeted())
    story.tell(LOST, IMPATIENT)
    story.tell(IMPATIENT)
    assert story.ordered(o.PlayClip) == [o.PlayClip(1, "apology")]
    assert story.call.model.cause is Cause.MODEL_LOST


def test_the_longest_wait_is_kept() -> None:
    story = _turn(greeted())
    story.call = replace(story.call, at=story.call.at + 2.5)
    speaking(story)
    assert story.call.conversation.longest_s == pytest.approx(2.8, abs=0.3)
    story.tell(e.ResponseEnded(1, "r2", "completed"), e.MarkReturned(1, "i2", "r2", 9000))
    speaking(_turn(story, "u2"), "r3", "i3")
    assert story.call.conversation.longest_s >= 2.5
