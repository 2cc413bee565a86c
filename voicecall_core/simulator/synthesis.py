"""Any sentence as speech: a shipped clip, espeak-ng if it is installed, the shipped words, or a sound in its place.

Everything is 8 kHz mu-law in whole frames, and the bytes of two sentences differ everywhere: a sentence can be found
by them in what somebody heard.
"""

from __future__ import annotations

import hashlib
import math
import shutil
import subprocess
from collections.abc import Sequence
from functools import lru_cache

from voicecall_core.audio import FRAME_BYTES, FRAME_MS, SILENCE, mean_square
from voicecall_core.errors import SettingsError
from voicecall_core.simulator.voices import Clip, clip_by_text, of_words, stand_in
from voicecall_core.simulator.wav import as_mu_law, read_wav

PROGRAM = "espeak-ng"
_WITHIN_S = 10.0  # a sentence takes it some 0.03 s
_VOICES = {  # as those of the shipped clips
    "agent": ("-v", "en-us+f3", "-s", "175", "-p", "58"),
    "callee": ("-v", "en-gb+m3", "-s", "170", "-p", "28"),
}
_LOUD = 3_000.0  # RMS of what is spoken, 16-bit scale: as the shipped clips
_QUIET = 150.0  # a frame below this RMS is trimmed from either end
_PAUSING = 500.0  # RMS below which nobody is heard to speak
_LONGEST_PAUSE_MS = 300  # as in the shipped clips: a longer one would end the turn in mid-sentence
_MARKED_EVERY = 8  # samples
_ZERO, _OTHER_ZERO = 0xFF, 0x7F  # mu-law has two; the bytes must survive a way through PCM
_ONE_ZERO = bytes(_ZERO if code == _OTHER_ZERO else code for code in range(256))


def spoken(text: str, speaker: str, *, understood: bool) -> Clip:
    """Somebody saying `text`.

    `understood`: whoever listens gets the words beside the sound, so that any sound will do. Raises SettingsError if
    it will not, and nothing here can speak the text.
    """
    known = clip_by_text(text, speaker)
    if known is not None:
        return known
    program = shutil.which(PROGRAM)
    made = synthesised(program, text, speaker) if program else None
    if made is not None:
        return made
    audio, missing = of_words(text, speaker)
    if audio:
        return Clip("words", speaker, text, marked(in_one_breath(audio), text))
    if understood:
        return stand_in(text, speaker)
    raise SettingsError(
        f"Nothing here can say {_short(text)}: {PROGRAM} is not installed, and the shipped voice has no "
        f"{', '.join(map(repr, missing[:3]))}.",
        fix='install it (apt install espeak-ng, brew install espeak-ng), or give the turn a recording: play = "it.wav"',
    )


@lru_cache(maxsize=512)
def synthesised(program: str, text: str, speaker: str) -> Clip | None:
    """What the synthesiser makes of a text; None if it fails, says nothing, or takes too long."""
    command = (program, *_VOICES[speaker], "--stdin", "--stdout")
    try:
        made = subprocess.run(command, input=text.encode(), capture_output=True, timeout=_WITHIN_S, check=True).stdout
        audio = in_one_breath(levelled(read_wav(made, PROGRAM)))
    except (OSError, subprocess.SubprocessError, SettingsError):
        return None
    return Clip("text", speaker, text, marked(audio, text)) if audio else None


def marked(audio: bytes, text: str) -> bytes:
    """The same sound, with marks too faint to be heard that no other text has; whole frames."""
    whole = bytearray(audio.translate(_ONE_ZERO) + SILENCE * (-len(audio) % FRAME_BYTES))
    bits = int.from_bytes(hashlib.shake_256(text.encode()).digest(len(whole) // _MARKED_EVERY // 8 + 1), "big")
    for number, at in enumerate(range(0, len(whole), _MARKED_EVERY)):
        if bits >> number & 1:
            flipped = whole[at] ^ 1
            whole[at] = flipped if flipped != _OTHER_ZERO else whole[at] ^ 3
    return bytes(whole)


def in_one_breath(audio: bytes) -> bytes:
    """The same with its long pauses made shorter."""
    kept: list[bytes] = []
    quiet = 0
    for at in range(0, len(audio), FRAME_BYTES):
        frame = audio[at : at + FRAME_BYTES]
        quiet = 0 if mean_square(frame) >= _PAUSING**2 else quiet + FRAME_MS
        if quiet <= _LONGEST_PAUSE_MS:
            kept.append(frame)
    return b"".join(kept)


def levelled(samples: Sequence[float]) -> bytes:
    """As loud as the shipped clips, without the silence at both ends; empty if there is nothing else."""
    starts = range(0, len(samples), FRAME_BYTES)  # a byte a sample
    powers = [sum(sample * sample for sample in samples[at : at + FRAME_BYTES]) / FRAME_BYTES for at in starts]
    loud = [at for at, power in enumerate(powers) if power > _QUIET**2]
    if not loud:
        return b""
    gain = _LOUD / math.sqrt(sum(powers[at] for at in loud) / len(loud))
    return as_mu_law(sample * gain for sample in samples[loud[0] * FRAME_BYTES : (loud[-1] + 1) * FRAME_BYTES])


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else f"{text[:57]}...")
