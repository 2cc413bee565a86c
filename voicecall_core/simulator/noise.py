"""The noises that can lie under a callee's voice: mu-law, endless by repetition. Knows nothing of who hears them."""

from __future__ import annotations

import hashlib
import math
from functools import cache

from voicecall_core.audio import LINEAR, RATE_HZ, mu_law
from voicecall_core.simulator.scenarios.scenario import NOISES, Noise
from voicecall_core.simulator.voices import clip

_SECONDS = 4  # of noise that is not the same again
_FULL_SCALE = 32_768.0
_MAINS_HZ = 50
_BABBLE = (("reply-1", 0), ("reply-2", 5_000), ("reply-3", 11_000), ("greeting", 17_000))  # who, from which sample on


def noise_of(noise: Noise) -> bytes:
    """The noise from the answer on, to be repeated."""
    return _made(noise.kind, noise.level_db)


@cache
def _made(kind: str, level_db: float) -> bytes:
    source = _SOURCES[kind]()
    power = math.sqrt(sum(sample * sample for sample in source) / len(source))
    gain = _FULL_SCALE * 10 ** (level_db / 20) / power
    return bytes(mu_law(round(sample * gain)) for sample in source)


def _white() -> list[float]:
    drawn = hashlib.shake_256(b"noise").digest(_SECONDS * RATE_HZ)
    return [value - 127.5 for value in drawn]


def _hum() -> list[float]:
    """The mains and its overtones, as far as a telephone lets them through."""
    turn = 2 * math.pi * _MAINS_HZ / RATE_HZ
    return [sum(math.sin(turn * times * at) / times for times in (4, 6, 8, 12)) for at in range(_SECONDS * RATE_HZ)]


def _babble() -> list[float]:
    whole = [0.0] * (_SECONDS * RATE_HZ)
    for name, first in _BABBLE:
        for at, code in enumerate(clip(name).audio):
            whole[(first + at) % len(whole)] += LINEAR[code]
    return whole


_SOURCES = dict(zip(NOISES, (_white, _hum, _babble), strict=True))
