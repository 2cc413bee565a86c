"""The recording: two sides on one clock, cleared speech left out, readable afterwards by somebody else's reader."""

from __future__ import annotations

import struct
import tracemalloc
import wave
from base64 import b64encode
from pathlib import Path

import pytest

from tests.placing import place
from voicecall_core.audio import BYTES_PER_MS, LINEAR, SILENCE
from voicecall_core.errors import SettingsError
from voicecall_core.media.recorder import WavRecorder
from voicecall_core.simulator.carrier.effects import What
from voicecall_core.simulator.voices import clip


def _frame(code: int) -> str:
    return b64encode(bytes([code]) * 160).decode()


def _sides(path: Path) -> tuple[bytes, bytes]:
    """Callee and agent as a reader of the standard library finds them, made mu-law again."""
    with wave.open(str(path), "rb") as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (2, 2, 8000)
        audio = file.readframes(file.getnframes())
    samples = struct.unpack(f"<{len(audio) // 2}h", audio)
    callee, agent = (bytes(_MU_LAW[sample] for sample in samples[side::2]) for side in (0, 1))
    return callee, agent


_MU_LAW = {sample: code for code, sample in enumerate(LINEAR)}  # 0 has two codes: the later one is SILENCE


def test_both_sides_lie_on_one_clock(tmp_path: Path) -> None:
    recording = WavRecorder(tmp_path / "call.wav")
    for n in range(500):
        recording.callee(n * 20, _frame(1))
        if 100 <= n < 200:
            recording.agent(n * 20 + 300, _frame(2))
    recording.close()
    callee, agent = _sides(recording.path)
    assert callee == bytes([1]) * 80_000
    assert agent.index(2) == (100 * 20 + 300) * BYTES_PER_MS
    assert agent.count(2) == 100 * 160


def test_what_was_cleared_was_not_said(tmp_path: Path) -> None:
    recording = WavRecorder(tmp_path / "call.wav")
    for n in range(100):
        recording.callee(n * 20, _frame(1))
        recording.agent(n * 20 + 300, _frame(2))
    recording.cleared(99 * 20)
    for n in range(100, 300):
        recording.callee(n * 20, _frame(1))
    recording.close()
    _, agent = _sides(recording.path)
    assert agent.rindex(2) == 99 * 20 * BYTES_PER_MS - 1
    assert set(agent[99 * 20 * BYTES_PER_MS :]) == set(SILENCE)


def test_a_new_stream_goes_on_where_the_last_one_ended(tmp_path: Path) -> None:
    recording = WavRecorder(tmp_path / "call.wav")
    for code in (1, 3):
        for n in range(200):
            recording.callee(n * 20, _frame(code))
    recording.close()
    callee, _ = _sides(recording.path)
    assert callee.rindex(1) < callee.index(3)


def test_a_recording_is_linear_samples_with_the_shortest_head_there_is(tmp_path: Path) -> None:
    recording = WavRecorder(tmp_path / "call.wav")
    recording.callee(0, b64encode(b"\x00\x80\xff").decode())
    recording.agent(0, b64encode(b"\x7f\x0f\x8f").decode())
    recording.close()
    content = recording.path.read_bytes()
    assert content[:4] == b"RIFF" and struct.unpack("<I", content[4:8])[0] == len(content) - 8 == 36 + 12
    assert content[8:44] == b"WAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 2, 8_000, 32_000, 4, 16) + b"data\x0c\0\0\0"
    assert struct.unpack("<6h", content[44:]) == (-32_124, 0, 32_124, -16_764, 0, 16_764)


def test_what_was_written_before_a_crash_can_be_opened(tmp_path: Path) -> None:
    recording = WavRecorder(tmp_path / "call.wav")
    for n in range(500):
        recording.callee(n * 20, _frame(1))
    callee, _ = _sides(recording.path)
    assert callee == bytes([1]) * len(callee) and 6_000 <= len(callee) // BYTES_PER_MS <= 8_000
    recording.close()


@pytest.mark.parametrize("wild", [10**15, 86_400_000, 61_000 + 1_000, -(10**15)])
def test_a_wild_time_costs_neither_memory_nor_disk(tmp_path: Path, wild: int) -> None:
    recording = WavRecorder(tmp_path / "call.wav")
    tracemalloc.start()
    try:
        for n in range(100):
            recording.callee(wild if n in (0, 50) else n * 20, _frame(1))
            recording.agent(wild if n == 70 else n * 20 + 300, _frame(2))
        recording.close()
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 1_000_000
    callee, _ = _sides(recording.path)
    assert callee.count(1) == 100 * 160
    assert len(callee) <= 3_000 * BYTES_PER_MS


def test_two_streams_at_once_do_not_stretch_a_recording(tmp_path: Path) -> None:
    recording = WavRecorder(tmp_path / "call.wav")
    for n in range(100):
        recording.callee(600_000 + n * 20, _frame(1))
        recording.callee(n * 20, _frame(3))
    recording.close()
    callee, _ = _sides(recording.path)
    assert len(callee) == 200 * 160 + 160


def test_a_gap_is_silence_and_memory_does_not_grow_with_it(tmp_path: Path) -> None:
    recording = WavRecorder(tmp_path / "call.wav")
    tracemalloc.start()
    try:
        for at in range(0, 600_000, 50_000):
            recording.callee(at, _frame(1))
        recording.close()
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    callee, _ = _sides(recording.path)
    assert [n for n in range(0, len(callee), 400_000) if callee[n] != 1] == []
    assert callee.count(1) == 12 * 160 and len(callee) == 550_020 * BYTES_PER_MS
    assert most < 1_000_000


def test_a_disk_that_is_full_ends_the_recording_and_says_why(tmp_path: Path) -> None:
    recording = WavRecorder(tmp_path / "call.wav")

    class Full:
        def write(self, piece: bytes) -> int:
            raise OSError(28, "No space left on device")

        def close(self) -> None:
            raise OSError(28, "No space left on device")

    recording._file.close()
    recording._file = Full()  # type: ignore[assignment]
    for n in range(500):
        recording.callee(n * 20, _frame(1))
    recording.close()
    assert "No space left" in recording.failure


def test_a_file_that_is_there_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "call.wav").write_bytes(b"precious")
    with pytest.raises(SettingsError, match="cannot be written"):
        WavRecorder(tmp_path / "call.wav")
    assert (tmp_path / "call.wav").read_bytes() == b"precious"


async def test_a_whole_call_is_recorded(tmp_path: Path) -> None:
    placed = await place("ordinary", log=tmp_path, record=True)
    assert placed.record.recording is not None
    callee, agent = _sides(placed.record.recording)
    spoken = [effect.detail for effect in placed.carrier.log if effect.what is What.SPOKE]
    assert len(spoken) > 1 and all(clip(name).audio in callee for name in spoken[:-1])  # the last: while it hung up
    assert clip("greeting").audio in agent
