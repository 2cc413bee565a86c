"""The first word: asked for once a session, heard undisturbed, and never waited for without a bound."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.call.story import SID, TERMS, Story, dialled, fetched, fire, greeted, live, play, ready
from voicecall_core.call.conversation import GreetingState
from voicecall_core.words import events as e
from voicecall_core.words import orders as o
from voicecall_core.words.terms import Greet, Policy, Terms
from voicecall_core.words.values import ModelStage, Timer

OPEN, READY = (e.ModelReached(1, stage) for stage in (ModelStage.UPGRADED, ModelStage.READY))


def _said(story: Story) -> GreetingState:
    return story.call.conversation.greeting


def test_the_greeting_is_made_while_the_phone_rings_and_let_out_at_the_start() -> None:
    story = dialled()
    story.tell(READY)
    assert story.ordered(o.AskGreeting) == [o.AskGreeting(1, "greeting-1")]
    assert not ready().ordered(o.OpenAudio)
    started = live()
    assert started.ordered(o.OpenAudio) == [o.OpenAudio(1)]
    assert not started.ordered(o.AskGreeting)


def test_it_waits_for_the_start_if_that_was_asked_for() -> None:
    story = dialled(replace(TERMS, greet=Greet.ANSWERED))
    story.tell(READY)
    assert not story.ordered(o.AskGreeting)
    fetched(story).tell(e.UpgradeAsked(1, 1, True), e.StreamStarted(1, "MZ1", SID))
    assert story.ordered(o.AskGreeting)


def test_turns_are_held_until_its_last_mark_is_back() -> None:
    story = Story()
    story.tell(e.DialBegan())
    assert story.ordered(o.OpenModel) == [o.OpenModel(1, held=True)]
    story = live()
    story.tell(e.AudioSent(1, "i1", "r1", 100))
    assert _said(story) is GreetingState.PLAYING
    story.tell(e.MarkReturned(1, "i1", "r1", 3100))
    assert story.ordered(o.RestoreTurns) == [o.RestoreTurns(1)]
    assert greeted().call.conversation.heard


def test_a_greeting_of_several_items_is_over_with_the_last_mark() -> None:
    story = fetched(dialled())
    story.tell(READY, e.ResponseBegan(1, "r1", "greeting-1"), e.AudioBegan(1, "r1", "i1"))
    story.tell(e.UpgradeAsked(1, 1, True), e.StreamStarted(1, "MZ1", SID), e.AudioSent(1, "i1", "r1", 100))
    story.tell(e.MarkReturned(1, "i1", "r1", 900))
    assert _said(story) is GreetingState.PLAYING
    story.tell(e.AudioBegan(1, "r1", "i2"), e.ResponseEnded(1, "r1", "completed"))
    assert _said(story) is GreetingState.PLAYING
    story.tell(e.MarkReturned(1, "i2", "r1", 1900))
    assert story.call.conversation.greeting is GreetingState.PLAYED


def test_a_short_word_does_not_disturb_it_and_gets_no_answer() -> None:
    story = live()
    story.tell(
        e.AudioSent(1, "i1", "r1", 100),
        e.SpeechStarted(1, 300),
        e.SpeechStopped(1, 700),
        e.TurnCommitted(1, "u1"),
        e.MarkReturned(1, "i1", "r1", 3100),
    )
    assert not story.ordered(o.ClearAudio)
    assert not story.ordered(o.AskResponse)
    assert _said(story) is GreetingState.PLAYED


def test_longer_speech_cuts_it_and_we_ask_for_the_answer() -> None:
    story = live()
    story.tell(e.AudioSent(1, "i1", "r1", 100), e.SpeechStarted(1, 300))
    assert [timer.timer for timer in story.ordered(o.StartTimer)] == [Timer.SPEECH]
    story.tell(e.TimerFired(Timer.SPEECH, 1500, (play("i1", "r1", sent=1600, at=100),)))
    assert story.ordered(o.ClearAudio) and story.ordered(o.MuteResponse) == [o.MuteResponse("r1")]
    assert story.ordered(o.TruncateItem) == [o.TruncateItem(1, "i1", 1400)]
    assert _said(story) is GreetingState.CUT
    story.tell(e.MarkReturned(1, "i1", "r1", 1500), e.SpeechStopped(1, 2000), e.TurnCommitted(1, "u1"))
    assert story.ordered(o.AskResponse) == [o.AskResponse(1, "turn-1")]
    assert story.ordered(o.RestoreTurns)
    assert story.call.conversation.heard


def test_one_that_is_still_being_made_when_it_is_cut_is_cancelled_and_the_answer_waits_for_that() -> None:
    story = fetched(dialled())
    story.tell(READY, e.ResponseBegan(1, "r1", "greeting-1"), e.AudioBegan(1, "r1", "i1"))
    story.tell(e.UpgradeAsked(1, 1, True), e.StreamStarted(1, "MZ1", SID), e.AudioSent(1, "i1", "r1", 100))
    story.tell(e.SpeechStarted(1, 300), e.TimerFired(Timer.SPEECH, 900, (play("i1", "r1", sent=900, at=100),)))
    assert story.ordered(o.CancelResponse) == [o.CancelResponse(1, "r1")]
    story.tell(e.TurnCommitted(1, "u1"))
    assert not story.ordered(o.AskResponse)
    story.tell(e.ResponseEnded(1, "r1", "cancelled"))
    assert story.ordered(o.AskResponse)
    assert _said(story) is GreetingState.CUT


def test_speech_that_goes_on_beyond_the_greeting_does_not_interrupt_what_is_over() -> None:
    story = live()
    story.tell(e.AudioSent(1, "i1", "r1", 100), e.SpeechStarted(1, 3000), e.MarkReturned(1, "i1", "r1", 3100))
    assert Timer.SPEECH not in story.call.timers
    story.tell(e.TurnCommitted(1, "u1"))
    assert not story.ordered(o.AskResponse)  # the model's own turn-taking is back


def test_speech_before_its_first_frame_cuts_nothing() -> None:
    story = live()
    story.tell(e.SpeechStarted(1, 100), e.TimerFired(Timer.SPEECH, 1200, ()))
    assert not story.orders[1:]
    assert _said(story) is GreetingState.ASKED


def test_a_last_mark_that_never_comes_is_waited_for_as_long_as_the_greeting_and_a_little() -> None:
    story = live()
    waits = [timer.seconds for timer in story.ordered(o.StartTimer) if timer.timer is Timer.GREETING]
    assert waits == [8.0]
    story.tell(e.AudioSent(1, "i1", "r1", 100), fire(Timer.GREETING))
    assert _said(story) is GreetingState.UNPROVEN
    assert story.ordered(o.RestoreTurns)


def test_one_that_does_not_come_costs_the_session() -> None:
    story = fetched(dialled())
    story.tell(READY, e.UpgradeAsked(1, 1, True), e.StreamStarted(1, "MZ1", SID), fire(Timer.PATIENCE))
    assert story.ordered(o.CloseModel) == [o.CloseModel(1)]
    assert story.ordered(o.OpenModel) == [o.OpenModel(2, held=True)]


def test_its_first_sound_on_a_live_stream_starts_the_longer_wait() -> None:
    story = fetched(dialled())
    story.tell(READY, e.UpgradeAsked(1, 1, True), e.StreamStarted(1, "MZ1", SID))
    story.tell(e.ResponseBegan(1, "r1", "greeting-1"), e.AudioBegan(1, "r1", "i1"))
    assert [timer.seconds for timer in story.ordered(o.StartTimer) if timer.timer is Timer.GREETING] == [30.0]


def test_one_without_a_sound_costs_the_session() -> None:
    story = fetched(dialled())
    story.tell(READY, e.ResponseBegan(1, "r1", "greeting-1"), e.ResponseEnded(1, "r1", "completed"))
    assert _said(story) is GreetingState.NONE
    assert story.ordered(o.OpenModel) == [o.OpenModel(2, held=True)]


def test_a_refused_greeting_costs_the_session_too() -> None:
    story = dialled()
    story.tell(READY, e.ModelErred(1, "invalid_value", "no such voice", "greeting-1"), fire(Timer.MODEL_RETRY))
    assert story.ordered(o.OpenModel) == [o.OpenModel(2, held=True)]


def test_it_is_asked_for_as_soon_as_the_first_session_is_open_and_once() -> None:
    story = dialled()
    assert [order for order in story.tell(OPEN) if isinstance(order, o.AskGreeting)] == [o.AskGreeting(1, "greeting-1")]
    story.tell(e.ModelReached(1, ModelStage.CREATED), READY)
    assert not story.ordered(o.AskGreeting)
    assert story.ordered(o.ForwardAudio) == [o.ForwardAudio(1)]


def test_one_that_waits_for_the_answer_is_asked_for_at_the_start_of_a_session_that_is_open() -> None:
    story = dialled(replace(TERMS, greet=Greet.ANSWERED))
    story.tell(OPEN)
    assert not story.ordered(o.AskGreeting)
    fetched(story).tell(e.UpgradeAsked(1, 1, True), e.StreamStarted(1, "MZ1", SID))
    assert story.ordered(o.AskGreeting)


@pytest.mark.parametrize(
    "terms", [replace(TERMS, kept_ms=900, pii_kept="Hello."), replace(TERMS, policy=Policy.NAIVE)], ids=str
)
def test_it_is_not_asked_for_early_where_one_is_kept_or_nobody_guards(terms: Terms) -> None:
    story = dialled(terms)
    story.tell(e.ModelReached(1, ModelStage.UPGRADED))
    assert not story.ordered(o.AskGreeting)


def test_the_next_session_is_asked_for_it_when_it_is_ready() -> None:
    """The first may be lost because it was asked for too much at once."""
    story = dialled()
    story.tell(OPEN, e.ModelFailed(1, "set-up-differs", "another voice"), fire(Timer.MODEL_RETRY))
    assert story.ordered(o.OpenModel) == [o.OpenModel(2, held=True)]
    story.tell(e.ModelReached(2, ModelStage.UPGRADED))
    assert not story.ordered(o.AskGreeting)
    story.tell(e.ModelReached(2, ModelStage.READY))
    assert story.ordered(o.AskGreeting) == [o.AskGreeting(2, "greeting-2")]


def test_what_sounds_before_its_session_is_set_up_is_not_heard_and_costs_the_session() -> None:
    story = fetched(dialled())
    story.tell(OPEN, e.UpgradeAsked(1, 1, True), e.StreamStarted(1, "MZ1", SID))
    story.tell(e.ResponseBegan(1, "r1", "greeting-1"), e.AudioBegan(1, "r1", "i1"))
    assert o.MuteResponse("r1") in story.orders
    assert story.ordered(o.CloseModel) == [o.CloseModel(1)] and story.ordered(o.OpenModel)
