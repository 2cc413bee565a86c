"""A call told event by event: what it orders, with every broken law raised at once."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from voicecall_core.call.endings import Cause, Outcome
from voicecall_core.call.guard import Verdict
from voicecall_core.call.guard_table import State
from voicecall_core.call.step import Call, new_call, step
from voicecall_core.words import events as e
from voicecall_core.words import orders as o
from voicecall_core.words.terms import Terms
from voicecall_core.words.values import CallStatus, ItemPlay, ModelStage, Timer

SID = "CA1"
TERMS = Terms("c-1", pii_greeting="Hello.", pii_say="A message.")
_Order = TypeVar("_Order", bound=o.Order)


class Story:
    """A call and what it ordered; events come a tenth of a second apart."""

    def __init__(self, terms: Terms = TERMS) -> None:
        self.call: Call = new_call(terms)
        self.orders: list[o.Order] = []
        self.verdicts: list[Verdict] = []

    def tell(self, *events: e.Event) -> list[o.Order]:
        """Let things happen; what was ordered since the last telling is returned and kept."""
        self.orders, self.verdicts = [], []
        for event in events:
            done = step(self.call, replace(event, at=round(self.call.at + 0.1, 1)))
            self.call = done.call
            self.orders += done.orders
            self.verdicts += done.verdicts
            assert not self.call.broken, self.call.broken
        return self.orders

    def ordered(self, kind: type[_Order]) -> list[_Order]:
        """The orders of one kind that came of the last telling."""
        return [order for order in self.orders if isinstance(order, kind)]

    @property
    def state(self) -> State:
        return self.call.guard.state

    def stands(self, state: State) -> bool:
        """The call's document is in this state."""
        return self.call.guard.state is state

    @property
    def ruled(self) -> list[str]:
        """The rules of the verdicts that fell in the last telling."""
        return [verdict.rule for verdict in self.verdicts]

    @property
    def end(self) -> tuple[Cause | None, Outcome | None]:
        return self.call.ending.cause, self.call.ending.outcome


def dialled(terms: Terms = TERMS) -> Story:
    """Dialled and taken by the carrier."""
    story = Story(terms)
    story.tell(e.DialBegan(), e.Created(SID))
    return story


def ready(terms: Terms = TERMS) -> Story:
    """The phone rings, the model is ready, and the greeting has been made: 3 s of item i1."""
    story = dialled(terms)
    story.tell(
        e.StatusReported(CallStatus.RINGING, SID),
        e.ModelReached(1, ModelStage.READY),
        e.ResponseBegan(1, "r1", "greeting-1"),
        e.AudioBegan(1, "r1", "i1"),
        e.AudioEnded(1, "r1", "i1", 3000),
        e.ResponseEnded(1, "r1", "completed"),
    )
    return story


def fetched(story: Story) -> Story:
    """Answered, and the document fetched."""
    story.tell(e.StatusReported(CallStatus.IN_PROGRESS, SID), e.Fetched(1, 1, SID))
    return story


def live(terms: Terms = TERMS) -> Story:
    """The stream has started."""
    story = fetched(ready(terms))
    story.tell(e.UpgradeAsked(1, 1, True), e.StreamStarted(1, "MZ1", SID))
    return story


def greeted(terms: Terms = TERMS) -> Story:
    """The greeting has been heard to its end."""
    story = live(terms)
    story.tell(e.AudioSent(1, "i1", "r1", 100), e.MarkReturned(1, "i1", "r1", 3100))
    return story


def speaking(story: Story, response: str = "r2", item: str = "i2", ref: str = "") -> Story:
    """The agent is in the middle of a response."""
    story.tell(
        e.ResponseBegan(story.call.model.session, response, ref),
        e.AudioBegan(story.call.model.session, response, item),
        e.AudioSent(1, item, response, 4000),
    )
    return story


def play(item: str = "i2", response: str = "r2", *, sent: int = 2000, acked: int = 0, at: int = 4000) -> ItemPlay:
    """How far an item of 3 s has come."""
    return ItemPlay(item, response, 3000, sent, acked, at)


def fire(timer: Timer) -> e.TimerFired:
    return e.TimerFired(timer)
