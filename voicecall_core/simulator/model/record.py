"""What took place at the built-in model: the log that tests judge by. Knows nothing of how anything took place."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import anyio

from voicecall_core.simulator.scenarios.scenario import ModelPlan

ENTRIES = 200_000  # an hour of a call's audio frames; then the oldest half is dropped


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the log: ms since the model opened, the session's number (from 1), what, and its details.

    asked           a client wants to upgrade: path, beta
    refused         status
    opened          model
    received        the client's event as it was, `type` and all
    error           the error object that was sent
    updated         the settings of the session from now on
    heard           a turn was committed: item, ms, text
    response-began  id, by (client, turn or idle), metadata, texts
    response-ended  id, status, reason, items (id, ms, text), tool
    truncated       item, ms
    deleted         item
    closed          by (client, server, drop), code, reason
    """

    at_ms: int
    session: int
    what: str
    detail: Mapping[str, Any] = field(default_factory=dict)


class ModelLog:
    """The log, the plan, and what all sessions of one model count together."""

    def __init__(self, plan: ModelPlan, seed: int) -> None:
        self.plan = plan
        self.seed = seed
        self.log: list[Entry] = []
        self.sessions = 0
        self.responses = 0
        self.dropped = 0
        self._began = anyio.current_time()

    def note(self, session: int, what: str, /, **detail: Any) -> None:
        """Write a line."""
        if len(self.log) >= ENTRIES:
            del self.log[: ENTRIES // 2]
        self.log.append(Entry(round((anyio.current_time() - self._began) * 1000), session, what, detail))

    def next_session(self) -> int:
        """The number of a new session."""
        self.sessions += 1
        return self.sessions

    def next_response(self) -> int:
        """The number of a new response, among those of all sessions."""
        self.responses += 1
        return self.responses


class IdSource:
    """Names that look like the vendor's; the same ones for the same seed."""

    def __init__(self, seed: int, session: int) -> None:
        self._root = f"{seed}/{session}"
        self._count = 0

    def new(self, prefix: str) -> str:
        """A new name, as `item_4f...`."""
        self._count += 1
        return f"{prefix}_{hashlib.sha256(f'{self._root}/{self._count}'.encode()).hexdigest()[:20]}"
