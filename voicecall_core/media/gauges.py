"""How loud and how full the audio of a call is at this moment. Knows nothing of how it is shown, or kept."""

from __future__ import annotations

import math
from binascii import Error, a2b_base64
from dataclasses import dataclass

from voicecall_core.audio import PEAK, mean_square

QUIET_DB = -80.0  # what a frame of digital silence is shown as


@dataclass(frozen=True, slots=True)
class AudioGauges:
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
    unusable: int  # pieces from either peer that could not be used
    unanswered_pings: int = 0  # on the live media socket


def level_db(payload_b64: str) -> float:
    """The level of a piece of mu-law, base64; QUIET_DB for silence and for what is not audio."""
    try:
        audio = a2b_base64(payload_b64)
    except (Error, ValueError):
        return QUIET_DB
    power = mean_square(audio)
    return max(QUIET_DB, 10 * math.log10(power / PEAK**2)) if power else QUIET_DB
