"""What a scenario's callee says, as sound, and what else his telephone hears. Knows no call, no socket.

Every sentence is made before the first call: nothing waits for a synthesiser while frames are due. The built-in model
has no ears for words. It finds them on a whiteboard, by the bytes it heard: two calls at once cannot be confused, and
what was lost on the way is not understood.
"""

from __future__ import annotations

from collections import deque

import anyio

from voicecall_core.audio import FRAME_BYTES, LINEAR, SILENCE, mu_law
from voicecall_core.simulator.noise import noise_of
from voicecall_core.simulator.scenarios.scenario import PlaySound, Scenario, Speak, SpeakText, Utterance
from voicecall_core.simulator.synthesis import marked, spoken
from voicecall_core.simulator.voices import Clip, clip

_KEPT_S = 180.0  # longer than a turn and the way to the model can take
_MOST = 256  # sentences; the oldest is forgotten
_QUIET = SILENCE * FRAME_BYTES


class Whiteboard:
    """The sentences that callees have begun to say, as words and as the bytes that left."""

    def __init__(self) -> None:
        self._written: deque[tuple[float, Clip]] = deque(maxlen=_MOST)

    def write(self, said: Clip) -> None:
        """Somebody begins to say this."""
        now = anyio.current_time()
        recent = [one for one in self._written if now - one[0] < _KEPT_S and one[1].audio != said.audio]
        self._written = deque([*recent, (now, said)], maxlen=_MOST)

    @property
    def clips(self) -> tuple[Clip, ...]:
        """What was said lately."""
        return tuple(said for _, said in self._written)


class Utterances:
    """The sounds of one scenario's callee.

    With a `board` the callee is heard by a built-in model: then what nobody here can speak is a sound of the right
    length. Raises SettingsError for it otherwise.
    """

    def __init__(self, scenario: Scenario, board: Whiteboard | None = None) -> None:
        self._board = board
        self._clips: dict[Utterance, Clip] = {}
        self._noise = noise_of(scenario.noise) if scenario.noise is not None else b""
        for act in scenario.callee:
            if isinstance(act, Speak | SpeakText | PlaySound):
                self._clips[act] = _clip(act, understood=board is not None)

    def clip(self, act: Utterance) -> Clip:
        """The sentence of an act of this scenario."""
        return self._clips[act]

    def sound(self, said: Clip, at: int) -> bytes:
        """The bytes that leave if this is said from sample `at` after the answer on; written on the board."""
        audio = mixed(said.audio, self._background(at, len(said.audio))) if self._noise else said.audio
        if self._board is not None and said.text:
            self._board.write(Clip(said.name, said.speaker, said.text, audio))
        return audio

    def background(self, at: int) -> bytes:
        """The 20 ms from sample `at` after the answer on in which nobody speaks."""
        return self._background(at, FRAME_BYTES) if self._noise else _QUIET

    def _background(self, at: int, length: int) -> bytes:
        first = at % len(self._noise)
        whole = self._noise * ((first + length) // len(self._noise) + 1)
        return whole[first : first + length]


def mixed(one: bytes, other: bytes) -> bytes:
    """Two mu-law sounds of the same length at once."""
    return bytes(mu_law(LINEAR[here] + LINEAR[there]) for here, there in zip(one, other, strict=True))


def _clip(act: Utterance, *, understood: bool) -> Clip:
    match act:
        case Speak(name):
            return clip(name)
        case SpeakText(text):
            return spoken(text, "callee", understood=understood)
        case PlaySound(name, audio, text):
            return Clip(name, "callee", text, marked(audio, text) if text else audio)
