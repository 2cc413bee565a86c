"""The realtime sessions of a call. Knows nothing of what is said in them, nor how they are opened."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from voicecall_core.judgement.ending import Cause


class ModelState(StrEnum):
    """The state of the newest session."""

    NONE = "none"
    OPENING = "opening"
    READY = "ready"
    DEAD = "dead"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Model:
    """`session` numbers sessions from 1. `reopened`: the one second chance is spent. `held`: turns are held.

    `cause` is why the call will have to end, once the last session is dead.
    """

    state: ModelState = ModelState.NONE
    session: int = 0
    reopened: bool = False
    held: bool = False
    cause: Cause | None = None

    @property
    def open(self) -> bool:
        """There is a session, or the attempt at one."""
        return self.state in (ModelState.OPENING, ModelState.READY)

    def is_open(self, session: int) -> bool:
        """This session is the newest one and not lost: what it says counts."""
        return session == self.session and self.open
