"""The names of calls on a log line: our own id, the carrier's SIDs, the model's ids. Knows nothing of calls.

Each sort is looked for only where a hint of it is on the line: most lines bear none, and long ones are full of base64.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from voicecall_core.imports.threads import CALL, SID, STREAM

# A literal stands first in each, and the look back at what is before it after that: so the search skips to it.
_SID = re.compile(r"CA(?<!\wCA)[0-9a-fA-F]{32}(?!\w)")
_STREAM = re.compile(r"MZ(?<!\wMZ)[0-9a-fA-F]{32}(?!\w)")
_UUID = re.compile(r"[0-9a-f]{8}-(?<![\w/-][0-9a-f]{8}-)(?:[0-9a-f]{4}-){3}[0-9a-f]{12}(?![\w-])")
_MODEL = tuple((sort, re.compile(rf"{sort}_(?<!\w{sort}_)\w{{3,64}}")) for sort in ("resp", "item", "sess"))
_VALUE = r"[\"']?\s*[=:]\s*[\"']?([\w-]{3,64})"
_CALL_SID = re.compile(rf"(?i:call_?sid|provider_?call_?id){_VALUE}")
_STREAM_SID = re.compile(rf"(?i:stream_?sid){_VALUE}")
_CALL_ID = re.compile(rf"(?<![A-Za-z])(?i:call_?id){_VALUE}")
_FOR_CALL = re.compile(r"for call ([\w-]{8,64})")
_NO_NAMES = frozenset({"unknown", "undefined", "null", "none", "nan"})


def names_in(text: str) -> dict[str, str]:
    """The names on a line, by sort; of several of one sort that which can be nothing else, or else the first."""
    found: dict[str, str] = {}
    for sort, name in _names(text):
        if name.lower() in _NO_NAMES:
            continue
        if sort == CALL and _SID.fullmatch(name):
            sort = SID  # some programs call the SID the call's id
        found.setdefault(sort, name)
    return found


def _names(text: str) -> Iterator[tuple[str, str]]:
    if text.count("-", 0, 4000) >= 4 and (match := _UUID.search(text)):
        yield CALL, match[0]
    if "CA" in text and (match := _SID.search(text)):
        yield SID, match[0]
    if "MZ" in text and (match := _STREAM.search(text)):
        yield STREAM, match[0]
    if "_" in text:
        for sort, pattern in _MODEL:
            if f"{sort}_" in text and (match := pattern.search(text)):
                yield sort, match[0]
    if "all" in text or "tream" in text:
        yield from _given(text)


def _given(text: str) -> Iterator[tuple[str, str]]:
    """Names of any form that the line says to be names."""
    for sort, pattern, hints in (
        (SID, _CALL_SID, ("allSid", "all_sid", "allsid", "allId", "all_id")),
        (STREAM, _STREAM_SID, ("treamSid", "tream_sid", "treamsid")),
        (CALL, _CALL_ID, ("allId", "all_id", "allid", "allID")),
        (CALL, _FOR_CALL, ("for call ",)),
    ):
        if any(hint in text for hint in hints) and (match := pattern.search(text)):
            yield sort, match[1]
