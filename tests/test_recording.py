"""The recording: two sides on one clock, cleared speech left out, readable afterwards by somebody else's reader."""

from __future__ import annotations

import struct
from base64 import b64encode
from pathlib import Path

import pytest

from tests.placing import place
from voicecall_core.audio import BYTES_PER_MS, SILENCE
from voicecall_core.errors import SettingsError
from voicecall_core.media.recorder import WavRecorder
from voicecall_core.simulator.carrier.effects import What
from voicecall_core.simulator.voices import clip


def _frame(code: int) -> str:
    return b64encode(bytes([code]) * 160).decode()


def _sides(path: Path) -> tuple[bytes, bytes]:
    content = path.read_bytes()
    assert content[:4] == b"RIFF" and content[8:12] == b"WAVE"
    assert struct.unpack("<I", content[4:8])[0] == len(content) - 8
    tag, channels, rate = struct.unpack("<HHI", content[20:28])
    assert (tag, channels, rate) == (7, 2, 8000)
    at = content.index(b"data")
    size = struct.unpack("<I", content[at + 4 : at + 8])[0]
    audio = content[at + 8 :]
    assert len(audio) == size
    return audio[::2], audio[1::2]


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
