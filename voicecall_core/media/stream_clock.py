"""Where on a media stream's clock a moment of ours lies. Pure: both clocks are handed in.

A frame can be held up on its way and is never early: of the last frames the one that came soonest after it was whole
tells how the clocks lie to each other. The way of that one frame, some ms on a good line, is not known and not counted.
"""

from __future__ import annotations

from voicecall_core.audio import FRAME_MS

# Two clocks drift apart by up to 0.1 ms a second: of frames that are older than twice this nothing is believed.
_FRAMES = 10_000 // FRAME_MS


class StreamClock:
    """Begins with the stream; until the first frame its time 0 is that beginning."""

    def __init__(self, began_at: float) -> None:
        self._lag_s: float | None = None
        self._lag_before_s = self._fallback_s = began_at
        self._left = _FRAMES

    def arrived(self, stream_ms: int, at: float) -> None:
        """The frame that begins at `stream_ms` arrived, whole."""
        lag_s = at - (stream_ms + FRAME_MS) / 1000
        if self._lag_s is None:
            self._lag_s = self._lag_before_s = lag_s
        elif lag_s < self._lag_s:
            self._lag_s = lag_s
        self._left -= 1
        if not self._left:
            self._left, self._lag_before_s, self._lag_s = _FRAMES, self._lag_s, lag_s

    def ms(self, at: float) -> int:
        """The stream's time at that moment."""
        lag_s = self._fallback_s if self._lag_s is None else min(self._lag_s, self._lag_before_s)
        return round((at - lag_s) * 1000)
