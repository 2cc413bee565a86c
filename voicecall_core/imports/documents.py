"""TwiML inside log lines: a document that answers a fetch, or one that is written over a call by REST.

Knows nothing of what was meant by it. Which of the two it is, the words around it tell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from voicecall_core.imports.facts import Fact, Foreign, Say, Told, told
from voicecall_core.imports.threads import Thread

_PART = re.compile(r"<(Connect|Stream|Say|Play|Gather|Pause|Hangup|Redirect|Dial|Response)\b")
_WRITTEN = re.compile(
    r"(?i)\bpayload\b|\bupdat|['\"]?\btwiml['\"]?\s*[:=]|\bredirect(?:ing)? call|\bREST\b|\bover(?:writ|rid)"
)
_CREATES = re.compile(r"['\"]To['\"]\s*:|\bto=|calls\.create")
_HANGS_UP = re.compile(r"(?i)['\"]?\bstatus['\"]?\s*[:=]\s*['\"]?completed\b")


def may_hold_document(line: str) -> bool:
    """A quick look: lines that fail it hold no document."""
    return "<Response" in line or "<Connect" in line or "<Say" in line or "Payload" in line


def documents_in(text: str) -> Iterator[Say]:
    """What the document on a line says."""
    parts = list(dict.fromkeys(_PART.findall(text)))
    if not parts:
        if "Payload" in text and _HANGS_UP.search(text):
            yield told(Told.HANG_UP)
        return
    if "Connect" in parts or "Stream" in parts:
        yield _served
    elif _WRITTEN.search(text):
        if not _CREATES.search(text):
            yield told(Told.OVERWRITE, _named(parts))
    else:
        yield _other_served(_named(parts))


def _named(parts: list[str]) -> str:
    return "".join(f"<{part}>" for part in parts if part != "Response")


def _fetch_of(thread: Thread) -> Iterator[Fact]:
    """The fetch that a document answers, if no line told it."""
    if thread.unanswered:
        thread.unanswered -= 1
        return
    thread.forms["fetch"] += 1
    yield thread.fetched()


def _served(thread: Thread, line: int) -> Iterator[Fact]:
    yield from _fetch_of(thread)
    yield Foreign(Told.STREAM_SERVED)


def _other_served(parts: str) -> Say:
    def say(thread: Thread, line: int) -> Iterator[Fact]:
        yield from _fetch_of(thread)
        yield Foreign(Told.OTHER_SERVED, parts)

    return say
