"""What the operator types, key by key. Knows nothing of what a key brings about in the call.

The terminal neither echoes nor waits for Enter while this lasts, and is put back whatever happens.
"""

from __future__ import annotations

import codecs
import os
import re
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum

import anyio

try:
    import termios
except ImportError:  # Windows: the call runs, without keys
    termios = None  # type: ignore[assignment]

_READ = 1024
_LONGEST = 1000  # characters of one sentence: what nobody says in one breath is a paste gone astray
ESCAPE, ENTER, ERASE, ERASE_ALL, ERASE_WORD = "\x1b", "\r\n", "\x7f\x08", "\x15", "\x17"
_SEQUENCE = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|O.)")  # ECMA-48: what cursor and function keys send


class Key(StrEnum):
    """Keys that have no letter."""

    UP = "up"
    DOWN = "down"
    LEFT = "left"
    RIGHT = "right"
    PAGE_UP = "page up"
    PAGE_DOWN = "page down"
    HOME = "home"
    END = "end"


# What terminals send for them, behind the escape (xterm's and the VT220's names).
_NAMES = {
    **dict.fromkeys(("[A", "OA"), Key.UP),
    **dict.fromkeys(("[B", "OB"), Key.DOWN),
    **dict.fromkeys(("[C", "OC"), Key.RIGHT),
    **dict.fromkeys(("[D", "OD"), Key.LEFT),
    **dict.fromkeys(("[H", "OH", "[1~", "[7~"), Key.HOME),
    **dict.fromkeys(("[F", "OF", "[4~", "[8~"), Key.END),
    "[5~": Key.PAGE_UP,
    "[6~": Key.PAGE_DOWN,
}


def each_key(text: str) -> list[str]:
    """Keys that came together, one by one: letters as they are, others by their name; those without one are dropped."""
    keys: list[str] = []
    place = 0
    for found in _SEQUENCE.finditer(text):
        keys += text[place : found.start()]
        keys += [name] if (name := _NAMES.get(found[1])) is not None else []
        place = found.end()
    return [*keys, *text[place:]]


@dataclass(frozen=True, slots=True)
class SayKey:
    """A sentence was finished."""

    text: str


@dataclass(frozen=True, slots=True)
class HangUpKey:
    """The operator wants the call to end."""


@dataclass(frozen=True, slots=True)
class LookKey:
    """The operator wants to look at something else, or further back."""

    key: str


Wish = SayKey | HangUpKey | LookKey


@dataclass(frozen=True, slots=True)
class Prompt:
    """What is being typed; `typed` is None while no sentence is. `speech`: whether there is an agent to say one."""

    typed: str | None = None
    speech: bool = True

    def pressed(self, text: str) -> tuple[Prompt, list[Wish]]:
        """What keys that came together make of it. `h` counts only alone, so that no paste ends a call."""
        if self.typed is None and text == "h":
            return self, [HangUpKey()]
        prompt, wishes = self, list[Wish]()
        for key in each_key(text):
            if prompt.typed is None and not (key == "s" and self.speech):
                wishes.append(LookKey(key))
                continue
            prompt, said = prompt._pressed(key)
            wishes += [SayKey(said)] if said else []
        return prompt, wishes

    def _pressed(self, key: str) -> tuple[Prompt, str]:
        typed = self.typed
        if typed is None:
            return (replace(self, typed=""), "") if key == "s" and self.speech else (self, "")
        if key == ESCAPE:
            return replace(self, typed=None), ""
        if key in ENTER:
            return replace(self, typed=None), typed.strip()
        if key in ERASE:
            typed = typed[:-1]
        elif key == ERASE_ALL:
            typed = ""
        elif key == ERASE_WORD:
            typed = re.sub(r"\S*\s*$", "", typed)
        elif len(key) == 1 and key.isprintable():
            typed = (typed + key)[:_LONGEST]
        return replace(self, typed=typed), ""


def standard_input() -> int:
    """Standard input's descriptor, -1 if there is none."""
    try:
        return sys.stdin.fileno()
    except (AttributeError, OSError, ValueError):
        return -1


def has_keys(fd: int) -> bool:
    """Whether `fd` is a terminal that this program may read: not one in whose background it runs."""
    try:
        return termios is not None and os.isatty(fd) and os.tcgetpgrp(fd) == os.getpgrp()
    except OSError:
        return False


@contextmanager
def unechoed(fd: int) -> Iterator[None]:
    """Let keys come one by one and unseen. Ctrl-C stays what it is, but not Ctrl-Z: that would freeze a live call.

    What was typed and not read is dropped at the end, so that half a sentence does not become a shell's command.
    """
    before = termios.tcgetattr(fd)
    mode = termios.tcgetattr(fd)
    mode[3] &= ~(termios.ECHO | termios.ICANON)
    mode[6][termios.VMIN], mode[6][termios.VTIME] = 1, 0
    mode[6][termios.VSUSP] = os.fpathconf(fd, "PC_VDISABLE").to_bytes(1, "big")
    try:
        termios.tcsetattr(fd, termios.TCSANOW, mode)
        yield
    finally:
        termios.tcflush(fd, termios.TCIFLUSH)
        termios.tcsetattr(fd, termios.TCSANOW, before)


async def keys_of(fd: int) -> AsyncIterator[str]:
    """What is typed, as it comes: one key, or several that came together. Ends when the terminal goes away."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    while True:
        await anyio.wait_readable(fd)
        try:
            read = os.read(fd, _READ)
        except OSError:
            return
        if not read:
            return
        if text := decoder.decode(read):
            yield text
