"""A callee who is played: he speaks and hears as any other, and what he says comes from a player while the call runs.

Every wait in here has a bound: his turns are counted, silence is, and a player who is lost or stalls ends the call.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import anyio

from voicecall_core.audio import BYTES_PER_MS, FRAME_BYTES, FRAME_MS, SILENCE
from voicecall_core.simulator.carrier.callee import LOOK_S, Callee
from voicecall_core.simulator.carrier.players import (
    SPEECH,
    AgentSpeaks,
    Leaves,
    Left,
    Lost,
    Part,
    Player,
    Told,
    TurnWhole,
    Voice,
    Words,
)
from voicecall_core.simulator.scenarios.scenario import Listen, PlayedBy
from voicecall_core.simulator.utterances import Utterances
from voicecall_core.simulator.voices import Clip

MOST_WAITING = 60_000 * BYTES_PER_MS  # of one turn; whoever says more at once is not listened to any further
STALLED_S = 5.0  # a turn that says no more for so long, and does not end, has ended
BEFORE_GOODBYE = Listen(patience_ms=10_000)  # the agent answers his last turn, and he says goodbye to that
GOODBYE_S = 15.0  # from asking for a goodbye to its first sound
_SPEAKS_MS = 200  # the agent counts as speaking for so long after a voiced frame


@dataclass(slots=True)
class _Item:
    """A piece of a turn: where its audio lies in what is said."""

    name: str
    spans: list[tuple[int, int]] = field(default_factory=list)

    def said_ms(self, upto: int) -> int:
        return sum(max(0, min(over, upto) - began) for began, over in self.spans) // BYTES_PER_MS


@dataclass(slots=True)
class _Turn:
    """What he says at once. `waiting` has come and is not yet part of what is said."""

    name: str
    waiting: deque[tuple[str, bytes]] = field(default_factory=deque)
    items: dict[str, _Item] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    size: int = 0  # bytes that have come
    came: float = 0.0  # the last of them
    whole: bool = False
    cut: bool = False

    def text(self, upto: int | None) -> str:
        """Its words; of one that was cut as many as fit to what was said of it."""
        text = " ".join(filter(None, self.words.values()))
        if upto is None or not self.size:
            return text
        said = sum(item.said_ms(upto) for item in self.items.values()) * BYTES_PER_MS
        kept = text[: len(text) * min(said, self.size) // self.size]
        return kept if kept == text else kept.rpartition(" ")[0]


class PlayedCallee(Callee):
    """Lives until he hangs up, or the call ends. `part` tells how he was played."""

    def __init__(
        self,
        played_by: PlayedBy,
        player: Player,
        *,
        utterances: Utterances,
        speaks: Callable[[Clip], None],
        said: Callable[[Clip], None],
        hang_up: Callable[[], object],
        note: Callable[[str], None],
    ) -> None:
        super().__init__((), utterances=utterances, press=lambda _: None, speaks=speaks, said=said, hang_up=hang_up)
        self.part = Part()
        self._played_by, self._player, self._note = played_by, player, note
        self._turns: deque[_Turn] = deque()
        self._speaking: _Turn | None = None
        self._past: set[str] = set()  # turns of which no more is said
        self._leaving = False
        self._lost = anyio.Event()

    def hear(self, frame: bytes) -> None:
        """20 ms of the agent, or as much of them as he spoke in."""
        super().hear(frame)
        self._player.hear(frame + SILENCE * (FRAME_BYTES - len(frame)))

    async def live(self) -> None:
        """From answer to the end of the call, which is his doing unless it is somebody else's."""
        self._answered = anyio.current_time()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._be_played)
            tasks.start_soon(self._speak_in_turn)
            if self._played_by.says_first:
                self._player.say(self._played_by.says_first)
            self.part.left = await self._stay()
            tasks.cancel_scope.cancel()
        self._tell_why()
        self._hang_up()

    def _tell_why(self) -> None:
        if self.part.left is Left.LOST:
            self._note(f"the callee is played by a model, which is lost ({self.part.trouble}): he hangs up")
        elif self.part.left is Left.SILENCE:
            self._note("the callee is played by a model, and nobody has spoken for too long: he hangs up")

    # --- what the player tells ---

    async def _be_played(self) -> None:
        await self._player.run(self._hear_of)
        self._lose("it has ended")

    def _lose(self, why: str) -> None:
        if not self._lost.is_set():
            self.part.trouble = why
            self._lost.set()

    def _hear_of(self, told: Told) -> None:
        match told:
            case Voice():
                self._take(told)
            case Words(turn, item, text):
                if (found := self._turn(turn)) is not None:
                    found.words[item] = text
            case TurnWhole(turn, usage):
                self.part.usage += usage
                if (found := self._turn(turn)) is not None:
                    found.whole = True
                    self._player_is_done(found)
            case AgentSpeaks():
                self._yield()
            case Leaves():
                self._leaving = True
            case Lost(why):
                self._lose(why)

    def _turn(self, name: str) -> _Turn | None:
        """A turn that is being said or is to be said."""
        if name in self._past:
            return None
        found = next((turn for turn in self._turns if turn.name == name), None)
        if found is None:
            found = _Turn(name)
            self._turns.append(found)
        return found

    def _player_is_done(self, turn: _Turn) -> None:
        """One without a sound is none."""
        if not turn.size and turn is not self._speaking:
            self._turns.remove(turn)
            self._past.add(turn.name)

    def _take(self, voice: Voice) -> None:
        turn = self._turn(voice.turn)
        if turn is not None and turn.size + len(voice.audio) <= MOST_WAITING:
            turn.waiting.append((voice.item, voice.audio))
            turn.size += len(voice.audio)
            turn.came = anyio.current_time()

    def _yield(self) -> None:
        """He is talked over: what he has not said yet is not said, and the player is told how much was."""
        if self._speaking is None:
            return
        upto = self._upto()
        for turn in self._turns:
            for name in {**turn.items, **dict(turn.waiting)}:
                item = turn.items.get(name)
                self._player.cut(name, item.said_ms(upto) if item is not None and turn is self._speaking else 0)
            turn.cut = True
            self._past.add(turn.name)
        self._saying = self._saying[:upto]
        self._turns = deque([self._speaking])

    def _upto(self) -> int:
        """How far he has come in what is said, in bytes."""
        played = round((anyio.current_time() - self._began) * 1000) * BYTES_PER_MS
        return max(0, min(len(self._saying), played))

    # --- speaking ---

    async def _speak_in_turn(self) -> None:
        while True:
            turn = next((turn for turn in self._turns if turn.size), None)
            await (anyio.sleep(LOOK_S) if turn is None else self._say(turn))

    async def _say(self, turn: _Turn) -> None:
        self._saying, self._began, self._speaking = b"", anyio.current_time(), turn
        self.part.turns += 1
        if self.part.turns == self._played_by.turns:
            self._player.hold()
        self._speaks(Clip(SPEECH, "callee", "", b""))
        while not turn.cut:
            self._pour(turn)
            if self._run_dry() and (turn.whole or anyio.current_time() - turn.came >= STALLED_S):
                break
            await anyio.sleep(LOOK_S)
        self._past.add(turn.name)
        if turn in self._turns:
            self._turns.remove(turn)
        self._said(Clip(SPEECH, "callee", turn.text(self._upto() if turn.cut else None), b""))
        self._speaking = None

    def _run_dry(self) -> bool:
        """All that there is has been said, the frame that it ends in included."""
        return anyio.current_time() >= self._began + len(self._saying) / BYTES_PER_MS / 1000 + LOOK_S

    def _pour(self, turn: _Turn) -> None:
        """What has come becomes part of what is said; where he had run dry, behind a silence."""
        while turn.waiting:
            name, audio = turn.waiting.popleft()
            late = round((anyio.current_time() - self._began) * 1000) * BYTES_PER_MS - len(self._saying)
            if late > 0:
                self._saying += SILENCE * late
            began = len(self._saying)
            at = round((self._began - self._answered) * 1000) * BYTES_PER_MS + began
            self._saying += self._utterances.sound(Clip(SPEECH, "callee", "", audio), at)
            turn.items.setdefault(name, _Item(name)).spans.append((began, len(self._saying)))

    # --- how long he stays ---

    async def _stay(self) -> Left:
        quiet_ms = 0
        while quiet_ms < self._played_by.patience_ms:
            if self._lost.is_set():
                return Left.LOST
            idle = self._speaking is None and not any(turn.size for turn in self._turns)
            if self._leaving and idle:
                return Left.BY_HIMSELF
            if idle and self.part.turns >= self._played_by.turns:
                return await self._say_goodbye()
            quiet_ms = 0 if not idle else quiet_ms + (0 if self._agent_speaks() else FRAME_MS)
            await anyio.sleep(LOOK_S)
        return Left.SILENCE

    def _agent_speaks(self) -> bool:
        return self.ear.last >= 0 and self.ear.quiet_ms < _SPEAKS_MS

    async def _say_goodbye(self) -> Left:
        """His turns are used up: he lets the agent finish, says his last words, and leaves."""
        turns = self.part.turns
        await self._listen(BEFORE_GOODBYE)
        self._player.say(self._played_by.goodbye)
        with anyio.move_on_after(GOODBYE_S):
            while self.part.turns == turns:
                if self._lost.is_set():
                    return Left.LOST
                await anyio.sleep(LOOK_S)
        while True:
            if self._speaking is None:
                return Left.TURNS
            await anyio.sleep(LOOK_S)
