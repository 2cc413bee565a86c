"""The names of calls on a log line: our own id, the carrier's SIDs, the model's ids. Knows nothing of calls."""

from __future__ import annotations

import re

from voicecall_core.imports.threads import CALL, SID, STREAM

_NAME = re.compile(
    r"(?<![\w/-])(?P<call>[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})(?![\w-])"
    r"|\b(?P<sid>CA[0-9a-fA-F]{32})\b"
    r"|\b(?P<stream>MZ[0-9a-fA-F]{32})\b"
    r"|\b(?P<response>resp_\w{3,64})|\b(?P<item>item_\w{3,64})|\b(?P<session>sess_\w{3,64})"
    r"|(?i:\b(?:call_?sid|provider_?call_?id)[\"']?\s*[=:]\s*[\"']?(?P<sid2>[\w-]{3,64}))"
    r"|(?i:\bstream_?sid[\"']?\s*[=:]\s*[\"']?(?P<stream2>[\w-]{3,64}))"
    r"|(?i:\bcall_?id[\"']?\s*[=:]\s*[\"']?(?P<call2>[\w-]{3,64}))"
    r"|\bfor call (?P<call3>[\w-]{8,64})"
)
_SORTS = {"call2": CALL, "call3": CALL, "sid2": SID, "stream2": STREAM}
_NO_NAMES = frozenset({"unknown", "undefined", "null", "none", "nan"})


def names_in(text: str) -> dict[str, str]:
    """The names on a line, by sort; of several of one sort the first."""
    found: dict[str, str] = {}
    for match in _NAME.finditer(text):
        group = match.lastgroup or ""
        name, sort = match[group], _SORTS.get(group, group)
        if name.lower() in _NO_NAMES:
            continue
        if sort == CALL and name.startswith("CA") and len(name) == 34:
            sort = SID  # some programs call the SID the call's id
        found.setdefault(sort, name)
    return found
