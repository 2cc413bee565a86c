"""A greeting that is kept: played at the stream's start whatever the model does, and told to it as far as heard."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.call.story import TERMS, Story, dialled, fetched, fire
from voicecall_core.call.as_heard import as_heard
from voicecall_core.call.conversation import Floor, GreetingState
from voicecall_core.call.endings import Cause
from voicecall_core.call.hearing import Fate
from voicecall_core.call.timing import Moment
from voicecall_core.call.transcript import AGENT
from voicecall_core.words import events as e
from voicecall_core.words import orders as o
from voicecall_core.words.terms import Greet, Kind, Policy
from voicecall_core.words.values import KEPT_GREETING, ItemPlay, ModelStage, Timer

TEXT = "Hello there, this is an AI speaking to you."
KEPT = replace(TERMS, kept_ms=4500, pii_kept=TEXT)
READY = e.ModelReached(1, ModelStage.READY)
TOLD = o.TellGreeting(1, KEPT_GREETING, TEXT)


def started(*, ready: bool, **changes: object) -> Story:
    """The stream has just started; `ready`: the model was, while it rang."""
    story = dialled(replace(KEPT, **changes))  # type: ignore[arg-type]
    if ready:
        story.tell(READY)
        assert not story.ordered(o.AskGreeting)
    fetched(story)
    story.tell(e.UpgradeAsked(1, 1, True), e.StreamStarted(1, "MZ1", SID := "CA1"))
    assert story.call.sid == SID
    return story


def sounding(*, ready: bool = True) -> Story:
    story = started(ready=ready)
    story.tell(e.AudioSent(1, KEPT_GREETING, KEPT_GREETING, 0))
    return story


def playing(heard_ms: int) -> tuple[ItemPlay, ...]:
    return (ItemPlay(KEPT_GREETING, KEPT_GREETING, 4500, heard_ms, heard_ms, heard_ms),)


@pytest.mark.parametrize("ready", [True, False])
@pytest.mark.parametrize("greet", Greet)
def test_it_is_played_at_the_start_whether_the_model_is_ready_or_not(ready: bool, greet: Greet) -> None:
    story = started(ready=ready, greet=greet)
    assert story.ordered(o.PlayGreeting) == [o.PlayGreeting(1)]
    assert story.ordered(o.TellGreeting) == ([TOLD] if ready else [])
    assert story.call.conversation.floor is Floor.GREETING


def test_a_model_that_is_slower_is_told_before_it_gets_the_callees_voice() -> None:
    story = sounding(ready=False)
    story.tell(READY)
    said = [order for order in story.orders if isinstance(order, o.TellGreeting | o.ForwardAudio | o.AskGreeting)]
    assert said == [TOLD, o.ForwardAudio(1)]


def test_its_last_mark_gives_turns_back() -> None:
    story = sounding()
    story.tell(e.MarkReturned(1, KEPT_GREETING, KEPT_GREETING, 4500))
    assert story.call.conversation.greeting is GreetingState.PLAYED
    assert story.ordered(o.RestoreTurns)
    assert Moment.FIRST_AUDIO in story.call.timing.first


def test_a_mark_that_does_not_come_back_ends_it_unproven() -> None:
    story = sounding()
    assert Timer.GREETING in story.call.timers
    story.tell(fire(Timer.GREETING))
    assert story.call.conversation.greeting is GreetingState.UNPROVEN


def test_interrupted_the_model_is_told_what_was_heard_instead() -> None:
    story = sounding()
    story.tell(e.SpeechStarted(1, 0, 1500, playing(1500)))
    story.tell(e.TimerFired(Timer.SPEECH, 2000, playing(2000)))
    assert story.call.conversation.greeting is GreetingState.CUT
    assert not story.ordered(o.TruncateItem)
    said = [order for order in story.orders if isinstance(order, o.DeleteItem | o.TellGreeting)]
    heard = "Hello there, this is …"  # 2.0 s of 4.5 s are four of nine words
    assert said == [o.DeleteItem(1, KEPT_GREETING), o.TellGreeting(1, f"{KEPT_GREETING}-heard", heard)]
    assert [line.pii_text for line in story.call.transcript] == [heard]


def test_interrupted_the_screen_shows_the_very_words_that_the_model_is_told() -> None:
    story = sounding()
    story.tell(e.SpeechStarted(1, 0, 1500, playing(1500)))
    story.tell(e.TimerFired(Timer.SPEECH, 2000, playing(2000)))
    (line,) = [each for each in as_heard(story.call, story.call.at) if each.who == AGENT]
    assert (line.fate, line.heard_ms, line.made_ms) == (Fate.CUT, 2000, 4500)
    assert (line.pii_heard, line.pii_rest) == ("Hello there, this is", " an AI speaking to you.")


def test_before_its_end_what_has_not_been_heard_of_it_waits() -> None:
    story = sounding()
    (line,) = [each for each in as_heard(story.call, story.call.at) if each.who == AGENT]
    assert (line.fate, line.pii_heard, line.pii_rest) == (Fate.SOUNDING, "", TEXT)
    story.tell(e.MarkReturned(1, KEPT_GREETING, KEPT_GREETING, 4500))
    (line,) = [each for each in as_heard(story.call, story.call.at) if each.who == AGENT]
    assert (line.fate, line.pii_heard, line.pii_rest) == (Fate.HEARD, TEXT, "")


def test_interrupted_at_once_the_model_forgets_it() -> None:
    story = sounding()
    nothing = (ItemPlay(KEPT_GREETING, KEPT_GREETING, 4500, 500, 0, 300),)
    story.tell(e.SpeechStarted(1, 0, 100, nothing), e.TimerFired(Timer.SPEECH, 300, nothing))
    assert story.ordered(o.DeleteItem) == [o.DeleteItem(1, KEPT_GREETING)]
    assert not story.ordered(o.TellGreeting)


def test_a_session_that_takes_over_is_told_once_and_asked_for_no_greeting() -> None:
    story = sounding()
    story.tell(e.ModelFailed(1, "1006", "lost"), e.ModelReached(2, ModelStage.READY))
    assert story.ordered(o.TellGreeting) == [o.TellGreeting(2, KEPT_GREETING, TEXT)]
    assert not story.ordered(o.AskGreeting) and not story.ordered(o.TellHistory)
    story.tell(e.SpeechStarted(2, 0, 100, playing(3000)), e.TimerFired(Timer.SPEECH, 300, playing(3000)))
    assert story.ordered(o.DeleteItem) == [o.DeleteItem(2, KEPT_GREETING)]


def test_something_unasked_does_not_come_before_it() -> None:
    story = dialled(KEPT)
    story.tell(READY, e.ResponseBegan(1, "r1"), e.AudioBegan(1, "r1", "i1"))
    fetched(story)
    story.tell(e.UpgradeAsked(1, 1, True), e.StreamStarted(1, "MZ1", "CA1"))
    assert o.MuteResponse("r1") in story.orders and story.ordered(o.PlayGreeting)


def test_who_speaks_after_it_is_not_left_alone_while_no_session_is_ready() -> None:
    story = sounding(ready=False)
    story.tell(e.MarkReturned(1, KEPT_GREETING, KEPT_GREETING, 4500))
    assert Timer.PATIENCE not in story.call.timers
    story.tell(e.VoiceBegan(1, 5000), e.VoiceEnded(1, 6000))
    assert Timer.PATIENCE in story.call.timers
    for _ in range(2):
        story.tell(fire(Timer.PATIENCE))
    assert story.ordered(o.PlayClip) == [o.PlayClip(1, "apology")]
    story.tell(fire(Timer.APOLOGY))
    assert story.end[0] is Cause.MODEL_NEVER_READY


def test_only_a_guarded_conversation_has_one() -> None:
    assert KEPT.keeps_greeting
    assert not replace(KEPT, kind=Kind.SAY).keeps_greeting
    assert not replace(KEPT, policy=Policy.NAIVE).keeps_greeting
    assert not TERMS.keeps_greeting


def test_a_stream_that_comes_back_is_not_greeted_again() -> None:
    story = sounding()
    story.tell(e.StreamStopped(1), e.Fetched(2, 2, "CA1"), e.UpgradeAsked(2, 2, True), e.StreamStarted(2, "MZ2", "CA1"))
    assert not story.ordered(o.PlayGreeting) and not story.ordered(o.AskGreeting)
