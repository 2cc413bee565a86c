"""The callee's voice on its way to the model, held as long as no model session is ready. Knows nothing of sockets."""

from __future__ import annotations

from collections import deque
from math import ceil

from voicecall_core.audio import FRAME_MS
from voicecall_core.models.base import ModelSession
from voicecall_core.words.terms import Limits

_MARGIN_S = 2.0  # the judge's wait for a model and the first frame that is held do not begin in one instant


class Callee:
    """Frames, base64 as they came, in order. As many are held as the model's own time-out allows to come."""

    def __init__(self, limits: Limits) -> None:
        self.line: ModelSession | None = None
        self.most_frames = ceil((limits.model_ready_s + _MARGIN_S) * 1000 / FRAME_MS)
        self.dropped = 0  # frames: the oldest, where more came than that
        self._ready = False
        self._held: deque[str] = deque()

    @property
    def held_ms(self) -> int:
        """How much waits."""
        return len(self._held) * FRAME_MS

    def attach(self, line: ModelSession | None) -> None:
        """From now on frames are for this session, once it is ready."""
        self.line, self._ready = line, False

    def lost(self, session: int) -> None:
        """A session is gone: if it was the attached one, what comes now is held for the next."""
        if self.line is not None and self.line.session == session:
            self._ready = False

    def forward(self, session: int) -> None:
        """The attached session takes audio: it gets what was held, then what comes. Any other one does not."""
        if self.line is None or self.line.session != session:
            return
        self._ready = True
        while self._held:
            self.line.hear(self._held.popleft())

    def say(self, payload: str) -> None:
        """A frame of the callee's."""
        if self._ready and self.line is not None:
            self.line.hear(payload)
            return
        if len(self._held) >= self.most_frames:
            self._held.popleft()
            self.dropped += 1
        self._held.append(payload)
