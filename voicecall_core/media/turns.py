"""How long each turn of the callee's waited for its answer, from the audio of both sides alone.

Pure, and the same for a live call and for a recording (see voice.py). Words, as they are used here and on every screen:

- The *end of a turn* is the last speech of the callee before the agent's first audible sound, whoever thinks that a
  turn has ended: the silence that a voice activity detector waits for is in the wait.
- A *reply* is that sound: the agent falls silent for half a second at least, the callee has spoken since the agent
  began last, and the agent is to be heard again. Its *wait* is from the one to the other. A recorded clip is a sound.
- The *first word*: what the agent says first, as a greeting. It is no reply, even if the callee spoke before it.
- *Over the callee*: the agent begins while he speaks (he goes on within the pause that is inside a sentence). He has
  not waited: it is told, and is in no percentile.
- A *barge-in turn* begins while the agent speaks, and the agent falls silent for it, before its end or within a second
  after. Its end is its last speech, as of any other.
- A *backchannel*, as "mhm": he spoke while the agent did, and the agent spoke on for more than a second. It is no turn,
  and what the agent says next is no reply to it.
- A click, a knock or a cough of less than `LEAST_SPEECH_MS` is no speech.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from voicecall_core.audio import FRAME_MS
from voicecall_core.media.voice import Burst, Voice

# The pauses inside a word and between words are shorter (a stop consonant's is 150 ms at most).
WORD_PAUSE_MS = 200
# A cough is 100 to 200 ms of sound, "yes" is 250 and more; a longer cough is what a voice activity detector, too, takes
# for speech.
LEAST_SPEECH_MS = 200
# A shorter silence of the agent's is a pause inside what it says.
AGENT_PAUSE_MS = 500
LEAST_SOUND_MS = 60  # of the agent: its audio is clean but for a click at its beginning
# Who interrupts is obeyed within this; who is not, has not interrupted.
SPEAKS_ON_MS = 1_000

_MOST_AHEAD = 60_000 // FRAME_MS  # frames that left and are not heard, as the callee's stopped: a stalled stream ends
_MOST_ITEMS = 64


@dataclass(frozen=True, slots=True)
class TimedReply:
    """The agent's answer to one turn. Times are ms on the clock of the audio.

    `item`, `response`: what was to be heard then. `ours_ms`: as much of the wait as audio of either side spent in this
    program; None if that is not known, or no model's audio answered. `over`: it began over the callee, and both times
    are those of its beginning.
    """

    spoke_ms: int
    sounded_ms: int
    item: str = ""
    response: str = ""
    ours_ms: int | None = None
    over: bool = False
    barge_in: bool = False

    @property
    def wait_ms(self) -> int:
        """From the callee's last speech to the agent's first audible sound."""
        return self.sounded_ms - self.spoke_ms


@dataclass(frozen=True, slots=True)
class _Played:
    """A frame of the agent's, and when it is heard."""

    at_ms: int
    audio: bytes
    item: str
    response: str


@dataclass(frozen=True, slots=True)
class _Beginning:
    """The agent is to be heard after a silence: of which item, and after which burst of its own."""

    burst: Burst
    before: Burst | None
    item: str
    response: str


