"""Everything that is known of one call, and the working sheet on which one step is written. Decides nothing itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from voicecall_core.call.changes import changed
from voicecall_core.call.conversation import Conversation
from voicecall_core.call.endings import Ending
from voicecall_core.call.guard import RULEBOOKS, Guard, Rulebook, Verdict, advance, rule
from voicecall_core.call.guard_table import Asker
from voicecall_core.call.health import Spell
from voicecall_core.call.hearing import Hearing
from voicecall_core.call.model_link import ModelLink
from voicecall_core.call.phase import Fact, Phase, after
from voicecall_core.call.timing import Moment, Timing
from voicecall_core.words.events import Event
from voicecall_core.words.orders import Document, Order, StartTimer, StopTimer
from voicecall_core.words.terms import Terms
from voicecall_core.words.values import Knock, Timer, Usage


class Create(StrEnum):
    """What is known of the request that places the call."""

    UNSENT = "unsent"
    PENDING = "pending"
    KNOWN = "known"
    REFUSED = "refused"
    LOST = "lost"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class TranscriptLine:
    """One thing that was said: who (callee, agent), which item, the words so far."""

    who: str
    item: str
    pii_text: str
    final: bool
    at: float


@dataclass(frozen=True, slots=True)
class Note:
    """Something worth showing that no verdict speaks of: an error that was survived, a digit, a lost stream."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class LawBroken:
    """A law of the house that did not hold after an event."""

    law: int
    at: float
    text: str


@dataclass(frozen=True)  # no slots: `changed` copies it many times a step
class Call:
    """A call as it stands after some event. Immutable; `step` makes the next one."""

    terms: Terms
    guard: Guard
    at: float = 0.0
    phase: Phase = Phase.NEW
    sid: str = ""
    create: Create = Create.UNSENT
    attempts: int = 0
    look_ups: int = 0
    candidates: tuple[str, ...] = ()  # SIDs of which one may be this call's, which nothing has proved
    strays: frozenset[str] = frozenset()
    caps: int = 0
    documents: tuple[Document, ...] = ()
    fallback_asked: bool = False
    stream_error: str = ""
    knocks: frozenset[Knock] = frozenset()  # what came in the call's name and was turned away
    stream_sid: str = ""
    model: ModelLink = field(default_factory=ModelLink)
    conversation: Conversation = field(default_factory=Conversation)
    ending: Ending = field(default_factory=Ending)
    timing: Timing = field(default_factory=Timing)
    timers: frozenset[Timer] = frozenset()
    verdicts: tuple[tuple[float, Verdict], ...] = ()
    transcript: tuple[TranscriptLine, ...] = ()
    heard: Hearing = field(default_factory=Hearing)
    troubles: tuple[Spell, ...] = ()
    notes: tuple[Note, ...] = ()
    broken: tuple[LawBroken, ...] = ()
    usage: tuple[Usage, ...] = ()
    rules: Rulebook | None = None  # another rulebook than the policy's: how a proof takes a rule away

    @property
    def rulebook(self) -> Rulebook:
        """The guard's table for this call."""
        return self.rules if self.rules is not None else RULEBOOKS[self.terms.policy]

    @property
    def answered(self) -> bool:
        """Somebody has picked up."""
        return Moment.ANSWERED in self.timing.first

    @property
    def turned_away(self) -> bool:
        """The call has no stream, and what the carrier's next step towards one would be was turned away by us."""
        needed = Knock.SOCKET if self.documents else Knock.FETCH
        return needed in self.knocks and Moment.STARTED not in self.timing.first


@dataclass(frozen=True, slots=True)
class Entry:
    """One step as it is written down: what happened, what the guard said, what was ordered.

    `line`: its place in a file, and no part of what it says. What outlives a step is kept as this: the two calls
    around it hold a transcript each.
    """

    event: Event
    verdicts: tuple[Verdict, ...] = ()
    orders: tuple[Order, ...] = ()
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Step(Entry):
    """What one event made of a call: an entry, with the call before it and after it."""

    before: Call = field(kw_only=True)
    call: Call = field(kw_only=True)

    @property
    def entry(self) -> Entry:
        """The step without the calls around it."""
        return Entry(self.event, self.verdicts, self.orders, self.line)

    @property
    def broken(self) -> tuple[LawBroken, ...]:
        """The laws that this step broke."""
        return self.call.broken[len(self.before.broken) :]

    @property
    def notes(self) -> tuple[Note, ...]:
        """What this step noted."""
        return self.call.notes[len(self.before.notes) :]


def new_call(terms: Terms, rules: Rulebook | None = None) -> Call:
    """A call that has not begun."""
    return Call(terms=terms, guard=Guard(kind=terms.kind), rules=rules)


class StepContext:
    """The working sheet of one step: the call as it becomes, the verdicts that fell, the orders to be given.

    It lives inside one call of `step` and is never seen outside, which keeps `step` pure.
    """

    def __init__(self, call: Call, event: Event) -> None:
        self.call = changed(call, {"at": event.at})
        self.at = event.at
        self.verdicts: list[Verdict] = []
        self.orders: list[Order] = []

    def put(self, **changes: Any) -> None:
        """Change fields of the call."""
        self.call = changed(self.call, changes)

    def order(self, *orders: Order) -> None:
        """Give orders; timers are kept account of."""
        for order in orders:
            self.orders.append(order)
            if isinstance(order, StartTimer):
                self.put(timers=self.call.timers | {order.timer})

    def stop(self, *timers: Timer) -> None:
        """Stop those of the timers that run."""
        for timer in timers:
            if timer in self.call.timers:
                self.put(timers=self.call.timers - {timer})
                self.orders.append(StopTimer(timer))

    def ask(self, asker: Asker, *, socket: int = 0) -> Verdict:
        """Ask the guard; its verdict is kept and takes effect on the document's state."""
        verdict = rule(self.call.guard, asker, self.call.rulebook)
        self.verdicts.append(verdict)
        self.put(
            guard=advance(self.call.guard, verdict, socket=socket),
            verdicts=(*self.call.verdicts, (self.at, verdict)),
        )
        return verdict

    def wait(self, timer: Timer, seconds: float) -> None:
        """Start a named wait, or restart it."""
        self.order(StartTimer(timer, seconds))

    def fact(self, fact: Fact) -> None:
        """Let a fact move the phase."""
        self.put(phase=after(self.call.phase, fact))

    def moment(self, moment: Moment) -> None:
        """Note when something happened first."""
        self.put(timing=self.call.timing.noted(moment, self.at))

    def note(self, text: str) -> None:
        """Keep something worth showing."""
        self.put(notes=(*self.call.notes, Note(self.at, text)))
