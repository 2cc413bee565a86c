"""Keeps the audio of a call as a stereo WAV beside its call file: the callee left, the agent right.

Knows nothing of the call. mu-law as it came and went (WAVE format 7), 8 kHz; written as the call goes on, so that
what was said before a crash is there. Nobody asks for it unless the user did.
"""

from __future__ import annotations

import os
import struct
from base64 import b64decode
from binascii import Error
from itertools import chain
from pathlib import Path

from voicecall_core.audio import BYTES_PER_MS, FRAME_MS, RATE_HZ, SILENCE
from voicecall_core.errors import SettingsError

NEAR_MS = 200  # the stream clock begins some 100 ms late (first media timestamps of 70 to 170 ms)
# What is older than this can no longer be cleared: the agent is at most 300 ms ahead of what plays.
SETTLED_MS = 2_000
_LONGEST_MS = 24 * 3_600_000  # a stream time beyond a day is nonsense, and would fill the disk with silence
_MU_LAW = 7


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
        self._written = 0  # bytes of each side that are in the file
        self._from_ms = 0  # where the present stream's time 0 lies
        self._last_ms = 0
        self._agent_ms = 0  # where the agent's last frame ends
        self._put(_head(0))

    def callee(self, stream_ms: int, payload: str) -> None:
        """A frame of the callee's; its stream time is the recording's clock."""
        if stream_ms < self._last_ms - SETTLED_MS:  # a new stream
            self._from_ms += self._last_ms
        self._last_ms = stream_ms
        self._lay(0, stream_ms, payload)
        settled = (self._from_ms + stream_ms - SETTLED_MS) * BYTES_PER_MS
        if settled - self._written >= RATE_HZ:  # one write a second, not fifty: the audio's own loop does it
            self._settle(settled)

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
        """Write what is left, and the sizes into the head."""
        self._settle(self._written + max(map(len, self._sides)))
        if not self.failure:
            try:
                self._file.seek(0)
                self._file.write(_head(2 * self._written))
            except (OSError, struct.error) as error:
                self.failure = str(error)
        self._file.close()

    def _lay(self, side: int, stream_ms: int, payload: str) -> None:
        at = (self._from_ms + stream_ms) * BYTES_PER_MS - self._written
        if at < 0 or stream_ms > _LONGEST_MS:
            return
        try:
            audio = b64decode(payload)
        except (Error, ValueError):
            return
        track = self._sides[side]
        track.extend(SILENCE * (at - len(track)))
        track[at : at + len(audio)] = audio

    def _settle(self, until: int) -> None:
        """Write both sides up to this byte."""
        count = until - self._written
        if count <= 0:
            return
        sides = [bytes(track[:count]).ljust(count, SILENCE) for track in self._sides]
        for track in self._sides:
            del track[:count]
        self._written = until
        self._put(bytes(chain.from_iterable(zip(*sides, strict=True))))

    def _put(self, piece: bytes) -> None:
        if self.failure:
            return
        try:
            self._file.write(piece)
            self._file.flush()
        except OSError as error:
            self.failure = str(error)


def _head(size: int) -> bytes:
    """The head of a WAV file of two mu-law channels with `size` bytes of audio."""
    fmt = struct.pack("<HHIIHHH", _MU_LAW, 2, RATE_HZ, 2 * RATE_HZ, 2, 8, 0)
    fact = struct.pack("<I", size // 2)
    chunks = [(b"fmt ", fmt), (b"fact", fact)]
    body = b"WAVE" + b"".join(name + struct.pack("<I", len(part)) + part for name, part in chunks)
    return b"RIFF" + struct.pack("<I", len(body) + 8 + size) + body + b"data" + struct.pack("<I", size)