class Turns:
    """Hears both sides of one stream, the callee's frames in order; the agent's may come ahead of the time they play.

    `spoke_before`: the agent has been heard already, on an earlier stream.
    """

    def __init__(self, *, spoke_before: bool = False) -> None:
        self.first_ms: int | None = None  # when the agent's first word was heard
        self._spoke_before = spoke_before
        self._callee = Voice(pause_ms=WORD_PAUSE_MS, least_ms=LEAST_SPEECH_MS)
        self._agent = Voice(pause_ms=AGENT_PAUSE_MS, least_ms=LEAST_SOUND_MS)
        self._ahead: deque[_Played] = deque(maxlen=_MOST_AHEAD)
        self._last: Burst | None = None  # of the agent, told apart from what it says next
        self._beginning: _Beginning | None = None  # not decided yet
        self._received: dict[str, int] = {}  # when an item's first audio came from the model
        self._left: dict[str, tuple[int, int]] = {}  # the same, and when its first frame was heard
        self._held: tuple[int, int] | None = None

    @property
    def spoke(self) -> bool:
        """Whether the agent has been heard."""
        return self._spoke_before or self.first_ms is not None

    # --- what happens ---

    def heard(self, audio: bytes, at_ms: int) -> TimedReply | None:
        """A frame of the callee's that begins at `at_ms`; the reply that is certain by now, if one is."""
        self._callee.hear(audio, at_ms)
        if self._ahead or self._beginning is not None:
            return self._decided(at_ms + FRAME_MS)
        return None

    def said(self, audio: bytes, at_ms: int, item: str = "", response: str = "") -> None:
        """A frame of the agent's that is heard from `at_ms` on."""
        if item in self._received:
            self._left[item] = self._received.pop(item), at_ms
            _bound(self._left)
        self._ahead.append(_Played(at_ms, audio, item, response))

    def cleared(self, at_ms: int) -> None:
        """Of what was said nothing is heard from then on."""
        while self._ahead and self._ahead[-1].at_ms >= at_ms:
            self._ahead.pop()

    def received(self, item: str, at_ms: int) -> None:
        """The first audio of an item came from the model."""
        self._received[item] = at_ms
        _bound(self._received)

    def held(self, from_ms: int, to_ms: int) -> None:
        """What the callee said between these times waited for a model until the second of them."""
        self._held = from_ms, to_ms

    def end(self) -> TimedReply | None:
        """Nothing more comes; the reply that was not certain yet."""
        last = self._ahead[-1].at_ms if self._ahead else 0
        found = self._decided(last + FRAME_MS)
        if found is None and self._beginning is not None:
            found = self._decided(self._beginning.burst.last_ms + WORD_PAUSE_MS)
        return found

    # --- what it comes to ---

    def _decided(self, now_ms: int) -> TimedReply | None:
        """Hear what is played by now, and tell the reply that began so long ago that the callee's part is known."""
        while self._ahead and self._ahead[0].at_ms < now_ms:
            self._play(self._ahead.popleft())
        new = self._beginning
        if new is None or not self._agent.is_speech(new.burst) or now_ms < new.burst.begin_ms + WORD_PAUSE_MS:
            return None
        self._beginning, self._last = None, new.burst
        if new.before is None and not self._spoke_before:
            self.first_ms = new.burst.begin_ms
            return None
        return self._reply(new)

    def _play(self, played: _Played) -> None:
        if not self._agent.hear(played.audio, played.at_ms):
            return
        burst = self._agent.bursts[-1]
        if burst is not self._last and (self._beginning is None or burst is not self._beginning.burst):
            self._beginning = _Beginning(burst, self._last, played.item, played.response)

    def _reply(self, new: _Beginning) -> TimedReply | None:
        at_ms = new.burst.begin_ms
        said = [each for each in self._callee.bursts if self._counts(each, at_ms)]
        if not said or not self._is_turn(said[-1], new.before):
            return None
        if said[-1].end_ms >= at_ms:
            return TimedReply(at_ms, at_ms, new.item, new.response, over=True)
        turn = [each for each in said if self._is_turn(each, new.before)]
        end_ms = said[-1].end_ms
        barge_in = new.before is not None and turn[0].begin_ms < new.before.end_ms
        ours = self._ours(new.item, end_ms)
        return TimedReply(end_ms, at_ms, new.item, new.response, ours, barge_in=barge_in)

    def _counts(self, burst: Burst, before_ms: int) -> bool:
        """Whether so much of it was said before the agent began that it is speech."""
        return self._callee.is_speech(burst) and burst.begin_ms <= before_ms - LEAST_SPEECH_MS

    @staticmethod
    def _is_turn(burst: Burst, before: Burst | None) -> bool:
        """Whether the agent had not begun to answer it, nor spoken on over it."""
        return before is None or (burst.end_ms > before.begin_ms and burst.end_ms >= before.end_ms - SPEAKS_ON_MS)

    def _ours(self, item: str, spoke_ms: int) -> int | None:
        """How much of the wait was between what we received and what we passed on, of either side."""
        if item not in self._left:
            return None
        received, left = self._left[item]
        held = 0
        if self._held is not None and self._held[0] <= spoke_ms < self._held[1]:
            held = min(self._held[1], received) - spoke_ms
        return max(0, held) + max(0, left - max(received, spoke_ms))


def _bound(table: dict[str, int] | dict[str, tuple[int, int]]) -> None:
    if len(table) > _MOST_ITEMS:
        del table[next(iter(table))]
