"""What only a live call has: the gauges of this moment, beside its state. Imports nothing of the view."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import anyio

from voicecall_core.media import gauges as bridge

_EVERY_S = 0.05  # twenty timers a second: often enough to meet a stall of one frame, too rare to be one
_KEPT = 20  # of them: the last second


@dataclass(frozen=True, slots=True)
class ConsoleGauges:
    """The gauges of this moment. `audio` is None before there is a bridge, as it always is for a say call."""

    audio: bridge.AudioGauges | None = None
    loop_lag_ms: float = 0.0


class LoopLag:
    """The largest delay of a timer in the last second: how late the audio's own timers must be reckoned with."""

    def __init__(self) -> None:
        self._late: deque[float] = deque(maxlen=_KEPT)

    @property
    def worst_ms(self) -> float:
        """Milliseconds; 0 before the first timer has fired."""
        return max(self._late, default=0.0)

    async def watch(self) -> None:
        """Set one timer after the other, and note how late each fires. Ends by being cancelled."""
        while True:
            due = anyio.current_time() + _EVERY_S
            await anyio.sleep_until(due)
            self._late.append(max(0.0, anyio.current_time() - due) * 1000)
