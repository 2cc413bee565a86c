from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecall_core.callfile.reader import LINE_MOST, Lines, NumberedLine
from voicecall_core.errors import CallFileError


def cut(content: bytes, size: int) -> list[NumberedLine]:
    lines = Lines()
    found = [line for start in range(0, len(content), size) for line in lines.feed(content[start : start + size])]
    last = lines.end()
    return [*found, last] if last else found


@given(st.lists(st.text(st.characters(min_codepoint=33, max_codepoint=0x2FFF), min_size=1)), st.integers(1, 9))
def test_however_the_bytes_are_cut_the_lines_are_the_same(texts: list[str], size: int) -> None:
    content = "".join(f"{text}\n" for text in texts).encode()
    wanted = [NumberedLine(n, text.encode().strip(b" \t\r")) for n, text in enumerate(texts, 1)]
    assert [line for line in cut(content, size) if line.text] == [line for line in wanted if line.text]


@pytest.mark.parametrize("size", [1, 2, 3, 1000])
def test_windows_line_ends_and_a_byte_order_mark_are_taken_away(size: int) -> None:
    assert cut(b"\xef\xbb\xbfone\r\n\r\ntwo\r\n", size) == [NumberedLine(1, b"one"), NumberedLine(3, b"two")]


def test_a_last_line_without_its_end_is_not_whole() -> None:
    assert cut(b"one\ntw", 100) == [NumberedLine(1, b"one"), NumberedLine(2, b"tw", whole=False)]


def test_zero_bytes_behind_the_end_as_a_crash_leaves_them_are_half_a_line() -> None:
    assert cut(b"one\n\0\0\0", 100) == [NumberedLine(1, b"one"), NumberedLine(2, b"\0\0\0", whole=False)]


@pytest.mark.parametrize("content", [b"\0\0\0\0", b"a\0b\nc\n", b"\xff\xfeo\0n\0"])
def test_what_is_no_text_is_said_to_be_none(content: bytes) -> None:
    with pytest.raises(CallFileError) as caught:
        cut(content, 100)
    assert caught.value.line == 1


def test_a_line_without_end_does_not_fill_the_memory() -> None:
    lines = Lines()
    with pytest.raises(CallFileError, match="Line 2 is longer"):
        list(lines.feed(b"one\n"))
        for _ in range(3):
            list(lines.feed(b"x" * (LINE_MOST // 2)))
