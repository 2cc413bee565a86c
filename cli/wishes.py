"""What is asked of a recorded call. Knows nothing of who asks, nor of who answers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from voicecall_core.imports.kinds import Kind
from voicecall_core.words.terms import Policy


@dataclass(frozen=True, slots=True)
class Wishes:
    """What was asked for. `mode`: the option that asks something of the judge, empty to show the call.

    `kind`: what the file is to be read as; None to find out.
    """

    mode: str = ""
    ladder: bool = False
    speed: float = 1.0
    idle_limit: float | None = None
    follow: bool = False
    guard: Policy | None = None
    directory: Path | None = None
    kind: Kind | None = None
