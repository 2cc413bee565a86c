"""What is lost on the way, a mark, an end, a session or a stream, leaves nothing that is waited for without end."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.call.story import SID, TERMS, Story, dialled, fetched, fire, greeted, live, play, speaking
from voicecall_core.call.conversation import Floor, GreetingState, Owed
from voicecall_core.call.endings import Cause, Outcome
from voicecall_core.call.invariants import broken
from voicecall_core.call.step import step
from voicecall_core.words import events as e
from voicecall_core.words import orders as o
from voicecall_core.words.values import CallStatus, ModelStage, Timer

LOST = e.ModelFailed(1, "1006", "gone")
IMPATIENT = fire(Timer.PATIENCE)
OVER = e.StatusReported(CallStatus.COMPLETED, SID)


def _waits(story: Story, timer: Timer) -> list[float]:
    return [order.seconds for order in story.ordered(o.StartTimer) if order.timer is timer]


def _turn(story: Story) -> Story:
    story.tell(e.SpeechStarted(1, 5000), e.SpeechStopped(1, 6000), e.TurnCommitted(1, "u1"))
    return story


# --- a mark, an end -------------------------------------------------------------------------------------------------


def test_a_last_mark_is_waited_for_from_the_items_end_on_though_its_response_never_ends() -> None:
    story = speaking(_turn(greeted()))
    story.tell(e.AudioEnded(1, "r2", "i2", 3000))
    assert _waits(story, Timer.PLAYBACK) == [8.0]
    story.tell(fire(Timer.PLAYBACK))
    assert story.ordered(o.CancelResponse) == [o.CancelResponse(1, "r2")]
    assert story.call.conversation.floor is Floor.NOBODY and story.call.conversation.idle


def test_an_item_whose_last_mark_nothing_bounds_breaks_law_18() -> None:
    story = speaking(greeted())
    made = step(story.call, e.AudioEnded(1, "r2", "i2", 3000, at=story.call.at))
    assert not broken(made)
    careless = replace(made, call=replace(made.call, timers=made.call.timers - {Timer.PLAYBACK}))
    assert [law.law for law in broken(careless)] == [18]


def test_a_response_that_has_sounded_and_never_ends_is_ended_by_us_and_its_turn_is_not_answered_again() -> None:
    story = speaking(_turn(greeted()))
    story.tell(e.AudioEnded(1, "r2", "i2", 3000), e.MarkReturned(1, "i2", "r2", 9000))
    assert Timer.PLAYBACK not in story.call.timers
    story.tell(IMPATIENT)
    assert story.ordered(o.CancelResponse) and not story.ordered(o.AskResponse) and not story.ordered(o.CloseModel)
    assert story.call.conversation.floor is Floor.NOBODY and story.call.conversation.owed is Owed.NOTHING
    assert Timer.PATIENCE not in story.call.timers


def test_a_greeting_whose_mark_and_end_are_both_lost_is_waited_for_as_long_as_it_lasts() -> None:
    story = fetched(dialled())
    story.tell(e.ModelReached(1, ModelStage.READY), e.UpgradeAsked(1, 1, True), e.StreamStarted(1, "MZ1", SID))
    story.tell(e.ResponseBegan(1, "r1", "greeting-1"), e.AudioBegan(1, "r1", "i1"), e.AudioSent(1, "i1", "r1", 100))
    story.tell(e.AudioEnded(1, "r1", "i1", 3000))
    assert _waits(story, Timer.GREETING) == [8.0]
    story.tell(fire(Timer.GREETING))
    assert story.call.conversation.greeting is GreetingState.UNPROVEN and story.call.conversation.idle


def test_what_still_plays_when_we_give_its_session_up_is_waited_for_by_its_length() -> None:
    story = speaking(_turn(greeted()))
    story.tell(e.ResponseEnded(1, "r2", "failed", "no credit", retryable=False))
    assert story.ordered(o.PlayClip)  # behind it
    story = speaking(_turn(greeted()))
    story.tell(LOST)
    assert _waits(story, Timer.PLAYBACK) == [5.0]
    story.tell(e.AudioEnded(1, "r2", "i2", 9000))
    assert _waits(story, Timer.PLAYBACK) == [14.0]


def test_an_answer_made_while_the_stream_was_away_is_timed_when_it_is_back() -> None:
    story = speaking(_turn(greeted()))
    story.tell(e.StreamStopped(1), e.AudioEnded(1, "r2", "i2", 3000), e.ResponseEnded(1, "r2", "completed"))
    story.tell(e.Fetched(2, 2, SID), e.UpgradeAsked(3, 2, True), e.StreamStarted(3, "MZ2", SID))
    assert _waits(story, Timer.PLAYBACK) == [8.0]


@pytest.mark.parametrize("silenced", ["interrupted", "asked again"])
def test_what_was_silenced_is_not_taken_for_something_that_plays(silenced: str) -> None:
    story = _turn(greeted())
    story.tell(e.ResponseBegan(1, "r2"))
    story.tell(*[e.SpeechStarted(1, 7000)] if silenced == "interrupted" else [IMPATIENT, IMPATIENT])
    assert o.MuteResponse("r2") in story.orders
    story.tell(e.AudioBegan(1, "r2", "i2"), e.AudioEnded(1, "r2", "i2", 3000))
    assert story.call.conversation.items == ()


# --- a session ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("told", [True, False], ids=["its last sound is told", "its last sound is not told"])
def test_a_farewell_whose_session_is_lost_while_it_is_made_plays_and_then_the_call_ends(told: bool) -> None:
    story = speaking(_turn(greeted()))
    story.tell(e.ToolCalled(1, "r2", "t1", "end_call"))
    story.tell(LOST, *[e.AudioEnded(1, "r2", "i2", 2000)] * told)
    assert _waits(story, Timer.FAREWELL)[-1] == (7.0 if told else 5.0)
    assert not story.ordered(o.HangUp)
    story.tell(fire(Timer.FAREWELL))
    assert story.ordered(o.HangUp) and story.call.ending.cause is Cause.AGENT


def test_a_farewell_that_was_made_while_it_rang_is_heard_before_the_call_ends() -> None:
    story = dialled()
    story.tell(e.ModelReached(1, ModelStage.READY), e.ResponseBegan(1, "r1", "greeting-1"))
    story.tell(e.AudioBegan(1, "r1", "i1"), e.ToolCalled(1, "r1", "t1", "end_call"))
    story.tell(e.AudioEnded(1, "r1", "i1", 3000), e.ResponseEnded(1, "r1", "completed"))
    assert Timer.FAREWELL not in story.call.timers
    fetched(story).tell(e.UpgradeAsked(1, 1, True), e.StreamStarted(1, "MZ1", SID))
    assert _waits(story, Timer.FAREWELL) == [8.0]
    story.tell(e.AudioSent(1, "i1", "r1", 100), e.MarkReturned(1, "i1", "r1", 3100))
    assert story.ordered(o.HangUp) and story.call.conversation.heard


def _broken_greeting(made_ms: int) -> Story:
    """A greeting of 84 letters, lost in mid-word with its session; what was made of it has played."""
    story = fetched(dialled(replace(TERMS, pii_greeting="x" * 84)))
    story.tell(e.ModelReached(1, ModelStage.READY), e.UpgradeAsked(1, 1, True), e.StreamStarted(1, "MZ1", SID))
    story.tell(e.ResponseBegan(1, "r1", "greeting-1"), e.AudioBegan(1, "r1", "i1"), e.AudioSent(1, "i1", "r1", 100))
    story.tell(LOST, e.AudioEnded(1, "r1", "i1", made_ms), e.MarkReturned(1, "i1", "r1", 3100))
    assert story.call.conversation.greeting is GreetingState.BROKEN
    return story


@pytest.mark.parametrize(("made_ms", "outcome"), [(400, Outcome.UNHEARD), (3_500, Outcome.COMPLETED)])
def test_a_greeting_that_broke_off_was_heard_if_it_was_long_enough_to_be_all_of_it(
    made_ms: int, outcome: Outcome
) -> None:
    story = _broken_greeting(made_ms)
    story.tell(OVER)
    assert story.end == (Cause.CALLEE, outcome)


def test_a_greeting_that_broke_off_is_gone_on_with_and_the_agent_is_heard_by_what_it_says_then() -> None:
    story = _broken_greeting(400)
    story.tell(e.ModelReached(2, ModelStage.READY))
    assert not story.ordered(o.AskGreeting) and not story.call.model.held
    (asked,) = story.ordered(o.AskResponse)
    speaking(story, ref=asked.ref).tell(
        e.ResponseEnded(2, "r2", "completed"), e.MarkReturned(1, "i2", "r2", 9000), OVER
    )
    assert story.end == (Cause.CALLEE, Outcome.COMPLETED)


def test_who_speaks_on_while_the_session_is_lost_waits_from_his_own_last_word() -> None:
    story = greeted()
    story.tell(e.SpeechStarted(1, 5000), e.VoiceBegan(1, 5000), LOST)
    assert Timer.PATIENCE not in story.call.timers and story.call.conversation.since is None
    story.tell(e.VoiceEnded(1, 9000))
    ended = story.call.at
    story.tell(e.ModelReached(2, ModelStage.READY), e.SpeechStarted(2, 100))  # it hears what he said before
    assert story.call.conversation.since == ended
    story.tell(e.SpeechStopped(2, 4000), e.TurnCommitted(2, "u1"))
    assert story.call.conversation.since == ended


def test_who_begins_again_while_his_turn_is_told_to_the_next_session_is_not_waiting() -> None:
    story = greeted()
    story.tell(e.SpeechStarted(1, 5000), e.VoiceEnded(1, 6000), LOST, e.ModelReached(2, ModelStage.READY))
    story.tell(e.VoiceBegan(1, 9000), e.SpeechStarted(2, 100))
    assert story.call.conversation.since is None


# --- a stream -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stopped", [False, True], ids=["in mid-word", "not yet complete"])
def test_a_turn_that_is_cut_off_with_its_stream_is_closed_on_the_next_if_the_model_does_not(stopped: bool) -> None:
    story = greeted()
    story.tell(e.SpeechStarted(1, 5000), *[e.SpeechStopped(1, 6000)] * stopped, e.StreamStopped(1))
    assert Timer.PATIENCE not in story.call.timers
    story.tell(e.Fetched(2, 2, SID), e.UpgradeAsked(3, 2, True), e.StreamStarted(3, "MZ2", SID))
    assert _waits(story, Timer.PATIENCE) == [2.0]
    story.tell(IMPATIENT)
    assert story.ordered(o.CommitTurn) == [o.CommitTurn(1)] and not story.ordered(o.AskResponse)
    story.tell(e.TurnCommitted(1, "u1"))
    assert story.ordered(o.AskResponse) == [o.AskResponse(1, "turn-1")]


def test_who_goes_on_speaking_on_the_next_stream_is_not_cut_short() -> None:
    story = greeted()
    story.tell(e.SpeechStarted(1, 5000), e.StreamStopped(1))
    story.tell(e.Fetched(2, 2, SID), e.UpgradeAsked(3, 2, True), e.StreamStarted(3, "MZ2", SID))
    story.tell(e.VoiceBegan(3, 200))
    assert Timer.PATIENCE not in story.call.timers
    story.tell(e.SpeechStopped(1, 9000), e.TurnCommitted(1, "u1"), e.ResponseBegan(1, "r2"))
    assert not story.ordered(o.CommitTurn) and not story.ordered(o.AskResponse)


def test_a_turn_that_cut_the_greeting_and_was_cut_off_itself_gives_the_turns_back_once_it_is_closed() -> None:
    story = live()
    story.tell(e.AudioSent(1, "i1", "r1", 100), e.SpeechStarted(1, 900))
    story.tell(e.TimerFired(Timer.SPEECH, 2200, (play("i1", "r1", at=100),)), e.StreamStopped(1))
    story.tell(e.Fetched(2, 2, SID), e.UpgradeAsked(3, 2, True), e.StreamStarted(3, "MZ2", SID))
    assert story.call.model.held
    story.tell(IMPATIENT, e.TurnCommitted(1, "u1"))
    assert not story.call.model.held and len(story.ordered(o.AskResponse)) == 1


# --- a turn whose end is not noticed --------------------------------------------------------------------------------


def _unstopped() -> Story:
    story = greeted()
    story.tell(e.SpeechStarted(1, 5000), e.VoiceBegan(1, 5000), e.VoiceEnded(1, 7000), IMPATIENT)
    assert story.ordered(o.CommitTurn) == [o.CommitTurn(1)]
    return story


def test_an_answer_is_asked_for_only_behind_the_turn_that_was_closed_by_hand() -> None:
    story = _unstopped()
    assert not story.ordered(o.AskResponse)
    story.tell(e.TurnCommitted(1, "u1"))
    (asked,) = story.ordered(o.AskResponse)
    speaking(story, ref=asked.ref).tell(e.ResponseEnded(1, "r2", "completed"), e.MarkReturned(1, "i2", "r2", 9000))
    story.tell(e.VoiceBegan(1, 12000), e.VoiceEnded(1, 13000))  # it hears him still: this is a turn of its own
    assert _waits(story, Timer.PATIENCE) == [2.0]


def test_if_the_model_answers_the_closed_turn_itself_it_is_not_answered_twice() -> None:
    story = _unstopped()
    story.tell(e.TurnCommitted(1, "u1"))
    (asked,) = story.ordered(o.AskResponse)
    story.tell(e.ResponseBegan(1, "r2"), e.ModelErred(1, "busy", "a response runs", asked.ref, busy=True))
    speaking(story).tell(e.ResponseEnded(1, "r2", "completed"), e.MarkReturned(1, "i2", "r2", 9000))
    assert not story.ordered(o.AskResponse) and story.call.conversation.owed is Owed.NOTHING


def test_a_turn_that_cannot_be_closed_is_told_to_another_session_and_then_apologised_for() -> None:
    story = _unstopped()
    story.tell(e.ModelErred(1, "input_audio_buffer_commit_empty", "buffer too small", "vc-9"))
    assert _waits(story, Timer.PATIENCE) == []
    story.tell(IMPATIENT)
    assert story.ordered(o.OpenModel)
    story.tell(e.ModelReached(2, ModelStage.READY))
    assert story.ordered(o.ForwardAudio) == [o.ForwardAudio(2, again=True)]
    story.tell(IMPATIENT)
    assert story.ordered(o.PlayClip) == [o.PlayClip(1, "apology")]


# --- every answer hangs ---------------------------------------------------------------------------------------------


def test_between_the_clip_and_the_apology_lies_no_more_than_the_patience() -> None:
    story = _turn(greeted(replace(TERMS, moment=True)))
    story.tell(e.ResponseBegan(1, "r2"), IMPATIENT)
    assert story.ordered(o.PlayClip) == [o.PlayClip(1, "one-moment")]
    story.tell(e.ResponseEnded(1, "r2", "cancelled"), e.ResponseBegan(1, "r3", "turn-1"))
    story.tell(e.MarkReturned(1, "one-moment", "clip", 9000))
    (soon,) = _waits(story, Timer.PATIENCE)
    story.call = replace(story.call, at=round(story.call.at + soon - 0.1, 3))
    story.tell(IMPATIENT)
    assert story.ordered(o.OpenModel)
    (rest,) = _waits(story, Timer.PATIENCE)
    assert soon + rest == pytest.approx(TERMS.patience_s)
    story.tell(e.ModelReached(2, ModelStage.READY), IMPATIENT)
    assert story.ordered(o.PlayClip) == [o.PlayClip(1, "apology")]
