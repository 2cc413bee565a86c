"""TwiML inside log lines: a document that answers a fetch, or one that is written over a call by REST.

Knows nothing of what was meant by it. Which of the two it is, the words around it tell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from voicecall_core.diagnosis.evidence import Sure
from voicecall_core.imports.facts import Saying, Told, told

_PART = re.compile(r"<(Connect|Stream|Say|Play|Gather|Pause|Hangup|Redirect|Dial|Enqueue|Refer|Response)\b")
_BODY = re.compile(r"(?i)\bpayload\b|['\"]?\btwiml['\"]?\s*[:=]")
_WRITTEN = re.compile(
    r"(?i)\bpayload\b|\bupdat|['\"]?\btwiml['\"]?\s*[:=]|\bredirect(?:ing)? call|\bREST\b|\bover(?:writ|rid)"
)
_CREATES = re.compile(r"['\"]To['\"]\s*:|\bto=|calls\.create")
_HANGS_UP = re.compile(r"(?i)['\"]?\bstatus['\"]?\s*[:=]\s*['\"]?completed\b")


def may_hold_document(line: str) -> bool:
    """A quick look: lines that fail it hold no document."""
    return "<Response" in line or "<Connect" in line or "<Say" in line or "Payload" in line


def documents_in(text: str) -> Iterator[Saying]:
    """What the document on a line says."""
    parts = list(dict.fromkeys(_PART.findall(text)))
    if not parts:
        if "Payload" in text and _HANGS_UP.search(text):
            yield Saying(told(Told.HANG_UP))
    elif "Connect" in parts or "Stream" in parts:
        yield Saying(told(Told.STREAM_SERVED))
    elif "<Response" not in text and "</" not in text:
        return  # a sentence about documents
    elif not _WRITTEN.search(text):
        yield Saying(told(Told.OTHER_SERVED, _named(parts)))
    elif not _CREATES.search(text):
        yield Saying(told(Told.OVERWRITE, _named(parts)), sure=Sure.CERTAIN if _BODY.search(text) else Sure.LIKELY)


def _named(parts: list[str]) -> str:
    return "".join(f"<{part}>" for part in parts if part != "Response")
