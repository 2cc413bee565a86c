"""Recordings of anybody's, as files: the formats that can be read, what is refused, and gaps that are known."""

from __future__ import annotations

import json
import re
import struct
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli.typed import typed as typed_in
from tests.media.recordings import EXTENSIBLE, MU_LAW, PCM, call_with_gaps, laid, silence, spoken, tone, wav
from tests.placing import place
from voicecall_cli.exits import Exit
from voicecall_core.audio import SILENCE
from voicecall_core.errors import SettingsError
from voicecall_core.media.latency import RecordedLatency, measure
from voicecall_core.words import events as e

NEAR_S = 0.020
GAPS = (340, 905, 1_500)
MADE = call_with_gaps(GAPS)


def measured(tmp_path: Path, content: bytes, *, swap: bool = False) -> RecordedLatency:
    (tmp_path / "call.wav").write_bytes(content)
    return measure(tmp_path / "call.wav", swap=swap)


def waits(found: RecordedLatency) -> list[float]:
    return [each.wait_ms / 1000 for each in found.replies]


@pytest.mark.parametrize(
    ("rate_hz", "bits", "code"),
    [(8_000, 8, PCM), (8_000, 16, PCM), (8_000, 8, MU_LAW), (16_000, 16, PCM), (11_025, 16, PCM), (44_100, 24, PCM),
     (48_000, 24, EXTENSIBLE)],
)  # fmt: skip
def test_every_format_gives_the_known_gaps(tmp_path: Path, rate_hz: int, bits: int, code: int) -> None:
    found = measured(tmp_path, wav(*MADE.sides, rate_hz=rate_hz, bits=bits, code=code))
    assert waits(found) == pytest.approx([gap / 1000 for gap in GAPS], abs=NEAR_S)
    assert found.length_s == pytest.approx(len(MADE.callee) / 8_000, abs=0.001)
    assert found.worst is not None and found.worst.sounded_ms == pytest.approx(MADE.at_ms[2], abs=NEAR_S * 1000)
    assert not found.cut_short


@pytest.mark.parametrize("noise", (30, 100, 200))
def test_speech_in_the_noise_of_a_line_at_16_khz(tmp_path: Path, noise: int) -> None:
    made = call_with_gaps(GAPS, callee=spoken("question"), agent=spoken("reply-1"), noise=noise)
    found = measured(tmp_path, wav(*made.sides, rate_hz=16_000))
    assert waits(found) == pytest.approx([gap / 1000 for gap in GAPS], abs=NEAR_S)


def test_the_sides_are_swapped_if_asked_and_else_the_callee_is_left(tmp_path: Path) -> None:
    callee, agent = MADE.sides
    assert measured(tmp_path, wav(agent, callee), swap=True).replies == measured(tmp_path, wav(callee, agent)).replies
    assert waits(measured(tmp_path, wav(agent, callee))) != waits(measured(tmp_path, wav(callee, agent)))


async def test_our_own_recording_tells_what_the_call_file_tells(tmp_path: Path) -> None:
    for scenario in ("ordinary", "barge-in", "noise", "model-lost-in-mid-turn", "model-freezes"):
        placed = await place(scenario, log=tmp_path / scenario, record=True)
        assert placed.record.recording is not None
        told = [step.event for step in placed.steps if isinstance(step.event, e.Replied)]
        found = measure(placed.record.recording).replies
        assert [each.wait_ms for each in found] == pytest.approx(
            [each.sounded_ms - each.spoke_ms for each in told], abs=NEAR_S * 1000
        )
        assert [each.barge_in for each in found] == [each.barge_in for each in told] and told


def test_a_head_without_a_length_or_with_chunks_before_the_sound_is_read(tmp_path: Path) -> None:
    note = b"LIST" + struct.pack("<I", 3) + b"abc\0"
    whole = measured(tmp_path, wav(*MADE.sides)).replies
    for size in (0, 0xFFFFFFFF):
        assert measured(tmp_path, wav(*MADE.sides, size=size, before=note)).replies == whole
    content = wav(*MADE.sides)
    broken_off = measured(tmp_path, content[: len(content) - 8_001])
    assert broken_off.replies == whole and broken_off.cut_short
    assert measured(tmp_path, b"RF64" + wav(*MADE.sides, size=0xFFFFFFFF)[4:]).replies == whole


_HEAD = b"RIFF\0\0\0\0WAVE"


