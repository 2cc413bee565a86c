"""What the callee heard, as it is kept beside the call for people: never more than can have been, and what was cut."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import HealthCheck, given, settings

from tests.call.chance import calls
from tests.call.story import SID, Story, fetched, fire, greeted, live, play, ready, speaking
from voicecall_core.call.as_heard import HeardLine, as_heard
from voicecall_core.call.health import Trouble
from voicecall_core.call.hearing import Fate, Reply, Speech, Stretch
from voicecall_core.call.replies import ReplyTimes, reply_times
from voicecall_core.call.step import new_call, step
from voicecall_core.call.troubles import lasting
from voicecall_core.words import events as e
from voicecall_core.words import orders as o
from voicecall_core.words.terms import Terms
from voicecall_core.words.values import CallStatus, ModelStage, Timer

GREETING = "Hello, this is a short test of the line."


def heard(story: Story, item: str = "i2") -> Speech:
    return next(each for each in story.call.heard.speeches if each.item == item)


def line(story: Story, now: float | None = None) -> HeardLine:
    """The last line of the conversation."""
    return as_heard(story.call, story.call.at if now is None else now)[-1]


def troubles(story: Story) -> list[Trouble]:
    return [spell.trouble for spell in lasting(story.call)]


def test_a_greeting_that_was_made_while_it_rings_is_not_said() -> None:
    story = ready()
    story.tell(e.Spoken(1, "i1", "r1", GREETING))
    assert line(story).waits and line(story).pii_heard == "" and line(story).pii_rest == GREETING


def test_it_is_heard_word_by_word_as_it_plays_and_whole_with_its_last_mark() -> None:
    story = live()
    story.tell(e.Spoken(1, "i1", "r1", GREETING), e.AudioSent(1, "i1", "r1", 100))
    began = story.call.at
    parts = [line(story, began + seconds).pii_heard for seconds in (0.0, 1.0, 2.0, 2.9, 60.0)]
    assert parts == sorted(parts, key=len) and parts[0] == "" and parts[-1] == GREETING
    assert parts[1] == "Hello, this" and all(GREETING.startswith(part) for part in parts)
    story.tell(e.MarkReturned(1, "i1", "r1", 3100))
    assert line(story).fate is Fate.HEARD and line(story).pii_heard == GREETING


def test_an_interrupted_sentence_is_cut_where_the_model_was_told_to_cut_it() -> None:
    story = speaking(greeted())
    story.tell(e.Spoken(1, "i2", "r2", "One two three four five six."))
    story.tell(e.SpeechStarted(1, 900, 5000, (play(sent=2000),)))
    assert story.ordered(o.TruncateItem)[0].audio_end_ms == 1000
    assert heard(story).fate is Fate.CUT and line(story).heard_ms == 1000
    assert line(story).pii_heard == "One two" and line(story).pii_rest == " three four five six."


def test_one_of_which_nothing_was_heard_is_not_heard() -> None:
    story = speaking(greeted())
    story.tell(e.Spoken(1, "i2", "r2", "One two."), e.SpeechStarted(1, 900, 4000, (play(sent=0),)))
    assert line(story).fate is Fate.DROPPED and line(story).pii_heard == ""


def test_who_speaks_and_since_when() -> None:
    story = speaking(greeted())
    sounding = story.call.heard.sounding
    assert sounding is not None and sounding.since == story.call.at
    story.tell(e.SpeechStarted(1, 900, 4500, (play(sent=600),)))
    assert story.call.heard.sounding is None and story.call.heard.speaking == story.call.at
    began = story.call.at
    story.tell(e.SpeechStopped(1, 2000))
    assert story.call.heard.speaking is None
    assert story.call.heard.stretches[-1] == Stretch("callee", began, story.call.at)


def test_the_last_mark_may_never_come() -> None:
    story = live()
    story.tell(e.AudioSent(1, "i1", "r1", 100))
    for _ in range(40):
        story.tell(e.MarkReturned(1, "nobody's", "r9", 200))
    story.tell(fire(Timer.GREETING))
    assert heard(story, "i1").fate is Fate.UNPROVEN


def test_a_stream_that_goes_takes_the_sound_with_it_and_the_next_one_goes_on() -> None:
    story = speaking(greeted())
    story.tell(e.StreamStopped(1))
    assert heard(story).since is None and heard(story).fate is Fate.SOUNDING
    assert Trouble.STREAM_LOST in troubles(story)
    story.tell(e.Fetched(2, 2, SID), e.UpgradeAsked(2, 2, True), e.StreamStarted(2, "MZ2", SID))
    assert heard(story).since == story.call.at and Trouble.STREAM_LOST not in troubles(story)


def test_how_long_he_waited_for_the_first_word_and_for_a_reply() -> None:
    story = greeted()
    (greeting,) = story.call.heard.speeches
    assert greeting.wait_s == story.call.timing.answer_to_first_audio
    story.tell(e.SpeechStarted(1, 900), e.SpeechStopped(1, 1500), e.TurnCommitted(1, "u1"))
    speaking(story)
    assert heard(story).wait_s is None, "that he has stopped is the model's word, half a second after he did"
    story.tell(e.Replied(1, heard(story).item, heard(story).response, 1000, 1850, ours_ms=20, barge_in=True))
    assert (heard(story).wait_s, heard(story).ours_s) == (0.85, 0.02)
    (reply,) = story.call.heard.replies
    assert (reply.wait_s, reply.ours_s, reply.model_s, reply.barge_in) == (0.85, 0.02, 0.83, True)


def test_a_reply_over_the_callee_was_not_waited_for() -> None:
    story = speaking(greeted())
    story.tell(e.Replied(1, heard(story).item, heard(story).response, 1850, 1850, over=True))
    assert heard(story).wait_s is None
    assert reply_times(story.call.heard.replies) == ReplyTimes(over=1)


def test_what_is_measured_of_a_reply_decides_nothing() -> None:
    before = speaking(greeted()).call
    made = step(before, e.Replied(1, "i2", "r2", 1000, 1850, at=before.at))
    assert (made.orders, made.verdicts) == ((), ())
    assert replace(made.call, heard=before.heard) == before


def test_replies_are_told_by_their_percentiles() -> None:
    replies = [
        Reply(n, f"i{n}", "r", wait_s, ours_s) for n, wait_s, ours_s in ((1, 0.9, 0.1), (2, 3.0, None), (3, 1.1, 0.3))
    ]
    times = reply_times([*replies, Reply(4, "i4", "r", None)])
    assert times == ReplyTimes(3, 1.1, 3.0, 3.0, 1.1, ours_p50_s=0.1, model_p50_s=0.8, over=1)
    assert reply_times([]) == ReplyTimes()


def test_a_clip_that_asks_for_a_moment_is_no_word_of_the_agent() -> None:
    story = greeted(Terms("c-1", pii_greeting="Hello.", moment=True))
    story.tell(e.SpeechStarted(1, 900), e.SpeechStopped(1, 1500))
    stopped = story.call.at
    story.tell(e.TurnCommitted(1, "u1"), e.ResponseBegan(1, "r2"), fire(Timer.PATIENCE))
    assert story.ordered(o.PlayClip)
    story.tell(e.AudioSent(1, "one-moment", "clip", 5000))
    assert story.call.heard.waiting == stopped and line(story).clip == "one-moment"
    story.tell(e.MarkReturned(1, "one-moment", "clip", 6000))
    assert story.call.heard.waiting == stopped


def test_what_the_callee_said_stands_where_he_began_to_say_it() -> None:
    story = greeted()
    story.tell(e.SpeechStarted(1, 900))
    began = story.call.at
    story.tell(e.SpeechStopped(1, 1500), e.TurnCommitted(1, "u1"))
    assert (line(story).who, line(story).at, line(story).final) == ("callee", began, False)
    speaking(story)
    story.tell(e.Spoken(1, "i2", "r2", "Fine."), e.Heard(1, "u1", "How are you?"))
    said = [(each.who, each.at) for each in as_heard(story.call, story.call.at)]
    assert ("callee", began) == said[-2]


def test_a_turn_that_is_told_to_another_session_again_was_spoken_once() -> None:
    story = greeted()
    story.tell(e.SpeechStarted(1, 900))
    began = story.call.at
    story.tell(e.VoiceBegan(1, 4000), e.SpeechStopped(1, 1500), e.VoiceEnded(1, 5000), e.TurnCommitted(1, "u1"))
    story.tell(e.ModelFailed(1, "1006", "closed"), e.ModelReached(2, ModelStage.READY))
    assert [order.again for order in story.ordered(o.ForwardAudio)] == [True]
    story.tell(e.SpeechStarted(2, 0), e.SpeechStopped(2, 600), e.TurnCommitted(2, "u9"), e.Heard(2, "u9", "Yes."))
    assert [each.who for each in story.call.heard.stretches].count("callee") == 1
    assert [(each.at, each.pii_heard) for each in as_heard(story.call, 99) if each.who == "callee"] == [(began, "Yes.")]
    story.tell(e.SpeechStarted(2, 4000))
    assert story.call.heard.speaking == story.call.at


def test_what_is_wrong_and_that_it_is_right_again() -> None:
    story = fetched(ready())
    assert troubles(story) == [Trouble.NO_STREAM, Trouble.WAITING]
    story = greeted()
    assert troubles(story) == []
    story.tell(e.ModelFailed(1, "1006", "closed"))
    lost = story.call.at
    assert troubles(story) == [Trouble.MODEL_LOST]
    story.tell(e.ModelReached(2, ModelStage.READY))
    assert troubles(story) == []
    spell = story.call.troubles[-1]
    assert (spell.trouble, spell.begin, spell.end) == (Trouble.MODEL_LOST, lost, story.call.at)


def test_a_call_that_is_being_ended_has_no_more_troubles() -> None:
    story = fetched(ready())
    story.tell(e.HangUpAsked())
    assert troubles(story) == [] and story.call.heard.waiting is None


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(calls())
def test_in_any_order_a_cut_is_what_the_model_was_told_and_no_word_is_lost(
    events: list[e.Event],
) -> None:
    call = new_call(Terms("c-1", pii_greeting="hello"))
    for event in events:
        made = step(call, event)
        call = made.call
        for each in as_heard(call, call.at + 1):
            assert each.made_ms == 0 or each.heard_ms <= each.made_ms
        shown = [each.pii_heard + each.pii_rest for each in as_heard(call, call.at)]
        texts = [each.pii_text for each in call.transcript]
        assert all(shown.count(text) >= texts.count(text) for text in texts)
        told = {each.item: each.audio_end_ms for each in made.orders if isinstance(each, o.TruncateItem)}
        for item, ms in told.items():
            assert any(each.item == item and each.before_ms == ms for each in call.heard.speeches)
    if call.ending.outcome is not None:
        assert call.heard.sounding is None and call.heard.speaking is None


def test_a_sentence_of_the_operators_waits_until_the_agent_says_it() -> None:
    story = speaking(greeted())
    story.tell(e.OperatorSpoke("We are late."))
    assert line(story).waits and line(story).pii_rest == "We are late."
    story.tell(
        e.AudioEnded(1, "r2", "i2", 1000), e.ResponseEnded(1, "r2", "completed"), e.MarkReturned(1, "i2", "r2", 1)
    )
    assert line(story).waits and line(story).pii_rest == "We are late."
    ref = story.ordered(o.AskResponse)[0].ref
    speaking(story, "r3", "i3", ref)
    story.tell(e.Spoken(1, "i3", "r3", "Sorry, we are late."))
    assert not any(each.pii_rest == "We are late." for each in as_heard(story.call, story.call.at))


def test_a_call_that_is_over_sounds_no_more() -> None:
    story = speaking(greeted())
    story.tell(e.StatusReported(CallStatus.COMPLETED, SID))
    assert story.call.ending.outcome is not None
    assert story.call.heard.sounding is None and heard(story).fate is Fate.CUT


# --- what is easily mistaken ---------------------------------------------------------------------------------------


def talks(story: Story, item: str) -> Story:
    """The callee says something, and it becomes this item."""
    story.tell(e.SpeechStarted(1, 900), e.SpeechStopped(1, 1500), e.TurnCommitted(1, item))
    return story


def test_an_item_sounds_from_its_first_frame_to_its_last_mark() -> None:
    story = live()
    story.tell(e.AudioSent(1, "i1", "r1", 100))
    began = story.call.at
    assert [heard(story, "i1").heard_ms(began + seconds) for seconds in (-1.0, 0.0, 1.0, 9.0)] == [0, 0, 1000, 3000]
    story.tell(e.Spoken(1, "i1", "r1", GREETING), e.MarkReturned(1, "i1", "r1", 3100))
    assert tuple(story.call.heard.stretches) == (Stretch("agent", began, story.call.at),)
    assert line(story).at == began and line(story).final


def test_what_was_cut_sounded_for_as_long_as_it_was_heard() -> None:
    story = speaking(greeted())
    began = story.call.at
    for _ in range(20):
        story.tell(e.Spoken(1, "i2", "r2", "word ", final=False))
    story.tell(e.SpeechStarted(1, 900, 5000, (play(sent=2000, at=4400),)))
    assert story.call.heard.stretches[-1] == Stretch("agent", began, round(began + 0.6, 6))


def test_an_interruption_behind_its_last_word_cuts_nothing() -> None:
    story = speaking(greeted())
    story.tell(e.AudioEnded(1, "r2", "i2", 3000), e.ResponseEnded(1, "r2", "completed"))
    story.tell(e.SpeechStarted(1, 900, 9000, (play(sent=3000),)))
    assert heard(story).fate is Fate.HEARD


def test_an_item_whose_length_was_never_told_was_heard_for_the_time_that_it_played() -> None:
    story = speaking(greeted())
    began = story.call.at
    story.tell(e.Spoken(1, "i2", "r2", "One two three four.", final=False))
    assert line(story, began + 0.7).pii_heard == "One two"  # ten letters and a half
    story.tell(e.MarkReturned(1, "i2", "r2", 9000))
    assert heard(story).heard_ms(99) == round((story.call.at - began) * 1000)


def test_a_short_word_does_not_stop_the_greeting() -> None:
    story = live()
    story.tell(e.AudioSent(1, "i1", "r1", 100), e.SpeechStarted(1, 200, 300, (play("i1", "r1", at=100),)))
    assert heard(story, "i1").fate is Fate.SOUNDING and story.call.heard.sounding is not None


def test_an_item_that_has_run_dry_sounds_again_with_its_next_frame_alone() -> None:
    story = speaking(greeted())
    story.tell(e.AudioRanDry(1, "i2", "r2", 5000), e.Spoken(1, "i2", "r2", "One"), e.VoiceEnded(1, 5100))
    assert story.call.heard.sounding is None and heard(story).dry
    story.tell(e.StreamStopped(1))
    story.tell(e.Fetched(2, 2, SID), e.UpgradeAsked(2, 2, True), e.StreamStarted(2, "MZ2", SID))
    assert story.call.heard.sounding is None
    story.tell(e.AudioSent(2, "i2", "r2", 100))
    assert story.call.heard.sounding is not None and not heard(story).dry


def test_an_item_that_had_played_when_its_stream_ended_is_not_said_again() -> None:
    story = speaking(greeted())
    story.tell(e.AudioEnded(1, "r2", "i2", 200), e.ResponseEnded(1, "r2", "completed"))
    story.tell(e.VoiceEnded(1, 4900), e.StreamStopped(1))
    story.tell(e.Fetched(2, 2, SID), e.UpgradeAsked(2, 2, True), e.StreamStarted(2, "MZ2", SID))
    assert heard(story).heard_ms(99) == 200 and story.call.heard.sounding is None


def test_he_speaks_from_when_he_began_however_often_it_is_told() -> None:
    story = greeted()
    story.tell(e.SpeechStarted(1, 900))
    began = story.call.at
    story.tell(e.VoiceBegan(1, 4100), e.SpeechStarted(1, 1000))
    assert story.call.heard.speaking == began


def test_a_turn_of_several_stretches_ends_with_the_last() -> None:
    story = greeted()
    story.tell(e.SpeechStarted(1, 900), e.SpeechStopped(1, 1500), e.SpeechStarted(1, 1600), e.SpeechStopped(1, 1900))
    story.tell(e.TurnCommitted(1, "u1"))
    first, last = (each for each in story.call.heard.stretches if each.who == "callee")
    (turn,) = story.call.heard.turns
    assert (turn.begin, turn.end) == (first.begin, last.end)


def test_a_turn_that_nobody_spoke_is_nobodys_turn() -> None:
    story = talks(greeted(), "u1")
    story.tell(e.TurnCommitted(1, "u2"))
    assert [turn.item for turn in story.call.heard.turns] == ["u1"]


def test_of_several_turns_the_last_is_told_again() -> None:
    story = speaking(talks(greeted(), "u1"))
    story.tell(
        e.AudioEnded(1, "r2", "i2", 100), e.ResponseEnded(1, "r2", "completed"), e.MarkReturned(1, "i2", "r2", 1)
    )
    talks(story, "u2")
    story.tell(e.ModelFailed(1, "1006", "closed"), e.ModelReached(2, ModelStage.READY))
    story.tell(e.SpeechStarted(2, 0), e.SpeechStopped(2, 600), e.TurnCommitted(2, "u9"))
    assert [turn.item for turn in story.call.heard.turns] == ["u1", "u9"]


def test_he_who_is_heard_out_by_another_session_is_heard_again_in_his_next_turn() -> None:
    story = greeted()
    story.tell(e.SpeechStarted(1, 900), e.VoiceBegan(1, 4000), e.ModelFailed(1, "1006", "closed"))
    story.tell(e.ModelReached(2, ModelStage.READY), e.VoiceEnded(1, 5000), e.TurnCommitted(2, "u1"))
    assert [turn.item for turn in story.call.heard.turns] == ["u1"]
    story.tell(e.SpeechStarted(2, 5000))
    assert story.call.heard.speaking == story.call.at


def test_another_word_of_his_begins_his_waiting_anew() -> None:
    story = talks(greeted(), "u1")
    assert story.call.heard.waiting is not None
    story.tell(e.SpeechStarted(1, 2000))
    assert story.call.heard.waiting is None
    story.tell(e.SpeechStopped(1, 2500))
    stopped = story.call.at
    story.tell(e.TurnCommitted(1, "u2"))
    assert story.call.heard.waiting == stopped


def test_a_hello_before_the_first_word_is_no_turn_that_ends_the_waiting() -> None:
    story = live()
    answered = story.call.heard.waiting
    story.tell(e.SpeechStarted(1, 100), e.SpeechStopped(1, 500))
    assert answered is not None and story.call.heard.waiting == answered


def test_a_clip_was_not_waited_for() -> None:
    story = greeted(Terms("c-1", pii_greeting="Hello.", moment=True))
    talks(story, "u1").tell(e.ResponseBegan(1, "r2"), fire(Timer.PATIENCE), e.AudioSent(1, "one-moment", "clip", 5000))
    assert not story.call.heard.replies
    assert (line(story).wait_s, line(story).final, line(story).at) == (None, True, story.call.at)


def test_a_trouble_that_is_over_stays_as_it_was() -> None:
    story = greeted()
    before = [(spell.trouble, spell.begin, spell.end) for spell in story.call.troubles]
    assert [trouble for trouble, _, _ in before] == [Trouble.NO_STREAM, Trouble.WAITING]
    story.tell(e.ModelFailed(1, "1006", "closed"), e.ModelReached(2, ModelStage.READY))
    assert [(spell.trouble, spell.begin, spell.end) for spell in story.call.troubles][:2] == before
    assert story.call.troubles[0].lasts(99) == story.call.troubles[0].lasts(0)
