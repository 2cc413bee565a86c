"""The person who is called: acts by script, hears what is played. Knows nothing of sockets, documents or REST."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import anyio

from voicecall_core.audio import FRAME_BYTES, FRAME_MS, LINEAR, RATE_HZ
from voicecall_core.simulator.scenarios.scenario import (
    Act,
    AwaitQuiet,
    HangUpPhone,
    Listen,
    PlaySound,
    Press,
    Speak,
    SpeakText,
    Utterance,
    Wait,
)
from voicecall_core.simulator.utterances import Utterances
from voicecall_core.simulator.voices import Clip

LOUD = 2  # mean magnitude of a voiced frame, of 255: some -42 dB, where speech lies at 5 to 50
SPOKE_MS = 100  # less than this is a click, not speech
LOOK_S = FRAME_MS / 1000

_MAGNITUDES = bytes(abs(sample) >> 7 for sample in LINEAR)


def voiced(frame: bytes) -> bool:
    """Whether there is speech in a frame, by its mean magnitude."""
    return bool(frame) and sum(frame.translate(_MAGNITUDES)) > LOUD * len(frame)


class CalleeEar:
    """How much speech was heard so far, when the last of it, and how long it has been quiet."""

    def __init__(self) -> None:
        self.heard_ms = 0
        self._last = -1.0

    def hear(self, speech: bool) -> None:
        """One frame of 20 ms reached the ear."""
        if speech:
            self.heard_ms += FRAME_MS
            self._last = anyio.current_time()

    @property
    def last(self) -> float:
        """The clock's second of the last speech; below 0 if there was none yet."""
        return self._last

    @property
    def quiet_ms(self) -> float:
        """Time since the last speech; 0 if there was none yet."""
        return 0.0 if self._last < 0 else (anyio.current_time() - self._last) * 1000


def _samples(seconds: float) -> int:
    return round(seconds * RATE_HZ)


class Callee:
    """Carries out a script. When it is over the callee stays on the line and listens."""

    def __init__(
        self,
        acts: Iterable[Act],
        *,
        utterances: Utterances,
        press: Callable[[str], None],
        speaks: Callable[[Clip], None],
        said: Callable[[Clip], None],
        hang_up: Callable[[], object],
    ) -> None:
        self.ear = CalleeEar()
        self._acts = tuple(acts)
        self._utterances = utterances
        self._press = press
        self._speaks = speaks
        self._said = said
        self._hang_up = hang_up
        self._saying = b""
        self._began = 0.0
        self._answered = 0.0

    def hear(self, frame: bytes) -> None:
        """20 ms of the agent, or as much of them as he spoke in."""
        self.ear.hear(voiced(frame))

    async def live(self) -> None:
        """From answer to the script's end."""
        self._answered = anyio.current_time()
        for act in self._acts:
            match act:
                case Wait(ms):
                    await anyio.sleep(ms / 1000)
                case Speak() | SpeakText() | PlaySound():
                    await self._speak(act)
                case Listen():
                    await self._listen(act)
                case AwaitQuiet():
                    await self._await_quiet(act)
                case Press(digit):
                    self._press(digit)
                case HangUpPhone():
                    self._hang_up()

    def voice(self, at: float) -> bytes:
        """The 20 ms of the callee that end at clock second `at`; where nothing is said, what else is heard there."""
        background = self._utterances.background(_samples(at - self._answered) - FRAME_BYTES)
        first = _samples(at - self._began) - FRAME_BYTES
        if first <= -FRAME_BYTES or first >= len(self._saying):
            return background
        lead, said = max(-first, 0), self._saying[max(first, 0) : first + FRAME_BYTES]
        return (background[:lead] + said)[:FRAME_BYTES] + background[lead + len(said) :]

    async def _speak(self, act: Utterance) -> None:
        said, began = self._utterances.clip(act), anyio.current_time()
        self._speaks(said)
        self._saying, self._began = self._utterances.sound(said, _samples(began - self._answered)), began
        await anyio.sleep(said.ms / 1000 + LOOK_S)  # the last frame leaves when it is complete
        self._said(said)

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

    async def _await_quiet(self, act: AwaitQuiet) -> None:
        began = anyio.current_time()
        with anyio.move_on_after(act.patience_ms / 1000):
            while True:
                left = max(began, self.ear.last) + act.ms / 1000 - anyio.current_time()
                if left <= 0:
                    return
                await anyio.sleep(left)
