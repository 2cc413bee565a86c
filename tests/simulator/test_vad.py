"""Speech by energy: when it begins and ends, counted in audio and not in time."""

from __future__ import annotations

import pytest

from voicecall_core.simulator.model.vad import Started, Stopped, Vad, loudness
from voicecall_core.simulator.voices import clip

QUIET = b"\xff"
MS = 8


LOUD = b"\x90\x10" * 800  # 200 ms


def quiet(ms: int) -> bytes:
    return QUIET * (ms * MS)


def test_loudness_is_that_of_the_sixteen_bit_scale() -> None:
    assert loudness(b"") == 0
    assert loudness(QUIET) == 0
    assert loudness(b"\x80") == 32_124  # the loudest code word of G.711
    assert loudness(b"\x80\x00") == 32_124


def test_silence_is_nothing() -> None:
    assert Vad().hear(quiet(5_000)) == []


@pytest.mark.parametrize("step", [1, 37, 160, 1_000, 100_000])
def test_a_turn_is_the_same_however_the_audio_arrives(step: int) -> None:
    vad, audio = Vad(), quiet(1_000) + clip("question").audio + quiet(1_000)
    told = [one for at in range(0, len(audio), step) for one in vad.hear(audio[at : at + step])]
    started, stopped = told
    assert isinstance(started, Started) and isinstance(stopped, Stopped)
    assert 700 <= started.at_ms <= 800  # 300 ms of padding before the first sound
    assert abs(stopped.at_ms - (1_500 + clip("question").ms)) <= 100
    assert len(stopped.audio) == (stopped.at_ms - started.at_ms) * MS
    assert clip("question").audio in stopped.audio + quiet(20)


def test_padding_cannot_reach_behind_the_beginning() -> None:
    (started,) = Vad().hear(clip("short").audio)
    assert started == Started(0)


def test_silence_ends_a_turn_only_when_it_is_long_enough() -> None:
    vad = Vad(silence_duration_ms=500)
    vad.hear(LOUD)
    assert vad.hear(quiet(480)) == []
    assert vad.speaking
    assert len(vad.hear(quiet(20))) == 1
    assert not vad.speaking


def test_a_click_is_not_speech_and_neither_is_what_lies_below_the_threshold() -> None:
    assert Vad().hear(quiet(100) + b"\x80" * 160 + quiet(1_000)) == []
    assert Vad(threshold=1.0).hear(b"\xde" * 8_000) == []


def test_settings_can_change_in_the_middle_of_a_turn() -> None:
    vad = Vad(silence_duration_ms=5_000)
    vad.hear(LOUD)
    assert vad.hear(quiet(1_000)) == []
    vad.tune(silence_duration_ms=300)
    assert len(vad.hear(quiet(20))) == 1


def test_forgetting_drops_the_audio_and_not_the_time() -> None:
    vad = Vad()
    vad.hear(quiet(200) + clip("short").audio)
    vad.forget()
    assert vad.heard_ms == 200 + clip("short").ms
    (started,) = vad.hear(clip("hello").audio)
    assert started.at_ms >= 200
    assert vad.take() == clip("hello").audio
    assert vad.take() == b""


def test_a_long_silence_is_not_kept() -> None:
    vad = Vad()
    vad.hear(quiet(60_000))
    assert len(vad.take()) <= 2_000 * MS
