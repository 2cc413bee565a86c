"""Our own ear on the callee's line: when it becomes loud and when it is quiet again, whatever the model says."""

from __future__ import annotations

from binascii import Error, a2b_base64

from voicecall_core.audio import FRAME_BYTES, LINEAR

# One frame in five is looked at: 100 ms is fine enough for a turn, and a look costs 3 us where a frame costs 0.5 us.
LOOK_EVERY = 5
# Speech on a telephone line lies at -20 to -35 dBFS and its line noise at -60: a mean magnitude of 128 of 32,124 is
# about -46 dBFS, out of reach of the one and below all but the pauses of the other.
_STEP = 16
_LOUD = 128 // _STEP * FRAME_BYTES
# A click or a knock is shorter than 200 ms, a syllable and its neighbour are not.
BEGAN_MS = 200
# Longer than the pauses inside a sentence, and than the silence after which the model is told to end a turn (500 ms):
# if it still hears speech then, it hears something else.
ENDED_MS = 700

_SIZES = bytes(min(255, abs(sample) // _STEP) for sample in LINEAR)


class Ear:
    """Hears the frames of one stream in order. `voice` is true from VoiceBegan to VoiceEnded."""

    __slots__ = ("_expected", "_loud_since", "_quiet_since", "_skip", "voice")

    def __init__(self) -> None:
        self.voice = False
        self._expected = False
        self._skip = 0
        self._loud_since: int | None = None  # stream time of the first of the loud looks in a row
        self._quiet_since: int | None = None

    def expect(self) -> None:
        """The model hears a voice. If this ear hears none for as long as an end takes, the end is told all the same."""
        if not self.voice:
            self._expected, self._quiet_since = True, None

    def hear(self, payload: str, stream_ms: int) -> bool | None:
        """Take in a frame, base64; true if a voice has begun with it, false if it has ended, else None."""
        if self._skip:
            self._skip -= 1
            return None
        self._skip = LOOK_EVERY - 1
        return self._louder(stream_ms) if _is_loud(payload) else self._quieter(stream_ms)

    def _louder(self, stream_ms: int) -> bool | None:
        self._quiet_since = None
        if self._loud_since is None:
            self._loud_since = stream_ms
        if self.voice or stream_ms - self._loud_since < BEGAN_MS:
            return None
        self.voice, self._expected = True, False
        return True

    def _quieter(self, stream_ms: int) -> bool | None:
        self._loud_since = None
        if self._quiet_since is None:
            self._quiet_since = stream_ms
        if not (self.voice or self._expected) or stream_ms - self._quiet_since < ENDED_MS:
            return None
        self.voice = self._expected = False
        return False


def _is_loud(payload: str) -> bool:
    try:
        return sum(a2b_base64(payload).translate(_SIZES)) >= _LOUD
    except (Error, ValueError):
        return False
