"""What an event does, floor by floor: the cells of the conversation's table, told through events and orders."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.call.story import SID, Story, dialled, fetched, fire, greeted, live, play, speaking
from voicecall_core.call.conversation import Floor
from voicecall_core.call.endings import Cause, Outcome
from voicecall_core.words import events as e
from voicecall_core.words import orders as o
from voicecall_core.words.values import CallStatus, ModelStage, Timer

KEY = e.ModelFailed(1, "invalid_api_key", "wrong key", retryable=False)
LOST = e.ModelFailed(1, "1006", "gone")
READY_2 = e.ModelReached(2, ModelStage.READY)


def _greeting() -> Story:
    story = live()
    story.tell(e.AudioSent(1, "i1", "r1", 100))
    return story


def _callee() -> Story:
    story = greeted()
    story.tell(e.SpeechStarted(1, 5000))
    return story


def _agent() -> Story:
    story = _callee()
    story.tell(e.SpeechStopped(1, 6000), e.Heard(1, "u1", "Who is this?"), e.TurnCommitted(1, "u1"))
    return speaking(story)


def _asked() -> Story:
    """The operator's sentence was asked for, and the model has not begun it."""
    story = greeted()
    story.tell(e.OperatorSpoke("One."))
    return story


def _sentence() -> Story:
    return speaking(_asked(), ref="turn-1")


def _farewell() -> Story:
    story = speaking(greeted())
    story.tell(e.ToolCalled(1, "r2", "t1", "end_call"))
    return story


def _apology() -> Story:
    story = greeted()
    story.tell(KEY)
    return story


FLOORS: dict[Floor, Callable[[], Story]] = {
    Floor.NOBODY: greeted,
    Floor.GREETING: _greeting,
    Floor.CALLEE: _callee,
    Floor.AGENT: _agent,
    Floor.SENTENCE: _sentence,
    Floor.FAREWELL: _farewell,
    Floor.APOLOGY: _apology,
}
_PLAYS = {Floor.GREETING: ("i1", "r1"), Floor.AGENT: ("i2", "r2"), Floor.SENTENCE: ("i2", "r2")}


def _played(story: Story, floor: Floor) -> None:
    """What is being said there has ended, and been heard."""
    item, response = _PLAYS[floor]
    if floor is not Floor.GREETING:
        story.tell(e.AudioEnded(1, response, item, 3000), e.ResponseEnded(1, response, "completed"))
    story.tell(e.MarkReturned(1, item, response, 9000))


def _asked_after_a_turn(story: Story) -> list[str]:
    """The callee takes a turn, the model answers it by itself, and is heard to its end; what is asked for then."""
    story.tell(e.SpeechStarted(1, 20000, 20000, (play(),)), e.ResponseEnded(1, "r2", "cancelled"))
    story.tell(e.SpeechStopped(1, 21000), e.TurnCommitted(1, "u9"))
    speaking(story, "r9", "i9")
    story.tell(e.ResponseEnded(1, "r9", "completed"), e.MarkReturned(1, "i9", "r9", 26000))
    return [order.pii_text for order in story.ordered(o.AskResponse)]


@pytest.mark.parametrize("floor", FLOORS)
def test_each_floor_is_reached_as_it_is_here(floor: Floor) -> None:
    assert FLOORS[floor]().call.conversation.floor is floor


# --- tools ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("floor", FLOORS)
def test_a_tools_answer_is_followed_up_once_nobody_speaks(floor: Floor) -> None:
    story = FLOORS[floor]()
    story.tell(e.ToolCalled(1, _PLAYS.get(floor, ("", "r8"))[1], "t8", "look_up"))
    if floor is Floor.APOLOGY:
        assert story.orders == []
        return
    assert [order.tool_call for order in story.ordered(o.AnswerTool)] == ["t8"]
    assert bool(story.ordered(o.AskResponse)) == (floor is Floor.NOBODY)
    if floor is Floor.CALLEE:
        story.tell(e.SpeechStopped(1, 6000))
    elif floor in _PLAYS:
        _played(story, floor)
    elif floor is Floor.FAREWELL:
        story.tell(e.ResponseEnded(1, "r2", "completed"))
    assert len(story.ordered(o.AskResponse)) <= 1
    unasked = floor in (Floor.FAREWELL, Floor.CALLEE)  # the answer to his turn knows what the tool has answered
    assert story.call.conversation.count == (0 if unasked else 2 if floor is Floor.SENTENCE else 1)


