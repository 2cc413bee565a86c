"""How long the callee waited for a sound of the agent, from what happened alone: nothing of the judge's state."""

from __future__ import annotations

from dataclasses import dataclass

from voicecall_core.call.floor import APOLOGY, CLIP
from voicecall_core.diagnosis.evidence_index import EvidenceIndex
from voicecall_core.words import events as e
from voicecall_core.words.orders import ClearAudio, ForwardAudio
from voicecall_core.words.values import Timer

_GIVEN_UP = (Timer.GREETING, Timer.PLAYBACK, Timer.FAREWELL)  # a last mark that never came back


@dataclass(frozen=True, slots=True)
class Wait:
    """From the end of step `begin` to step `end`; `sounded`: what ended it was a sound of the agent."""

    begin: int
    end: int
    seconds: float
    sounded: bool


def waits(story: EvidenceIndex) -> list[Wait]:
    """Every wait, in order: from the answer and from the end of each turn of the callee, while nothing sounds."""
    ear, found, since = _Ear(), list[Wait](), 0
    until = min(story.ending, len(story.steps))
    for n, step in enumerate(story.steps[:until], 1):
        event, orders = step.event, step.orders
        if n == story.answered:
            ear.owed = True
        ear.hear(event)
        if any(isinstance(order, ClearAudio) for order in orders):
            ear.sounding.clear()
        ear.told = ear.told or any(isinstance(order, ForwardAudio) and order.again for order in orders)
        if since and (not ear.waits or n == until):
            seconds = round(story.at(n) - story.at(since), 3)
            found.append(Wait(since, n, seconds, isinstance(event, e.AudioSent)))
            since = 0
        elif ear.waits and not since:
            since = n
    return found


def longest(story: EvidenceIndex) -> Wait | None:
    """The longest wait, if there was any."""
    return max(waits(story), key=lambda each: each.seconds, default=None)


class _Ear:
    """What the callee hears and says. `owed`: it is the agent's move; `sounding`: its items that have not played.

    `told`: his turn is told to another session, which hears him begin when he has finished. `socket`: the live one,
    `gone`: it has ended, and nobody knows whether he is still there.
    """

    def __init__(self) -> None:
        self.owed = self.speaking = self.quiet = self.told = self.gone = False
        self.sounding: set[str] = set()
        self.socket = 0

    @property
    def waits(self) -> bool:
        return self.owed and not self.gone and not self.sounding and not (self.speaking and not self.quiet)

    def hear(self, event: e.Event) -> None:
        match event:
            case e.SpeechStarted():
                self.speaking, self.quiet = True, self.told and self.quiet
            case e.SpeechStopped() | e.TurnCommitted():
                self.speaking = False
                self.told = self.told and isinstance(event, e.SpeechStopped)
                self.owed = self.owed or not self.sounding  # what is said into a greeting is answered by it
            case e.VoiceBegan():
                self.quiet = False
            case e.VoiceEnded():
                self.quiet = True
                self.owed = self.owed or (self.speaking and not self.sounding)
            case e.AudioSent():
                self.owed = self.owed and event.response == CLIP and event.item != APOLOGY
                self.told = self.told and event.response == CLIP
                self.sounding.add(event.item)
            case e.AudioRanDry():
                self.owed = True
                self.sounding.discard(event.item)
            case e.MarkReturned():
                self.sounding.discard(event.item)
            case _:
                self._hear_the_line(event)

    def _hear_the_line(self, event: e.Event) -> None:
        """Streams that come and go, and marks that were given up."""
        match event:
            case e.StreamStarted():
                self.socket, self.gone = event.socket, False
            case e.StreamStopped() | e.SocketClosed() if event.socket == self.socket:
                self.sounding.clear()
                self.gone, self.owed = True, self.owed or self.speaking
                self.quiet = self.quiet or self.speaking
            case e.TimerFired() if event.timer in _GIVEN_UP:
                self.sounding.clear()
