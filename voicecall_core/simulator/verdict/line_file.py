"""A call on the built-in carrier as a file: JSON lines that `voicecall replay` reads. Knows nothing of where it lies.

docs/verdict.md has the format. No secret, no address and no phone number is part of it; what was said lies under
keys that begin with `pii_`, and sound is told by its length alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from voicecall_core.audio import BYTES_PER_MS
from voicecall_core.simulator.carrier.effects import Effect
from voicecall_core.simulator.model.record import Entry
from voicecall_core.simulator.verdict.findings import LineVerdict

VERSION = 1

_OF_MODEL = {  # what of the model's entries is kept, with the keys; texts get a name that says so
    "asked": (),
    "refused": ("status",),
    "opened": (),
    "heard": ("ms", "text"),
    "response-began": ("by", "texts"),
    "sounded": ("id",),
    "response-ended": ("id", "status", "reason", "tool"),
    "truncated": ("item", "ms"),
    "closed": ("by", "code", "reason"),
}
_TEXTS = frozenset({"text", "texts"})


def line_file(
    verdict: LineVerdict,
    log: Sequence[Effect],
    model: Sequence[Entry] = (),
    *,
    began: str,
    direction: str = "outbound",
    tool: str = "",
) -> Iterator[dict[str, Any]]:
    """The objects of one call's file, one a line.

    `model`: the entries of this call's sessions. `began`: when the line was opened, ISO 8601 with its zone; all times
    are in ms since then. `direction`: inbound for a call that the line placed to the program. `tool`: who wrote it.
    """
    yield {"voicecall_line": VERSION, "sid": verdict.sid, "began": began, "direction": direction, "tool": tool}
    rows = [(effect.at_ms, _effect(effect)) for effect in log if effect.sid == verdict.sid]
    rows += [(entry.at_ms, _entry(entry)) for entry in model if entry.what in _OF_MODEL]
    yield from (row for _, row in sorted(rows, key=lambda each: each[0]))
    for found in verdict.findings:
        yield {
            "ms": found.at_ms,
            "finding": found.rule,
            "law": found.law,
            "severity": str(found.severity),
            "told": found.sentence,
            "request": found.request,
        }


def _effect(effect: Effect) -> dict[str, Any]:
    row: dict[str, Any] = {"ms": effect.at_ms, "what": str(effect.what)}
    for key in ("detail", "source", "code", "stream_ms", "request", "took_ms", "pii_text"):
        if value := getattr(effect, key):
            row[key] = value
    if effect.audio:
        row["audio_ms"] = len(effect.audio) // BYTES_PER_MS
    return row


def _entry(entry: Entry) -> dict[str, Any]:
    row: dict[str, Any] = {"ms": entry.at_ms, "model": entry.what, "session": entry.session}
    for key in _OF_MODEL[entry.what]:
        if value := entry.detail.get(key):
            row["pii_" + key if key in _TEXTS else key] = value
    return row
