"""What our own ear takes for a voice: telephone speech, and neither clicks nor line noise nor a sentence's pauses."""

from __future__ import annotations

import math
from base64 import b64encode

import pytest

from voicecall_core.audio import FRAME_BYTES, mu_law
from voicecall_core.media.ear import BEGAN_MS, ENDED_MS, LOOK_EVERY, Ear
from voicecall_core.simulator.voices import clip

LOOK_MS = LOOK_EVERY * 20


def tone(ms: int, rms: float) -> bytes:
    """440 Hz at a level on the scale of 16 bits."""
    return bytes(mu_law(round(rms * math.sqrt(2) * math.sin(at * 440 * math.tau / 8_000))) for at in range(ms * 8))


def heard(audio: bytes, ear: Ear | None = None) -> list[tuple[bool, int]]:
    """What an ear says to this audio: true for a beginning, with the stream time."""
    ear, said = ear or Ear(), []
    for at in range(0, len(audio), FRAME_BYTES):
        voice = ear.hear(b64encode(audio[at : at + FRAME_BYTES]).decode(), at // 8)
        if voice is not None:
            said.append((voice, at // 8))
    return said


LINE = tone(2_000, 32)  # -60 dBFS
LOUD = tone(1_000, 900)  # -31 dBFS, a soft voice


def test_a_voice_begins_after_200_ms_and_ends_after_700() -> None:
    assert heard(LINE + LOUD + LINE) == [(True, 2_000 + BEGAN_MS), (False, 3_000 + ENDED_MS)]


@pytest.mark.parametrize("name", ["hello", "question", "interruption", "answer", "short", "bye"])
def test_every_sentence_of_the_callee_is_one_voice(name: str) -> None:
    audio = clip(name).audio
    said = heard(LINE + audio + LINE)
    assert [voice for voice, _ in said] == [True, False]
    assert said[0][1] - 2_000 <= 600
    assert ENDED_MS - LOOK_MS - 200 <= said[1][1] - 2_000 - len(audio) // 8 <= ENDED_MS + LOOK_MS


@pytest.mark.parametrize("audio", [LINE, LINE + tone(100, 9_000) + LINE, b"\xff" * 32_000])
def test_line_noise_and_a_knock_are_no_voice(audio: bytes) -> None:
    assert heard(audio) == []


def test_a_pause_within_a_sentence_is_no_end() -> None:
    assert heard(LOUD + LINE[: 500 * 8] + LOUD) == [(True, BEGAN_MS)]


def test_a_voice_that_somebody_else_hears_ends_once_if_there_is_none() -> None:
    ear = Ear()
    assert heard(LINE, ear) == []
    ear.expect()
    ((voice, at),) = heard(LINE, ear)
    assert not voice and ENDED_MS <= at <= ENDED_MS + LOOK_MS


def test_a_voice_that_somebody_else_hears_and_this_ear_hears_then_is_an_ordinary_one() -> None:
    ear = Ear()
    ear.expect()
    assert [voice for voice, _ in heard(LINE[:1_600] + LOUD + LINE, ear)] == [True, False]


def test_what_is_no_audio_is_silence() -> None:
    assert Ear().hear("A", 0) is None
