"""The voices of the built-in world: short clips of real speech with their texts. Knows nothing of who plays them.

All clips are headerless 8 kHz mu-law, whole 20 ms frames (160 bytes), 8 bytes to the millisecond. No run of a frame's
length occurs in two clips, so that a clip can be found by its bytes in what somebody heard.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable

from voicecall_core.audio import BYTES_PER_MS, FRAME_BYTES, FRAME_MS, SILENCE

_PROBE = 2 * FRAME_BYTES  # long enough to be found in no other clip, short enough to survive a few lost frames
_LENT = {"agent": "reply-2", "callee": "question"}  # whose frames are lent to sentences that nobody recorded
_WORD_GAP_MS, _PAUSE_MS = 40, 240  # between two shipped words, and where a sentence has a mark
_MS_A_LETTER = 60
_FEWEST_FRAMES, _MOST_FRAMES = 30, 600  # 0.6 s to 12 s
_PHRASE = re.compile(r"[^.,;:!?]+")
STAND_IN = "stand-in"
_ENOUGH = 0.5  # of a clip's probes, for the clip to count as heard


@dataclass(frozen=True, slots=True)
class Clip:
    """Something said: by whom (agent or callee), in words, and as mu-law bytes."""

    name: str
    speaker: str
    text: str
    audio: bytes

    @property
    def ms(self) -> int:
        """How long it lasts."""
        return len(self.audio) // BYTES_PER_MS


def names(speaker: str = "") -> tuple[str, ...]:
    """The names of all clips, or of one speaker's."""
    return tuple(name for name, about in _texts().items() if speaker in ("", about["speaker"]))


def clip(name: str) -> Clip:
    """The clip of that name; raises KeyError."""
    return _clips()[name]


def clip_by_text(text: str, speaker: str = "") -> Clip | None:
    """The clip that says `text`, whatever its capitals and punctuation; None if nobody ever said it."""
    wanted = plain(text)
    return next(
        (known for known in _clips().values() if speaker in ("", known.speaker) and plain(known.text) == wanted), None
    )


def clip_within(text: str, speaker: str = "") -> Clip | None:
    """The clip whose whole text occurs in `text`; the longest, if there are several."""
    wanted = f" {plain(text)} "
    within = [
        known for known in _clips().values() if speaker in ("", known.speaker) and f" {plain(known.text)} " in wanted
    ]
    return max(within, key=lambda known: len(known.text), default=None)


def said(text: str) -> Clip:
    """The agent saying `text`: the clip if there is one, else a voice that takes about as long, the same every time.

    Its bytes occur in no clip: frames of another sentence in another order, each sample off by one step.
    """
    return clip_by_text(text, "agent") or stand_in(text, "agent")


def stand_in(text: str, speaker: str) -> Clip:
    """A sound that takes about as long as `text`, in place of words: somebody speaks, and nobody can understand it."""
    source = clip(_LENT[speaker]).audio
    mark = hashlib.sha256(plain(text).encode()).digest()
    count = max(_FEWEST_FRAMES, min(_MOST_FRAMES, len(text) * _MS_A_LETTER // FRAME_MS))
    places = [
        (mark[0] + number * (2 * mark[1] + 7) + mark[number % 32]) % (len(source) // FRAME_BYTES)
        for number in range(count)
    ]
    audio = b"".join(source[place * FRAME_BYTES : (place + 1) * FRAME_BYTES] for place in places)
    return Clip("said" if speaker == "agent" else STAND_IN, speaker, text, bytes(code ^ 1 for code in audio))


def of_words(text: str, speaker: str) -> tuple[bytes, tuple[str, ...]]:
    """`text` put together from shipped words; without a sound and with the words that are missing if some are."""
    known = _words() if speaker == "callee" else {}
    parts: list[bytes] = []
    missing: list[str] = []
    for phrase in _PHRASE.findall(text):
        words = plain(phrase).split()
        while words:
            length = next((n for n in range(len(words), 0, -1) if " ".join(words[:n]) in known), 0)
            if length:
                parts += [known[" ".join(words[:length])], SILENCE * (_WORD_GAP_MS * BYTES_PER_MS)]
            else:
                missing.append(words[0])
            words = words[length or 1 :]
        parts.append(SILENCE * (_PAUSE_MS * BYTES_PER_MS))
    if missing or len(parts) < 2:
        return b"", tuple(missing)
    return b"".join(parts[:-2]), ()


def recognised(audio: bytes, also: Iterable[Clip] = (), *, through: bytes = b"") -> tuple[Clip, ...]:
    """The clips (and what was said `also`) heard in `audio` in their order, found by their bytes.

    Half of one is enough. `through`: what the way has made of each byte, if it was not left as it was.
    """
    found: list[tuple[int, Clip]] = []
    others = {known.audio: known for known in also}
    for known in {**{known.audio: known for known in _clips().values()}, **others}.values():
        sound = known.audio.translate(through) if through else known.audio
        last = len(sound) - _PROBE
        places = [audio.find(sound[at : at + _PROBE]) - at for at in range(0, last + 1, _PROBE)]
        heard = [place for at, place in zip(range(0, last + 1, _PROBE), places, strict=True) if place + at >= 0]
        if heard and len(heard) >= _ENOUGH * len(places):
            found.append((min(heard), known))
    return tuple(known for _, known in sorted(found, key=lambda one: one[0]))


def plain(text: str) -> str:
    """The words of a text in small letters, one space between them."""
    return " ".join("".join(mark if mark.isalnum() else " " for mark in text.lower()).split())


def _folder() -> Traversable:
    return resources.files("voicecall_core.simulator") / "clips"


@cache
def _texts() -> dict[str, dict[str, str]]:
    texts: dict[str, dict[str, str]] = json.loads((_folder() / "texts.json").read_text(encoding="utf-8"))
    return texts


@cache
def _clips() -> dict[str, Clip]:
    return {
        name: Clip(name, about["speaker"], about["text"], (_folder() / f"{name}.ulaw").read_bytes())
        for name, about in _texts().items()
    }


@cache
def _words() -> dict[str, bytes]:
    """The shipped words of the callee's: first frame and number of frames of each are in the list beside the sound."""
    places = json.loads((_folder() / "words.json").read_text(encoding="utf-8"))
    sound = (_folder() / "words.ulaw").read_bytes()
    return {word: sound[at * FRAME_BYTES : (at + count) * FRAME_BYTES] for word, (at, count) in places.items()}
