"""Whether a terminal can show the live view. Imports nothing of the view: it is asked before anybody waits for one."""

from __future__ import annotations

from rich.console import Console

_LEAST = (20, 5)


def drawable(console: Console) -> bool:
    """Whether a live view can be drawn there: a terminal that is not dumb, not tiny, and can show our letters."""
    if not console.is_terminal or console.is_dumb_terminal or not console.encoding.startswith("utf"):
        return False
    return console.width >= _LEAST[0] and console.height >= _LEAST[1]
