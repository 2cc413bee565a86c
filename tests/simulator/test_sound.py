"""Any sentence and any recording as the sound of a telephone."""

from __future__ import annotations

import math
import os
import shutil
import struct
from itertools import pairwise
from pathlib import Path

import pytest

from voicecall_core.audio import FRAME_BYTES, LINEAR, mean_square
from voicecall_core.clips import __file__ as shipped_clips
from voicecall_core.errors import SettingsError
from voicecall_core.simulator.model.vad import Started, Stopped, Vad
from voicecall_core.simulator.noise import noise_of
from voicecall_core.simulator.scenarios.scenario import NOISES, Noise
from voicecall_core.simulator.synthesis import marked, spoken, synthesised
from voicecall_core.simulator.utterances import mixed
from voicecall_core.simulator.voices import __file__ as voices
from voicecall_core.simulator.voices import clip, recognised
from voicecall_core.simulator.wav import play, read_wav


def wave(rate: int, channels: int = 1, bits: int = 16, tag: int = 1, hz: float = 500.0, seconds: float = 0.5) -> bytes:
    """A WAV of a tone; a second channel is silent."""
    tone = [0.5 * math.sin(2 * math.pi * hz * at / rate) for at in range(round(rate * seconds))]
    values = [value for sample in tone for value in (sample, *([0.0] * (channels - 1)))]
    if bits == 8:
        body = bytes(round(128 + 127 * value) for value in values)
    else:
        body = struct.pack(f"<{len(values)}h", *(round(32_767 * value) for value in values))
    block = channels * bits // 8
    head = struct.pack("<4sIHHIIHH", b"fmt ", 16, tag, channels, rate, rate * block, block, bits)
    chunks = head + b"LIST\x03\x00\x00\x00abc\x00" + struct.pack("<4sI", b"data", len(body)) + body
    return b"RIFF" + struct.pack("<I", len(chunks) + 4) + b"WAVE" + chunks


@pytest.mark.parametrize(
    ("rate", "channels", "bits"),
    [(8_000, 1, 16), (11_025, 1, 8), (16_000, 2, 16), (22_050, 1, 16), (44_100, 2, 8), (48_000, 1, 16)],
)
def test_a_recording_keeps_its_pitch_its_length_and_its_loudness(rate: int, channels: int, bits: int) -> None:
    samples = read_wav(wave(rate, channels, bits), "tone.wav")
    assert len(samples) == pytest.approx(4_000, abs=1)
    middle = samples[400:3_600]
    crossings = sum(one < 0 <= two for one, two in pairwise(middle))
    assert crossings == pytest.approx(200, abs=1)
    loud = math.sqrt(sum(sample**2 for sample in middle) / len(middle))
    assert loud == pytest.approx(32_767 * 0.5 / math.sqrt(2) / channels, rel=0.03)


def test_what_a_telephone_cannot_carry_does_not_come_back_as_another_tone() -> None:
    samples = read_wav(wave(48_000, hz=7_000.0), "tone.wav")
    assert max(map(abs, samples[400:3_600])) < 400


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is no WAV file"),
        (b"ID3" + bytes(100), "is no WAV file"),
        (wave(16_000)[:30], "is no WAV file"),
        (wave(96_000, seconds=0.01), "has 96000 samples a second"),
        (wave(8_000, channels=3), "has 3 channels"),
        (wave(8_000, tag=85), r"a coding \(number 85\)"),
        (wave(8_000, seconds=0), "holds no sound"),
        (wave(8_000, bits=8, seconds=61), "longer than 60 s"),
    ],
)
def test_what_cannot_be_read_is_told_so(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "own.wav").write_bytes(content)
    with pytest.raises(SettingsError, match=rf"own\.wav.* {said}|own\.wav has {said}|own\.wav {said}"):
        play(tmp_path / "own.wav")


def synthesiser(folder: Path, script: str) -> None:
    """A program of the synthesiser's name."""
    program = folder / "espeak-ng"
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(0o755)


def test_a_synthesiser_gets_the_text_by_its_input_and_its_sound_is_levelled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tone.wav").write_bytes(wave(22_050))
    synthesiser(tmp_path, f'/bin/cat > "{tmp_path}/text"\n/bin/cat "{tmp_path}/tone.wav"')
    monkeypatch.setenv("PATH", str(tmp_path))
    made = spoken("$(touch x); --help `y`", "callee", understood=False)
    assert (tmp_path / "text").read_text() == "$(touch x); --help `y`"
    assert (made.name, made.text) == ("text", "$(touch x); --help `y`")
    assert made.ms == 500 and math.sqrt(mean_square(made.audio)) == pytest.approx(3_000, rel=0.1)


