"""The pictures in the README: the live view of two kept calls, drawn by the very code that draws it live.

Knows nothing of terminals: rich exports what it would have printed. The calls are simulated ones, kept in
tests/pictured/ with what was said in them, so that the pictures are the same each time.
"""

from __future__ import annotations

import io
import json
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI

from voicecall_cli.console.header import HeaderLine
from voicecall_cli.console.screen import screen
from voicecall_core.call.state import Call, minted
from voicecall_core.call.step import step
from voicecall_core.words.codec import event_from, read
from voicecall_core.words.terms import Terms

KEPT = Path(__file__).parent / "pictured"
WIDTH, HEIGHT = 118, 36


def with_guard() -> str:
    """docs/race.svg: the field's race with the guard on, after the first answer of the agent."""
    return _picture("race-guard-on", at=9.0, command="--scenario race")


def without_guard() -> str:
    """docs/race-guard-off.svg: the same race without the guard, as the call is lost."""
    return _picture("race-guard-off", at=2.0, command="--scenario race --guard off")


def _picture(name: str, *, at: float, command: str) -> str:
    console = Console(
        record=True, width=WIDTH, height=HEIGHT, file=io.StringIO(), force_terminal=True, color_system="truecolor"
    )
    title = HeaderLine("+15•••••100", "simulated: race")
    call = _call_at(KEPT / f"{name}.jsonl", at)
    console.print(screen(call, None, width=WIDTH, height=HEIGHT, now=at, title=title))
    typed = f"voicecall dial +15555550100 --sim {command}"
    return console.export_svg(title=typed, theme=MONOKAI, unique_id=name)


def _call_at(path: Path, at: float) -> Call:
    """The call of a file as it stood then, in seconds since it was minted."""
    header, *lines = path.read_text(encoding="utf-8").splitlines()
    call = minted(read(Terms, json.loads(header)["terms"]))
    for line in lines:
        record = json.loads(line)
        if record["at"] > at:
            break
        call = step(call, event_from({**record["event"], "at": record["at"]})).call
    return call
