"""What the one detector hears: ends of turns and beginnings of replies, told from noise, coughs and backchannels."""

from __future__ import annotations

from random import Random  # noqa: TID251 - of a fixed seed

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.media.recordings import Recorded, call_with_gaps, frames, laid, noisy, silence, spoken, tone
from voicecall_core.audio import BYTES_PER_MS, FRAME_MS
from voicecall_core.media.turns import TimedReply, Turns

NEAR_MS = 20


def heard(callee: bytes, agent: bytes, turns: Turns | None = None, *, lead_ms: int = 0) -> list[TimedReply]:
    """The replies in these two sides; the agent's frames come `lead_ms` before they play."""
    turns = turns or Turns()
    found: list[TimedReply | None] = []
    ours, ahead = frames(agent), lead_ms // FRAME_MS
    for n, frame in enumerate(ours[:ahead]):
        turns.said(frame, n * FRAME_MS)
    for n, frame in enumerate(frames(callee)):
        if n + ahead < len(ours):
            turns.said(ours[n + ahead], (n + ahead) * FRAME_MS)
        found.append(turns.heard(frame, n * FRAME_MS))
    return [each for each in [*found, turns.end()] if each is not None]


def waits(made: Recorded) -> list[int]:
    return [each.wait_ms for each in heard(*made.sides)]


GAPS = (340, 600, 905, 1_500, 2_718)


@pytest.mark.parametrize("noise", (0, 30, 60, 120, 200))
@pytest.mark.parametrize("voices", ("tones", "clips"))
def test_known_gaps_are_measured_whatever_the_noise_of_the_line(voices: str, noise: int) -> None:
    callee, agent = (spoken("question"), spoken("reply-1")) if voices == "clips" else (tone(900), tone(1_100, 700))
    made = call_with_gaps(GAPS, callee=callee, agent=agent, noise=noise)
    replies = heard(*made.sides)
    assert [each.wait_ms for each in replies] == pytest.approx(GAPS, abs=NEAR_MS)
    assert [each.sounded_ms for each in replies] == pytest.approx(made.at_ms, abs=NEAR_MS)
    assert not any(each.over or each.barge_in for each in replies)


@settings(max_examples=40)
@given(st.lists(st.integers(210, 4_000), min_size=1, max_size=3), st.integers(0, 400))
def test_where_an_edge_lies_in_its_frame_does_not_matter(gaps: list[int], offset_ms: int) -> None:
    assert waits(call_with_gaps(tuple(gaps), offset_ms=offset_ms)) == pytest.approx(gaps, abs=NEAR_MS)


@pytest.mark.parametrize("lead_ms", (20, 300))
def test_what_leaves_ahead_counts_from_when_it_plays(lead_ms: int) -> None:
    made = call_with_gaps((900, 600))
    assert heard(*made.sides, lead_ms=lead_ms) == heard(*made.sides)


def test_what_is_cleared_before_it_plays_was_never_heard() -> None:
    turns = Turns()
    for n in range(60):
        turns.said(tone(20), n * 20)  # the first word
        turns.heard(tone(20, 300) if n > 30 else silence(20), n * 20)
    turns.said(tone(20), 1_900)
    turns.said(tone(20), 1_920)
    turns.cleared(1_900)
    assert [turns.heard(silence(20), n * 20) for n in range(60, 200)] == [None] * 140
    assert turns.end() is None


def test_the_first_word_is_no_reply_even_if_the_callee_spoke_before_it() -> None:
    turns = Turns()
    callee, agent = laid((100, tone(500)), ms=4_000), laid((1_000, tone(800)), ms=4_000)
    assert heard(callee, agent, turns) == []
    assert turns.first_ms == pytest.approx(1_000, abs=5) and turns.spoke
    (reply,) = heard(callee, agent, Turns(spoke_before=True))
    assert reply.wait_ms == pytest.approx(400, abs=NEAR_MS)


GREETING = (0, tone(1_000))


@pytest.mark.parametrize("ms", (20, 60, 120, 160))
def test_a_click_or_a_cough_is_no_turn_and_no_part_of_one(ms: int) -> None:
    cough = tone(ms, 200, 12_000)
    agent = laid(GREETING, (4_000, tone(800)), ms=6_000)
    (reply,) = heard(laid((1_500, tone(900)), (3_200, cough), ms=6_000), agent)
    assert reply.wait_ms == pytest.approx(4_000 - 2_400, abs=NEAR_MS), "from his speech, not from the cough"
    assert heard(laid((2_000, cough), ms=6_000), agent) == []


def test_a_pause_inside_what_he_says_does_not_end_his_turn_and_the_last_speech_counts() -> None:
    callee = laid((1_500, tone(600)), (2_250, tone(500)), (3_600, tone(400)), ms=7_000)
    (reply,) = heard(callee, laid(GREETING, (5_000, tone(800)), ms=7_000))
    assert [reply.spoke_ms, reply.wait_ms] == pytest.approx([4_000, 1_000], abs=NEAR_MS)


def test_a_pause_of_the_agents_own_is_no_reply() -> None:
    agent = laid(GREETING, (3_000, tone(600)), (4_000, tone(600)), (6_000, tone(600)), ms=8_000)
    (reply,) = heard(laid((1_500, tone(900)), ms=8_000), agent)
    assert reply.sounded_ms == pytest.approx(3_000, abs=5), "what follows is the same answer, or an afterthought"
    short = laid(GREETING, (3_000, tone(300)), (3_900, tone(600)), ms=8_000)
    assert len(heard(laid((1_500, tone(900)), ms=8_000), short)) == 1


