"""How long the agent of a recorded call took to reply: the live call's own measure, of a stereo file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from voicecall_core.audio import FRAME_BYTES, FRAME_MS, SILENCE
from voicecall_core.call.hearing import Reply
from voicecall_core.call.replies import ReplyTimes, reply_times
from voicecall_core.media.turns import TimedReply, Turns
from voicecall_core.media.wav import WavReader, opened


@dataclass(frozen=True, slots=True)
class RecordedLatency:
    """What was measured in one file. Times are seconds in it; `cut_short`: it ends before its own head says."""

    path: Path
    length_s: float
    first_word_s: float | None
    replies: tuple[TimedReply, ...]
    cut_short: bool = False

    @property
    def times(self) -> ReplyTimes:
        """The figures."""
        return reply_times(told(each) for each in self.replies)

    @property
    def worst(self) -> TimedReply | None:
        """The reply that was waited for longest."""
        return max((each for each in self.replies if not each.over), key=lambda each: each.wait_ms, default=None)


def told(reply: TimedReply) -> Reply:
    """A reply as it is told of a call."""
    wait_s = None if reply.over else reply.wait_ms / 1000
    return Reply(reply.sounded_ms / 1000, reply.item, reply.response, wait_s, barge_in=reply.barge_in)


def measure(path: Path, *, swap: bool = False) -> RecordedLatency:
    """Hear a stereo WAV file to its end: the callee left and the agent right, or with `swap` the other way round.

    Raises SettingsError in words if it is none, or cannot be read.
    """
    turns, replies, samples = Turns(), list[TimedReply](), 0
    with opened(path) as file:
        recording = WavReader(file, str(path))
        for at_ms, callee, agent in _frames(recording):
            if swap:
                callee, agent = agent, callee
            samples += len(callee)
            turns.said(agent, at_ms)
            if (reply := turns.heard(callee, at_ms)) is not None:
                replies.append(reply)
    if (reply := turns.end()) is not None:
        replies.append(reply)
    first_s = None if turns.first_ms is None else turns.first_ms / 1000
    return RecordedLatency(path, samples / 8_000, first_s, tuple(replies), recording.cut_short)


def _frames(recording: WavReader) -> Iterator[tuple[int, bytes, bytes]]:
    """Both sides in frames, with the time at which they begin; the last one filled up with silence."""
    at_ms = 0
    for left, right in recording.seconds():
        for at in range(0, len(left), FRAME_BYTES):
            callee, agent = (side[at : at + FRAME_BYTES].ljust(FRAME_BYTES, SILENCE) for side in (left, right))
            yield at_ms, callee, agent
            at_ms += FRAME_MS
