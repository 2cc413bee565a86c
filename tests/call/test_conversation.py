"""Turns: barge-in, the operator's sentences, bounced responses, the farewell, the transcript."""

from __future__ import annotations

import pytest

from tests.call.story import SID, Story, dialled, fire, greeted, live, play, speaking
from voicecall_core.call.endings import Cause, Outcome
from voicecall_core.words import events as e
from voicecall_core.words import orders as o
from voicecall_core.words.values import CallStatus, ModelStage, Timer, Usage

# --- barge-in ------------------------------------------------------------------------------------------------------


def test_speech_over_the_agent_clears_mutes_and_truncates_and_leaves_the_cancel_to_the_model() -> None:
    story = speaking(greeted())
    story.tell(e.SpeechStarted(1, 5000, 5200, (play(sent=1500, at=4000),)))
    assert story.orders == [o.ClearAudio(1), o.MuteResponse("r2"), o.TruncateItem(1, "i2", 1200)]


def test_an_item_that_was_not_heard_at_all_is_deleted() -> None:
    story = speaking(greeted())
    story.tell(e.SpeechStarted(1, 5000, 4000, (play(at=4000),)))
    assert o.DeleteItem(1, "i2") in story.orders


def test_a_mark_that_the_clear_flushed_is_no_playback() -> None:
    story = speaking(greeted())
    story.tell(e.SpeechStarted(1, 5000, 5200, (play(at=4000),)))
    assert story.tell(e.MarkReturned(1, "i2", "r2", 5300)) == []


def test_the_clear_goes_out_while_anything_still_plays_also_after_the_model_has_finished() -> None:
    story = speaking(greeted())
    story.tell(e.ResponseEnded(1, "r2", "completed"), e.SpeechStarted(1, 5000, 5200, (play(sent=3000, at=4000),)))
    assert story.ordered(o.ClearAudio)


def test_speech_over_silence_clears_nothing() -> None:
    assert greeted().tell(e.SpeechStarted(1, 5000, 5200, ())) == []


# --- the operator's sentences --------------------------------------------------------------------------------------


def test_a_sentence_for_an_idle_agent_is_asked_for_at_once() -> None:
    story = greeted()
    story.tell(e.OperatorSpoke("Offer a discount."))
    assert story.ruled == ["through-the-stream"]
    assert story.ordered(o.AskResponse) == [o.AskResponse(1, "turn-1", "Offer a discount.")]


def test_sentences_queue_behind_a_response_and_behind_each_other() -> None:
    story = speaking(greeted())
    story.tell(e.OperatorSpoke("One."), e.OperatorSpoke("Two."))
    assert not story.ordered(o.AskResponse)
    story.tell(e.ResponseEnded(1, "r2", "completed"))
    assert [order.pii_text for order in story.ordered(o.AskResponse)] == ["One."]
    story.tell(e.ResponseBegan(1, "r3", "turn-1"), e.AudioBegan(1, "r3", "i3"), e.ResponseEnded(1, "r3", "completed"))
    assert [order.pii_text for order in story.ordered(o.AskResponse)] == ["Two."]


def test_a_sentence_before_the_stream_is_held_until_the_greeting_is_over() -> None:
    story = dialled()
    story.tell(e.OperatorSpoke("Early."))
    assert story.ruled == ["held-for-start"]
    story = live()
    story.tell(e.OperatorSpoke("Early."))
    assert not story.ordered(o.AskResponse)
    story.tell(e.AudioSent(1, "i1", "r1", 100), e.MarkReturned(1, "i1", "r1", 3100))
    assert [order.pii_text for order in story.ordered(o.AskResponse)] == ["Early."]


def test_a_sentence_while_the_stream_is_gone_is_said_on_the_next() -> None:
    story = greeted()
    story.tell(e.StreamStopped(1), e.OperatorSpoke("Still there?"))
    assert story.ruled == ["held-for-next"]
    story.tell(e.Fetched(2, 2, SID), e.UpgradeAsked(2, 2, True), e.StreamStarted(2, "MZ2", SID))
    assert [order.pii_text for order in story.ordered(o.AskResponse)] == ["Still there?"]