def test_any_number_of_clicks_after_his_words_is_not_what_is_answered() -> None:
    clicks = [(3_000 + n * 300, tone(40, 200, 12_000)) for n in range(20)]
    callee = laid((1_500, tone(900)), *clicks, ms=12_000)
    (reply,) = heard(callee, laid(GREETING, (10_000, tone(800)), ms=12_000))
    assert reply.spoke_ms == pytest.approx(2_400, abs=5)


@pytest.mark.parametrize("says", ("frames of silence", "nothing"))
def test_a_soft_agent_is_heard_whether_or_not_its_silence_is_sent(says: str) -> None:
    made = call_with_gaps((900,) * 12, agent=tone(2_000, 700, 1_500), callee=tone(900, 440, 1_500), offset_ms=43)
    turns, found = Turns(), list[TimedReply | None]()
    for n, (callee, agent) in enumerate(zip(frames(made.callee), frames(made.agent), strict=True)):
        if says == "frames of silence" or agent != silence(20):
            turns.said(agent, n * FRAME_MS)
        found.append(turns.heard(callee, n * FRAME_MS))
    assert [each.wait_ms for each in found if each is not None] == pytest.approx([900] * 12, abs=NEAR_MS)


def test_who_begins_over_the_callee_has_not_replied() -> None:
    callee = laid((1_500, tone(2_500)), ms=8_000)
    agent = laid(GREETING, (3_000, tone(2_000)), (6_000, tone(500)), ms=8_000)
    first, second = heard(callee, agent)
    assert first.over and first.wait_ms == 0 and first.sounded_ms == pytest.approx(3_000, abs=5)
    assert not second.over and second.barge_in, "what he said into it came to an end 1 s before the agent did"
    assert second.wait_ms == pytest.approx(2_000, abs=NEAR_MS)


def test_a_barge_in_turn_ends_with_his_last_speech_and_not_where_the_agent_fell_silent() -> None:
    callee = laid((3_000, tone(1_500)), ms=9_000)
    (reply,) = heard(callee, laid((0, tone(3_600)), (5_400, tone(800)), ms=9_000))
    assert reply.barge_in and reply.wait_ms == pytest.approx(900, abs=NEAR_MS)


def test_a_backchannel_is_no_turn() -> None:
    callee = laid((1_000, tone(300)), ms=9_000)
    assert heard(callee, laid((0, tone(3_600)), (5_400, tone(800)), ms=9_000)) == []


def test_he_begins_again_just_before_the_agent_does_and_what_he_had_said_is_what_is_answered() -> None:
    callee = laid((1_500, tone(900)), (2_990, tone(1_500)), ms=9_000)
    (reply,) = heard(callee, laid(GREETING, (3_100, tone(3_600)), ms=9_000))
    assert not reply.over and reply.wait_ms == pytest.approx(700, abs=NEAR_MS)


def test_noise_that_begins_is_taken_for_speech_for_some_seconds_only() -> None:
    quiet = call_with_gaps((900,) * 8)
    callee = quiet.callee[: 5_000 * BYTES_PER_MS] + noisy(quiet.callee[5_000 * BYTES_PER_MS :], 350)
    told = [each for each in heard(callee, quiet.agent) if not each.over]
    late = [each.wait_ms for each in told if each.spoke_ms > 17_000]
    assert late and late == pytest.approx([900] * len(late), abs=NEAR_MS)


def test_ours_is_what_lay_between_what_came_and_what_left_and_the_rest_is_the_models() -> None:
    def reply(*, received_ms: int, held: tuple[int, int] = (0, 0)) -> TimedReply:
        made = call_with_gaps((900,), offset_ms=0)
        turns, found = Turns(), list[TimedReply | None]()
        turns.held(*held)
        turns.received("i1", received_ms)
        for n, (callee, agent) in enumerate(zip(frames(made.callee), frames(made.agent), strict=True)):
            if agent != silence(20):
                turns.said(agent, n * 20, "" if n < 60 else "i1", "r1")
            found.append(turns.heard(callee, n * 20))
        (one,) = [each for each in found if each is not None]
        return one

    ends, sounds = 1_100 + 700 + 900, 1_100 + 700 + 900 + 900
    made = reply(received_ms=sounds - 40)
    assert (made.item, made.response) == ("i1", "r1") and made.ours_ms == pytest.approx(40, abs=5)
    assert reply(received_ms=sounds - 40, held=(1_800, ends + 300)).ours_ms == pytest.approx(340, abs=10)
    assert reply(received_ms=sounds - 40, held=(0, ends - 100)).ours_ms == pytest.approx(40, abs=5)
    assert reply(received_ms=sounds - 40, held=(ends + 100, ends + 300)).ours_ms == pytest.approx(40, abs=5)
    both = reply(received_ms=ends + 100, held=(1_800, ends + 300))
    assert both.ours_ms == pytest.approx(both.wait_ms, abs=10), "what was held and what was made meanwhile count once"
    early = reply(received_ms=ends - 500)
    assert early.ours_ms == pytest.approx(early.wait_ms, abs=5), "never more than the wait"


def test_without_a_word_of_the_model_nobody_says_whose_the_wait_was() -> None:
    (reply,) = heard(*call_with_gaps((900,)).sides)
    assert reply.ours_ms is None


def test_any_sound_at_all_is_survived_and_what_is_kept_of_it_is_bounded() -> None:
    chance, turns = Random(7), Turns()
    for n in range(20_000):
        if chance.random() < 0.5:
            turns.said(chance.randbytes(160), n * 20 + chance.randrange(300), f"i{n // 9}", "r")
        turns.received(f"j{n}", n * 20)
        turns.heard(chance.randbytes(chance.choice((0, 1, 160, 161))), n * 20)
    assert len(turns._ahead) < 100 and len(turns._received) <= 64 and len(turns._left) <= 64
    assert len(turns._callee.bursts) <= 16 and len(turns._agent.bursts) <= 16
