"""Keeps the audio of a call as a stereo WAV beside its call file: the callee left, the agent right.

Knows nothing of the call. 16-bit linear PCM at 8 kHz, which everything opens; written as the call goes on, with its
head kept right, so that what was said before a crash is there. Nobody asks for it unless the user did.
"""

from __future__ import annotations

import os
import struct
from base64 import b64decode
from binascii import Error
from pathlib import Path

from voicecall_core.audio import BYTES_PER_MS, FRAME_MS, LINEAR, RATE_HZ, SILENCE
from voicecall_core.errors import SettingsError

NEAR_MS = 200  # the stream clock begins some 100 ms late (first media timestamps of 70 to 170 ms)
# What is older than this can no longer be cleared: the agent is at most 300 ms ahead of what plays.
SETTLED_MS = 2_000
# A stream whose time runs on by more than this from one frame to the next has begun another time, or makes no sense.
# Its media stall for so long at most before the call is ended.
GAP_MS = 60_000
_PIECE = RATE_HZ  # samples of each side that are made into one piece of the file: memory does not grow with a gap
_LONGEST_MS = 24 * 3_600_000  # a call lasts a day at most; the sizes in the head end a little later
_PCM, _SAMPLE_BYTES, _SIDES = 1, 2, 2
_BLOCK = _SAMPLE_BYTES * _SIDES

# One byte of mu-law as the two of its sample, little-endian: translated so, a second takes a fraction of a ms.
_LOW, _HIGH = (bytes(struct.pack("<h", sample)[at] for sample in LINEAR) for at in (0, 1))


class WavRecorder:
    """An open recording. `callee` and `agent` take base64 mu-law with the stream time at which it is heard, in ms.

    A call whose stream drops begins its stream time again: what follows is put after what is there. A write that fails
    ends the recording, never the call: `failure` says why.
    """

    def __init__(self, path: Path) -> None:
        """Create the file, readable by its owner alone. Raises SettingsError if that is not possible."""
        self.path = path
        self.failure = ""
        try:
            self._file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "wb")
        except OSError as error:
            raise SettingsError(
                f"The recording {path} cannot be written: {error.strerror or error}.",
                setting="VOICECALL_RECORD",
                fix="Choose another directory with --log DIR, or leave --record out.",
            ) from None
        self._sides = (bytearray(), bytearray())
        self._written = 0  # samples of each side that are in the file
        self._from_ms = 0  # where the present stream's time 0 lies
        self._last_ms = 0
        self._agent_ms = 0  # where the agent's last frame ends
        self._put(b"")

    def callee(self, stream_ms: int, payload: str) -> None:
        """A frame of the callee's; its stream time is the recording's clock."""
        if not -SETTLED_MS <= stream_ms - self._last_ms <= GAP_MS:  # a new stream: it goes on where the last one ended
            self._from_ms += self._last_ms + FRAME_MS - stream_ms
        self._last_ms = stream_ms
        settled = (self._from_ms + stream_ms - SETTLED_MS) * BYTES_PER_MS
        if settled - self._written >= _PIECE:  # one write a second, not fifty: the audio's own loop does it
            self._settle(settled)
        self._lay(0, stream_ms, payload)

    def agent(self, stream_ms: int, payload: str) -> None:
        """A frame of the agent's, with the stream time at which it will be heard.

        That is reckoned, to a frame or two; one that follows the last that closely follows it without a gap.
        """
        if abs(self._from_ms + stream_ms - self._agent_ms) <= NEAR_MS:
            stream_ms = self._agent_ms - self._from_ms
        self._lay(1, stream_ms, payload)
        self._agent_ms = self._from_ms + stream_ms + FRAME_MS

    def cleared(self, stream_ms: int) -> None:
        """What the agent was to say after this stream time was not heard."""
        self._agent_ms = self._from_ms + stream_ms
        del self._sides[1][max(0, (self._from_ms + stream_ms) * BYTES_PER_MS - self._written) :]

    def close(self) -> None:
        """Write what is left."""
        self._settle(self._written + max(map(len, self._sides)))
        try:
            self._file.close()
        except OSError as error:
            self.failure = self.failure or str(error)

    def _lay(self, side: int, stream_ms: int, payload: str) -> None:
        at_ms = self._from_ms + stream_ms
        at = at_ms * BYTES_PER_MS - self._written
        if at < 0 or at_ms > _LONGEST_MS or stream_ms > self._last_ms + GAP_MS:
            return
        try:
            audio = b64decode(payload)
        except (Error, ValueError):
            return
        track = self._sides[side]
        track.extend(SILENCE * (at - len(track)))
        track[at : at + len(audio)] = audio

    def _settle(self, until: int) -> None:
        """Write both sides up to this sample."""
        while (count := min(until - self._written, _PIECE)) > 0:
            callee, agent = (bytes(track[:count]).ljust(count, SILENCE) for track in self._sides)
            for track in self._sides:
                del track[:count]
            self._written += count
            self._put(_linear(callee, agent))

    def _put(self, piece: bytes) -> None:
        """Write the next piece, and into the head how much there is with it."""
        if self.failure:
            return
        try:
            self._file.write(piece)
            self._file.seek(0)
            self._file.write(_head(self._written))
            self._file.seek(0, os.SEEK_END)
        except OSError as error:
            self.failure = str(error)


def _linear(callee: bytes, agent: bytes) -> bytes:
    """Both sides as they lie in the file: sample by sample, callee first."""
    piece = bytearray(len(callee) * _BLOCK)
    for at, part in enumerate(side.translate(table) for side in (callee, agent) for table in (_LOW, _HIGH)):
        piece[at::_BLOCK] = part
    return bytes(piece)


def _head(samples: int) -> bytes:
    """The head of a WAV file with so many samples of each side."""
    fmt = struct.pack("<HHIIHH", _PCM, _SIDES, RATE_HZ, RATE_HZ * _BLOCK, _BLOCK, 8 * _SAMPLE_BYTES)
    data = b"data" + struct.pack("<I", samples * _BLOCK)
    body = b"WAVE" + b"fmt " + struct.pack("<I", len(fmt)) + fmt + data
    return b"RIFF" + struct.pack("<I", len(body) + samples * _BLOCK) + body