def test_a_sentence_waits_until_the_callee_has_finished() -> None:
    story = greeted()
    story.tell(e.SpeechStarted(1, 5000), e.OperatorSpoke("Listen."))
    assert not story.ordered(o.AskResponse)
    story.tell(e.SpeechStopped(1, 6000), e.TurnCommitted(1, "u1"))
    assert not story.ordered(o.AskResponse)  # the model answers the turn first
    speaking(story)
    story.tell(e.ResponseEnded(1, "r2", "completed"))
    assert [order.pii_text for order in story.ordered(o.AskResponse)] == ["Listen."]


def test_a_response_that_bounces_is_asked_for_again_when_the_other_has_ended() -> None:
    story = greeted()
    story.tell(e.OperatorSpoke("One."), e.ResponseBegan(1, "r2"), e.ModelErred(1, "code", "busy", "turn-1", busy=True))
    assert [order.ref for order in story.ordered(o.AskResponse)] == ["turn-1"]
    story.tell(e.ResponseEnded(1, "r2", "completed"))
    assert story.ordered(o.AskResponse) == [o.AskResponse(1, "turn-2", "One.")]


def test_bouncing_has_an_end() -> None:
    story = greeted()
    story.tell(e.OperatorSpoke("One."))
    for number in range(1, 10):
        story.tell(e.ModelErred(1, "code", "busy", f"turn-{number}", busy=True))
    assert story.call.conversation.count == 4
    assert not story.call.conversation.wanted


def test_a_sentence_whose_response_failed_is_said_again_and_survives_its_session() -> None:
    story = greeted()
    story.tell(e.OperatorSpoke("One."), e.ResponseBegan(1, "r2", "turn-1"))
    story.tell(e.ResponseEnded(1, "r2", "failed", "server_error"))
    assert story.ordered(o.AskResponse) == [o.AskResponse(1, "turn-2", "One.")]
    story.tell(e.ModelFailed(1, "1006", "gone"), e.ModelReached(2, ModelStage.READY))
    assert story.ordered(o.AskResponse) == [o.AskResponse(2, "turn-3", "One.")]


# --- the farewell --------------------------------------------------------------------------------------------------


def _goodbye() -> Story:
    story = speaking(greeted())
    story.tell(e.ToolCalled(1, "r2", "t1", "end_call"))
    assert story.ordered(o.AnswerTool)
    assert story.ordered(o.HoldTurns)
    return story


def test_the_agents_hang_up_waits_for_its_farewells_mark() -> None:
    story = _goodbye()
    story.tell(e.ResponseEnded(1, "r2", "completed"))
    assert not story.ordered(o.HangUp)
    story.tell(e.MarkReturned(1, "i2", "r2", 7000))
    assert story.ordered(o.HangUp)
    story.tell(e.StatusReported(CallStatus.COMPLETED, SID))
    assert story.end == (Cause.AGENT, Outcome.COMPLETED)


def test_the_mark_may_come_before_the_response_has_ended() -> None:
    story = _goodbye()
    story.tell(e.MarkReturned(1, "i2", "r2", 7000))
    assert not story.ordered(o.HangUp)
    story.tell(e.ResponseEnded(1, "r2", "completed"))
    assert story.ordered(o.HangUp)


def test_a_farewell_without_a_sound_is_over_with_its_response() -> None:
    story = greeted()
    story.tell(e.ResponseBegan(1, "r2"), e.ToolCalled(1, "r2", "t1", "end_call"))
    story.tell(e.ResponseEnded(1, "r2", "completed"))
    assert story.ordered(o.HangUp)


@pytest.mark.parametrize("ended", [True, False], ids=["ended", "never ended"])
def test_a_farewell_is_waited_for_a_named_time(ended: bool) -> None:
    story = _goodbye()
    if ended:
        story.tell(e.AudioEnded(1, "r2", "i2", 3000), e.ResponseEnded(1, "r2", "completed"))
        assert o.StartTimer(Timer.FAREWELL, 8.0) in story.orders  # its own 3 s, and the slack of a mark
    story.tell(fire(Timer.FAREWELL))
    assert story.ordered(o.HangUp)


def test_longer_speech_takes_the_farewell_back_once() -> None:
    story = _goodbye()
    story.tell(e.SpeechStarted(1, 5000), e.TimerFired(Timer.SPEECH, 6000, (play(at=4000),)))
    assert story.ordered(o.ClearAudio)
    assert story.ordered(o.CancelResponse)
    story.tell(e.ResponseEnded(1, "r2", "cancelled"), e.TurnCommitted(1, "u1"))
    assert not story.ordered(o.HangUp)
    assert story.ordered(o.AskResponse)
    assert story.ordered(o.RestoreTurns)
    speaking(story, "r3", "i3", "turn-1")
    story.tell(e.ToolCalled(1, "r3", "t2", "end_call"), e.SpeechStarted(1, 9000))
    assert Timer.SPEECH not in story.call.timers
    story.tell(e.ResponseEnded(1, "r3", "completed"), e.MarkReturned(1, "i3", "r3", 9500))
    assert story.ordered(o.HangUp)


