"""A file as lines fit to be read: any bytes, any line ends, colours taken out. Knows nothing of what they say."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import IO

from voicecall_core.masking import fit_to_show

LONGEST = 256 * 1024  # characters of a line that are read; a log line beyond that is a dump, and its head says enough
ENDLESS = 64 * 1024 * 1024  # bytes without a line end: no log, and a pipe of such bytes may never end
_REPORT_EVERY = 1024 * 1024  # bytes between two reports of progress

# ECMA-48: control sequences, operating system commands, two-character escapes.
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
_BARE = re.compile(r"\[\d{1,3}(?:;\d{1,3})*m")  # the same after a terminal or an editor has eaten the escape
_CARRIER = re.compile(
    r"https?://api\.twilio\.com(?::443)?(?:(?: \"(?:POST|GET) )?/2010-04-01/Accounts/\w+)?|/2010-04-01/Accounts/\w+"
)
_TAG = re.compile(r"^\s*\[voice-call\]\s*")
_LOOKED_AT = 4000  # characters; far fewer are shown
_TEXT_MARKS = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}


def lines_of(file: IO[bytes], progress: Callable[[int], None] | None = None) -> Iterator[str]:
    """The lines of an open binary file, without their ends; `progress` is told the bytes done, now and then.

    Whatever the bytes are, it does not raise for them: what is no text becomes replacement characters, and of a line
    that is longer than `LONGEST` the rest is passed over. A line longer than `ENDLESS` is the last.
    """
    done, reported, length = 0, 0, 0
    encoding = "utf-8"
    started = whole = True
    while part := file.readline(LONGEST):
        done += len(part)
        if started:
            started, encoding = False, _TEXT_MARKS.get(part[:2], encoding)
        if whole:
            yield _decoded(part, encoding)
        whole = part.endswith(b"\n")
        length = 0 if whole else length + len(part)
        if length > ENDLESS:
            break
        if progress is not None and done - reported >= _REPORT_EVERY:
            reported = done
            progress(done)
    if progress is not None:
        progress(done)


def _decoded(part: bytes, encoding: str) -> str:
    if encoding != "utf-8":  # a line end is two bytes then, and its halves fall to different lines
        return part.replace(b"\x00", b"").decode("latin-1").lstrip("ÿþ").rstrip("\r\n")
    return part.decode("utf-8", "replace").lstrip("\ufeff").rstrip("\r\n")


def plain(line: str) -> str:
    """A line without colours and line ends, at most `LONGEST` characters."""
    if len(line) > LONGEST:
        line = line[:LONGEST]
    if "\x1b" in line:
        line = _ESCAPES.sub("", line)
    if "m" in line and "[" in line:
        line = _BARE.sub("", line)
    return line.rstrip("\r\n")


def printable(text: str) -> str:
    """A foreign line fit to be shown: one line, shortened, numbers masked, what looks like a secret blotted out."""
    text = text[:_LOOKED_AT]
    if "api.twilio.com" in text or "/2010-04-01/" in text:
        text = _CARRIER.sub("(Twilio)", text)
    if "[voice-call]" in text:
        text = _TAG.sub("", text)
    return fit_to_show(text)
