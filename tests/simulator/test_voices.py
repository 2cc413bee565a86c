"""The built-in voices: lengths that the scenarios rely on, and clips that can be told apart by their bytes."""

from __future__ import annotations

from itertools import combinations, pairwise

import pytest

from voicecall_core.audio import FRAME_BYTES
from voicecall_core.simulator.model.vad import loudness
from voicecall_core.simulator.voices import clip, clip_by_text, clip_within, names, recognised

AGENT = ("greeting", "reply-1", "reply-2", "reply-3", "farewell")
CALLEE = ("hello", "question", "interruption", "answer", "short", "bye")


def test_everybody_has_the_expected_clips() -> None:
    assert set(names("agent")) == set(AGENT)
    assert set(names("callee")) == set(CALLEE)
    with pytest.raises(KeyError):
        clip("silence")


@pytest.mark.parametrize("name", AGENT + CALLEE)
def test_a_clip_is_whole_frames_that_begin_and_end_with_sound(name: str) -> None:
    audio = clip(name).audio
    assert len(audio) % FRAME_BYTES == 0
    assert clip(name).ms == len(audio) // 8
    assert loudness(audio[:FRAME_BYTES]) > 100
    assert loudness(audio[-2 * FRAME_BYTES :]) > 50


def test_the_lengths_on_which_scenarios_are_built() -> None:
    assert 3_000 <= clip("greeting").ms <= 4_000
    assert all(2_000 <= clip(f"reply-{number}").ms <= 4_000 for number in (1, 2, 3))
    assert 300 <= clip("hello").ms <= 500
    assert clip("short").ms < 700
    assert clip("interruption").ms > 1_500


def test_no_frame_long_run_occurs_twice() -> None:
    """Neither in two clips nor in one: every window of a frame's length is its own."""
    seen: dict[bytes, str] = {}
    for name in names():
        audio = clip(name).audio
        windows = {audio[at : at + FRAME_BYTES] for at in range(len(audio) - FRAME_BYTES + 1)}
        assert len(windows) == len(audio) - FRAME_BYTES + 1
        assert not windows & seen.keys()
        seen |= dict.fromkeys(windows, name)


@pytest.mark.parametrize("name", CALLEE)
def test_a_pause_within_a_sentence_does_not_end_a_turn(name: str) -> None:
    audio = clip(name).audio
    loud = [at for at in range(0, len(audio), FRAME_BYTES) if loudness(audio[at : at + FRAME_BYTES]) > 400]
    assert max((later - sooner for sooner, later in pairwise(loud)), default=0) / 8 <= 300  # ms


def test_a_clip_is_found_by_its_words() -> None:
    assert clip_by_text("hello, this is an AI assistant calling for a short test! is this a good time") == clip(
        "greeting"
    )
    assert clip_by_text("Something nobody said.") is None
    assert clip_by_text("Yes.", "agent") is None
    assert clip_within("Say to them: 'Thank you for your time. Goodbye.' and nothing else.", "agent") == clip(
        "farewell"
    )
    assert clip_within("Yesterday") is None


def test_a_clip_is_recognised_by_its_bytes() -> None:
    quiet = b"\xff" * 1_234
    for one, other in combinations(CALLEE, 2):
        assert recognised(quiet + clip(one).audio + quiet + clip(other).audio) == (clip(one), clip(other))
    assert recognised(quiet) == ()


def test_a_clip_that_lost_its_beginning_is_recognised_and_a_mere_piece_is_not() -> None:
    audio = clip("question").audio
    assert recognised(audio[5 * FRAME_BYTES :]) == (clip("question"),)
    assert recognised(audio[: len(audio) // 4]) == ()
