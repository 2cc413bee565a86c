"""Recorded speech of the program's own: what is shipped, or a user's own file. Knows nothing of who plays it.

Everything it returns is headerless 8 kHz mu-law, whole 20 ms frames, as the carrier takes it.
"""

from __future__ import annotations

import re
import struct
from importlib import resources
from pathlib import Path

from voicecall_core.audio import FRAME_BYTES, RATE_HZ, SILENCE, mu_law
from voicecall_core.errors import SettingsError

APOLOGY, MOMENT, STAND_IN = "apology", "one-moment", "stand-in"
STAND_IN_TEXT = "You are talking to a simulated model. This call is only a test."
_LARGEST = 2**22  # bytes that are read of a clip: a minute of 16-bit samples is a quarter of it
LONGEST_S = 60  # a spoken sentence; an hour of music would be a mistake
_MU_LAW_TAG, _PCM_TAG = 7, 1  # WAVE format tags
_FIX = "write it as 8 kHz mono mu-law, as with: sox speech.wav -r 8000 -c 1 -e mu-law -t raw apology.ulaw"


def shipped(name: str) -> bytes:
    """A clip that comes with the program; raises KeyError if there is none of that name."""
    source = resources.files("voicecall_core") / "clips" / f"{name}.ulaw"
    if not source.is_file():
        raise KeyError(name)
    return source.read_bytes()


# Frequent words of English that are none in the languages that share its letters: two of them make a text English.
_ENGLISH = frozenset(
    "about and are calling can for from good have hello help how it my of our speak speaking talk thank thanks the "
    "there this time to today what with would you your".split()
)
_WORDS = re.compile(r"[a-z]+")


def is_english(text: str) -> bool:
    """Whether a text is in English, as far as two of its common words tell; typographic quotes do not matter."""
    plain = text.translate({0x2018: "'", 0x2019: "'", 0x201C: '"', 0x201D: '"', 0x2013: "-", 0x2014: "-", 0x2026: "."})
    return plain.isascii() and len(_ENGLISH.intersection(_WORDS.findall(plain.lower()))) >= 2


def read_clip(path: str | Path) -> bytes:
    """A user's own clip: a raw mu-law file, or a mono 8 kHz WAV in mu-law or 16-bit PCM.

    Filled up with silence to whole frames. Raises SettingsError saying what is wrong with the file.
    """
    file = Path(path)
    try:
        with file.open("rb") as opened:
            content = opened.read(_LARGEST)
    except OSError as missing:
        raise SettingsError(f"The clip {file} cannot be read: {missing.strerror or missing}.", fix=_FIX) from missing
    audio = _from_wav(file, content) if content[:4] == b"RIFF" else content
    if not audio:
        raise SettingsError(f"The clip {file} holds no sound.", fix=_FIX)
    if len(audio) > LONGEST_S * RATE_HZ:
        raise SettingsError(f"The clip {file} is longer than {LONGEST_S} s.", fix="use a shorter one")
    return audio + SILENCE * (-len(audio) % FRAME_BYTES)


def _from_wav(file: Path, content: bytes) -> bytes:
    parts = wav_chunks(content)
    head, body = parts.get(b"fmt ", b""), parts.get(b"data", b"")
    if content[8:12] != b"WAVE" or len(head) < 16:
        raise SettingsError(f"The clip {file} begins like a WAV file, but has no readable format.", fix=_FIX)
    tag, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", head)
    if (channels, rate) != (1, RATE_HZ):
        raise SettingsError(
            f"The clip {file} has {channels} channel(s) at {rate} Hz; a telephone needs 1 at {RATE_HZ}.", fix=_FIX
        )
    if (tag, bits) == (_MU_LAW_TAG, 8):
        return body
    if (tag, bits) == (_PCM_TAG, 16):
        samples = struct.unpack(f"<{len(body) // 2}h", body[: len(body) // 2 * 2])
        return bytes(mu_law(sample) for sample in samples)
    raise SettingsError(f"The clip {file} is neither mu-law nor 16-bit PCM.", fix=_FIX)


def wav_chunks(content: bytes) -> dict[bytes, bytes]:
    """The parts of a RIFF file by name; a last part that was cut off is given as far as it goes."""
    parts: dict[bytes, bytes] = {}
    at = 12
    while at + 8 <= len(content):
        name, size = struct.unpack_from("<4sI", content, at)
        parts.setdefault(name, content[at + 8 : at + 8 + size])
        at += 8 + size + size % 2
    return parts
