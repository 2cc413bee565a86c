from __future__ import annotations

import io
import tracemalloc
from pathlib import Path

import pytest

from tests.callfile.recorded import SID, lines_of, reading
from voicecall_core.callfile.reader import CHUNK, CallFile, opened
from voicecall_core.errors import CallFileError
from voicecall_core.words import events as e
from voicecall_core.words.values import CallStatus

LINES = lines_of(e.DialBegan(), e.Created(SID, at=0.1), e.StatusReported(CallStatus.RINGING, SID, at=0.2))
WHOLE = "\n".join(LINES) + "\n"


def test_a_call_file_is_its_header_and_its_steps() -> None:
    recording = reading(WHOLE)
    assert recording.opened().terms.call_id == "c-1"
    assert [step.event for step in recording] == [
        e.DialBegan(),
        e.Created(SID, at=0.1),
        e.StatusReported(CallStatus.RINGING, SID, at=0.2),
    ]
    assert (recording.steps, recording.torn) == (3, 0)


@pytest.mark.parametrize("ending", ["\r\n", "\n\n", " \n"])
def test_line_ends_do_not_matter(ending: str) -> None:
    assert len(list(reading("\ufeff" + ending.join(LINES)))) == 3


def test_a_file_cut_anywhere_is_read_to_its_last_whole_line() -> None:
    first = len(LINES[0].encode())
    content = WHOLE.encode()
    for end in range(first, len(content)):
        recording = reading(content[:end])
        steps = list(recording)
        whole = content[:end].count(b"\n") - 1
        assert len(steps) in (max(0, whole), whole + 1)
        torn = content[:end].rpartition(b"\n")[2] if end > first else b""
        assert bool(recording.torn) == (bool(torn) and len(steps) == whole)


@pytest.mark.parametrize("end", [1, 5, 20, 100])
def test_a_file_cut_within_its_header_says_so(end: int) -> None:
    with pytest.raises(CallFileError):
        reading(LINES[0][:end]).opened()


def test_a_broken_line_in_the_middle_is_an_error_that_names_it() -> None:
    with pytest.raises(CallFileError, match="Line 3") as caught:
        list(reading("\n".join([*LINES[:2], "{torn", *LINES[2:]])))
    assert caught.value.line == 3


def test_unknown_events_are_counted() -> None:
    recording = reading(WHOLE.replace("StatusReported", "Teleported"))
    assert [step.unknown for step in recording] == ["", "", "Teleported"]
    assert recording.unknown == {"Teleported": 1}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"\n \r\n", "holds only blanks"),
        (b'{"a": 1}\n', "is not a call file"),
        (b"hello\n", "is not a call file"),
        (b"\x89PNG\r\n\x1a\n\0\0", "is not a call file"),
        (b"\0" * 100, "is not text"),
        (b'{"voicecall": 99}\n', "format 99"),
    ],
)
def test_what_is_no_call_file_is_said_to_be_none(content: bytes, words: str) -> None:
    with pytest.raises(CallFileError, match=words):
        reading(content).opened()


def test_files_that_cannot_be_opened_say_why(tmp_path: Path) -> None:
    with pytest.raises(CallFileError, match="is a directory"):
        opened(tmp_path)
    with pytest.raises(CallFileError, match="There is no file"):
        opened(tmp_path / "none{}")
    with pytest.raises(CallFileError, match="cannot be read"):
        opened(tmp_path / ("x" * 5000))
    with pytest.raises(CallFileError, match="cannot be read"):
        opened(Path("a\0b"))


def test_a_file_that_grows_is_read_as_far_as_it_goes() -> None:
    class Growing(io.BytesIO):
        def grow(self, more: bytes) -> None:
            at = self.tell()
            self.seek(0, io.SEEK_END)
            self.write(more)
            self.seek(at)

    content = WHOLE.encode()
    source = Growing()
    recording = CallFile(source, "call")
    seen = 0
    for start in range(0, len(content), 7):
        source.grow(content[start : start + 7])
        seen += len(recording.more())
        assert recording.more() == [] and recording.ended
        assert seen == max(0, content[: start + 7].count(b"\n") - 1)
    assert recording.finish() == [] and seen == 3


def test_memory_does_not_grow_with_the_file() -> None:
    class Endless(io.RawIOBase):
        def __init__(self) -> None:
            self.left = 24

        def read1(self, size: int = -1) -> bytes:
            self.left -= 1
            return b"" if self.left < 0 else content[:CHUNK] if self.left == 23 else more

    more = (LINES[2] + "\n").encode() * 500
    content = WHOLE.encode()
    tracemalloc.start()
    count = sum(1 for _ in CallFile(Endless(), "call"))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count > 10_000
    assert peak < 4 * 1024 * 1024
