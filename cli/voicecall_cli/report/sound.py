"""Where in its recording a moment of a call lies: the recording runs on the streams' own times, one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from voicecall_core.call.state import Entry
from voicecall_core.words import events as e


@dataclass(frozen=True, slots=True)
class SoundPiece:
    """From `call_s` on, in seconds since the call began, it lies in the recording from `sound_s` on."""

    call_s: float
    sound_s: float


@dataclass(slots=True)
class _Stream:
    """A stream: from when to when, and at which moments of the call its own time would have been 0."""

    began: float
    ended: float
    zeros: list[float] = field(default_factory=list)


def sound_pieces(steps: Sequence[Entry]) -> list[SoundPiece]:
    """A piece for each stream, in order; exact to a frame or two, as far as the streams' times are known."""
    found: list[SoundPiece] = []
    before: _Stream | None = None
    for stream in _streams(steps):
        zero = median(stream.zeros) if stream.zeros else stream.began
        there = found[-1].sound_s + before.ended - found[-1].call_s if before is not None else 0.0
        found.append(SoundPiece(round(zero, 3), round(there, 3)))
        before = stream
    return found


def _streams(steps: Sequence[Entry]) -> list[_Stream]:
    found: list[_Stream] = []
    live = False
    for event in (step.event for step in steps):
        match event:
            case e.StreamStarted():
                found.append(_Stream(event.at, event.at))
                live = True
            case e.StreamStopped() | e.SocketClosed() if live:
                found[-1].ended, live = event.at, False
            case e.AudioSent() | e.MarkReturned() | e.VoiceBegan() | e.VoiceEnded() if live and event.stream_ms > 0:
                found[-1].zeros.append(event.at - event.stream_ms / 1000)
        if live:
            found[-1].ended = event.at
    return found
