"""What was to be heard on the line: who sounded when, how much of each of the agent's items the callee has heard.

Nothing is decided by it: it is for people who watch a call or look back at one. Times are seconds since the call was
created. Between marks what was heard is reckoned from the time since its first frame left, and never more than that.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from voicecall_core.call.series import EMPTY, Series


class Fate(StrEnum):
    """What becomes of an item of the agent's speech."""

    WAITING = "waiting"  # nothing of it has left for the callee
    SOUNDING = "sounding"
    HEARD = "heard"  # to its end: its last mark has come back
    UNPROVEN = "end not confirmed"  # it has had the time to play, and its last mark never came back
    CUT = "cut"  # the rest of it was cleared, or lost with its stream
    DROPPED = "not heard"  # none of it was heard, and none will be


OPEN = frozenset({Fate.WAITING, Fate.SOUNDING})


@dataclass(frozen=True, slots=True)
class Speech:
    """An item of the agent's speech, or a shipped clip.

    `made_ms`: how long it is, 0 until it is all here; of one that was cut, as far as it had come. `began`: when its
    first frame left. `since`: from when it has been sounding without a break, before which `before_ms` of it were
    heard. `dry`: the model keeps it waiting. `wait_s`: how long the callee had waited for it, None if he had not or
    that is not known: for the first word since the answer, for a reply as its `Reply` says; `ours_s` as there.
    """

    item: str
    response: str
    fate: Fate = Fate.WAITING
    made_ms: int = 0
    before_ms: int = 0
    began: float | None = None
    since: float | None = None
    dry: bool = False
    wait_s: float | None = None
    ours_s: float | None = None

    def heard_ms(self, at: float) -> int:
        """How much of it the callee can have heard by then."""
        heard = self.before_ms + (round((at - self.since) * 1000) if self.since is not None and at > self.since else 0)
        return min(heard, self.made_ms) if self.made_ms else heard


@dataclass(frozen=True, slots=True)
class Stretch:
    """Somebody (callee, agent) was to be heard from `begin` to `end`."""

    who: str
    begin: float
    end: float


@dataclass(frozen=True, slots=True)
class Turn:
    """A turn of the callee: the item that became of it, from when to when he spoke."""

    item: str
    begin: float
    end: float


@dataclass(frozen=True, slots=True)
class Reply:
    """A turn's answer as it was heard: the agent's `item`, told at `at`. See docs/latency.md for each word.

    `wait_s`: from the callee's last speech to it, None if it began over him. `ours_s`: as much of it as audio spent in
    this program, None if that is not known; the rest is the model's.
    """

    at: float
    item: str
    response: str
    wait_s: float | None
    ours_s: float | None = None
    barge_in: bool = False

    @property
    def model_s(self) -> float | None:
        """The model's share: its turn detection's silence, its thinking and the network to it."""
        return None if self.wait_s is None or self.ours_s is None else round(self.wait_s - self.ours_s, 3)


@dataclass(frozen=True, slots=True)
class Hearing:
    """What was to be heard so far.

    `stretches` are over, `speaking` is when the callee began who speaks now. `closed`: so many speeches, from the first
    on, change no more. `turn_began`: when he first spoke since his last turn. `waiting`: from when he has been waiting
    for a word of the agent; a clip is none. `retold`: his turn is told to another session, which hears him begin though
    he does not speak.
    """

    stretches: Series[Stretch] = EMPTY
    speeches: Series[Speech] = EMPTY
    turns: Series[Turn] = EMPTY
    replies: Series[Reply] = EMPTY
    closed: int = 0
    speaking: float | None = None
    turn_began: float | None = None
    waiting: float | None = None
    retold: bool = False

    @property
    def sounding(self) -> Speech | None:
        """The item of the agent that sounds now."""
        return next((each for each in reversed(self.speeches.since(self.closed)) if each.since is not None), None)
