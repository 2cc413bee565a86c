"""Which rehearsals are meant: words joined with and, or, not and brackets, as pytest users write them after -k."""

from __future__ import annotations

import re
from collections.abc import Callable

from voicecall_core.errors import SettingsError

Fits = Callable[[str], bool]

_TOKEN = re.compile(r"\s*(?:([()])|([^\s()]+))")
_DEEPEST = 50


def selection(text: str) -> Fits:
    """Whether a rehearsal is meant, by its name and what it is about. Raises SettingsError for what cannot be read."""
    tokens = [bracket or word for bracket, word in _TOKEN.findall(text)]
    try:
        if tokens.count("(") > _DEEPEST or tokens.count("not") > _DEEPEST:
            raise _Unreadable("it is nested too deeply")
        fits, left = _either(tokens)
        if left:
            raise _Unreadable(f"{left[0]!r} is one too many")
    except _Unreadable as error:
        raise SettingsError(
            f"-k {text!r} cannot be read: {error}.",
            fix="Write words, joined with and, or, not: -k 'order and not slow'.",
        ) from None
    return lambda name: fits(name.casefold())


class _Unreadable(Exception):
    """Why it cannot be read."""


def _either(tokens: list[str]) -> tuple[Fits, list[str]]:
    first, left = _both(tokens)
    if left[:1] != ["or"]:
        return first, left
    second, left = _either(left[1:])
    return (lambda name: first(name) or second(name)), left


def _both(tokens: list[str]) -> tuple[Fits, list[str]]:
    first, left = _one(tokens)
    if left[:1] != ["and"]:
        return first, left
    second, left = _both(left[1:])
    return (lambda name: first(name) and second(name)), left


def _one(tokens: list[str]) -> tuple[Fits, list[str]]:
    match tokens:
        case ["not", *left]:
            fits, left = _one(left)
            return (lambda name: not fits(name)), left
        case ["(", *left]:
            fits, left = _either(left)
            if left[:1] != [")"]:
                raise _Unreadable("a bracket is not closed")
            return fits, left[1:]
        case [("and" | "or" | ")") as token, *_]:
            raise _Unreadable(f"a word is missing before {token!r}")
        case [word, *left]:
            wanted = word.casefold()
            return (lambda name: wanted in name), left
    raise _Unreadable("it ends too soon")
