"""A terminal of a few lines: enough of one to see what a program has put on its screen."""

from __future__ import annotations

import re

_PIECE = re.compile(r"\x1b\[(\?)?([\d;]*)([A-Za-z])|\x1b.|([^\x1b]+)", re.DOTALL)


class Terminal:
    """Takes what is written to it as a console's file does. One cell a letter, no scrolling."""

    def __init__(self, width: int = 80, height: int = 24) -> None:
        self.width, self.height = width, height
        self.written: list[str] = []
        self.modes: dict[str, bool] = {"25": True, "7": True, "1049": False}
        self._cells = [[" "] * width for _ in range(height)]
        self._row = self._column = 0

    def write(self, text: str) -> int:
        self.written.append(text)
        for private, numbers, letter, words in _PIECE.findall(text):
            if words:
                self._print(words)
            elif private:
                self.modes[numbers] = letter == "h"
            else:
                self._obey(numbers, letter)
        return len(text)

    def flush(self) -> None: ...

    def isatty(self) -> bool:
        return True

    @property
    def lines(self) -> list[str]:
        return ["".join(row).rstrip() for row in self._cells]

    def _print(self, words: str) -> None:
        for each in words:
            if each == "\n":
                self._row, self._column = self._row + 1, 0
            elif each == "\r":
                self._column = 0
            else:
                assert self._column < self.width, "a line runs over the edge"
                self._cells[self._row][self._column] = each
                self._column += 1

    def _obey(self, numbers: str, letter: str) -> None:
        if letter == "H":
            row, column = (int(each) for each in (numbers or "1;1").split(";"))
            self._row, self._column = row - 1, column - 1
        elif letter == "J":
            self._cells = [[" "] * self.width for _ in range(self.height)]
        elif letter == "K":
            self._cells[self._row] = [" "] * self.width
