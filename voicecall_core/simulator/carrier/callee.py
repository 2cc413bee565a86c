"""The person who is called: acts by script, hears what is played. Knows nothing of sockets, documents or REST."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import anyio

from voicecall_core.audio import BYTES_PER_MS, FRAME_BYTES, FRAME_MS, LINEAR, SILENCE
from voicecall_core.simulator.scenarios.scenario import Act, HangUpPhone, Listen, Press, Speak, Wait
from voicecall_core.simulator.voices import clip

LOUD = 2  # mean magnitude of a voiced frame, of 255: some -42 dB, where speech lies at 5 to 50
SPOKE_MS = 100  # less than this is a click, not speech
LOOK_S = FRAME_MS / 1000

_MAGNITUDES = bytes(abs(sample) >> 7 for sample in LINEAR)


def voiced(frame: bytes) -> bool:
    """Whether there is speech in a frame, by its mean magnitude."""
    return bool(frame) and sum(frame.translate(_MAGNITUDES)) > LOUD * len(frame)


class CalleeEar:
    """How much speech was heard so far, and how long it has been quiet."""

    def __init__(self) -> None:
        self.heard_ms = 0
        self._last = -1.0

    def hear(self, speech: bool) -> None:
        """One frame of 20 ms reached the ear."""
        if speech:
            self.heard_ms += FRAME_MS
            self._last = anyio.current_time()

    @property
    def quiet_ms(self) -> float:
        """Time since the last speech; 0 if there was none yet."""
        return 0.0 if self._last < 0 else (anyio.current_time() - self._last) * 1000


class Callee:
    """Carries out a script. When it is over the callee stays on the line and listens."""

    def __init__(
        self,
        acts: Iterable[Act],
        *,
        press: Callable[[str], None],
        speaks: Callable[[str], None],
        said: Callable[[str], None],
        hang_up: Callable[[], object],
    ) -> None:
        self.ear = CalleeEar()
        self._acts = tuple(acts)
        self._press = press
        self._speaks = speaks
        self._said = said
        self._hang_up = hang_up
        self._saying = b""
        self._began = 0.0

    async def live(self) -> None:
        """From answer to the script's end."""
        for act in self._acts:
            match act:
                case Wait(ms):
                    await anyio.sleep(ms / 1000)
                case Speak(name):
                    await self._speak(name)
                case Listen():
                    await self._listen(act)
                case Press(digit):
                    self._press(digit)
                case HangUpPhone():
                    self._hang_up()

    def voice(self, at: float) -> bytes:
        """The 20 ms of the callee that end at clock second `at`, with silence where nothing is said."""
        first = round((at - self._began) * 1000 * BYTES_PER_MS) - FRAME_BYTES
        if first <= -FRAME_BYTES or first >= len(self._saying):
            return SILENCE * FRAME_BYTES
        said = self._saying[max(first, 0) : first + FRAME_BYTES]
        return (SILENCE * max(-first, 0) + said).ljust(FRAME_BYTES, SILENCE)

    async def _speak(self, name: str) -> None:
        self._speaks(name)
        said = clip(name)
        self._saying, self._began = said.audio, anyio.current_time()
        await anyio.sleep(said.ms / 1000 + LOOK_S)  # the last frame leaves when it is complete
        self._said(name)

    async def _listen(self, act: Listen) -> None:
        before = self.ear.heard_ms
        with anyio.move_on_after(act.patience_ms / 1000):
            while True:
                if self._satisfied(act, self.ear.heard_ms - before):
                    return
                await anyio.sleep(LOOK_S)

    def _satisfied(self, act: Listen, heard_ms: int) -> bool:
        if act.heard_ms:
            return heard_ms >= act.heard_ms
        return heard_ms >= SPOKE_MS and self.ear.quiet_ms >= act.quiet_ms
