"""Recordings of one's own, as a telephone plays them. Knows nothing of who plays them."""

from __future__ import annotations

import math
import struct
import sys
from array import array
from collections.abc import Iterable, Sequence
from operator import mul
from pathlib import Path

from voicecall_core.audio import FRAME_BYTES, LINEAR, RATE_HZ, SILENCE, mu_law
from voicecall_core.clips import wav_chunks
from voicecall_core.errors import SettingsError

LONGEST_S = 60
SLOWEST_HZ, FASTEST_HZ = 8_000, 48_000
LARGEST = LONGEST_S * FASTEST_HZ * 2 * 2 + 2**20  # bytes, with a generous head
_PCM, _MU_LAW, _EXTENSIBLE = 1, 7, 0xFFFE  # WAVE format tags
_ACROSS = 8  # zero crossings of the filter on either side of a sample
_WANTED = "Wanted is a WAV file of 8 or 16 bits a sample (PCM or mu-law), one or two channels, 8 to 48 kHz."


def play(file: Path) -> bytes:
    """A WAV file as 8 kHz mu-law in whole frames. Raises SettingsError that says what is wrong with it."""
    try:
        with file.open("rb") as opened:
            content = opened.read(LARGEST + 1)
    except OSError as missing:
        raise SettingsError(f"{file} cannot be read: {missing.strerror or missing}.") from missing
    if len(content) > LARGEST:
        raise SettingsError(f"{file} is too large: more than {LARGEST // 2**20} MiB.", fix="use a shorter one")
    return as_mu_law(read_wav(content, str(file)))


def read_wav(content: bytes, name: str) -> Sequence[float]:
    """The sound of a WAV at 8 kHz, both channels as one, on the 16-bit scale. Raises SettingsError."""
    parts = wav_chunks(content)
    head, body = parts.get(b"fmt ", b""), parts.get(b"data", b"")
    if content[:4] != b"RIFF" or content[8:12] != b"WAVE" or len(head) < 16:
        raise SettingsError(f"{name} is no WAV file.", fix=_WANTED)
    tag, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", head)
    if tag == _EXTENSIBLE and len(head) >= 26:
        tag = struct.unpack_from("<H", head, 24)[0]
    if (tag, bits) not in ((_PCM, 8), (_PCM, 16), (_MU_LAW, 8)):
        kind = f"{bits} bits a sample" if tag == _PCM else f"a coding (number {tag}) that is not read here"
        raise SettingsError(f"{name} has {kind}.", fix=_WANTED)
    if channels not in (1, 2):
        raise SettingsError(f"{name} has {channels} channels.", fix=_WANTED)
    if not SLOWEST_HZ <= rate <= FASTEST_HZ:
        raise SettingsError(f"{name} has {rate} samples a second.", fix=_WANTED)
    samples = _samples(tag, bits, body)
    if channels == 2:
        samples = [(left + right) / 2 for left, right in zip(samples[::2], samples[1::2], strict=False)]
    if not samples:
        raise SettingsError(f"{name} holds no sound.", fix=_WANTED)
    if len(samples) > LONGEST_S * rate:
        raise SettingsError(f"{name} is longer than {LONGEST_S} s.", fix="use a shorter one")
    return resampled(samples, rate)


def as_mu_law(samples: Iterable[float]) -> bytes:
    """Samples on the 16-bit scale as mu-law, filled up to whole frames."""
    audio = bytes(mu_law(round(sample)) for sample in samples)
    return audio + SILENCE * (-len(audio) % FRAME_BYTES)


def resampled(samples: Sequence[float], rate: int) -> Sequence[float]:
    """The same sound at 8 kHz: a windowed sinc, with nothing above half of that left."""
    if rate == RATE_HZ:
        return samples
    common = math.gcd(rate, RATE_HZ)
    step, phases = rate // common, RATE_HZ // common
    reach = math.ceil(_ACROSS * rate / RATE_HZ)
    filters = [_filter(phase / phases, RATE_HZ / rate, reach) for phase in range(phases)]
    around = [0.0] * reach
    padded = [*around, *samples, *around, 0.0]
    found = []
    for number in range(len(samples) * RATE_HZ // rate):
        first, phase = divmod(number * step, phases)
        found.append(sum(map(mul, filters[phase], padded[first + 1 : first + 1 + 2 * reach])))
    return found


def _filter(offset: float, cutoff: float, reach: int) -> list[float]:
    """Weights of the samples around a place `offset` behind one of them (Hann's window)."""
    weights = []
    for number in range(-reach + 1, reach + 1):
        at = number - offset
        window = 0.5 + 0.5 * math.cos(math.pi * at / reach)
        weights.append(window * (math.sin(math.pi * at * cutoff) / (math.pi * at * cutoff) if at else 1.0))
    whole = sum(weights)
    return [weight / whole for weight in weights]


def _samples(tag: int, bits: int, body: bytes) -> Sequence[float]:
    if tag == _MU_LAW:
        return [LINEAR[code] for code in body]
    if bits == 8:
        return [(value - 128) * 256 for value in body]
    samples = array("h", body[: len(body) // 2 * 2])
    if sys.byteorder == "big":
        samples.byteswap()
    return samples