@pytest.mark.parametrize("floor", FLOORS)
def test_a_goodbye_ends_the_call_when_all_has_been_heard(floor: Floor) -> None:
    story = FLOORS[floor]()
    story.tell(e.ToolCalled(1, _PLAYS.get(floor, ("", "r8"))[1], "t8", "end_call"))
    if floor is Floor.APOLOGY:
        assert story.orders == []
        return
    assert [order.tool_call for order in story.ordered(o.AnswerTool)] == ["t8"]
    assert bool(story.ordered(o.HangUp)) == (floor in (Floor.NOBODY, Floor.CALLEE))
    if floor in _PLAYS:
        _played(story, floor)
        assert story.ordered(o.HangUp)
    if floor is Floor.FAREWELL:
        story.tell(e.ResponseEnded(1, "r2", "completed"), e.MarkReturned(1, "i2", "r2", 7000))
        assert story.ordered(o.HangUp)
    assert story.call.ending.cause is Cause.AGENT


def test_a_goodbye_in_the_greeting_is_a_call_that_was_heard() -> None:
    story = live()
    story.tell(e.ToolCalled(1, "r1", "t1", "end_call"), e.AudioSent(1, "i1", "r1", 100))
    assert not story.ordered(o.HangUp)
    story.tell(e.MarkReturned(1, "i1", "r1", 3100), e.StatusReported(CallStatus.COMPLETED, SID))
    assert story.end == (Cause.AGENT, Outcome.COMPLETED)


def test_a_goodbye_before_the_first_sound_is_no_call_that_was_heard() -> None:
    story = fetched(dialled())
    story.tell(e.ModelReached(1, ModelStage.READY), e.UpgradeAsked(1, 1, True), e.StreamStarted(1, "MZ1", SID))
    story.tell(e.ResponseBegan(1, "r1", "greeting-1"), e.ToolCalled(1, "r1", "t1", "end_call"))
    story.tell(e.ResponseEnded(1, "r1", "completed"))
    assert story.ordered(o.HangUp)
    story.tell(e.StatusReported(CallStatus.COMPLETED, SID))
    assert story.end[0] is Cause.AGENT and story.end[1] is not Outcome.COMPLETED


# --- the operator's sentences -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("floor", FLOORS)
def test_a_sentence_is_asked_for_now_or_later_or_refused_in_words(floor: Floor) -> None:
    story = FLOORS[floor]()
    story.tell(e.OperatorSpoke("Two."))
    refused = any("was not said" in note.text for note in story.call.notes)
    assert refused == (floor in (Floor.FAREWELL, Floor.APOLOGY))
    assert bool(story.ordered(o.AskResponse)) == (floor is Floor.NOBODY)
    if floor in _PLAYS:
        _played(story, floor)
        assert [order.pii_text for order in story.ordered(o.AskResponse)] in ([], ["Two."])
        assert story.call.conversation.wanted == ()


def test_a_sentence_that_was_heard_gives_the_floor_back_and_ends_nothing() -> None:
    story = _sentence()
    _played(story, Floor.SENTENCE)
    assert not story.ordered(o.HangUp)
    assert story.call.conversation.floor is Floor.NOBODY


def test_a_sentence_whose_last_mark_never_comes_is_waited_for_a_named_time() -> None:
    story = _sentence()
    story.tell(e.AudioEnded(1, "r2", "i2", 3000), e.ResponseEnded(1, "r2", "completed"), e.OperatorSpoke("Two."))
    assert Timer.PLAYBACK in story.call.timers
    story.tell(e.SpeechStarted(1, 9000, 9000, (play(),)), e.SpeechStopped(1, 9500))
    assert Timer.PLAYBACK not in story.call.timers
    story = _sentence()
    story.tell(e.AudioEnded(1, "r2", "i2", 3000), e.ResponseEnded(1, "r2", "completed"), fire(Timer.PLAYBACK))
    assert story.call.conversation.floor is Floor.NOBODY and story.call.ending.cause is None
    story.tell(e.OperatorSpoke("Two."))
    assert story.ordered(o.AskResponse)


def test_a_sentence_that_stops_in_mid_word_is_waited_for_and_not_said_again() -> None:
    story = _sentence()
    story.tell(e.AudioRanDry(1, "i2", "r2", 5000))
    assert Timer.PATIENCE in story.call.timers
    story.tell(fire(Timer.PATIENCE))
    assert story.ordered(o.CancelResponse) and not story.ordered(o.AskResponse)
    assert story.call.conversation.floor is Floor.NOBODY


def test_a_sentence_of_which_nothing_was_heard_is_said_after_the_turn_that_came_between() -> None:
    story = _asked()
    story.tell(e.ResponseBegan(1, "r2", "turn-1"))
    assert _asked_after_a_turn(story) == ["One."]


def test_a_sentence_that_was_interrupted_is_not_said_again() -> None:
    assert _asked_after_a_turn(_sentence()) == []


