"""A greeting that is made before the call is placed: whole, or not at all, and then no phone rings."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.call.story import SID, TERMS, Story, fire
from voicecall_core.call.endings import Cause, Outcome
from voicecall_core.call.first_word import FirstWord, first_word
from voicecall_core.call.phase import Phase
from voicecall_core.words import events as e
from voicecall_core.words import orders as o
from voicecall_core.words.terms import Greet, Kind, Policy, Terms
from voicecall_core.words.values import CallStatus, ModelStage, Timer

FIRST = replace(TERMS, greet=Greet.BEFORE_DIALLING)
OPEN, READY = (e.ModelReached(1, stage) for stage in (ModelStage.UPGRADED, ModelStage.READY))
SOUND = (e.ResponseBegan(1, "r1", "greeting-1"), e.AudioBegan(1, "r1", "i1"), e.AudioEnded(1, "r1", "i1", 3000))
ENDED = e.ResponseEnded(1, "r1", "completed")


def _begun(terms: Terms = FIRST) -> Story:
    story = Story(terms)
    story.tell(e.DialBegan())
    return story


def test_the_call_is_placed_once_when_the_whole_greeting_is_there() -> None:
    story = _begun()
    assert story.ordered(o.OpenModel) and not story.ordered(o.CreateCall)
    story.tell(OPEN, READY, *SOUND, e.DialBegan())
    assert not story.ordered(o.CreateCall)
    story.tell(ENDED)
    assert story.ordered(o.CreateCall) == [o.CreateCall(1)] and not story.ordered(o.OpenAudio)
    assert Timer.GREETING_FIRST not in story.call.timers
    story.tell(e.DialBegan(), e.Created(SID), e.StatusReported(CallStatus.IN_PROGRESS, SID), e.Fetched(1, 1, SID))
    assert not story.ordered(o.CreateCall)
    story.tell(e.UpgradeAsked(1, 1, True), e.StreamStarted(1, "MZ1", SID), e.AudioSent(1, "i1", "r1", 0))
    assert not story.ordered(o.AskGreeting)
    assert first_word(story.call) is FirstWord.BEFORE_DIALLING


def test_one_that_does_not_come_in_time_leaves_the_call_unplaced() -> None:
    story = _begun()
    story.tell(OPEN, READY, e.ResponseBegan(1, "r1", "greeting-1"), fire(Timer.GREETING_FIRST))
    assert not story.ordered(o.CreateCall) and not story.ordered(o.HangUp)
    assert story.ordered(o.CloseModel) == [o.CloseModel(1)]
    assert story.call.phase is Phase.OVER
    assert story.end == (Cause.MODEL_NEVER_READY, Outcome.MODEL_FAILED)
    assert "not placed" in story.call.notes[-1].text


def test_a_model_that_refuses_leaves_it_unplaced_at_once() -> None:
    story = _begun()
    story.tell(e.ModelFailed(1, "invalid_api_key", "wrong", retryable=False))
    assert story.call.phase is Phase.OVER and not story.ordered(o.CreateCall)
    assert story.end == (Cause.MODEL_REFUSED, Outcome.MODEL_FAILED)


def test_a_session_that_is_lost_is_followed_by_another_and_the_call_waits_for_that() -> None:
    story = _begun()
    story.tell(OPEN, READY, *SOUND, e.ModelFailed(1, "1006", "gone"), fire(Timer.MODEL_RETRY))
    story.tell(e.ModelReached(2, ModelStage.READY), e.ResponseBegan(2, "r2", "greeting-2"))
    assert not story.ordered(o.CreateCall)
    story.tell(e.AudioBegan(2, "r2", "i2"), e.AudioEnded(2, "r2", "i2", 900), e.ResponseEnded(2, "r2", "completed"))
    assert story.ordered(o.CreateCall)


def test_the_operator_may_end_it_before_anybody_was_called() -> None:
    story = _begun()
    story.tell(e.HangUpAsked())
    assert story.call.phase is Phase.OVER and not story.ordered(o.CreateCall)
    assert not story.tell(fire(Timer.GREETING_FIRST), READY, *SOUND, ENDED)


@pytest.mark.parametrize(
    "terms",
    [
        replace(FIRST, kept_ms=900, pii_kept="Hello."),
        replace(FIRST, kind=Kind.SAY),
        replace(FIRST, policy=Policy.NAIVE),
        replace(FIRST, greet=Greet.RINGING),
    ],
    ids=["kept", "say", "no guard", "ringing"],
)
def test_where_there_is_nothing_to_wait_for_it_is_placed_at_once(terms: Terms) -> None:
    assert _begun(terms).ordered(o.CreateCall) == [o.CreateCall(1)]
