from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from voicecall_cli.console.text import cropped, fitted, plain, wrapped


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Hello, [bold]you[/bold]!", "Hello, [bold]you[/bold]!"),
        ("\x1b[2J\x07", "\\x1b[2J\\x07"),
        ("left\u202eright\u2066x\u2069", "leftrightx"),
        ("one\ntwo\r\nthree\tfour", "one two  three four"),
        ("caf\u0065\u0301", "caf\u00e9"),
        ("\u4f60\u597d", "\u4f60\u597d"),
        ("a\u200bb\ufeffc", "abc"),
        ("\ud800", "\\ud800"),
        ("x" + "\u0336" * 50, "x" + "\u0336" * 3),
        ("\x9b31m", "\\x9b31m"),
    ],
)
def test_what_a_stranger_said_is_shown_and_never_obeyed(said: str, shown: str) -> None:
    assert plain(said) == shown


@given(st.text())
def test_nothing_that_a_terminal_obeys_is_left(said: str) -> None:
    shown = plain(said)
    assert all(each.isprintable() for each in shown)
    assert plain(shown) == shown


@given(st.text(), st.integers(2, 40))
def test_lines_are_never_wider_than_they_may_be(said: str, width: int) -> None:
    text = plain(said)
    assert cell_len(cropped(text, width)) <= width
    assert cell_len(fitted(text, width)) == width
    lines = wrapped(text, width)
    assert lines and all(cell_len(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


def test_long_words_are_broken_and_short_ones_kept_whole() -> None:
    assert wrapped("to be or not to be", 9) == ["to be or", "not to be"]
    assert wrapped("incomprehensible", 10) == ["incomprehe", "nsible"]
    assert wrapped("", 10) == [""]


def test_what_is_cut_off_leaves_an_ellipsis() -> None:
    assert cropped("a long reason", 7) == "a long\u2026"
    assert cropped("short", 7) == "short"
    assert cropped("none", 0) == ""
