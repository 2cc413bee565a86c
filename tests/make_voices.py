"""Makes the shipped voice clips anew: `python tests/make_voices.py` (needs espeak-ng and sox; knows no test).

Each sentence becomes headerless 8 kHz mu-law (`.ulaw`): trimmed, loudness levelled, whole 20 ms frames. A trace of
noise, different in every clip, lies under the speech (about -64 dBFS, far below any speech threshold): without it the
pauses of all clips would be the same bytes, and a clip could not be found by its bytes in what somebody heard.
"""

from __future__ import annotations

import hashlib
import json
import math
import subprocess
import sys
from array import array
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent / "voicecall_core"
VOICES = ROOT / "simulator" / "clips"
SHIPPED = ROOT / "clips"
FRAME = 160  # samples of 20 ms at 8 kHz
LOUD = 3000.0  # RMS of the speaking frames, 16-bit scale (about -21 dBFS, usual for telephone speech)
QUIET = 150.0  # a frame below this RMS is trimmed from either end
NOISE = 20  # peak of the noise under the speech, 16-bit scale

SPEAKERS = {
    "agent": ("-v", "en-us+f3", "-s", "175", "-p", "58"),
    "callee": ("-v", "en-gb+m3", "-s", "170", "-p", "28"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence: who says it, as it is written, and (where that differs) as it is spelled for the synthesiser."""

    speaker: str
    text: str
    spelled: str = ""
    pace: str = ""


LINES = {
    "greeting": Line(
        "agent",
        "Hello, this is an AI assistant calling for a short test. Is this a good time?",
        "Hello, this is an A I assistant calling for a short test. Is this a good time?",
        pace="195",
    ),
    "reply-1": Line("agent", "Of course. This is only a short test, and so far it works."),
    "reply-2": Line("agent", "I see. Let me write that down before we go on to the next question."),
    "reply-3": Line("agent", "That is all I wanted to know. You have been very helpful."),
    "farewell": Line("agent", "Thank you for your time. Goodbye."),
    "hello": Line("callee", "Hello?"),
    "question": Line("callee", "Who is calling, and what is this about?"),
    "interruption": Line(
        "callee", "Wait, wait, can I ask you something first?", "Wait wait, can I ask you something first?"
    ),
    "answer": Line("callee", "Yes it is, please go ahead."),
    "short": Line("callee", "Yes."),
    "bye": Line("callee", "All right, thank you, bye.", "All right thank you, bye."),
}
# What callees say most, for sentences that nobody recorded; the longest that fits is taken.
WORDS = (
    *"yes no hello goodbye please sorry okay right well when where why wait stop order".split(),
    *"at on for and the a to today tomorrow monday friday morning evening o'clock".split(),
    *"one two three four five six seven eight nine ten".split(),
    *("thank you", "one moment please", "who is this", "i would like", "i'd like", "can you", "could you"),
    *("do you have", "is there", "a table for", "my name is", "how much is it", "not today", "call me back"),
    *("say that again", "that's right", "please leave a message after the tone"),
)
SHIPPED_LINES = {
    "apology": Line("agent", "I am sorry, something went wrong on our side. We will call you again. Goodbye."),
    "one-moment": Line("agent", "One moment, please."),
    "stand-in": Line("agent", "You are talking to a simulated model. This call is only a test."),
}


def main() -> None:
    """Write every clip and the list of their texts; complain in words if a program is missing."""
    for folder in (VOICES, SHIPPED):
        folder.mkdir(parents=True, exist_ok=True)
    for name, line in LINES.items():
        (VOICES / f"{name}.ulaw").write_bytes(spoken(name, line))
    texts = {name: {"speaker": line.speaker, "text": line.text} for name, line in LINES.items()}
    (VOICES / "texts.json").write_text(json.dumps(texts, indent=2) + "\n", encoding="utf-8")
    write_words()
    for name, line in SHIPPED_LINES.items():
        (SHIPPED / f"{name}.ulaw").write_bytes(spoken(name, line))
    for made in sorted([*VOICES.glob("*.ulaw"), *SHIPPED.glob("*.ulaw")]):
        print(f"{made.stem:14} {made.stat().st_size / 8000:5.2f} s")


def write_words() -> None:
    """The callee's words in one file, and where each of them lies in it, in frames."""
    places: dict[str, tuple[int, int]] = {}
    sound = b""
    for word in WORDS:
        made = spoken(f"word/{word}", Line("callee", word))
        plain = " ".join("".join(mark if mark.isalnum() else " " for mark in word).split())
        places[plain] = (len(sound) // FRAME, len(made) // FRAME)
        sound += made
    rows = ",\n".join(f"  {json.dumps(word)}: {json.dumps(place)}" for word, place in places.items())
    (VOICES / "words.json").write_text(f"{{\n{rows}\n}}\n", encoding="utf-8")
    (VOICES / "words.ulaw").write_bytes(sound)


def spoken(name: str, line: Line) -> bytes:
    """The mu-law bytes of one sentence."""
    voice = list(SPEAKERS[line.speaker])
    if line.pace:
        voice[voice.index("-s") + 1] = line.pace
    wave = run("espeak-ng", *voice, "--stdout", line.spelled or line.text)
    narrow = ("sinc", "200-3600", "rate", "-h", "8000")  # a telephone's band
    raw = run(
        "sox", "-R", "-D", "-t", "wav", "-", "-t", "raw", "-e", "signed", "-b", "16", "-c", "1", "-", *narrow, feed=wave
    )
    samples = array("h", raw)
    if sys.byteorder == "big":
        samples.byteswap()
    return bytes(mu_law(sample) for sample in with_noise(name, levelled(trimmed(samples))))


def run(*command: str, feed: bytes = b"") -> bytes:
    """What the command printed; ends the script with its complaint if it fails."""
    try:
        return subprocess.run(command, input=feed, capture_output=True, check=True).stdout
    except FileNotFoundError:
        sys.exit(f"{command[0]} is not installed; this script needs espeak-ng and sox.")
    except subprocess.CalledProcessError as failed:
        sys.exit(f"{command[0]}: {failed.stderr.decode(errors='replace')}")


def frames(samples: array[int]) -> list[array[int]]:
    """The samples in pieces of 20 ms; the last may be short."""
    return [samples[at : at + FRAME] for at in range(0, len(samples), FRAME)]


def rms(samples: array[int]) -> float:
    """Root of the mean square, on the 16-bit scale."""
    return math.sqrt(sum(sample * sample for sample in samples) / max(len(samples), 1))


def trimmed(samples: array[int]) -> array[int]:
    """Without the quiet frames at both ends."""
    loud = [at for at, frame in enumerate(frames(samples)) if rms(frame) > QUIET]
    return samples[loud[0] * FRAME : (loud[-1] + 1) * FRAME]


def levelled(samples: array[int]) -> array[int]:
    """With the speaking frames at the common loudness."""
    speaking = array("h", (sample for frame in frames(samples) if rms(frame) > QUIET for sample in frame))
    gain = LOUD / rms(speaking)
    return array("h", (max(-32_000, min(32_000, round(sample * gain))) for sample in samples))


def with_noise(name: str, samples: array[int]) -> list[int]:
    """Whole frames, with the clip's own noise under them: the same bytes on every run."""
    length = -(-len(samples) // FRAME) * FRAME
    seed = b"".join(hashlib.sha256(f"{name}/{part}".encode()).digest() for part in range(-(-length // 32)))
    quiet = [*samples, *([0] * (length - len(samples)))]
    return [sample + seed[at] % (2 * NOISE + 1) - NOISE for at, sample in enumerate(quiet)]


def mu_law(sample: int) -> int:
    """One 16-bit sample as a mu-law byte (ITU-T G.711)."""
    sign = 0x80 if sample < 0 else 0
    size = min(abs(sample), 32_635) + 132
    segment = size.bit_length() - 8
    code = ~(sign | segment << 4 | size >> segment + 3 & 0x0F) & 0xFF
    return 0xFF if code == 0x7F else code  # one zero, not two: the bytes survive a way through PCM


if __name__ == "__main__":
    main()
