"""The program on a terminal of its own, answered as a person would."""

from __future__ import annotations

import os
import re
import select
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

_TAKES_THE_TERMINAL = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"
)
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\r")


class Terminal:
    """A running program, what it has shown so far, and the keys to answer with."""

    def __init__(self, command: Sequence[str], cwd: Path, env: Mapping[str, str]) -> None:
        ours, theirs = os.openpty()
        self._keys = ours
        self.shown = ""
        self._running = subprocess.Popen(
            [sys.executable, "-c", _TAKES_THE_TERMINAL, *command],
            cwd=cwd, env={"TERM": "xterm", **env}, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
        )  # fmt: skip
        os.close(theirs)
        self._seen = 0

    def answer(self, question: str, *keys: str) -> None:
        """Wait until `question` is shown behind what was answered before, then press the keys and Enter."""
        while (at := self.shown.find(question, self._seen)) < 0:
            assert self._read(), f"never asked {question!r}: {self.shown}"
        self._seen = at + len(question)
        for each in keys:
            os.write(self._keys, each.encode() + b"\n")

    def press(self, keys: str) -> None:
        """Press keys, and no Enter."""
        os.write(self._keys, keys.encode())

    def end(self) -> int:
        """Wait for its end; its exit code."""
        while self._read():
            pass
        os.close(self._keys)
        return self._running.wait(timeout=20)

    def _read(self, within_s: float = 20.0) -> bool:
        """Take in what it shows next; false if it has ended."""
        assert select.select([self._keys], [], [], within_s)[0], f"nothing came after: {self.shown}"
        try:
            told = os.read(self._keys, 4096)
        except OSError:  # Linux says so when the other side is closed
            return False
        self.shown += _CONTROL.sub("", told.decode(errors="replace"))
        return bool(told)
