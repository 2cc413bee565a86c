"""Everything that is known of one call, and the context in which one step is judged. Decides nothing itself."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from voicecall_core.call.endings import Cause, Ending
from voicecall_core.call.guard import RULEBOOKS, Guard, Rulebook, Verdict, advance, rule
from voicecall_core.call.guard_table import Asker
from voicecall_core.call.phase import Fact, Phase, after
from voicecall_core.call.timing import Moment, Timing
from voicecall_core.words.events import Event
from voicecall_core.words.orders import Document, Order, StartTimer, StopTimer
from voicecall_core.words.terms import Terms
from voicecall_core.words.values import Timer, Usage


class ModelState(StrEnum):
    """The state of the newest session."""

    NONE = "none"
    OPENING = "opening"
    READY = "ready"
    DEAD = "dead"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class ModelLink:
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


@dataclass(frozen=True, slots=True)
class Turns:
    """`active`: the response that runs. `asked`: our name for a response asked for and not yet begun.
    `asking`: the sentence that was asked for with it, until it has been said.

    `wanted`: sentences the agent is still to be asked for ("" for an answer of its own choice). `owed`: the callee's
    turn was committed and no response to it has ended. `speaking`: the callee speaks. `items`: the agent's items not
    wholly played, as (item, response). `orphans`: those among them whose session is lost, which no other session knows.
    `count` numbers our requests.
    """

    active: str = ""
    asked: str = ""
    asking: str = ""
    wanted: tuple[str, ...] = ()
    owed: bool = False
    speaking: bool = False
    items: tuple[tuple[str, str], ...] = ()
    orphans: frozenset[str] = frozenset()
    count: int = 0
    failed: int = 0
    bounced: int = 0

    @property
    def idle(self) -> bool:
        """Nothing runs and nothing of ours is on its way."""
        return not self.active and not self.asked


class GreetingState(StrEnum):
    """How far an utterance has come."""

    NONE = "none"
    ASKED = "asked"
    PLAYING = "playing"
    PLAYED = "played"
    CUT = "cut"  # by the callee's speech
    UNPROVEN = "unproven"  # its last mark never came back


@dataclass(frozen=True, slots=True)
class Greeting:
    """The greeting, and in time the farewell.

    `ref` is our name for the greeting's response, `response` the model's. `pending` are its items whose marks are not
    back; `ended`: the model has finished it. `interrupted`: the callee's turn, once committed, is owed an answer by
    us. `farewell` is the response in which the agent said goodbye; `spared`: a farewell was cancelled once.
    """

    state: GreetingState = GreetingState.NONE
    session: int = 0
    ref: str = ""
    response: str = ""
    pending: frozenset[str] = frozenset()
    ms: int = 0
    ended: bool = False
    interrupted: bool = False
    farewell: str = ""
    spared: bool = False

    @property
    def over(self) -> bool:
        """Nothing more of the greeting is to be waited for."""
        return self.state in (GreetingState.PLAYED, GreetingState.CUT, GreetingState.UNPROVEN)

    @property
    def heard(self) -> bool:
        """The callee heard it to its end, or enough of it to interrupt."""
        return self.state in (GreetingState.PLAYED, GreetingState.CUT)

    @property
    def finished(self) -> bool:
        """The model has ended it and every mark of it is back."""
        return self.ended and not self.pending and self.state is GreetingState.PLAYING

    def asked(self, session: int, ref: str) -> Greeting:
        """Asked for in a session; what an earlier session made of it is forgotten."""
        return replace(Greeting(spared=self.spared), state=GreetingState.ASKED, session=session, ref=ref)


class Create(StrEnum):
    """What is known of the request that places the call."""

    UNSENT = "unsent"
    PENDING = "pending"
    KNOWN = "known"
    REFUSED = "refused"
    LOST = "lost"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Utterance:
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


@dataclass(frozen=True, slots=True)
class Call:
    """A call as it stands after some event. Immutable; `step` makes the next one."""

    terms: Terms
    guard: Guard
    at: float = 0.0
    phase: Phase = Phase.MINTED
    sid: str = ""
    create: Create = Create.UNSENT
    attempts: int = 0
    look_ups: int = 0
    strays: frozenset[str] = frozenset()
    caps: int = 0
    documents: tuple[Document, ...] = ()
    fallback_asked: bool = False
    stream_error: str = ""
    stream_sid: str = ""
    model: ModelLink = field(default_factory=ModelLink)
    greeting: Greeting = field(default_factory=Greeting)
    turns: Turns = field(default_factory=Turns)
    ending: Ending = field(default_factory=Ending)
    timing: Timing = field(default_factory=Timing)
    timers: frozenset[Timer] = frozenset()
    verdicts: tuple[tuple[float, Verdict], ...] = ()
    transcript: tuple[Utterance, ...] = ()
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


def minted(terms: Terms, rules: Rulebook | None = None) -> Call:
    """A call that has not begun."""
    return Call(terms=terms, guard=Guard(kind=terms.kind), rules=rules)


class StepContext:
    """The working sheet of one step: the call as it becomes, the verdicts that fell, the orders to be given.

    It lives inside one call of `step` and is never seen outside, which keeps `step` pure.
    """

    def __init__(self, call: Call, event: Event) -> None:
        self.call = replace(call, at=event.at)
        self.at = event.at
        self.verdicts: list[Verdict] = []
        self.orders: list[Order] = []

    def put(self, **changes: Any) -> None:
        """Change fields of the call."""
        self.call = replace(self.call, **changes)

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