def test_a_short_word_during_the_farewell_changes_nothing() -> None:
    story = _goodbye()
    story.tell(e.SpeechStarted(1, 5000), e.SpeechStopped(1, 5300), e.TurnCommitted(1, "u1"))
    assert not story.ordered(o.ClearAudio) and not story.ordered(o.AskResponse)


def test_a_response_of_the_models_own_after_the_farewell_is_not_heard() -> None:
    story = _goodbye()
    story.tell(e.ResponseEnded(1, "r2", "completed"), e.ResponseBegan(1, "r3"))
    assert story.ordered(o.MuteResponse) == [o.MuteResponse("r3")]
    assert story.ordered(o.CancelResponse) == [o.CancelResponse(1, "r3")]


def test_a_farewell_whose_stream_is_gone_ends_the_call_and_opens_nothing() -> None:
    story = _goodbye()
    story.tell(e.StreamStopped(1))
    assert story.call.ending.cause is Cause.AGENT
    assert story.ordered(o.HangUp)
    assert not story.ordered(o.OpenModel)


def test_a_farewell_whose_session_is_lost_plays_what_has_been_made_of_it_and_opens_nothing() -> None:
    story = _goodbye()
    story.tell(e.ModelFailed(1, "1006", "gone"))
    assert not story.ordered(o.HangUp) and not story.ordered(o.OpenModel)
    story.tell(e.MarkReturned(1, "i2", "r2", 7000))
    assert story.ordered(o.HangUp)
    assert story.call.ending.cause is Cause.AGENT


def test_a_goodbye_in_one_response_and_end_call_in_the_next_waits_for_the_goodbye() -> None:
    story = speaking(greeted())
    story.tell(e.AudioEnded(1, "r2", "i2", 3000), e.ResponseEnded(1, "r2", "completed"))
    story.tell(e.ResponseBegan(1, "r3"), e.ToolCalled(1, "r3", "t1", "end_call"))
    story.tell(e.ResponseEnded(1, "r3", "completed"))
    assert not story.ordered(o.HangUp)
    story.tell(e.MarkReturned(1, "i2", "r2", 7000))
    assert story.ordered(o.HangUp)


def test_a_response_that_fails_after_the_farewell_does_not_cut_it() -> None:
    story = _goodbye()
    story.tell(e.ResponseEnded(1, "r2", "failed", "server_error"))
    assert not story.ordered(o.HangUp) and not story.ordered(o.OpenModel)
    story.tell(e.MarkReturned(1, "i2", "r2", 7000))
    assert story.ordered(o.HangUp)


def test_a_tool_that_does_not_exist_is_answered_so() -> None:
    story = speaking(greeted())
    story.tell(e.ToolCalled(1, "r2", "t1", "order_pizza"))
    assert "no such tool" in story.ordered(o.AnswerTool)[0].output
    story.tell(e.ResponseEnded(1, "r2", "completed"))
    assert story.ordered(o.AskResponse)


# --- what was said -------------------------------------------------------------------------------------------------


def test_parts_are_added_to_their_line_and_the_whole_replaces_them() -> None:
    story = greeted()
    story.tell(
        e.Spoken(1, "i2", "r2", "Good ", final=False),
        e.Heard(1, "u1", "Yes?", final=False),
        e.Spoken(1, "i2", "r2", "day", final=False),
        e.Spoken(1, "i2", "r2", "Good day."),
    )
    lines = [(line.who, line.pii_text, line.final) for line in story.call.transcript]
    assert lines == [("agent", "Good day.", True), ("callee", "Yes?", False)]


def test_the_usage_of_all_responses_is_added_up() -> None:
    story = speaking(greeted())
    story.tell(e.ResponseEnded(1, "r2", "completed", usage=Usage(text_in=5, audio_out=7)))
    story.tell(e.ResponseEnded(1, "r3", "completed", usage=Usage(text_in=6)))
    assert story.call.usage == Usage(text_in=11, audio_out=7)
