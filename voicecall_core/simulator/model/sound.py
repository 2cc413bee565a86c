"""The three formats in which the built-in model hears and speaks, against the mu-law of its clips. Knows no session.

Bytes are taken for what the session says they are: mu-law sent to a session that was left at 24 kHz PCM is heard as
the noise that it is then.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Mapping
from typing import Any

from voicecall_core.audio import LINEAR, mu_law
from voicecall_core.simulator.a_law import FROM_MU_LAW, TO_MU_LAW

_PER_SAMPLE = 6  # bytes of 24 kHz PCM16 to one sample at 8 kHz


def spoken(clip: bytes, format_: Mapping[str, Any], before: bytes = b"") -> bytes:
    """Speech in the format of the session; `before` was spoken before it, and is joined without a click."""
    if format_["type"] == "audio/pcmu":
        return clip
    if format_["type"] == "audio/pcma":
        return clip.translate(FROM_MU_LAW)
    wide = array("h", bytes(len(clip) * _PER_SAMPLE))
    last = LINEAR[before[-1]] if before else 0
    for at, code in enumerate(clip):
        sample = LINEAR[code]
        wide[3 * at : 3 * at + 3] = array("h", ((2 * last + sample) // 3, (last + 2 * sample) // 3, sample))
        last = sample
    return _little(wide).tobytes()


class InputDecoder:
    """What a client appends, as mu-law; it keeps what is left of an odd number of bytes."""

    def __init__(self) -> None:
        self._left = b""

    def heard(self, audio: bytes, format_: Mapping[str, Any]) -> bytes:
        """The next bytes as mu-law."""
        if format_["type"] == "audio/pcmu":
            return audio
        if format_["type"] == "audio/pcma":
            return audio.translate(TO_MU_LAW)
        audio = self._left + audio
        whole = len(audio) - len(audio) % _PER_SAMPLE
        self._left = audio[whole:]
        return bytes(mu_law(sample) for sample in _little(array("h", audio[:whole]))[2::3])


def _little(samples: array[int]) -> array[int]:
    """PCM16 is little-endian on the wire."""
    if sys.byteorder == "big":
        samples.byteswap()
    return samples
