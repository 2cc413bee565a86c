from __future__ import annotations

from typing import IO, cast

from rich.console import Console
from rich.text import Text

from tests.cli.console.terminal import Terminal
from voicecall_cli.console.live import Painter

SIZE = (40, 4)


def terminal() -> tuple[Terminal, Painter]:
    screen = Terminal(*SIZE)
    file = cast(IO[str], screen)
    return screen, Painter(Console(file=file, force_terminal=True, width=SIZE[0], height=SIZE[1], _environ={}))


def texts(*lines: str) -> list[Text]:
    return [Text(line) for line in lines]


def test_the_other_screen_is_entered_and_left() -> None:
    screen, painter = terminal()
    painter.enter()
    assert screen.modes == {"25": False, "7": False, "1049": True}
    painter.leave()
    assert screen.modes == {"25": True, "7": True, "1049": False}


def test_only_lines_that_changed_are_written_in_one_write() -> None:
    screen, painter = terminal()
    painter.paint(texts("one", "two", "three", "four"), SIZE)
    assert screen.lines == ["one", "two", "three", "four"]
    screen.written.clear()
    painter.paint(texts("one", "2", "three", "four"), SIZE)
    assert screen.lines == ["one", "2", "three", "four"]
    (written,) = screen.written
    assert "2" in written and "three" not in written


def test_a_new_colour_is_a_change() -> None:
    screen, painter = terminal()
    painter.paint(texts("one"), SIZE)
    screen.written.clear()
    painter.paint([Text("one", style="red")], SIZE)
    assert "one" in "".join(screen.written)


def test_a_new_size_is_painted_anew() -> None:
    screen, painter = terminal()
    painter.paint(texts("one", "two"), SIZE)
    screen.written.clear()
    painter.paint(texts("one"), (40, 3))
    assert screen.lines == ["one", "", "", ""]


def test_what_somebody_else_wrote_is_gone_after_a_while() -> None:
    screen, painter = terminal()
    painter.paint(texts("one", "two"), SIZE)
    screen.write("\x1b[1;1Ha warning")
    for _ in range(160):
        painter.paint(texts("one", "two"), SIZE)
    assert screen.lines == ["one", "two", "", ""]


def test_a_full_line_ends_at_the_edge_and_markup_is_text() -> None:
    screen, painter = terminal()
    painter.paint([Text("[red]" + "x" * 60)], SIZE)
    assert screen.lines[0] == "[red]" + "x" * 35
