"""How loud and how full the audio of a call is at this moment. Knows nothing of how it is shown, or kept."""

from __future__ import annotations

import math
from binascii import Error, a2b_base64
from dataclasses import dataclass

QUIET_DB = -80.0  # what a frame of digital silence is shown as
_FULL_SCALE = 32_124  # the largest magnitude mu-law knows, on a scale of 16 bits


@dataclass(frozen=True, slots=True)
class Gauges:
    """What only a live call has. Levels are of the last frame that passed, in dB below full scale."""

    callee_db: float
    agent_db: float
    frames_in: int
    frames_out: int
    waiting_ms: int  # speech of the agent that has not left
    held_ms: int  # speech of the callee that waits for a model session
    dropped_in: int  # frames of the callee that found the buffer full
    dropped_out_ms: int  # speech of the agent that came too late, or too far ahead
    lost_ms: int  # speech that had left but can not have played when its stream dropped, at most
    nonsense: int  # pieces from either stranger that could not be used


def _magnitude(code: int) -> int:
    """ITU-T G.711, mu-law: sign, three bits of exponent, four of mantissa, all inverted."""
    code = ~code & 0xFF
    return (((code & 0x0F) << 3) + 0x84 << (code >> 4 & 7)) - 0x84


_SQUARES = tuple(_magnitude(code) ** 2 for code in range(256))


def level_db(payload_b64: str) -> float:
    """The level of a piece of mu-law, base64; QUIET_DB for silence and for what is not audio."""
    try:
        audio = a2b_base64(payload_b64)
    except (Error, ValueError):
        return QUIET_DB
    power = sum(_SQUARES[code] for code in audio) / len(audio) if audio else 0.0
    return max(QUIET_DB, 10 * math.log10(power / _FULL_SCALE**2)) if power else QUIET_DB