def _head(code: int, sides: int, rate_hz: int, bits: int) -> bytes:
    form = struct.pack("<HHIIHH", code, sides, rate_hz, rate_hz * sides * bits // 8, sides * bits // 8, bits)
    return _HEAD + b"fmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", 4) + bytes(4)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "is no WAV file"),
        (b"{}" * 100, "is no WAV file"),
        (_HEAD, "its head is damaged"),
        (_HEAD + b"data\4\0\0\0abcd", "its head is damaged"),
        (_HEAD + b"fmt \2\0\0\0ab", "damaged head"),
        (_HEAD + b"fmt \xff\xff\xff\xff" + bytes(4_000), "channels"),
        (_HEAD + b"note\0\0\0\0" * 2_000, "its head is damaged"),
        (_head(PCM, 1, 8_000, 16), "has one channel: nobody can tell who speaks"),
        (_head(PCM, 6, 8_000, 16), "has 6 channels"),
        (_head(3, 2, 8_000, 32), "holds floating point"),
        (_head(6, 2, 8_000, 8), "holds A-law"),
        (_head(PCM, 2, 8_000, 32), "holds 32 bit PCM"),
        (_head(0x1234, 2, 8_000, 16), "holds format 4660"),
        (_head(PCM, 2, 6_000, 16), "6,000 samples a second"),
        (_head(PCM, 2, 96_000, 16), "96,000 samples a second"),
    ],
)
def test_what_cannot_be_measured_is_refused_in_words(tmp_path: Path, content: bytes, why: str) -> None:
    with pytest.raises(SettingsError, match=why):
        measured(tmp_path, content)


def test_a_file_that_is_not_there_or_a_folder_is_refused_in_words(tmp_path: Path) -> None:
    for path in (tmp_path / "none.wav", tmp_path):
        with pytest.raises(SettingsError, match="cannot be read"):
            measure(path)


def test_silence_has_no_reply_and_nothing_at_all_neither(tmp_path: Path) -> None:
    for seconds in (0, 3):
        found = measured(tmp_path, wav(SILENCE * 8_000 * seconds, SILENCE * 8_000 * seconds))
        assert (found.replies, found.first_word_s, found.times.p50_s, found.length_s) == ((), None, None, seconds)


def test_a_long_file_takes_no_more_memory_than_a_short_one(tmp_path: Path) -> None:
    second = bytes(2 * 2 * 8_000)
    path = tmp_path / "long.wav"
    with path.open("wb") as file:
        content = wav(*MADE.sides, size=0xFFFFFFFF)
        file.write(content)
        for _ in range(300):
            file.write(second)
        file.write(content[44:])
    measure(path)  # the tables are made once
    tracemalloc.start()
    try:
        assert len(measure(path).replies) == 2 * len(GAPS)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 2_000_000


@dataclass(frozen=True)
class Shown:
    code: int
    out: str
    err: str


Typed = Callable[..., Shown]


@pytest.fixture
def typed(capfd: pytest.CaptureFixture[str]) -> Typed:
    return lambda *words: Shown(*typed_in(capfd, *words))


def test_the_command_says_what_was_measured_and_where_the_longest_wait_is(tmp_path: Path, typed: Typed) -> None:
    (tmp_path / "a.wav").write_bytes(wav(*MADE.sides))
    (tmp_path / "b.wav").write_bytes(wav(*call_with_gaps((2_000,)).sides))
    alone = typed("latency", str(tmp_path / "a.wav"))
    assert alone.code == Exit.OK
    assert re.search(r"replies  3: p50 9\d\d ms, p95 1,(49|50)\d ms, longest 1,(49|50)\d ms\n", alone.out)
    moment = f"0:{MADE.at_ms[2] // 1000:02}.{MADE.at_ms[2] % 1000 // 100}"
    assert f"longest  at {moment} in the file: 1," in alone.out
    both = typed("latency", tmp_path / "a.wav", tmp_path / "b.wav")
    assert re.search(r"2 files\n  replies  4: p50 9\d\d ms", both.out)
    assert re.search(rf"in the file, {tmp_path / 'b.wav'}: (1,99|2,00)\d ms after", both.out)
    told = [json.loads(line) for line in typed("latency", str(tmp_path / "a.wav"), "--json").out.splitlines()]
    assert [each["replies"] for each in told] == [3, 3] and told[0]["turns"][2]["waited_s"] == told[1]["worst_reply_s"]


def test_the_command_says_when_nothing_was_measured_and_refuses_mono(tmp_path: Path, typed: Typed) -> None:
    (tmp_path / "quiet.wav").write_bytes(wav(silence(500), silence(500)))
    quiet = typed("latency", str(tmp_path / "quiet.wav"))
    assert "the agent is not heard" in quiet.out and "none was measured" in quiet.out and "--swap" in quiet.out
    (tmp_path / "mono.wav").write_bytes(_head(PCM, 1, 8_000, 16))
    mono = typed("latency", str(tmp_path / "mono.wav"))
    assert mono.code == Exit.USAGE and "has one channel" in mono.err


def test_who_speaks_over_the_other_is_counted_apart(tmp_path: Path, typed: Typed) -> None:
    over = wav(laid((1_500, tone(2_500)), ms=6_000), laid((0, tone(1_000)), (3_000, tone(2_000)), ms=6_000))
    (tmp_path / "over.wav").write_bytes(over)
    assert "none was measured; 1 began over the callee" in typed("latency", str(tmp_path / "over.wav")).out
