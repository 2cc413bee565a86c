"""What took place at the built-in model: the log that tests judge by. Knows nothing of how anything took place."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import anyio

from voicecall_core.simulator.model.speech import Voice
from voicecall_core.simulator.scenarios.scenario import ModelPlan
from voicecall_core.simulator.utterances import Whiteboard

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
    response-began  id, by (client, turn, idle or itself), metadata, texts
    sounded         id: its first audio left
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

    def __init__(self, plan: ModelPlan, seed: int, epoch: float, board: Whiteboard | None = None) -> None:
        self.plan = plan
        self.voice = Voice(plan)
        self.board = board or Whiteboard()
        self.seed = seed
        self.epoch = epoch
        self.log: list[Entry] = []
        self.sessions = 0
        self.responses = 0
        self.dropped = 0
        self.frozen = 0
        self.open: set[Callable[[], Awaitable[None]]] = (
            set()
        )  # ends each connection, open or opening, as a network does
        self._began = anyio.current_time()
        self._asked = anyio.Event()  # somebody wanted the first session

    def note(self, session: int, what: str, /, **detail: Any) -> None:
        """Write a line."""
        if len(self.log) >= ENTRIES:
            del self.log[: ENTRIES // 2]
        self.log.append(Entry(round((anyio.current_time() - self._began) * 1000), session, what, detail))

    @property
    def now(self) -> float:
        """The date, in epoch seconds: the one handed in plus what has passed since."""
        return self.epoch + anyio.current_time() - self._began

    async def lose_sessions(self) -> None:
        """End whatever is open at the times of the plan, which run from the first session's asking on.

        Not from the model's opening: a program may need seconds from there to its first call.
        """
        await self._asked.wait()
        began = anyio.current_time()
        for at_ms in sorted(self.plan.drops_at_ms):
            await anyio.sleep_until(began + at_ms / 1000)
            for end in list(self.open):
                await end()

    def is_stuck(self, session: int, stage: str) -> bool:
        """Whether what comes next in a session's opening never comes."""
        return self.plan.stuck_at == stage and (not self.plan.stuck_sessions or session <= self.plan.stuck_sessions)

    def sets_up_other(self, session: int) -> str:
        """What this session sets up otherwise than it is asked to; empty if nothing."""
        among = not self.plan.other_sessions or session <= self.plan.other_sessions
        return self.plan.sets_up_other if among else ""

    def is_faulty(self, response: int, first: int) -> bool:
        """Whether a response has the fault that befalls the `first` one; 0: none has."""
        count = self.plan.faulty_responses
        return 0 < first <= response and (not count or response < first + count)

    def next_session(self) -> int:
        """The number of a new session."""
        self._asked.set()
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
