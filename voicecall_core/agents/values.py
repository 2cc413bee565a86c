"""What a setting of an agent may look like, wherever it is written: in a shell, in the environment, in a file."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from voicecall_core.durations import EXAMPLES, as_duration, seconds_of
from voicecall_core.words.terms import Greet, Policy

TEXT_MAX = 32_000  # characters; the model's own limit for instructions is 16,384 tokens, which is more
_BYTES_MAX = 4 * TEXT_MAX + 1_000  # of a file that holds it, in UTF-8, with room for blank lines
_SHOWN_MAX = 12
_YES = {"1", "true", "yes", "on"}
_NO = {"0", "false", "no", "off"}


class Wrong(Exception):
    """A value that will not do: what is the matter (it continues "NAME ..."), and what to write instead."""

    def __init__(self, what: str, fix: str) -> None:
        super().__init__(what)
        self.what = what
        self.fix = fix


def judged(shape: Callable[..., object], text: str, *more: object) -> object:
    """The value that `text` stands for. Raises Wrong for what no setting may be: empty, or no text."""
    text = text.strip()
    if not text:
        raise Wrong("is empty", "Write a value behind it, or leave it away.")
    if not _is_unicode(text):
        raise Wrong("holds bytes that are not UTF-8", "Write it again, in UTF-8.")
    return shape(text, *more)


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:  # what the system could not decode reaches Python as lone surrogates
        return False
    return "\0" not in text


def shown(text: str) -> str:
    """`text` in quotes, unless it is long enough to be a secret that went astray."""
    return repr(text) if len(text) <= _SHOWN_MAX else f"a text of {len(text)} characters"


def duration(least: float, most: float) -> Callable[[str], float]:
    """A duration from `least` to `most` seconds, in seconds."""

    def shape(text: str) -> float:
        try:
            value = seconds_of(text)
        except ValueError:
            value = math.nan
        if not least <= value <= most:
            bounds = f"{as_duration(least)} to {as_duration(most)}"
            raise Wrong(f"is {shown(text)}", f"Write {bounds}, such as {EXAMPLES}.")
        return value

    return shape


def name(text: str) -> str:
    """A name as the model's documentation writes it."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}", text):
        raise Wrong(f"is {shown(text)}, which is not a name", "Write letters, digits, dots and dashes alone.")
    return text


def switch(text: str) -> bool:
    """on or off, as people write it."""
    if text.lower() in _YES | _NO:
        return text.lower() in _YES
    raise Wrong(f"is {shown(text)}", "Write on or off.")


def policy(text: str) -> Policy:
    """Who may write the call's TwiML."""
    return Policy.GUARD if switch(text) else Policy.NAIVE


def greet(text: str) -> Greet:
    """When the greeting is asked for."""
    if text not in set(Greet):
        *others, last = Greet
        raise Wrong(f"is {shown(text)}", f"Write {', '.join(others)} or {last}.")
    return Greet(text)


def text_or_file(text: str, folder: Path = Path()) -> str:
    """The text itself; behind one @ the name of a file that holds it; behind two, a text that begins with @."""
    if text.startswith("@@"):
        text = text[1:]
    elif text.startswith("@"):
        text = _read(folder / Path(text[1:]).expanduser())
    if len(text) > TEXT_MAX:
        raise Wrong(f"has {len(text):,} characters", f"Write {TEXT_MAX:,} at most.")
    return text


def _read(path: Path) -> str:
    try:
        with path.open("rb") as opened:
            data = opened.read(_BYTES_MAX + 1)
        if len(data) > _BYTES_MAX:
            raise Wrong(
                f"names {path}, which is longer than {_BYTES_MAX:,} bytes", f"Write {TEXT_MAX:,} letters at most."
            )
        text = data.decode("utf-8-sig").replace("\r\n", "\n").strip()
    except UnicodeDecodeError:
        raise Wrong(f"names {path}, which is not UTF-8 text", "Save the file as UTF-8.") from None
    except OSError as error:
        raise Wrong(f"names {path}, which cannot be read: {error.strerror}", "Name a text file that exists.") from None
    if not text:
        raise Wrong(f"names {path}, which is empty", "Write the text into it, or give the text itself.")
    return text


def file(text: str, folder: Path = Path()) -> Path:
    """A file that exists; a relative path begins in `folder`, as everywhere here."""
    path = folder / Path(text).expanduser()
    if not os.path.isfile(path):  # which raises for no name, however long it is
        raise Wrong(f"names {path}, which is {'a directory' if os.path.isdir(path) else 'not there'}", "Name a file.")
    return path


def file_or_off(text: str, folder: Path = Path()) -> Path | Literal["off"]:
    """A file that exists; `off` for none at all, which is something else than nothing said."""
    return "off" if text.lower() == "off" else file(text, folder)
