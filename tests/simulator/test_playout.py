"""The carrier's buffer: what plays when, which marks are due, what a clear leaves."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from voicecall_core.audio import FRAME_BYTES
from voicecall_core.simulator.carrier.playback_buffer import BUFFER_BYTES, PlaybackBuffer


def test_a_mark_in_an_empty_buffer_is_due_at_once() -> None:
    assert PlaybackBuffer().mark("now")


def test_a_mark_is_due_when_the_frame_before_it_has_sounded_to_its_end() -> None:
    playout = PlaybackBuffer()
    playout.take(b"a" * FRAME_BYTES)
    assert not playout.mark("one")
    assert playout.tick() == ([], b"a" * FRAME_BYTES)
    assert not playout.mark("two"), "the frame is still sounding"
    assert playout.tick() == (["one", "two"], b"")
    assert playout.mark("three")


def test_a_clear_makes_all_marks_due_and_leaves_silence() -> None:
    playout = PlaybackBuffer()
    playout.take(b"a" * 400)
    playout.mark("one")
    playout.tick()
    assert playout.waiting_ms == 30
    assert playout.clear() == ["one"] and playout.waiting_ms == 0
    assert playout.tick() == ([], b"")


def test_a_full_buffer_takes_nothing_more() -> None:
    playout = PlaybackBuffer()
    assert playout.take(bytes(BUFFER_BYTES)) and not playout.take(b"a")
    playout.tick()
    assert playout.take(b"a")


@given(st.lists(st.integers(0, 500), max_size=20))
def test_all_that_is_taken_plays_in_order_and_every_mark_comes_back_once(sizes: list[int]) -> None:
    playout, taken, played, back = PlaybackBuffer(), bytearray(), bytearray(), list[str]()
    for number, size in enumerate(sizes):
        audio = bytes([number % 256]) * size
        playout.take(audio)
        taken += audio
        if playout.mark(str(number)):
            back.append(str(number))
        if number % 3 == 0:
            due, frame = playout.tick()
            back += due
            played += frame
    for _ in range(len(taken) // FRAME_BYTES + 3):
        due, frame = playout.tick()
        back += due
        played += frame
    assert played == taken and back == [str(number) for number in range(len(sizes))]
