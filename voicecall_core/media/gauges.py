"""How loud and how full the audio of a call is at this moment. Knows nothing of how it is shown, or kept."""

from __future__ import annotations

import math
from binascii import Error, a2b_base64
from collections import deque
from dataclasses import dataclass

from voicecall_core.audio import PEAK, mean_square

QUIET_DB = -80.0  # what a frame of digital silence is shown as


@dataclass(frozen=True, slots=True)
class AudioGauges:
    """What only a live call has. Levels are of this moment, in dB below full scale, and fall when nothing passes."""

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
    silent_ms: int = 0  # since the carrier last sent a frame on the live stream; it sends fifty a second


FALL_DB_PER_S = 60.0  # of a meter when nothing passes: gone in a second, and no frozen last frame
_KEPT = 12  # frames: a syllable, so that a look four times a second sees how loud it was


class Level:
    """How loud one side is: the loudest of the last frames, worked out only when it is asked for."""

    __slots__ = ("_payloads", "passed_at")

    def __init__(self) -> None:
        self._payloads: deque[str] = deque(maxlen=_KEPT)
        self.passed_at = 0.0  # when the last of them passed, on the asker's clock

    def passed(self, payload_b64: str, at: float) -> None:
        """A frame has passed."""
        self._payloads.append(payload_b64)
        self.passed_at = at

    def db(self, now: float) -> float:
        """The level, in dB below full scale."""
        loudest = max(map(level_db, self._payloads), default=QUIET_DB)
        fallen = FALL_DB_PER_S * max(0.0, now - self.passed_at - _STALE_S)
        return max(QUIET_DB, loudest - fallen)


_STALE_S = 0.1  # a frame that is late is not a fall


def level_db(payload_b64: str) -> float:
    """The level of a piece of mu-law, base64; QUIET_DB for silence and for what is not audio."""
    try:
        audio = a2b_base64(payload_b64)
    except (Error, ValueError):
        return QUIET_DB
    power = mean_square(audio)
    return max(QUIET_DB, 10 * math.log10(power / PEAK**2)) if power else QUIET_DB
