"""The program's own clip, and a user's file in its place."""

from __future__ import annotations

import struct
import tracemalloc
import wave
from pathlib import Path

import pytest

from tests.make_voices import SHIPPED_LINES
from voicecall_core.audio import FRAME_BYTES
from voicecall_core.clips import APOLOGY, MOMENT, STAND_IN, STAND_IN_TEXT, is_english, read_clip, shipped
from voicecall_core.errors import SettingsError
from voicecall_core.words.terms import GREETING, INSTRUCTIONS


def wav(tag: int, channels: int, rate: int, bits: int, body: bytes, *, before: bytes = b"") -> bytes:
    head = struct.pack("<HHIIHH", tag, channels, rate, rate * channels * bits // 8, channels * bits // 8, bits)
    parts = b"fmt " + struct.pack("<I", len(head)) + head + before + b"data" + struct.pack("<I", len(body)) + body
    return b"RIFF" + struct.pack("<I", len(parts) + 4) + b"WAVE" + parts


def test_the_apology_is_shipped_and_short() -> None:
    audio = shipped(APOLOGY)
    assert len(audio) % FRAME_BYTES == 0
    assert 3.0 < len(audio) / 8_000 < 6.0
    with pytest.raises(KeyError):
        shipped("no-such-clip")


def test_the_clip_that_asks_for_a_moment_is_shipped_and_shorter() -> None:
    audio = shipped(MOMENT)
    assert len(audio) % FRAME_BYTES == 0
    assert 0.8 < len(audio) / 8_000 < 2.0


def test_the_clip_that_says_that_the_model_is_simulated_says_what_is_written_down() -> None:
    audio = shipped(STAND_IN)
    assert len(audio) % FRAME_BYTES == 0 and 2.0 < len(audio) / 8_000 < 5.0
    assert SHIPPED_LINES[STAND_IN].text == STAND_IN_TEXT


@pytest.mark.parametrize(
    ("text", "english"),
    [
        (GREETING, True),
        (INSTRUCTIONS, True),
        ("Hi Anna, it\u2019s the dentist\u2019s office \u2014 can you talk?", True),
        ("Good morning! Am I speaking with Ms. Meyer?", True),
        ("", False),
        ("Hello!", False),
        ("Hallo, hier ist die Zahnarztpraxis. Passt es gerade?", False),
        ("Hallo, met de tandarts. Is dit een goed moment voor u?", False),
        ("Hola, le llamo de la consulta. Tiene un momento?", False),
        ("Bonjour, je vous appelle pour la visite. On peut parler?", False),
        ("Ciao, la chiamo per il suo appuntamento.", False),
        ("Ola, estou ligando para confirmar a sua consulta.", False),
        ("Guten Tag, mein Name ist M\u00fcller, how are you?", False),
    ],
)
def test_english_is_told_by_its_common_words(text: str, english: bool) -> None:
    assert is_english(text) == english


def test_raw_mu_law_is_taken_as_it_is_and_filled_up(tmp_path: Path) -> None:
    file = tmp_path / "sorry.ulaw"
    file.write_bytes(b"\x10" * 200)
    assert read_clip(file) == b"\x10" * 200 + b"\xff" * 120


def test_a_mu_law_wav_with_other_chunks_in_it(tmp_path: Path) -> None:
    file = tmp_path / "sorry.wav"
    file.write_bytes(wav(7, 1, 8_000, 8, b"\x55" * FRAME_BYTES, before=b"LIST" + struct.pack("<I", 3) + b"abc\0"))
    assert read_clip(str(file)) == b"\x55" * FRAME_BYTES


def test_a_pcm_wav_is_compressed(tmp_path: Path) -> None:
    file = tmp_path / "sorry.wav"
    with wave.open(str(file), "wb") as made:
        made.setnchannels(1)
        made.setsampwidth(2)
        made.setframerate(8_000)
        made.writeframes(struct.pack("<5h", 0, 32_767, -32_768, 1_000, -1_000) + bytes(2 * (FRAME_BYTES - 5)))
    # The code words of ITU-T G.711: zero, both ends of the scale, and a pair of mirror images.
    assert read_clip(file)[:5] == bytes([0xFF, 0x80, 0x00, 0xCE, 0x4E])


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "holds no sound"),
        (b"\x10" * 8_000 * 61, "longer than 60 s"),
        (b"RIFF\0\0\0\0WAVE", "no readable format"),
        (wav(7, 2, 8_000, 8, b"\x10" * 10), "2 channel(s) at 8000 Hz"),
        (wav(1, 1, 44_100, 16, b"\x10" * 10), "at 44100 Hz"),
        (wav(1, 1, 8_000, 8, b"\x10" * 10), "neither mu-law nor 16-bit PCM"),
        (wav(7, 1, 8_000, 8, b""), "holds no sound"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(tmp_path: Path, content: bytes, says: str) -> None:
    file = tmp_path / "sorry.wav"
    file.write_bytes(content)
    with pytest.raises(SettingsError, match="The clip ") as wrong:
        read_clip(file)
    assert says in wrong.value.message
    assert wrong.value.fix


def test_a_clip_without_an_end_is_not_read_to_it(tmp_path: Path) -> None:
    file = tmp_path / "endless.ulaw"
    with file.open("wb") as opened:
        opened.truncate(2**25)
    tracemalloc.start()
    try:
        with pytest.raises(SettingsError, match="longer than 60 s"):
            read_clip(file)
        assert tracemalloc.get_traced_memory()[1] < 2**24
    finally:
        tracemalloc.stop()


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        read_clip(tmp_path / "nowhere.ulaw")
