"""When somebody was to be heard on one side of a call, from its audio alone: bursts of sound, told from the noise.

Pure: the audio and its times are handed in, a clock is asked by nobody. The same for a live call and for a recording.
Times are ms on the clock of whoever hands the audio in, which is mu-law in frames of 20 ms.

A sample is loud if it exceeds a threshold that follows the line's own noise; a frame sounds if enough of its samples
are loud, and where in the frame the sound begins or ends is known to 5 ms. A sound that follows the last one soon
enough belongs to the same burst; a burst with too little sound in it is a click, a knock or a cough, and no speech.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from functools import lru_cache

from voicecall_core.audio import BYTES_PER_MS, FRAME_MS, LINEAR

# Speech on a telephone line lies at -20 to -35 dBFS, its peaks 10 to 15 dB above; comfort and line noise at -50 to -65.
# A sample of 768 of 32,124 is -32 dBFS; a frame that has twelve of them has a level of some -42: what stays below is a
# breath, a faint echo of the other side, or the end of a word's fading.
LEAST_THRESHOLD = 768
# Noise that is louder than the least threshold raises it. Gaussian noise has a mean magnitude of 0.8 sigma, of which
# the quietest frame of some seconds has about 0.6; five times that is 3 sigma, which one sample in 370 exceeds.
OVER_NOISE = 5
# From a louder noise than this nobody can tell weak speech (5 x 400 is -24 dBFS): it is held to be somebody.
MOST_NOISE = 400
# One frame in ten is weighed: a weighing costs 1 us, the rest of a frame 0.3 us.
WEIGH_EVERY = 10
# The noise is the quietest frame of the last 5 to 10 s: nobody speaks so long without a pause of 20 ms, and a noise
# that has begun counts as speech for no longer.
WEIGHINGS = 5_000 // (WEIGH_EVERY * FRAME_MS)

_FRAME_LOUD = 12  # samples of 160: 1.5 ms, more than the noise's own peaks, and less than a vowel's in any 20 ms
_BLOCK = 5 * BYTES_PER_MS
_BLOCK_LOUD = 4  # samples of 40

_STEP = 16
_SIZES = bytes(min(255, abs(sample) // _STEP) for sample in LINEAR)


@lru_cache(maxsize=256)
def _quiet(threshold: int) -> bytes:
    """The mu-law bytes that are no louder than this."""
    return bytes(code for code, sample in enumerate(LINEAR) if abs(sample) <= threshold)


@dataclass(slots=True, eq=False)
class Burst:
    """Sound without a pause that ends it. It may still go on: its end moves with each frame that sounds."""

    begin_ms: int
    frames: int = 0  # that sounded
    _audio: bytes = b""
    _at_ms: int = 0
    _quiet: bytes = b""

    def goes_on(self, audio: bytes, at_ms: int, quiet: bytes) -> None:
        """This frame sounds."""
        self.frames += 1
        self._audio, self._at_ms, self._quiet = audio, at_ms, quiet

    @property
    def sounded_ms(self) -> int:
        """How much sound is in it, to a frame."""
        return self.frames * FRAME_MS

    @property
    def last_ms(self) -> int:
        """The end of the last frame that sounded; no earlier than the end."""
        return self._at_ms + FRAME_MS

    @property
    def end_ms(self) -> int:
        """When the last of it was heard, to 5 ms."""
        loud = _loud_blocks(self._audio, self._quiet)
        return self._at_ms + (loud[-1] + _BLOCK if loud else len(self._audio)) // BYTES_PER_MS


class Voice:
    """One side of a call. Frames come in the order in which they are heard; where none comes, there is silence.

    A pause of more than `pause_ms` ends a burst; one of less sound than `least_ms` is no speech.
    """

    def __init__(self, *, pause_ms: int, least_ms: int) -> None:
        self.bursts: deque[Burst] = deque(maxlen=16)  # those with speech in them, and the last one
        self._pause_ms, self._least_ms = pause_ms, least_ms
        self._quiet = _quiet(LEAST_THRESHOLD)
        self._weigh_in = 1
        self._weighed = 0
        self._lowest = self._lowest_before = MOST_NOISE
        self._next_ms = 0

    def hear(self, audio: bytes, at_ms: int) -> bool:
        """Take in a frame that begins at `at_ms`; whether it sounds."""
        self._weigh_in -= 1
        if not self._weigh_in:
            self._weigh(audio, at_ms)
        if len(audio.translate(None, self._quiet)) < _FRAME_LOUD:
            return False
        self._sounds(audio, at_ms)
        return True

    def is_speech(self, burst: Burst) -> bool:
        """Whether there is enough sound in it by now."""
        return burst.sounded_ms >= self._least_ms

    def _sounds(self, audio: bytes, at_ms: int) -> None:
        last = self.bursts[-1] if self.bursts else None
        if last is None or at_ms - last.last_ms > self._pause_ms:
            if last is not None and not self.is_speech(last):
                self.bursts.pop()
            loud = _loud_blocks(audio, self._quiet)
            last = Burst(at_ms + (loud[0] if loud else 0) // BYTES_PER_MS)
            self.bursts.append(last)
        last.goes_on(audio, at_ms, self._quiet)

    def _weigh(self, audio: bytes, at_ms: int) -> None:
        """Let the threshold follow the noise."""
        self._weigh_in = WEIGH_EVERY
        mean = sum(audio.translate(_SIZES)) * _STEP // len(audio) if audio else 0
        if at_ms > self._next_ms:  # there was silence in between
            mean = 0
        self._next_ms = at_ms + WEIGH_EVERY * FRAME_MS
        self._weighed += 1
        if self._weighed >= WEIGHINGS:
            self._weighed, self._lowest_before, self._lowest = 0, self._lowest, MOST_NOISE
        self._lowest = min(self._lowest, mean)
        noise = min(self._lowest, self._lowest_before)
        self._quiet = _quiet(max(LEAST_THRESHOLD, OVER_NOISE * noise))


def _loud_blocks(audio: bytes, quiet: bytes) -> list[int]:
    """Where in a frame the pieces of 5 ms begin that sound, in bytes."""
    return [
        at for at in range(0, len(audio), _BLOCK) if len(audio[at : at + _BLOCK].translate(None, quiet)) >= _BLOCK_LOUD
    ]
