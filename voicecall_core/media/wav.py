"""Reads a stereo recording of a call, anybody's, as two sides of mu-law at 8 kHz. Knows nothing of what is in it.

A second at a time, so that the length of a file does not matter. Only what the detector needs is kept of the sound:
samples are picked, not averaged, so that levels stay what they are and a sound's edge stays where it is.
"""

from __future__ import annotations

import struct
import sys
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from operator import itemgetter
from pathlib import Path
from typing import BinaryIO, TypeAlias

from voicecall_core.audio import RATE_HZ, mu_law
from voicecall_core.errors import SettingsError

LEAST_HZ, MOST_HZ = 8_000, 48_000
_PCM, _MU_LAW, _EXTENSIBLE = 1, 7, 0xFFFE
_NAMES = {2: "ADPCM", 3: "floating point", 6: "A-law", 17: "ADPCM", 49: "GSM", 80: "MPEG", 85: "MP3"}
_TO_THE_END = 0xFFFFFFFF  # what a head says that was written before the length was known, or of more than 4 GB
_LONGEST_FORMAT = 1_000  # bytes; the longest that is known has 40
_FIX = "Convert it: ffmpeg -i FILE -c:a pcm_s16le OUT.wav"


@dataclass(frozen=True, slots=True)
class WavFormat:
    """What the head of a file says: of two sides, in blocks of one sample of each."""

    rate_hz: int
    sample_bytes: int
    mu_law: bool = False

    @property
    def block_bytes(self) -> int:
        """One sample of both sides."""
        return 2 * self.sample_bytes


class WavReader:
    """An open recording. Raises SettingsError for what is no WAV file, has not two sides, or cannot be read."""

    def __init__(self, file: BinaryIO, name: str) -> None:
        self._file, self._name = file, name
        self.format, self._size = self._head()
        self.cut_short = False  # the file ended before its head says; known when it has been read

    def seconds(self) -> Iterator[tuple[bytes, bytes]]:
        """The left and the right side, second for second, the last one shorter."""
        form = self.format
        sides = _sides_of(form)
        whole = form.rate_hz * form.block_bytes
        left = self._size
        while piece := self._read(min(whole, left)):
            self.cut_short = len(piece) < min(whole, left) and self._size != _TO_THE_END
            left -= len(piece)
            piece = piece[: len(piece) - len(piece) % form.block_bytes]
            pick = _picked(form.rate_hz, len(piece) // form.block_bytes)
            callee, agent = sides(piece)
            yield pick(callee), pick(agent)
        self.cut_short = self.cut_short or (left > 0 and self._size != _TO_THE_END)

    def _read(self, size: int) -> bytes:
        try:
            return self._file.read(size)
        except OSError as error:
            raise SettingsError(f"{self._name} cannot be read: {error.strerror or error}.") from None

    # --- the head ---

    def _head(self) -> tuple[WavFormat, int]:
        head = self._read(12)
        if len(head) < 12 or head[:4] not in (b"RIFF", b"RF64") or head[8:] != b"WAVE":
            raise self._wrong("is no WAV file")
        form = None
        for _ in range(1_000):  # chunks; a recording has a handful
            about = self._read(8)
            if len(about) < 8:
                break
            kind, size = about[:4], struct.unpack("<I", about[4:])[0]
            if kind == b"data":
                if form is None:
                    break
                return form, size or _TO_THE_END  # a head whose length was never filled in
            if kind == b"fmt ":
                form = self._format(self._read(min(size + size % 2, _LONGEST_FORMAT)))
            else:
                self._skip(size + size % 2)
        raise self._wrong("has no sound in it: its head is damaged")

    def _skip(self, size: int) -> None:
        while size > 0 and (piece := self._read(min(size, 1 << 16))):  # read, not sought: it may be a pipe
            size -= len(piece)

    def _format(self, chunk: bytes) -> WavFormat:
        if len(chunk) < 16:
            raise self._wrong("has a damaged head")
        code, sides, rate, _, _, bits = struct.unpack("<HHIIHH", chunk[:16])
        if code == _EXTENSIBLE and len(chunk) >= 26:
            code = struct.unpack("<H", chunk[24:26])[0]
        if sides == 1:
            raise self._wrong("has one channel: nobody can tell who speaks in it. Callee and agent have to be apart")
        if sides != 2:
            raise self._wrong(f"has {sides} channels, not two: the callee and the agent")
        if (code, bits) not in ((_PCM, 8), (_PCM, 16), (_PCM, 24), (_MU_LAW, 8)):
            kind = f"{bits} bit PCM" if code == _PCM else _NAMES.get(code, f"format {code}")
            raise self._wrong(f"holds {kind}; PCM of 8, 16 or 24 bit and mu-law can be read", fix=_FIX)
        if not LEAST_HZ <= rate <= MOST_HZ:
            raise self._wrong(f"has {rate:,} samples a second; 8,000 to 48,000 can be read", fix=_FIX)
        return WavFormat(rate, bits // 8, code == _MU_LAW)

    def _wrong(self, what: str, fix: str = "") -> SettingsError:
        return SettingsError(f"{self._name} {what}.", fix=fix)


def opened(path: Path) -> BinaryIO:
    """The file, for a WavReader. Raises SettingsError if it cannot be opened."""
    try:
        return path.open("rb")
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror or error}.") from None


_Side: TypeAlias = "bytes | array[int]"  # mu-law already, or 16-bit samples by their numbers without a sign


def _sides_of(form: WavFormat) -> Callable[[bytes], tuple[_Side, _Side]]:
    """What takes whole blocks apart into the samples of each side."""
    if form.mu_law:
        return lambda piece: (piece[::2], piece[1::2])
    if form.sample_bytes == 1:
        table = _eight_bits()
        return lambda piece: (piece[::2].translate(table), piece[1::2].translate(table))
    return lambda piece: _sixteen_bits(piece if form.sample_bytes == 2 else _upper_bytes(piece))


def _upper_bytes(piece: bytes) -> bytes:
    """The upper two bytes of each sample of three."""
    upper = bytearray(len(piece) // 3 * 2)
    upper[::2], upper[1::2] = piece[1::3], piece[2::3]
    return bytes(upper)


def _sixteen_bits(piece: bytes) -> tuple[array[int], array[int]]:
    samples = array("H", piece)
    if sys.byteorder == "big":
        samples.byteswap()
    return samples[::2], samples[1::2]


@lru_cache(maxsize=2)  # all seconds but the last are of one length
def _picked(rate_hz: int, count: int) -> Callable[[_Side], bytes]:
    """What makes a second, or what there is of the last one, 8,000 samples of mu-law."""
    places = [number * rate_hz // RATE_HZ for number in range(-(-count * RATE_HZ // rate_hz))]
    places = places[: bisect_left(places, count)]
    pick = itemgetter(*places, 0, 0) if places else None  # of two or more a getter makes a tuple

    def of(side: _Side) -> bytes:
        if pick is None:
            return b""
        samples = pick(side)[:-2]
        return bytes(samples) if isinstance(side, bytes) else bytes(map(_sixteen().__getitem__, samples))

    return of


@cache
def _sixteen() -> bytes:
    """The mu-law of each 16-bit sample, by its number without a sign."""
    return bytes(mu_law(number - (number >> 15 << 16)) for number in range(1 << 16))


@cache
def _eight_bits() -> bytes:
    """The mu-law of each 8-bit sample, whose middle is 128."""
    return bytes(mu_law((number - 128) << 8) for number in range(256))
