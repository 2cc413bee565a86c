"""The silence meter: on recorded logs, and on a real line with programs that answer late, never, twice, by half."""

from __future__ import annotations

from collections.abc import Sequence

import anyio
import pytest

from tests.simulator.program import Program, clear, plan, say, world
from voicecall_core.clips import MOMENT, shipped
from voicecall_core.net.websocket import WebSocket
from voicecall_core.simulator.carrier.effects import Effect, What
from voicecall_core.simulator.carrier.silence import Hearing, hearing
from voicecall_core.simulator.scenarios.scenario import HangUpPhone, Speak, Wait
from voicecall_core.simulator.voices import clip, said

SENTENCE = said("Nobody ever recorded this sentence, and yet it is told apart.")


def _log(*effects: tuple[int, What, str], heard: Sequence[tuple[int, bytes]] = (), ended_ms: int = 20_000) -> Hearing:
    """A log with a stream that starts at 1,000 ms; audio by its time on the stream's clock."""
    runs = [Effect(1_000 + at + len(audio) // 8, "CA1", What.HEARD, stream_ms=at, audio=audio) for at, audio in heard]
    named = [Effect(at, "CA1", what, detail) for at, what, detail in effects]
    first, last = Effect(1_000, "CA1", What.STREAM_STARTED), Effect(ended_ms, "CA1", What.ENDED, "completed")
    return hearing(sorted([first, *named, *runs, last], key=lambda effect: effect.at_ms), "CA1", [SENTENCE])


def _said(name: str, at_ms: int) -> tuple[tuple[int, What, str], tuple[int, What, str]]:
    return (at_ms, What.SPOKE, name), (at_ms + clip(name).ms, What.SAID, name)


def test_a_call_without_a_stream_has_no_silence() -> None:
    assert hearing([Effect(10, "CA1", What.ANSWERED), Effect(9_000, "CA1", What.ENDED)]) == Hearing()


def test_nothing_was_heard_at_all() -> None:
    found = _log(ended_ms=9_000)
    assert (found.first_ms, found.longest_ms, found.turns) == (None, 8_000, ())


def test_the_first_sound_counts_from_the_streams_start_and_silence_is_no_sound() -> None:
    found = _log(heard=[(400, b"\xff" * 8_000 + clip("greeting").audio)])
    assert found.first_ms == 1_420  # the clip begins with 20 ms of quiet
    assert found.silences[0].after == "start" and found.silences[0].ms == 1_420
    assert [(one.clip, one.whole) for one in found.spoken] == [("greeting", True)]


def test_a_turn_is_waited_out_until_the_next_sound() -> None:
    found = _log(*_said("answer", 6_000), heard=[(100, clip("greeting").audio), (9_000, clip("reply-1").audio)])
    (turn,) = found.turns
    assert (turn.clips, turn.began_ms, turn.ended_ms) == (("answer",), 6_000, 7_680)
    assert (turn.wait_ms, turn.answered, turn.answers) == (10_000 - 7_680, True, ("reply-1",))
    assert found.longest_ms == turn.wait_ms and found.unanswered == found.answered_twice == ()


def test_a_turn_that_nobody_answers_is_waited_out_to_the_end() -> None:
    found = _log(*_said("answer", 6_000), heard=[(100, clip("greeting").audio)], ended_ms=12_000)
    assert [(turn.wait_ms, turn.answered) for turn in found.unanswered] == [(12_000 - 7_680, False)]
    assert found.longest_ms == 12_000 - 7_680


def test_a_turn_that_the_callee_repeats_is_waited_out_until_then() -> None:
    found = _log(
        *_said("answer", 6_000),
        *_said("question", 10_000),
        heard=[(100, clip("greeting").audio), (13_000, b"\x10" * 800)],
    )
    first, second = found.turns
    assert (first.wait_ms, first.answered) == (10_000 - 7_680, False)
    assert second.answered and second.answers == ()  # a sound, of nobody known


def test_one_moment_please_is_a_sound_and_no_answer() -> None:
    heard = [(100, clip("greeting").audio), (11_000, shipped(MOMENT))]
    found = _log(*_said("answer", 6_000), heard=heard, ended_ms=30_000)
    (turn,) = found.unanswered
    assert (turn.wait_ms, turn.answers) == (30_000 - turn.ended_ms, ())
    assert found.longest_moment_ms == pytest.approx(30_000 - 12_000 - len(shipped(MOMENT)) // 8, abs=500)
    answered = _log(*_said("answer", 6_000), heard=[*heard, (14_000, clip("reply-1").audio)])
    assert answered.turns[0].answers == ("reply-1",) and answered.unanswered == ()


def test_what_is_said_without_a_pause_is_one_turn() -> None:
    found = _log(*_said("short", 6_000), *_said("question", 6_900), heard=[(9_000, clip("reply-1").audio)])
    assert [turn.clips for turn in found.turns] == [("short", "question")]


def test_a_turn_that_the_end_of_the_call_cuts_off_is_none() -> None:
    assert _log((6_000, What.SPOKE, "answer"), heard=[(100, clip("greeting").audio)]).turns == ()


def test_two_answers_to_one_turn() -> None:
    heard = [(100, clip("greeting").audio), (7_400, clip("reply-1").audio), (12_000, clip("reply-1").audio)]
    (turn,) = _log(*_said("answer", 6_000), heard=heard).answered_twice
    assert turn.answers == ("reply-1", "reply-1")


def test_an_answer_that_broke_off_and_is_said_again_is_one_answer() -> None:
    heard = [(100, clip("greeting").audio), (7_400, clip("reply-1").audio[:4_000]), (9_000, clip("reply-1").audio)]
    found = _log(*_said("answer", 6_000), heard=heard)
    assert found.answered_twice == () and found.turns[0].answers == ("reply-1",)
    assert [one.clip for one in found.cut] == ["reply-1"]


def test_a_gap_within_a_clip_is_no_second_beginning() -> None:
    audio = clip("reply-1").audio
    heard = [(100, clip("greeting").audio), (7_400, audio[:4_000]), (9_000, audio[4_000:])]
    found = _log(*_said("answer", 6_000), heard=heard)
    assert found.answered_twice == () and [one.whole for one in found.spoken] == [True, True]


def test_what_breaks_off_by_itself_is_cut_and_waited_for() -> None:
    found = _log(*_said("answer", 6_000), heard=[(7_400, clip("farewell").audio[:8_000])], ended_ms=15_000)
    (cut,) = found.cut
    assert cut.clip == "farewell" and abs(cut.ended_ms - 9_400) <= 2
    assert found.longest_ms == pytest.approx(15_000 - 9_400, abs=100)


def test_what_the_callee_interrupts_is_not_cut() -> None:
    heard = [(5_000, clip("reply-2").audio[:8_000]), (10_000, SENTENCE.audio)]
    found = _log(*_said("interruption", 6_800), heard=heard)
    assert found.cut == () and [one.interrupted for one in found.spoken] == [True, False]
    assert found.turns[0].answers == ("said",)


def test_what_the_end_of_the_call_breaks_off_is_not_cut() -> None:
    found = _log(heard=[(100, clip("farewell").audio[:8_000])], ended_ms=2_200)
    assert found.cut == ()


def test_silence_of_the_agent_after_his_own_last_word_is_nobodys_debt() -> None:
    found = _log(heard=[(100, clip("greeting").audio)], ended_ms=30_000)
    assert found.longest_ms == 0 and found.longest_silence_ms > 20_000


async def test_on_a_line_with_a_program_that_answers_late_and_by_half() -> None:
    async def talk(program: Program, socket: WebSocket) -> None:
        stream = (await program.until("start"))["streamSid"]
        await anyio.sleep(0.7)
        await say(socket, stream, clip("greeting").audio)
        await anyio.sleep(10.3 - 0.7)
        await say(socket, stream, clip("reply-1").audio)
        await anyio.sleep(1)
        await clear(socket, stream)

    acts = (Wait(6_000), Speak("question"), Wait(7_000), HangUpPhone())
    async with world(plan(*acts)) as here:
        here.program.talk = talk
        sid = await here.begin()
        await here.over(sid)
        found = hearing(here.carrier.log, sid)
    assert found.first_ms == pytest.approx(720, abs=60)
    (turn,) = found.turns
    assert turn.answered and turn.ended_ms - turn.began_ms == clip("question").ms + 20
    start = turn.began_ms - 6_000  # he speaks six seconds after the answer, the stream starts a little later
    assert turn.wait_ms == pytest.approx(10_300 - (turn.ended_ms - start), abs=300)
    assert [(one.clip, one.whole) for one in found.spoken] == [("greeting", True), ("reply-1", False)]
    assert [one.clip for one in found.cut] == ["reply-1"]
