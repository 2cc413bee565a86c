"""Lines on standard output as they are, in letters that it can show."""

from __future__ import annotations

import io
from typing import IO

from rich.console import Console

from voicecall_cli.replay_view import put

__all__ = ["console_of", "put"]


def console_of(stream: IO[str]) -> Console:
    """A console on this stream; what its letters cannot show is replaced, not an error."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="replace")
    return Console(file=stream, highlight=False)
