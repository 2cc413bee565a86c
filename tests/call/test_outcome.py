"""What a call is called when it is over: whether the callee heard the agent, and whether he was left waiting."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.call.story import SID, TERMS, Story, dialled, fetched, fire, greeted, live, ready, speaking
from voicecall_core.call.endings import ENDINGS, Cause, Outcome
from voicecall_core.words import events as e
from voicecall_core.words import orders as o
from voicecall_core.words.terms import Kind
from voicecall_core.words.values import CallStatus, Fault, Knock, ModelStage, RestAnswer, Timer

OVER = e.StatusReported(CallStatus.COMPLETED, SID)
IMPATIENT = fire(Timer.PATIENCE)


def _later(story: Story, seconds: float) -> Story:
    story.call = replace(story.call, at=story.call.at + seconds)
    return story


def _asked(story: Story) -> Story:
    """The callee has said something, whole."""
    story.tell(e.SpeechStarted(1, 5000), e.SpeechStopped(1, 6000), e.TurnCommitted(1, "u1"))
    return story


def _hung_up(story: Story) -> Story:
    story.tell(e.HangUpAsked(), e.UpdateAnswered(1, RestAnswer.ACCEPTED), OVER)
    return story


# --- the callee waits ----------------------------------------------------------------------------------------------


def test_who_hangs_up_before_his_patience_is_over_was_not_left_without_an_answer() -> None:
    story = _later(_asked(greeted()), 3.5)
    story.tell(OVER)
    assert story.end == (Cause.CALLEE, Outcome.COMPLETED)


def test_who_hangs_up_after_that_was_talking_to_an_agent_that_had_fallen_silent() -> None:
    story = _later(_asked(greeted()), 4.5)
    story.tell(OVER)
    assert story.end == (Cause.CALLEE, Outcome.AGENT_SILENT)


def test_a_call_that_its_maximum_duration_ends_in_mid_wait_is_not_completed_either() -> None:
    story = _later(_asked(greeted()), 4.5)
    story.tell(fire(Timer.CAP), e.UpdateAnswered(1, RestAnswer.ACCEPTED), OVER)
    assert story.end == (Cause.CAP, Outcome.AGENT_SILENT)


def test_the_operators_hang_up_in_mid_wait_is_the_operators() -> None:
    assert _hung_up(_later(_asked(greeted()), 4.5)).end == (Cause.OPERATOR, Outcome.CANCELLED)
    assert _hung_up(_later(_asked(greeted()), 1)).end == (Cause.OPERATOR, Outcome.COMPLETED)


def test_the_clip_that_asks_for_a_moment_is_no_answer() -> None:
    story = _asked(greeted(replace(TERMS, moment=True)))
    story.tell(e.ResponseBegan(1, "r2"), IMPATIENT)
    assert story.ordered(o.PlayClip)
    story.tell(e.AudioSent(1, "one-moment", "clip", 9000), OVER)
    assert story.end == (Cause.CALLEE, Outcome.AGENT_SILENT)


def test_an_answer_behind_that_clip_is_one() -> None:
    story = _asked(greeted(replace(TERMS, moment=True)))
    story.tell(e.ResponseBegan(1, "r2"), IMPATIENT, e.AudioSent(1, "one-moment", "clip", 9000))
    story.tell(e.MarkReturned(1, "one-moment", "clip", 10000), e.ResponseEnded(1, "r2", "cancelled"))
    speaking(story, "r3", "i3", "turn-1")
    story.tell(e.ResponseEnded(1, "r3", "completed"), e.MarkReturned(1, "i3", "r3", 12000), OVER)
    assert story.end == (Cause.CALLEE, Outcome.COMPLETED)


# --- an apology ----------------------------------------------------------------------------------------------------


def _apologising() -> Story:
    story = _asked(greeted())
    story.tell(IMPATIENT, IMPATIENT, e.ModelReached(2, ModelStage.READY), IMPATIENT)
    assert story.ordered(o.PlayClip) == [o.PlayClip(1, "apology")]
    return story


def test_whoever_hangs_up_during_an_apology_the_agent_had_fallen_silent() -> None:
    story = _apologising()
    story.tell(OVER)
    assert story.end == (Cause.MODEL_SILENT, Outcome.AGENT_SILENT)
    assert _hung_up(_apologising()).end == (Cause.OPERATOR, Outcome.AGENT_SILENT)


def test_a_sentence_of_the_operators_that_is_refused_in_words_costs_the_callee_nothing() -> None:
    story = greeted()
    story.tell(e.OperatorSpoke("Listen."), e.ModelErred(1, "invalid", "no", "turn-1"), OVER)
    assert any("the sentence was not said" in note.text for note in story.call.notes)
    assert story.end == (Cause.CALLEE, Outcome.COMPLETED)


# --- whether the agent was heard -----------------------------------------------------------------------------------


def test_an_agent_whose_greeting_was_never_acknowledged_was_heard_if_what_followed_was() -> None:
    story = live()
    story.tell(e.AudioSent(1, "i1", "r1", 100), fire(Timer.GREETING))
    unproven = Story()
    unproven.call = story.call
    unproven.tell(OVER)
    assert unproven.end == (Cause.CALLEE, Outcome.UNHEARD)
    speaking(_asked(story)).tell(e.ResponseEnded(1, "r2", "completed"), e.MarkReturned(1, "i2", "r2", 9000), OVER)
    assert story.end == (Cause.CALLEE, Outcome.COMPLETED)


@pytest.mark.parametrize(("seconds", "outcome"), [(0.5, Outcome.UNHEARD), (3, Outcome.COMPLETED)])
def test_a_message_was_spoken_if_there_was_time_to_speak_it(seconds: float, outcome: Outcome) -> None:
    terms = replace(TERMS, kind=Kind.SAY, pii_say="This is a message of sixty letters, it takes four seconds.")
    story = _later(fetched(dialled(terms)), seconds)
    story.tell(OVER)
    assert story.end == (Cause.SAID, outcome)


def test_a_callee_who_never_spoke_is_no_failure() -> None:
    story = _later(greeted(), 60)
    story.tell(OVER)
    assert story.end == (Cause.CALLEE, Outcome.COMPLETED)


# --- how long he waited --------------------------------------------------------------------------------------------


def _longest(story: Story) -> float:
    (over,) = story.ordered(o.Conclude)
    return over.longest_wait_s


def test_the_last_word_of_a_call_says_how_long_the_callee_waited() -> None:
    story = _later(_asked(greeted()), 4.5)
    story.tell(OVER)
    assert _longest(story) == pytest.approx(4.7)  # the turn was two events long


def test_he_waits_from_the_answer_on_not_only_from_the_streams_start() -> None:
    story = _later(fetched(ready()), 6)
    story.tell(e.UpgradeAsked(1, 1, True), e.StreamStarted(1, "MZ1", SID), e.AudioSent(1, "i1", "r1", 100))
    story.tell(e.MarkReturned(1, "i1", "r1", 3100), OVER)
    assert _longest(story) == pytest.approx(6.4)


def test_who_was_never_reached_never_waited() -> None:
    story = dialled()
    story.tell(e.StatusReported(CallStatus.BUSY, SID))
    assert _longest(story) == 0


# --- turned away ---------------------------------------------------------------------------------------------------


def _away(what: Knock, fault: Fault = Fault.SIGNATURE, status: int = 403) -> e.TurnedAway:
    return e.TurnedAway(what, status, fault)


def test_a_fetch_that_the_door_turned_away_did_come() -> None:
    story = ready()
    story.tell(e.StatusReported(CallStatus.IN_PROGRESS, SID), _away(Knock.FETCH), fire(Timer.FETCH))
    assert story.call.ending.cause is Cause.TURNED_AWAY


def test_without_one_it_never_came() -> None:
    story = ready()
    story.tell(e.StatusReported(CallStatus.IN_PROGRESS, SID), _away(Knock.STATUS), fire(Timer.FETCH))
    assert story.call.ending.cause is Cause.NEVER_FETCHED


def test_a_phone_that_rings_for_ever_was_answered_if_a_fetch_was_turned_away() -> None:
    story = ready()
    story.tell(_away(Knock.STATUS), _away(Knock.FETCH), fire(Timer.RING))
    assert story.call.ending.cause is Cause.TURNED_AWAY
    story = ready()
    story.tell(_away(Knock.STATUS), fire(Timer.RING))
    assert story.call.ending.cause is Cause.RING_TIMEOUT


@pytest.mark.parametrize(
    "refused",
    [
        [_away(Knock.SOCKET)],
        [_away(Knock.SOCKET, Fault.FULL, 503)],
        [e.UpgradeAsked(1, 1, False)],
        [e.UpgradeAsked(1, 1, True), e.StreamStarted(1, "MZ1", SID, account_ok=False)],
        [e.UpgradeAsked(1, 1, True), e.SocketClosed(1, 1008, "media before start")],
    ],
)
def test_a_stream_whose_socket_we_turned_away_did_come(refused: list[e.Event]) -> None:
    story = fetched(ready())
    story.tell(*refused, fire(Timer.STREAM))
    assert story.call.ending.cause is Cause.TURNED_AWAY
    story = fetched(ready())
    story.tell(*refused, OVER)
    assert story.end == (Cause.TURNED_AWAY, Outcome.TURNED_AWAY)


@pytest.mark.parametrize("what", [Knock.FETCH, Knock.STATUS, Knock.STREAM, Knock.OTHER])
def test_what_else_was_turned_away_does_not_explain_a_stream_that_never_came(what: Knock) -> None:
    story = fetched(ready())
    story.tell(_away(what), fire(Timer.STREAM))
    assert story.call.ending.cause is Cause.STREAM_NEVER_CAME


def test_a_stream_that_came_in_the_end_makes_good_what_was_turned_away_before() -> None:
    story = fetched(ready())
    story.tell(_away(Knock.SOCKET), e.UpgradeAsked(2, 1, True), e.StreamStarted(2, "MZ1", SID))
    story.tell(e.AudioSent(2, "i1", "r1", 100), e.MarkReturned(2, "i1", "r1", 3100), OVER)
    assert story.end == (Cause.CALLEE, Outcome.COMPLETED)


def test_what_the_door_turned_away_is_noted_and_ordered_nothing() -> None:
    story = ready()
    assert story.tell(_away(Knock.SOCKET), e.TurnedAway(Knock.SOCKET, 403, Fault.SIGNATURE, 10)) == []
    assert [note.text for note in story.call.notes] == [
        "media socket turned away with 403: its signature does not fit",
        "media socket turned away with 403: its signature does not fit, for the 10th time",
    ]


# --- the table -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cause", Cause)
def test_no_row_calls_a_call_completed_that_left_somebody_without_an_answer(cause: Cause) -> None:
    rule = ENDINGS[cause]
    assert rule.words and rule.fix.endswith(".")
    assert rule.of(heard=False) is not Outcome.COMPLETED
    assert cause is Cause.SAID or rule.of(heard=True, answered=False) is not Outcome.COMPLETED
