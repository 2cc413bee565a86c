"""The pictures in the README: the live view of two kept calls, drawn by the very code that draws it live.

Knows nothing of terminals: rich exports what it would have printed. The calls are simulated ones, kept in
tests/pictured/ with what was said in them, so that the pictures are the same each time.
"""

from __future__ import annotations

import html
import io
import json
import re
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI

from voicecall_cli.console.header import HeaderLine
from voicecall_cli.console.history import Told, told
from voicecall_cli.console.screen import screen
from voicecall_core.call.state import Call, new_call
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
    call, steps = _call_at(KEPT / f"{name}.jsonl", at)
    console.print(screen(call, None, width=WIDTH, height=HEIGHT, now=at, title=title, steps=steps))
    typed = f"voicecall dial +15555550100 --sim {command}"
    return _portable(console.export_svg(title=typed, theme=MONOKAI, unique_id=name))


_RUN = re.compile(
    r'<text class="([^"]+)" x="([\d.]+)" y="([\d.]+)" textLength="[\d.]+" clip-path="[^"]+">([^<]*)</text>'
)
_WEB_FONTS = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)
_CELL = 12.2  # the width that rich gives to a cell of its pictures
_FONTS = "'Fira Code', 'DejaVu Sans Mono', Menlo, Consolas, 'Liberation Mono', monospace"


def _portable(svg: str) -> str:
    """The picture so that it is the same outside of browsers: no font from the web, and each word at its own place.

    Rich sets a line's cells as one text with a length, which librsvg and others do not know: with any other font the
    columns run into each other.
    """
    svg = _WEB_FONTS.sub("", svg).replace("font-family: Fira Code, monospace", f"font-family: {_FONTS}")
    return _RUN.sub(_words, svg)


def _words(run: re.Match[str]) -> str:
    style, left, top, escaped = run.groups()
    text = html.unescape(escaped).replace("\xa0", " ")
    return "".join(
        f'<text class="{style}" x="{float(left) + word.start() * _CELL:.1f}" y="{top}" '
        f'textLength="{len(word[0]) * _CELL:.1f}" lengthAdjust="spacingAndGlyphs">{html.escape(word[0])}</text>'
        for word in re.finditer(r"\S+", text)
    )


def _call_at(path: Path, at: float) -> tuple[Call, list[Told]]:
    """The call of a file as it stood then, in seconds since it was created, and what had happened by then."""
    header, *lines = path.read_text(encoding="utf-8").splitlines()
    call = new_call(read(Terms, json.loads(header)["terms"]))
    steps: list[Told] = []
    for line in lines:
        record = json.loads(line)
        if record["at"] > at:
            break
        made = step(call, event_from({**record["event"], "at": record["at"]}))
        call = made.call
        steps.append(told(made))
    return call, steps
