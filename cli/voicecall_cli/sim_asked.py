"""What `voicecall sim` was asked for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was typed. `call`: None, empty (the number's voice URL) or a URL."""

    command: tuple[str, ...] = ()
    scenario: str = ""
    seed: int = 0
    call: str | None = None
    caller: str = ""
    number: str = ""
    maps: tuple[str, ...] = ()
    port: int = 0
    model_port: int = 0
    exit_after: int = 0
    junit: Path | None = None
    log: Path | None = None
    probe: bool = False
    plain: bool = False
    json: bool = False
