"""Greetings kept from earlier calls: one small file each in a folder that is its owner's alone.

A greeting is known by who made it and what was asked of him, so that one voice is never played for another. What cannot
be read, or is not ours, is done without; what cannot be written is not kept: `failure` says why, and no call fails.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from voicecall_core.audio import BYTES_PER_MS
from voicecall_core.whole_file import write_whole
from voicecall_core.words.terms import Brief

MOST_BYTES = 50_000_000  # some 400 greetings of 15 s
LONGEST_MS = 60_000  # longer than that is no greeting
_FORMAT = 1
_SUFFIX = ".greeting"
_HEAD_BYTES = 16_384


@dataclass(frozen=True, slots=True)
class KeptGreeting:
    """What was said, and its sound: mu-law at 8 kHz."""

    pii_text: str
    audio: bytes

    @property
    def ms(self) -> int:
        """How long it is."""
        return len(self.audio) // BYTES_PER_MS


def name_of(endpoint: str, brief: Brief) -> str:
    """The name under which a greeting is kept: of all that decides how it sounds. Tells nothing of its words."""
    parts = [_FORMAT, endpoint, brief.model, brief.voice, "audio/pcmu 8000", brief.pii_greeting]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


class Greetings:
    """The greetings in a folder, `most_bytes` in all: those that were not used for longest go first."""

    def __init__(self, folder: Path, most_bytes: int = MOST_BYTES) -> None:
        self.failure = ""
        self._folder, self._most_bytes = folder, most_bytes

    def find(self, name: str) -> KeptGreeting | None:
        """The greeting of that name, if one is kept and can be read."""
        path = self._path(name)
        try:
            found = _parsed(_read(path))
            os.utime(path)
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            self._failed(f"{path} was not used", error)
            return None
        return found

    def keep(self, name: str, greeting: KeptGreeting) -> None:
        """Keep a greeting, wholly or not at all, in the place of one of the same name."""
        if not (greeting.pii_text and 0 < greeting.ms <= LONGEST_MS):
            return
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write(self._path(name), greeting)
            self._sweep()
        except OSError as error:
            self._failed(f"nothing can be kept in {self._folder}", error)

    def _sweep(self) -> None:
        there = []
        for path in self._folder.glob(f"*{_SUFFIX}*"):  # what a write that was killed has left too
            with suppress(FileNotFoundError):  # another process sweeps as well
                there.append((path.stat(), path))
        total = sum(info.st_size for info, _ in there)
        for info, path in sorted(there, key=lambda each: each[0].st_mtime_ns):
            if total <= self._most_bytes:
                return
            path.unlink(missing_ok=True)
            total -= info.st_size

    def _failed(self, what: str, error: Exception) -> None:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        self.failure = self.failure or f"{what}: {why}"

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}{_SUFFIX}"


def _read(path: Path) -> bytes:
    """The file's content. What another user could have put there is refused: it would speak in the agent's name."""
    number = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    with os.fdopen(number, "rb") as file:
        info = os.fstat(number)
        if not stat.S_ISREG(info.st_mode):
            raise ValueError("it is no file")
        if hasattr(os, "getuid") and (info.st_uid != os.getuid() or info.st_mode & 0o022):
            raise ValueError("others can write to it")
        return file.read(_HEAD_BYTES + LONGEST_MS * BYTES_PER_MS)


def _parsed(content: bytes) -> KeptGreeting:
    """Raises ValueError for anything but what `_write` writes."""
    head, _, audio = content.partition(b"\n")
    try:
        said = json.loads(head)
        fits = said["format"] == _FORMAT and said["sha256"] == hashlib.sha256(audio).hexdigest()
        greeting = KeptGreeting(str(said["text"]), audio)
    except (ValueError, TypeError, KeyError, RecursionError):
        fits = False
    if not fits or not greeting.pii_text.strip() or not 0 < greeting.ms <= LONGEST_MS:
        raise ValueError("it is damaged, or no greeting")
    return greeting


def _write(path: Path, greeting: KeptGreeting) -> None:
    digest = hashlib.sha256(greeting.audio).hexdigest()
    head = json.dumps({"format": _FORMAT, "text": greeting.pii_text, "sha256": digest}).encode()
    write_whole(path, head + b"\n" + greeting.audio)
