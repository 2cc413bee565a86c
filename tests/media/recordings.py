"""Recordings of calls whose gaps are known, made of tones, clips and noise; and what writes them as WAV files."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random  # noqa: TID251 - of a fixed seed: the noise of a line, the same each time

from voicecall_core.audio import FRAME_BYTES, LINEAR, RATE_HZ, SILENCE, mu_law
from voicecall_core.simulator.voices import clip

PCM, MU_LAW, EXTENSIBLE = 1, 7, 0xFFFE
_EDGE = 1_200  # a clip is cut where it is louder than this, so that no noise of these tests covers its ends


@dataclass(frozen=True, slots=True)
class Recorded:
    """Both sides as mu-law, and where each reply's first sample lies, in ms."""

    callee: bytes
    agent: bytes
    at_ms: tuple[int, ...]

    @property
    def sides(self) -> tuple[bytes, bytes]:
        return self.callee, self.agent


def tone(ms: int, hz: int = 440, peak: int = 8_000) -> bytes:
    """A tone, from its first sample to its last."""
    step = 2 * math.pi * hz / RATE_HZ
    return bytes(mu_law(round(peak * math.sin(step * n + 0.5))) for n in range(ms * 8))


def spoken(name: str) -> bytes:
    """A clip from its first loud sample to its last."""
    audio = clip(name).audio
    loud = [at for at, code in enumerate(audio) if abs(LINEAR[code]) > _EDGE]
    return audio[loud[0] : loud[-1] + 1]


def silence(ms: int) -> bytes:
    return SILENCE * (ms * 8)


def laid(*parts: tuple[int, bytes], ms: int) -> bytes:
    """One side: each part from its ms on."""
    side = bytearray(silence(ms))
    for at_ms, audio in parts:
        side[at_ms * 8 : at_ms * 8 + len(audio)] = audio
    return bytes(side)


def call_with_gaps(
    gaps_ms: tuple[int, ...], *, callee: bytes = b"", agent: bytes = b"", noise: int = 0, offset_ms: int = 3
) -> Recorded:
    """A greeting, then turns and replies with these gaps between them. `noise`: its sigma, of 32,124."""
    callee, agent = callee or tone(900), agent or tone(1_100, 700)
    at = offset_ms
    left, right, begins = [], [(at, agent)], []
    at += len(agent) // 8
    for gap in gaps_ms:
        at += 700
        left.append((at, callee))
        at += len(callee) // 8 + gap
        right.append((at, agent))
        begins.append(at)
        at += len(agent) // 8
    ms = (at + 1_020) // 20 * 20
    return Recorded(noisy(laid(*left, ms=ms), noise), noisy(laid(*right, ms=ms), noise, seed=1), tuple(begins))


def noisy(audio: bytes, sigma: int, *, seed: int = 0) -> bytes:
    """With the noise of a line under it."""
    if not sigma:
        return audio
    chance = Random(seed)
    noise = [round(chance.gauss(0, sigma)) for _ in range(RATE_HZ)]
    return bytes(mu_law(LINEAR[code] + noise[n % RATE_HZ]) for n, code in enumerate(audio))


def frames(audio: bytes) -> list[bytes]:
    """Frames of 20 ms, the last one filled up."""
    return [audio[at : at + FRAME_BYTES].ljust(FRAME_BYTES, SILENCE) for at in range(0, len(audio), FRAME_BYTES)]


def wav(
    callee: bytes,
    agent: bytes,
    *,
    rate_hz: int = RATE_HZ,
    bits: int = 16,
    code: int = PCM,
    size: int | None = None,
    before: bytes = b"",
) -> bytes:
    """A stereo WAV file, the callee left. `size`: what the head says, if not the truth; `before`: chunks before it."""
    count = len(callee) * rate_hz // RATE_HZ
    places = [n * RATE_HZ // rate_hz for n in range(count)]
    sides = [[LINEAR[side[place]] for place in places] for side in (callee, agent)]
    written: Mapping[tuple[int, int], Callable[[int], bytes]] = {
        (PCM, 8): lambda sample: struct.pack("B", (sample >> 8) + 128),
        (PCM, 16): lambda sample: struct.pack("<h", sample),
        (PCM, 24): lambda sample: struct.pack("<i", sample << 8)[:3],
        (MU_LAW, 8): lambda sample: struct.pack("B", mu_law(sample)),
    }
    one = written[PCM if code == EXTENSIBLE else code, bits]
    data = b"".join(one(sample) for both in zip(*sides, strict=True) for sample in both)
    form = struct.pack("<HHIIHH", code, 2, rate_hz, rate_hz * bits // 4, bits // 4, bits)
    if code == EXTENSIBLE:
        form += struct.pack("<HHIH", 22, bits, 3, PCM) + bytes.fromhex("000000001000800000aa00389b71")
    about = struct.pack("<I", len(data) if size is None else size)
    body = b"WAVE" + before + b"fmt " + struct.pack("<I", len(form)) + form + b"data" + about + data
    return b"RIFF" + struct.pack("<I", len(body)) + body
