"""When the next frame of the agent's speech may leave. Asks no clock: the time is handed in."""

from __future__ import annotations

from voicecall_core.audio import FRAME_MS

# How far what is sent may run ahead of what plays. Enough for the network's and our own loop's hiccups; little, because
# whatever lies at the carrier has to be cleared when the callee interrupts, and is lost when the stream drops.
LEAD_MS = 300
_FRAME_S = FRAME_MS / 1000
_LEAD_S = LEAD_MS / 1000


class Pace:
    """A bounded lead ahead of real time. Deadlines are counted in frames from a beginning, so that none drifts."""

    def __init__(self) -> None:
        self._began = 0.0
        self._frames = 0

    def ahead_s(self, now: float) -> float:
        """How much of what was sent cannot have played yet."""
        return max(0.0, self._began + self._frames * _FRAME_S - now)

    def due(self, now: float) -> float:
        """When the next frame may leave: `now` or later."""
        if not self.ahead_s(now):
            return now
        return max(now, self._began + (self._frames + 1) * _FRAME_S - _LEAD_S)

    def sent(self, now: float) -> None:
        """A frame left. After a pause the counting begins anew: what is late is not made up for by hurrying."""
        if not self.ahead_s(now):
            self._began, self._frames = now, 0
        self._frames += 1
