from __future__ import annotations

import io

from hypothesis import given
from hypothesis import strategies as st

from voicecall_core.importers.lines import ENDLESS, LONGEST, lines_of, plain, printable


def test_colours_and_line_ends_are_taken_out() -> None:
    assert plain("\x1b[90m:57.619\x1b[39m \x1b[33mwarn\x1b[0m\r\n") == ":57.619 warn"
    assert plain("[33mwarn[39m [voice-call] x") == "warn [voice-call] x"


def test_lines_of_any_file() -> None:
    assert list(lines_of(io.BytesIO(b"\xef\xbb\xbfone\r\ntwo\n\xff\xfe\nlast"))) == [
        "one",
        "two",
        "\ufffd\ufffd",
        "last",
    ]


def test_a_file_that_a_windows_shell_wrote() -> None:
    assert list(lines_of(io.BytesIO(b"\xff\xfe" + "one\r\ntwo\r\n".encode("utf-16-le"))))[:2] == ["one", "two"]


def test_of_a_line_without_end_only_the_head_is_kept() -> None:
    lines = list(lines_of(io.BytesIO(b"x" * (3 * LONGEST) + b"\nnext\n")))
    assert [len(line) for line in lines] == [LONGEST, 4]


def test_a_pipe_of_bytes_without_any_line_end_is_not_read_for_ever() -> None:
    class Zeros(io.BytesIO):
        def readline(self, size: int | None = -1) -> bytes:
            assert size
            self.read_so_far = getattr(self, "read_so_far", 0) + size
            assert self.read_so_far <= 2 * ENDLESS
            return b"\0" * size

    assert len(list(lines_of(Zeros()))) == 1


def test_progress_is_told_in_bytes_and_at_the_end() -> None:
    told: list[int] = []
    size = len(list(lines_of(io.BytesIO(b"abc\n" * 600_000), told.append)))
    assert size == 600_000
    assert told == sorted(told) and told[-1] == 2_400_000 and len(told) > 1


def test_what_is_shown_holds_no_number_and_no_secret() -> None:
    text = (
        '"WebSocket /media/s3cret" [accepted] from +4915112345678 Authorization: Basic abc token=hush '
        "sk-proj-abcdefgh /voice/stream/realtime/0b9f4a52-6c0e-4a7b-9a39-0f0f3f6f5a11"
    )
    seen = printable(text)
    for secret in ("s3cret", "15112345", "abc ", "hush", "abcdefgh", "0b9f4a52"):
        assert secret not in seen


@given(st.binary(max_size=400))
def test_no_bytes_make_it_raise(content: bytes) -> None:
    for line in lines_of(io.BytesIO(content)):
        printable(plain(line))


def test_stamps_and_sizes_are_no_phone_numbers() -> None:
    for line in ('{"time":1770000000140,"level":30}', '"POST /voice HTTP/1.1" 201 2065'):
        assert printable(line) == line
    assert "5551234567" not in printable('{"time":1770000000140,"to":"15551234567"}')
    assert "15551234567" not in printable('"POST /voice HTTP/1.1" 201 15551234567')
