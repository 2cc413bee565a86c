"""Writes a call down while it happens, one line a step, before anything is done about it. Knows nothing of judging.

The format is a page: docs/call-file.md. Appended and flushed line by line, so that a file survives `kill -9`.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from voicecall_core.call.state import Entry
from voicecall_core.errors import SettingsError
from voicecall_core.words.codec import to_object, to_typed_object
from voicecall_core.words.numbers import PhoneNumber
from voicecall_core.words.terms import Terms

FORMAT = 5


@dataclass(frozen=True, slots=True)
class CallFileHeader:
    """The first line of a call file: what was known before the call began. Numbers are masked.

    `scenario` is empty where a phone rang. `half` is what alone was built in, `carrier` or `model`; empty for both, and
    for none. `callee_model` names the model that plays the callee, so that no two calls are alike; empty if none does.
    """

    terms: Terms
    callee: PhoneNumber
    caller: PhoneNumber | None
    began: datetime
    tool: str
    scenario: str = ""
    seed: int = 0
    half: str = ""
    callee_model: str = ""

    @property
    def played(self) -> str:
        """What was built in, in words; empty if nothing was."""
        if self.half == "model":
            return "the model is simulated"
        if not self.scenario:
            return ""
        way = f"{'simulated' if not self.half else 'simulated phone'}: {self.scenario}"
        return f"{way}, not deterministic" if self.callee_model else way

    def as_object(self) -> dict[str, Any]:
        """The header as JSON knows it."""
        return {
            "voicecall": FORMAT,
            "tool": self.tool,
            "call": self.terms.call_id,
            "began": self.began.isoformat(timespec="milliseconds"),
            "to": str(self.callee),
            "from": str(self.caller) if self.caller else "",
            **({"scenario": self.scenario, "seed": self.seed} if self.scenario else {}),
            **({"simulated": self.half} if self.half else {}),
            **({"callee_model": self.callee_model} if self.callee_model else {}),
            "terms": to_object(self.terms),
        }


def step_object(step: Entry) -> dict[str, Any]:
    """One step as JSON knows it: time, event, and what was judged and ordered, if anything was."""
    event_object = to_typed_object(step.event)
    record: dict[str, Any] = {"at": event_object.pop("at", 0.0), "event": event_object}
    if step.verdicts:
        record["verdicts"] = [to_object(verdict) for verdict in step.verdicts]
    if step.orders:
        record["orders"] = [to_typed_object(order) for order in step.orders]
    return record


class Journal:
    """An open call file. A write that fails (a full disk) ends the writing, never the call: `failure` says why."""

    def __init__(self, path: Path, header: CallFileHeader) -> None:
        """Create the file, readable by its owner alone. Raises SettingsError if that is not possible."""
        self.path = path
        self.failure = ""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file: IO[str] = os.fdopen(
                os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
            )
        except OSError as error:
            raise SettingsError(
                f"The call file {path} cannot be written: {error.strerror or error}.",
                setting="VOICECALL_LOG",
                fix="Choose another directory with --log DIR, or write none with --no-log.",
            ) from None
        self._write(header.as_object())

    def step(self, step: Entry) -> None:
        """Write one step down."""
        self._write(step_object(step))

    def _write(self, record: dict[str, Any]) -> None:
        if self.failure or self._file.closed:
            return
        try:
            self._file.write(json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n")
            self._file.flush()
        except (OSError, ValueError) as error:
            self.failure = str(error)

    def close(self) -> None:
        """Close the file."""
        try:
            self._file.close()
        except OSError as error:
            self.failure = self.failure or str(error)
