"""G.711 A-law against the mu-law of the built-in world (ITU-T G.711). Each table maps a byte to a byte."""

from __future__ import annotations

from voicecall_core.audio import LINEAR, mu_law

_INVERTED = 0x55  # every second bit
_LARGEST = 4_095  # of 13 bits with their sign


def _encoded(sample: int) -> int:
    """A 16-bit sample as an A-law byte."""
    sign = 0x80 if sample >= 0 else 0
    size = min((sample if sample >= 0 else ~sample) >> 3, _LARGEST)
    segment = max(0, size.bit_length() - 5)
    return (sign | segment << 4 | size >> max(1, segment) & 0x0F) ^ _INVERTED


def _decoded(code: int) -> int:
    """An A-law byte as a 16-bit sample."""
    code ^= _INVERTED
    segment = code >> 4 & 7
    size = ((code & 0x0F) << 4) + 8
    size = (size + 0x100) << (segment - 1) if segment else size
    return size if code & 0x80 else -size


FROM_MU_LAW = bytes(_encoded(LINEAR[code]) for code in range(256))
TO_MU_LAW = bytes(mu_law(_decoded(code)) for code in range(256))
THROUGH = FROM_MU_LAW.translate(TO_MU_LAW)
"""What is left of each mu-law byte that went through A-law."""