def test_the_real_one_says_a_sentence_that_nobody_recorded() -> None:
    """Speech of the sentence's length, as loud as the shipped clips, and never a pause that would end a turn."""
    program = shutil.which("espeak-ng")
    if program is None:
        why = "espeak-ng is not installed (Debian: espeak-ng): its own voice was not heard"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(why)
    made = spoken(
        "Could you move my appointment to the seventeenth, at a quarter past nine?", "callee", understood=False
    )
    assert made.name == "text" and 2_000 < made.ms < 6_000 and not len(made.audio) % FRAME_BYTES
    assert math.sqrt(mean_square(made.audio)) == pytest.approx(3_000, rel=0.15)
    loud = [mean_square(made.audio[at : at + FRAME_BYTES]) >= 500**2 for at in range(0, len(made.audio), FRAME_BYTES)]
    quiet = max(len(run) for run in "".join("x" if each else " " for each in loud).split("x"))
    assert quiet * 20 <= 320
    assert made.audio != spoken("Could you move it to the eighteenth?", "callee", understood=False).audio


@pytest.mark.parametrize("script", ["exit 1", "echo no sound", ":"])
def test_a_synthesiser_that_fails_is_done_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    synthesiser(tmp_path, script)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert synthesised(str(tmp_path / "espeak-ng"), f"Unheard of: {script}", "callee") is None
    assert spoken(f"Unheard of: {script}", "callee", understood=True).name == "stand-in"


def test_without_one_sentences_are_put_together_from_shipped_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert spoken("Yes.", "callee", understood=False) == clip("short")
    table = spoken("I'd like a table for two at seven, please.", "callee", understood=False)
    assert table.name == "words" and 2_000 < table.ms < 6_000
    with pytest.raises(SettingsError, match="no 'parrot'") as refused:
        spoken("A parrot for two, please", "callee", understood=False)
    assert "espeak-ng" in refused.value.fix and "play" in refused.value.fix


def test_sentences_of_the_same_words_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    said = [
        spoken(text, "callee", understood=True) for text in ("Please wait.", "Wait, please.", "Please wait, please.")
    ]
    said.append(spoken("Zebras", "callee", understood=True))
    for one in said:
        assert recognised(one.audio, said) == (one,)


@pytest.mark.parametrize("silent", [0.2, 0.7])
def test_a_pause_within_a_sentence_does_not_end_the_turn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, silent: float
) -> None:
    tone, gap = wave(8_000)[-8_000:], bytes(round(16_000 * silent))
    whole = wave(8_000)[:-8_000][:-4] + struct.pack("<I", 16_000 + len(gap)) + tone + gap + tone
    (tmp_path / "tones.wav").write_bytes(whole)
    synthesiser(tmp_path, f'/bin/cat "{tmp_path}/tones.wav"')
    monkeypatch.setenv("PATH", str(tmp_path))
    made = spoken(f"One. {silent}", "callee", understood=False)
    assert made.ms == 1_000 + min(300, round(1_000 * silent))
    assert [type(one) for one in Vad().hear(made.audio + b"\xff" * 8_000)] == [Started, Stopped]


def test_the_shipped_words_make_one_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    made = spoken("Hello? Who is this? Wait! Stop. When, and why?", "callee", understood=False)
    assert [type(one) for one in Vad().hear(made.audio + b"\xff" * 8_000)] == [Started, Stopped]


def test_a_mark_is_too_faint_to_be_heard() -> None:
    audio = clip("question").audio
    changed = [LINEAR[one] - LINEAR[two] for one, two in zip(audio, marked(audio, "x"), strict=True) if one != two]
    assert changed and sum(value**2 for value in changed) / len(audio) < mean_square(audio) / 1_000


@pytest.mark.parametrize("kind", NOISES)
def test_noise_is_as_loud_as_it_says_and_lies_under_the_speech(kind: str) -> None:
    noise = noise_of(Noise(kind, -40))
    assert len(noise) % FRAME_BYTES == 0
    assert math.sqrt(mean_square(noise)) == pytest.approx(327.68, rel=0.1)
    speech = clip("question").audio
    both = mixed(speech, noise[: len(speech)])
    assert mean_square(both) == pytest.approx(mean_square(speech) + mean_square(noise), rel=0.1)


def test_the_shipped_clips_are_small_and_say_where_they_are_from() -> None:
    folders = (Path(shipped_clips).parent, Path(voices).parent / "clips")
    assert sum(file.stat().st_size for folder in folders for file in folder.glob("*.ulaw")) < 500_000
    said = (folders[1] / "README.md").read_text(encoding="utf-8")
    assert "espeak-ng" in said and "MIT" in said
