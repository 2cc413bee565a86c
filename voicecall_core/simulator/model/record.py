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

ENTRIES = 100_000  # of the log, and ...
KEPT_BYTES = 64 * 2**20  # ... about so much text in them; then the sessions that ended first go, open ones last
_SPARED = 0.9  # of both is left


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the log: ms since the model opened, the session's number (from 1), what, and its details.

    asked           a client wants to upgrade: path, beta
    refused         status
    opened          model
    received        the client's event as it was, `type` and all; appended audio is one entry as long as nothing else
                    comes from that client: its first at_ms, `messages` of them, `letters` of base64
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
        self._ended: dict[int, None] = {}  # sessions that are over and still in the log, in that order
        self._bytes = 0
        self.open: set[Callable[[], Awaitable[None]]] = (
            set()
        )  # ends each connection, open or opening, as a network does
        self._earlier = (0, 0)  # sessions and responses before this plan
        self._began = anyio.current_time()
        self._asked = anyio.Event()  # somebody wanted the first session
        self._changed = anyio.Event()  # another plan is played

    def note(self, session: int, what: str, /, **detail: Any) -> dict[str, Any]:
        """Write a line; returns its details, which may still change."""
        self.log.append(Entry(round((anyio.current_time() - self._began) * 1000), session, what, detail))
        self._bytes += _size(detail)
        if len(self.log) > ENTRIES or self._bytes > KEPT_BYTES:
            self._forget()
        return detail

    def ended(self, session: int) -> None:
        """Nothing more comes of a session."""
        self._ended[session] = None

    def _forget(self) -> None:
        """Drop sessions that are over, the first that ended first; if that is not enough, the oldest entries."""
        sizes = [_size(entry.detail) for entry in self.log]
        spared, left, size = [True] * len(self.log), len(self.log), sum(sizes)
        places: dict[int, list[int]] = {}
        for place, entry in enumerate(self.log):
            places.setdefault(entry.session, []).append(place)
        over = [place for session in self._ended for place in places.get(session, ())]
        for place in (*over, *(place for place in range(len(spared)) if self.log[place].session not in self._ended)):
            if left <= _SPARED * ENTRIES and size <= _SPARED * KEPT_BYTES:
                break
            spared[place], left, size = False, left - 1, size - sizes[place]
        self.log[:] = [entry for entry, stays in zip(self.log, spared, strict=True) if stays]
        self._bytes = size
        here = {entry.session for entry in self.log}
        self._ended = {session: None for session in self._ended if session in here}

    @property
    def now(self) -> float:
        """The date, in epoch seconds: the one handed in plus what has passed since."""
        return self.epoch + anyio.current_time() - self._began

    async def lose_sessions(self) -> None:
        """End whatever is open at the times of the plan, which run from the first session's asking on.

        Not from the model's opening: a program may need seconds from there to its first call.
        """
        while True:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._lose, self.plan, self._asked)
                await self._changed.wait()
                tasks.cancel_scope.cancel()

    async def _lose(self, plan: ModelPlan, asked: anyio.Event) -> None:
        await asked.wait()
        began = anyio.current_time()
        for at_ms in sorted(plan.drops_at_ms):
            await anyio.sleep_until(began + at_ms / 1000)
            for end in list(self.open):
                await end()

    def play(self, plan: ModelPlan) -> None:
        """Behave by another plan from now on; its sessions and responses are counted from here."""
        if plan is not self.plan:
            self.voice = Voice(plan)
        self.plan, self._earlier = plan, (self.sessions, self.responses)
        self.dropped = self.frozen = 0
        self._asked, changed, self._changed = anyio.Event(), self._changed, anyio.Event()
        changed.set()

    def is_stuck(self, session: int, stage: str) -> bool:
        """Whether what comes next in a session's opening never comes."""
        most = self.plan.stuck_sessions
        return self.plan.stuck_at == stage and (not most or session - self._earlier[0] <= most)

    def sets_up_other(self, session: int) -> str:
        """What this session sets up otherwise than it is asked to; empty if nothing."""
        among = not self.plan.other_sessions or session <= self.plan.other_sessions
        return self.plan.sets_up_other if among else ""

    def is_faulty(self, response: int, first: int) -> bool:
        """Whether a response has the fault that befalls the `first` one; 0: none has."""
        count, response = self.plan.faulty_responses, response - self._earlier[1]
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


def _size(value: object) -> int:
    """About how many bytes are kept of a detail."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, Mapping):
        return sum(map(_size, value.values())) + 64 * len(value)
    if isinstance(value, list | tuple):
        return sum(map(_size, value)) + 16 * len(value)
    return 16


class IdSource:
    """Names that look like the vendor's; the same ones for the same seed."""

    def __init__(self, seed: int, session: int) -> None:
        self._root = f"{seed}/{session}"
        self._count = 0

    def new(self, prefix: str) -> str:
        """A new name, as `item_4f...`."""
        self._count += 1
        return f"{prefix}_{hashlib.sha256(f'{self._root}/{self._count}'.encode()).hexdigest()[:20]}"
