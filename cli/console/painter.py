"""Puts lines on a terminal's other screen, those alone that have changed. Knows nothing of what they say.

Most of a repaint is turning texts into what a terminal understands. From one quarter of a second to the next only a
clock and a level change, so that it pays to leave out all other lines.
"""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.control import Control
from rich.segment import ControlType
from rich.text import Text

# DECAWM off: a letter that a terminal draws wider than it should must not push the rest onto the next line.
_NO_WRAP, _WRAP = "\x1b[?7l", "\x1b[?7h"
_ANEW_EVERY = 40  # repaints: whatever else has written on the screen is gone after so many
_WHOLE_LINE = (ControlType.ERASE_IN_LINE, 2)


class Painter:
    """A console's other screen, while it is shown. Every method may raise OSError if the terminal is gone."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._shown: list[Text] = []
        self._size = (0, 0)
        self._painted = 0

    def enter(self) -> None:
        """Leave what is on the terminal aside, and hide the cursor."""
        self._console.set_alt_screen(True)
        self._console.show_cursor(False)
        self._console.file.write(_NO_WRAP)

    def leave(self) -> None:
        """Bring back what was there before."""
        self._console.file.write(_WRAP)
        self._console.show_cursor(True)
        self._console.set_alt_screen(False)

    def paint(self, lines: Sequence[Text], size: tuple[int, int]) -> None:
        """Show these lines from the top, in one write. `size`: the width and height they were made for."""
        anew = size != self._size or self._painted % _ANEW_EVERY == 0
        shown = [] if anew else self._shown
        with self._console as console:
            if anew:
                console.control(Control.clear())
            for row, line in enumerate(lines):
                if row < len(shown) and _same(line, shown[row]):
                    continue
                console.control(Control.move_to(0, row), Control(_WHOLE_LINE))
                console.print(line, end="", no_wrap=True, overflow="crop")
        self._shown, self._size = list(lines), size
        self._painted += 1


def _same(one: Text, two: Text) -> bool:
    """Whether two texts look alike; a text's own equality leaves its style out."""
    return one == two and one.style == two.style
