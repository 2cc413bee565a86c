"""The sound of a telephone call: ITU-T G.711 mu-law at 8 kHz, one channel, in frames of 20 ms."""

from __future__ import annotations

RATE_HZ = 8_000
BYTES_PER_MS = 8  # a byte a sample
FRAME_MS = 20
FRAME_BYTES = FRAME_MS * BYTES_PER_MS
SILENCE = b"\xff"  # a sample of nothing
PEAK = 32_124  # the largest magnitude that mu-law can say, on the scale of 16 bits

_BIAS = 132  # ITU-T G.711, on the scale of 16 bits
_CLIPPED = 32_635


def _decoded(code: int) -> int:
    """Sign, three bits of exponent, four of mantissa, all inverted."""
    code = ~code & 0xFF
    size = (((code & 0x0F) << 3) + _BIAS << (code >> 4 & 7)) - _BIAS
    return -size if code & 0x80 else size


LINEAR = tuple(_decoded(code) for code in range(256))
"""The 16-bit sample that each mu-law byte stands for."""

_SQUARES = tuple(sample**2 for sample in LINEAR)


def mu_law(sample: int) -> int:
    """A 16-bit sample as a mu-law byte; what is louder than mu-law can say is clipped."""
    sign = 0x80 if sample < 0 else 0
    size = min(abs(sample), _CLIPPED) + _BIAS
    segment = size.bit_length() - 8
    return ~(sign | segment << 4 | size >> (segment + 3) & 0x0F) & 0xFF


def mean_square(audio: bytes) -> float:
    """The power of mu-law bytes: the mean of their squared 16-bit samples; 0 for no audio."""
    return sum(map(_SQUARES.__getitem__, audio)) / len(audio) if audio else 0.0
