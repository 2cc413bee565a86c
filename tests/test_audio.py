"""G.711 against values worked out without this program: the standard's own table, and what a frame weighs."""

from __future__ import annotations

import math

import pytest

from voicecall_core.audio import (
    BYTES_PER_MS,
    FRAME_BYTES,
    FRAME_MS,
    LINEAR,
    PEAK,
    RATE_HZ,
    SILENCE,
    mean_square,
    mu_law,
)

# ITU-T G.711, table 2a: the quantized value of each segment's first code, times four for the scale of 16 bits.
SEGMENTS = {0x80: 32_124, 0x8F: 16_764, 0x9F: 8_316, 0xAF: 4_092, 0xBF: 1_980, 0xCF: 924, 0xDF: 396, 0xEF: 132}
# ... and from the low end: 0, 2, 4 ... of the standard's 14 bits, times four.
LOWEST = {0xFF: 0, 0xFE: 8, 0xFD: 16, 0xFC: 24, 0xF0: 120, 0xEE: 148}


@pytest.mark.parametrize(("code", "sample"), [*SEGMENTS.items(), *LOWEST.items()])
def test_a_code_stands_for_the_sample_of_the_standard_and_its_mirror_for_the_negative_one(
    code: int, sample: int
) -> None:
    assert LINEAR[code] == sample
    assert LINEAR[code ^ 0x80] == -sample


def test_the_steps_double_from_segment_to_segment() -> None:
    for segment in range(8):
        first = 0xF0 - 16 * segment
        steps = {LINEAR[code] - LINEAR[code + 1] for code in range(first, first + 15)}
        assert steps == {8 << segment}


def test_every_sample_becomes_a_code_that_is_off_by_half_a_step_at_most() -> None:
    for sample in range(-32_635, 32_636, 7):
        code = mu_law(sample)
        segment = ~code >> 4 & 7
        assert abs(sample - LINEAR[code]) <= 4 << segment, sample


def test_what_was_decoded_is_encoded_to_the_same_code() -> None:
    assert [code for code in range(256) if mu_law(LINEAR[code]) != code] == [0x7F]  # the other zero
    assert mu_law(32_767) == 0x80 and mu_law(-32_768) == 0x00


def test_a_frame_is_twenty_milliseconds_of_eight_thousand_samples_a_second() -> None:
    assert (RATE_HZ, BYTES_PER_MS, FRAME_MS, FRAME_BYTES) == (8_000, 8, 20, 160)
    assert LINEAR[SILENCE[0]] == 0 and max(LINEAR) == PEAK == -min(LINEAR)


def test_a_level_is_the_mean_of_the_squares() -> None:
    assert mean_square(b"") == mean_square(SILENCE * FRAME_BYTES) == mean_square(b"\x7f") == 0.0
    assert mean_square(b"\x80\x00") == 32_124**2
    assert math.sqrt(mean_square(b"\xef\xff")) == pytest.approx(132 / math.sqrt(2))
