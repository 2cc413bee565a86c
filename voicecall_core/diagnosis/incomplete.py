"""The rules that may be asked of an incomplete record, with what to do for the owner of the program that wrote it.

All others conclude from what is missing, or know this program's own ways.
"""

from __future__ import annotations

from collections.abc import Mapping

_WRITES = (
    "Have every REST write to a call ask one place whose document it is, and refuse it while that is the stream's; "
    "speak the greeting through the stream alone, and let no status callback cause a write."
)
_FIX = ""  # as the rule says: it speaks of no program

REMEDIES: Mapping[str, str] = {
    "race": _WRITES,
    "silent-race": _WRITES,
    "race-inferred": _WRITES,
    "retried-write": _WRITES,
    "key-press-overwrite": _FIX,
    "overwrite": "Have the agent say it through the stream; if the stream was to end there, nothing is wrong.",
    "stream-for-say": _FIX,
    "stream-refused": "Open a WebSocket by the document's URL from outside, as the carrier does: TLS, path and proxy.",
    "wrong-format": _FIX,
    "model-turned-away": "Look the error's code up: it is about the key, its project, its money or the model's name.",
    "session-expired": _FIX,
    "model-cannot-speak": _FIX,
    "model-lost": "Look at the model's status page, and whether the program stood still and missed its pings.",
    "response-failed": "Look at the model's status page, and at its account's limits.",
    "create-refused": _FIX,
    "hang-up-failed": _FIX,
    "registered-twice": _FIX,
    "two-endings": _FIX,
    "unknown-status": _FIX,
    "transcript-out-of-order": _FIX,
    "busy": _FIX,
    "no-answer": "Dial again later, or let it ring longer (Timeout of the call).",
    "not-reached": _FIX,
}