def test_a_sentence_that_came_to_nothing_is_said_again() -> None:
    story = _asked()
    story.tell(e.ResponseBegan(1, "r2", "turn-1"), e.ResponseEnded(1, "r2", "completed"))
    assert story.ordered(o.AskResponse) == [o.AskResponse(1, "turn-2", "One.")]


def test_a_sentence_that_failed_when_it_was_being_heard_is_not_said_again() -> None:
    story = _sentence()
    story.tell(e.ResponseEnded(1, "r2", "failed", "server_error"))
    assert not story.ordered(o.AskResponse) and not story.ordered(o.OpenModel)
    story.tell(e.MarkReturned(1, "i2", "r2", 9000))
    assert story.call.conversation.floor is Floor.NOBODY and not story.ordered(o.AskResponse)


def test_a_sentence_that_is_refused_is_given_up_in_words_and_the_next_is_said() -> None:
    story = _asked()
    story.tell(e.OperatorSpoke("Two."), e.ModelErred(1, "invalid_value", "no", "turn-1"))
    assert any("the sentence was not said: the model refused it" in note.text for note in story.call.notes)
    assert [order.pii_text for order in story.ordered(o.AskResponse)] == ["Two."]


def test_a_sentence_whose_session_is_lost_while_it_is_heard_is_not_said_again() -> None:
    story = _sentence()
    story.tell(e.AudioEnded(1, "r2", "i2", 3000), LOST, READY_2)
    assert not story.ordered(o.AskResponse)
    story.tell(e.MarkReturned(1, "i2", "r2", 9000), e.OperatorSpoke("Two."))
    assert [order.pii_text for order in story.ordered(o.AskResponse)] == ["Two."]


def test_a_turn_that_completes_under_a_sentence_is_owed_an_answer_after_it() -> None:
    story = _sentence()
    story.tell(e.TurnCommitted(1, "u1"), e.OperatorSpoke("Two."))
    _played(story, Floor.SENTENCE)
    assert not story.ordered(o.AskResponse)  # the model answers it by itself, and before the next sentence
    assert Timer.PATIENCE in story.call.timers
    story.tell(fire(Timer.PATIENCE))
    assert [order.pii_text for order in story.ordered(o.AskResponse)] == [""]


def test_a_response_of_the_models_own_that_was_taken_for_the_sentence_puts_the_sentence_behind_it() -> None:
    """One without a name, while a turn is owed: it is the answer to that, and the sentence is asked for again."""
    story = _asked()
    story.tell(e.TurnCommitted(1, "u1"))
    speaking(story)
    assert story.call.conversation.floor is Floor.AGENT
    story.tell(e.ModelErred(1, "conversation_already_has_active_response", "busy", "turn-1", busy=True))
    assert not story.ordered(o.AskResponse)
    story.tell(e.ResponseEnded(1, "r2", "completed"))
    assert [order.pii_text for order in story.ordered(o.AskResponse)] == ["One."]


# --- responses that nobody waits for ----------------------------------------------------------------------------------


@pytest.mark.parametrize("floor", [Floor.GREETING, Floor.CALLEE, Floor.SENTENCE, Floor.FAREWELL])
def test_what_begins_unasked_while_somebody_else_has_the_floor_is_silenced(floor: Floor) -> None:
    story = FLOORS[floor]()
    if floor is Floor.SENTENCE:
        story.tell(e.ResponseEnded(1, "r2", "completed"))
    story.tell(e.ResponseBegan(1, "r8"))
    assert story.ordered(o.MuteResponse) == [o.MuteResponse("r8")]
    assert story.ordered(o.CancelResponse) == [o.CancelResponse(1, "r8")]


@pytest.mark.parametrize("floor", [Floor.NOBODY, Floor.AGENT])
def test_what_begins_unasked_otherwise_is_the_agents(floor: Floor) -> None:
    story = FLOORS[floor]()
    story.tell(e.ResponseEnded(1, "r2", "completed"), e.ResponseBegan(1, "r8"))
    assert not story.ordered(o.MuteResponse)
    assert story.call.conversation.floor is Floor.AGENT


def test_what_was_asked_for_before_the_goodbye_is_not_heard_after_it() -> None:
    story = _asked()
    story.tell(e.ToolCalled(1, "r8", "t8", "end_call"))
    assert story.ordered(o.HangUp)
    story = _asked()
    speaking(story, "r2", "i2")
    story.tell(e.ToolCalled(1, "r2", "t8", "end_call"), e.ResponseBegan(1, "r3", "turn-1"))
    assert story.ordered(o.MuteResponse) == [o.MuteResponse("r3")]


# --- sessions, and the model's death ----------------------------------------------------------------------------------


