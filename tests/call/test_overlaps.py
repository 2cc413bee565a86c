"""Two things at once: a clip and a loss, a request and the model's own answer, an old sound and a new sentence."""

from __future__ import annotations

from dataclasses import replace

from tests.call.story import TERMS, Story, fire, greeted, live, play, speaking
from voicecall_core.call.conversation import Floor
from voicecall_core.words import events as e
from voicecall_core.words import orders as o
from voicecall_core.words.values import ModelStage, Timer

IMPATIENT = fire(Timer.PATIENCE)
LOST = e.ModelFailed(1, "1006", "gone")
READY_2 = e.ModelReached(2, ModelStage.READY)
MOMENT = replace(TERMS, moment=True)


def _asked(story: Story) -> list[str]:
    return [order.pii_text for order in story.ordered(o.AskResponse)]


def _turn(story: Story) -> Story:
    story.tell(e.SpeechStarted(1, 5000, 5000, (play(),)), e.SpeechStopped(1, 6000))
    story.tell(e.Heard(1, "u1", "Who is this?"), e.TurnCommitted(1, "u1"))
    return story


def test_a_clip_that_is_not_proven_to_have_played_leaves_the_turn_that_waits_behind_it() -> None:
    story = greeted(MOMENT)
    story.tell(e.SpeechStarted(1, 5000), e.VoiceBegan(1, 5000), e.VoiceEnded(1, 6000), LOST, IMPATIENT)
    assert story.ordered(o.PlayClip) == [o.PlayClip(1, "one-moment")]
    story.tell(fire(Timer.PLAYBACK))
    assert story.call.conversation.floor is Floor.CALLEE and Timer.PATIENCE in story.call.timers
    story.tell(READY_2)
    assert story.ordered(o.ForwardAudio) == [o.ForwardAudio(2, again=True)]


def test_a_clip_still_plays_when_the_answer_behind_it_fails() -> None:
    story = _turn(greeted(MOMENT))
    story.tell(IMPATIENT, IMPATIENT)
    story.tell(READY_2)
    (asked,) = story.ordered(o.AskResponse)
    story.tell(e.ResponseBegan(2, "r2", asked.ref), e.ResponseEnded(2, "r2", "failed", "server_error"))
    assert _asked(story) == [""]
    assert Timer.PATIENCE not in story.call.timers


def test_what_the_model_began_by_itself_and_failed_at_is_silenced_and_not_waited_for() -> None:
    story = greeted()
    story.tell(e.ResponseBegan(1, "r2"), e.AudioBegan(1, "r2", "i2"))
    story.tell(e.ResponseEnded(1, "r2", "failed", "server_error"))
    assert story.ordered(o.MuteResponse) == [o.MuteResponse("r2")] and _asked(story) == []
    speaking(story, "r3", "i3")
    story.tell(e.ResponseEnded(1, "r3", "completed"), e.MarkReturned(1, "i3", "r3", 9000))
    assert story.call.conversation.floor is Floor.NOBODY


def test_a_greeting_that_was_cut_is_not_waited_for() -> None:
    story = live()
    story.tell(e.AudioSent(1, "i1", "r1", 100), e.SpeechStarted(1, 300))
    assert Timer.GREETING in story.call.timers
    story.tell(e.TimerFired(Timer.SPEECH, 1500, (play("i1", "r1", sent=1600, at=100),)))
    assert Timer.GREETING not in story.call.timers


def test_a_response_that_begins_when_the_patience_is_nearly_over_has_an_eighth_of_it() -> None:
    story = _turn(greeted())
    story.call = replace(story.call, at=story.call.at + 3.5)
    story.tell(e.ResponseBegan(1, "r2"))
    assert [order.seconds for order in story.ordered(o.StartTimer) if order.timer is Timer.PATIENCE] == [0.5]


def test_a_request_is_not_heard_if_the_model_has_answered_the_turn_by_itself() -> None:
    story = _turn(greeted())
    story.tell(IMPATIENT, e.ResponseBegan(1, "r8"))
    assert not story.ordered(o.MuteResponse)
    story.tell(e.ResponseEnded(1, "r8", "completed"), e.ResponseBegan(1, "r9", "turn-1"))
    assert o.MuteResponse("r9") in story.orders


def test_a_sentence_is_heard_though_something_else_was_taken_for_it() -> None:
    story = greeted()
    story.tell(e.OperatorSpoke("One."), e.ResponseBegan(1, "r8"), e.ResponseBegan(1, "r9", "turn-1"))
    assert not story.ordered(o.MuteResponse)
    story.tell(e.AudioBegan(1, "r9", "i9"), e.AudioSent(1, "i9", "r9", 9000), e.ResponseEnded(1, "r9", "completed"))
    assert story.call.conversation.floor is Floor.SENTENCE and _asked(story) == []


def test_an_error_that_is_about_something_else_takes_no_request_back() -> None:
    story = greeted()
    story.tell(e.OperatorSpoke("One."), e.ModelErred(1, "invalid_value", "about something else"))
    assert _asked(story) == ["One."]
    assert not any("was not said" in note.text for note in story.call.notes)
    speaking(story, ref="turn-1")
    assert story.call.conversation.floor is Floor.SENTENCE and not story.ordered(o.MuteResponse)


def test_an_older_sound_is_not_taken_for_the_sentences() -> None:
    story = speaking(greeted())
    story.tell(e.ResponseEnded(1, "r2", "completed"), e.OperatorSpoke("One."), e.AudioSent(1, "i2", "r2", 5000))
    assert _asked(story) == ["One."]
    speaking(_turn(story), "r9", "i9")
    story.tell(e.ResponseEnded(1, "r9", "completed"))
    assert _asked(story) == ["One."]


def test_an_answer_that_begins_while_the_one_before_it_plays_is_one_of_its_own() -> None:
    story = speaking(greeted())
    story.tell(e.ResponseEnded(1, "r2", "completed"), e.TurnCommitted(1, "u1"))
    speaking(story, "r3", "i3")
    story.tell(e.ResponseEnded(1, "r3", "completed"))
    story.tell(e.MarkReturned(1, "i2", "r2", 8000), e.MarkReturned(1, "i3", "r3", 9000))
    assert Timer.PATIENCE not in story.call.timers and story.call.conversation.floor is Floor.NOBODY


def test_a_sentence_in_whose_way_the_models_own_response_stood_is_said_once() -> None:
    story = greeted()
    story.tell(e.OperatorSpoke("One."), e.ResponseBegan(1, "r2"))
    story.tell(e.ModelErred(1, "conversation_already_has_active_response", "busy", "turn-1", busy=True))
    story.tell(e.SpeechStarted(1, 5000), e.ResponseEnded(1, "r2", "cancelled"), e.SpeechStopped(1, 6000))
    story.tell(e.TurnCommitted(1, "u1"))
    speaking(story, "r3", "i3")
    story.tell(e.ResponseEnded(1, "r3", "completed"), e.MarkReturned(1, "i3", "r3", 9000))
    assert _asked(story) == ["One."]
    (asked,) = story.ordered(o.AskResponse)
    speaking(story, "r4", "i4", asked.ref)
    story.tell(e.ResponseEnded(1, "r4", "completed"), e.MarkReturned(1, "i4", "r4", 12000))
    assert _asked(story) == []
