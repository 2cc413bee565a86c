"""Hears where speech begins and ends in mu-law audio, by its energy. Knows nothing of models, sockets or clocks.

Time is counted in samples received, as the realtime model counts it: 8 to the millisecond, from the session's first.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from voicecall_core.audio import BYTES_PER_MS, FRAME_BYTES, FRAME_MS, mean_square

LOUDNESS_AT_ONE = 1_000.0  # RMS that threshold 1.0 asks for; 0.5 then lies at -36 dBFS, between line noise and speech
ONSET_FRAMES = 2  # a click of one frame is not speech
LONGEST_MS = 600_000  # of a turn is kept, its end: memory stays bounded however long somebody speaks
_KEPT_MS = 2_000  # of quiet, for the prefix of the next turn


def loudness(audio: bytes) -> float:
    """Root of the mean square of mu-law bytes, on the 16-bit scale; 0 for none."""
    return math.sqrt(mean_square(audio))


@dataclass(frozen=True, slots=True)
class Started:
    """Speech began; `at_ms` includes the prefix padding."""

    at_ms: int


@dataclass(frozen=True, slots=True)
class Stopped:
    """Speech ended `at_ms`; `audio` is all of it, prefix and closing silence included."""

    at_ms: int
    audio: bytes


class Vad:
    """Feed it audio; it says when speech started and stopped."""

    def __init__(self, threshold: float = 0.5, prefix_padding_ms: int = 300, silence_duration_ms: int = 500) -> None:
        self.threshold = threshold
        self.prefix_padding_ms = prefix_padding_ms
        self.silence_duration_ms = silence_duration_ms
        self.speaking = False
        self.endless = False  # a turn under way never stops, however quiet it is
        self._partial = b""
        self._kept = bytearray()  # the recent past while it is quiet, the whole turn while somebody speaks
        self._heard_ms = 0  # whole frames judged so far
        self._loud = 0
        self._quiet_ms = 0

    @property
    def heard_ms(self) -> int:
        """How much audio has been judged since the beginning."""
        return self._heard_ms

    def tune(self, threshold: float = 0.5, prefix_padding_ms: int = 300, silence_duration_ms: int = 500) -> None:
        """Other settings from the next frame on; a turn under way goes on."""
        self.threshold = threshold
        self.prefix_padding_ms = prefix_padding_ms
        self.silence_duration_ms = silence_duration_ms

    def hear(self, audio: bytes) -> list[Started | Stopped]:
        """Judge some more audio, of any length."""
        self._partial += audio
        told: list[Started | Stopped] = []
        while len(self._partial) >= FRAME_BYTES:
            frame, self._partial = self._partial[:FRAME_BYTES], self._partial[FRAME_BYTES:]
            self._heard_ms += FRAME_MS
            self._kept += frame
            loud = loudness(frame) >= self.threshold * LOUDNESS_AT_ONE
            one = self._while_speaking(loud) if self.speaking else self._while_quiet(loud)
            if one is not None:
                told.append(one)
        return told

    def take(self) -> bytes:
        """What is kept of the present turn or silence; it is forgotten."""
        kept = bytes(self._kept)
        self.forget()
        return kept

    def forget(self) -> None:
        """Drop what was kept, as after a clear of the input buffer; time goes on counting."""
        self._kept.clear()
        self._partial = b""
        self.speaking = False
        self._loud = self._quiet_ms = 0

    def _while_quiet(self, loud: bool) -> Started | None:
        self._loud = self._loud + 1 if loud else 0
        if self._loud < ONSET_FRAMES:
            del self._kept[: -_KEPT_MS * BYTES_PER_MS]
            return None
        prefix = min(self.prefix_padding_ms + ONSET_FRAMES * FRAME_MS, self._heard_ms)
        del self._kept[: -max(prefix, FRAME_MS) * BYTES_PER_MS]
        self.speaking, self._loud, self._quiet_ms = True, 0, 0
        return Started(self._heard_ms - prefix)

    def _while_speaking(self, loud: bool) -> Stopped | None:
        self._quiet_ms = 0 if loud else self._quiet_ms + FRAME_MS
        del self._kept[: -LONGEST_MS * BYTES_PER_MS]
        if self.endless or self._quiet_ms < self.silence_duration_ms:
            return None
        said = bytes(self._kept)
        self.speaking, self._quiet_ms = False, 0
        del self._kept[: -_KEPT_MS * BYTES_PER_MS]
        return Stopped(self._heard_ms, said)