@pytest.mark.parametrize("floor", FLOORS)
def test_a_model_that_is_dead_is_apologised_for_except_in_a_farewell(floor: Floor) -> None:
    story = FLOORS[floor]()
    story.tell(KEY)
    apologises = floor not in (Floor.FAREWELL, Floor.APOLOGY)
    assert story.ordered(o.PlayClip) == ([o.PlayClip(1, "apology")] if apologises else [])
    assert not story.ordered(o.HangUp)
    if floor is Floor.FAREWELL:
        story.tell(e.MarkReturned(1, "i2", "r2", 7000))
        assert story.call.ending.cause is Cause.AGENT
    else:
        story.tell(e.MarkReturned(1, "apology", "clip", 9000))
        assert story.call.ending.cause is Cause.MODEL_REFUSED
    assert story.ordered(o.HangUp)


@pytest.mark.parametrize("floor", FLOORS)
def test_a_stream_that_ends_ends_the_call_only_when_it_was_ending(floor: Floor) -> None:
    story = FLOORS[floor]()
    story.tell(e.StreamStopped(1))
    assert bool(story.ordered(o.HangUp)) == (floor in (Floor.FAREWELL, Floor.APOLOGY))


@pytest.mark.parametrize("floor", [floor for floor in FLOORS if floor not in (Floor.FAREWELL, Floor.APOLOGY)])
def test_a_stream_that_comes_back_plays_no_apology(floor: Floor) -> None:
    story = FLOORS[floor]()
    story.tell(e.VoiceEnded(1, 7000), e.StreamStopped(1), e.Fetched(2, 2, SID))
    story.tell(e.UpgradeAsked(2, 2, True), e.StreamStarted(2, "MZ2", SID))
    assert not story.ordered(o.PlayClip)
    assert story.ordered(o.OpenAudio) == [o.OpenAudio(2)]


def test_a_greeting_that_fails_costs_the_session() -> None:
    story = fetched(dialled())
    story.tell(e.ModelReached(1, ModelStage.READY), e.ResponseBegan(1, "r1", "greeting-1"))
    story.tell(e.ResponseEnded(1, "r1", "failed", "server_error"))
    assert story.ordered(o.CloseModel) == [o.CloseModel(1)]
    assert story.ordered(o.OpenModel) == [o.OpenModel(2, held=True)]


def test_an_answer_whose_request_is_refused_is_asked_for_again_and_then_in_another_session() -> None:
    story = _callee()
    story.tell(e.SpeechStopped(1, 6000), e.TurnCommitted(1, "u1"), fire(Timer.PATIENCE))
    assert story.ordered(o.AskResponse) == [o.AskResponse(1, "turn-1")]
    story.tell(e.ModelErred(1, "invalid_value", "no", "turn-1"))
    assert story.ordered(o.AskResponse) == [o.AskResponse(1, "turn-2")]
    story.tell(e.ModelErred(1, "invalid_value", "no", "turn-2"))
    assert story.ordered(o.OpenModel)


def test_a_farewell_that_fails_before_its_first_sound_is_over() -> None:
    story = greeted()
    story.tell(e.ResponseBegan(1, "r2"), e.ToolCalled(1, "r2", "t1", "end_call"))
    assert not story.ordered(o.HangUp)
    story.tell(e.ResponseEnded(1, "r2", "failed", "server_error"))
    assert story.ordered(o.HangUp)


def test_a_farewell_of_which_nothing_was_made_is_over_with_its_session() -> None:
    story = greeted()
    story.tell(e.ResponseBegan(1, "r2"), e.ToolCalled(1, "r2", "t1", "end_call"))
    story.tell(LOST)
    assert story.ordered(o.HangUp) and story.call.ending.cause is Cause.AGENT


def test_an_answer_that_was_heard_to_its_end_before_its_session_was_lost_leaves_the_floor() -> None:
    story = _agent()
    story.tell(e.AudioEnded(1, "r2", "i2", 3000), e.MarkReturned(1, "i2", "r2", 9000), LOST)
    assert story.call.conversation.floor is Floor.NOBODY
    story.tell(e.OperatorSpoke("One."), READY_2)
    assert [order.pii_text for order in story.ordered(o.AskResponse)] == ["One."]


def test_an_answer_that_plays_on_without_its_session_is_waited_for_a_named_time() -> None:
    story = _agent()
    story.tell(e.AudioEnded(1, "r2", "i2", 3000))
    story.tell(LOST)
    assert [order.seconds for order in story.ordered(o.StartTimer) if order.timer is Timer.PLAYBACK] == [8.0]
    story.tell(READY_2, fire(Timer.PLAYBACK))
    assert story.call.conversation.floor is Floor.NOBODY
