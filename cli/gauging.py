"""What only a live call has: the audio's levels and queues, and how late this program's own timers are.

Knows nothing of how it is drawn.
"""

from __future__ import annotations

from collections import deque

import anyio

from cli.console.gauges import Gauges
from voicecall_core.bridge import Gauges as AudioGauges

TICK_S = 0.05
WINDOW_S = 1.0


class Gauging:
    """Measures the largest delay of a timer within the last second."""

    def __init__(self) -> None:
        self._late_ms: deque[float] = deque([0.0], maxlen=round(WINDOW_S / TICK_S))

    async def run(self) -> None:
        """Measure until cancelled."""
        while True:
            due = anyio.current_time() + TICK_S
            await anyio.sleep_until(due)
            self._late_ms.append(max(0.0, (anyio.current_time() - due) * 1000))

    def read(self, audio: AudioGauges) -> Gauges:
        """All gauges as they stand."""
        return Gauges(loop_lag_ms=max(self._late_ms), audio=audio)
