"""An imported call as an incomplete record: what its lines tell, as events and orders that the diagnosis reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from voicecall_core.call.step import Entry, new_call
from voicecall_core.carriers.twilio.errors import refusal
from voicecall_core.carriers.twilio.webhooks import is_call_sid
from voicecall_core.diagnosis import Diagnosis, Evidence, Sure, diagnose
from voicecall_core.diagnosis.evidence import weakest
from voicecall_core.importers.correlation import UNTOLD_SID
from voicecall_core.importers.log_facts import CallNames, Fact, Foreign, LogFact, Told
from voicecall_core.importers.places import ONE_FILE, Places
from voicecall_core.importers.unknowns import Clockwork, untold
from voicecall_core.importers.unread import Inside
from voicecall_core.importers.verdict import LoggedFailure, Verdict, failures_in, verdict_of
from voicecall_core.importers.wording import retries
from voicecall_core.words.events import (
    Created,
    Event,
    Fetched,
    SocketClosed,
    StatusReported,
    StreamReported,
    StreamStarted,
    StreamStopped,
    UpdateAnswered,
    UpgradeAsked,
)
from voicecall_core.words.orders import (
    AnswerFetch,
    AskGreeting,
    AskResponse,
    ClearAudio,
    Document,
    DocumentKind,
    HangUp,
    Order,
    StartTimer,
    UpdateCall,
)
from voicecall_core.words.terms import Kind, Policy, Terms
from voicecall_core.words.values import RestAnswer, Timer

REFUSED, UNTOLD = "refused", "what, is not told"
_SAME_WRITE_S = 0.25  # a REST request and its payload are logged on several lines
_SAME_WRITE_LINES = 6
_GREETED_WITHIN_S = 5.0  # a document that ends the call, written later than this, is a goodbye
_EXPLAIN = (Told.OVERWRITE, Told.HANG_UP, Told.ENDED)  # what a REST write is whose content is not on its line
_LEAVES = ("<Dial>", "<Enqueue>", "<Refer>", "<Redirect>", "hand over", "goodbye")


def is_told(fact: Fact, *told: Told) -> bool:
    """Whether the log told one of these."""
    return isinstance(fact, Foreign) and fact.told in told


def is_of_stream(fact: Fact) -> bool:
    """Whether a fact shows that the call had a media stream, or was to have one."""
    return is_told(fact, Told.STREAM_SERVED) or isinstance(fact, StreamStarted | UpgradeAsked)


def _leaves(fact: Fact) -> bool:
    """Whether a write was meant to end what the call was: a hand-over, or a goodbye that says so."""
    return is_told(fact, Told.OVERWRITE) and any(part in fact.detail for part in _LEAVES)  # type: ignore[union-attr]


_WITH_SID = (Created, Fetched, StatusReported, StreamReported, StreamStarted)


class Steps:
    """The steps so far, with what of them the next one has to know. `number` is that of the last write."""

    def __init__(self, sid: str, facts: Sequence[LogFact]) -> None:
        self.sid = sid
        self.steps: list[Entry] = []
        self.evidence: list[Evidence] = []
        self.writes: list[int] = []
        self.written: dict[
            int, str
        ] = {}  # what is known of some of them: refused, or that they do not tell their content
        self.at = 0.0
        self.number = 0
        self.unanswered = 0  # writes of which no line has told the answer
        self.refused = False  # the last write was refused
        self.retry = 0  # the step at which that it is tried again was deduced; 0 if none was since the last write
        self.fetch: Fetched | None = None  # without an answer
        self.served_at: float | None = None
        self.socket = 0  # of the live stream
        self.shows_stream = any(is_of_stream(each.fact) for each in facts)
        self.tells_write = any(is_told(each.fact, Told.WITHHELD) or _leaves(each.fact) for each in facts)
        self.explained = {each.line: each.at for each in facts if is_told(each.fact, *_EXPLAIN)}
        self._start = next((each.at for each in facts if each.at is not None), 0.0)

    def take(self, found: LogFact) -> None:
        """One fact as one step, or as those that follow from it."""
        self.at = self.at if found.at is None else max(self.at, found.at - self._start)
        fact = found.fact
        if isinstance(fact, Event):
            self._note(fact)
            self.add(found, replace(self._named(fact), at=self.at))
        elif (act := _ACTS.get(fact.told)) is not None:
            act(self, found, fact)
        else:
            self.add(found, self.nothing)

    @property
    def nothing(self) -> Event:
        """What happened when the other program acted: nothing that the log tells."""
        return Event(at=self.at)

    def add(
        self, found: LogFact, event: Event, *orders: Order, sure: Sure | None = None, deduced: bool = False
    ) -> None:
        self.steps.append(Entry(event, orders=orders, line=found.line))
        self.evidence.append(Evidence(found.line, found.pii_text, sure or found.sure, deduced))

    def act(self, found: LogFact, order: Order, *, sure: Sure | None = None, deduced: bool = False) -> None:
        self.add(found, self.nothing, order, sure=sure, deduced=deduced)

    def _named(self, event: Event) -> Event:
        """An event told before the log told the call's SID, or after it told it in a shortened form."""
        if isinstance(event, _WITH_SID) and event.sid == UNTOLD_SID:
            return replace(event, sid=self.sid)
        return event

    def _note(self, event: Event) -> None:
        if isinstance(event, Fetched):
            self.fetch = event
        elif isinstance(event, StreamStarted):
            self.socket = event.socket
        elif isinstance(event, StreamStopped | SocketClosed):
            self.socket = 0


def _wrote(taken: Steps, found: LogFact, fact: Foreign) -> None:
    """A document was written over the call; one that hands the call over, or says goodbye, was meant to."""
    _is_the_retry(taken)
    taken.number += 1
    taken.writes.append(found.line)
    taken.unanswered, taken.refused = taken.unanswered + 1, False
    early = not taken.socket and (taken.served_at is None or taken.at - taken.served_at <= _GREETED_WITHIN_S)
    if _leaves(fact) or ("<Hangup>" in fact.detail and not early):
        taken.add(found, taken.nothing)
    else:
        taken.act(found, UpdateCall(taken.number, taken.sid, Document(DocumentKind.SAY)))


def _wrote_something(taken: Steps, found: LogFact, fact: Foreign) -> None:
    """A REST write of which the log does not tell what it wrote: a document is deduced, no more than possibly."""
    answer = bool(fact.detail) and taken.unanswered > 0
    if answer or any(_same_write(found, line, at) for line, at in taken.explained.items()):
        taken.unanswered -= answer
        taken.add(found, taken.nothing)
        return
    _is_the_retry(taken)
    taken.unanswered, taken.refused = taken.unanswered + (not fact.detail), False
    taken.number += 1
    taken.writes.append(found.line)
    taken.written[found.line] = UNTOLD
    order = UpdateCall(taken.number, taken.sid, Document(DocumentKind.SAY))
    taken.act(found, order, sure=Sure.POSSIBLE, deduced=True)


def _same_write(found: LogFact, line: int, at: float | None) -> bool:
    """Whether a line that tells what was written tells of the same request: at the same time, or else close by."""
    if found.at is None or at is None or at == found.at:
        return abs(found.line - line) <= _SAME_WRITE_LINES
    return abs(at - found.at) <= _SAME_WRITE_S


def _was_refused(taken: Steps, found: LogFact, fact: Foreign) -> None:
    """The write before it was refused; where the line says that it is tried again, that is deduced."""
    if not taken.number:
        taken.add(found, taken.nothing)
        return
    code = int(fact.detail) if fact.detail.isdecimal() and len(fact.detail) < 6 else 0
    taken.add(found, UpdateAnswered(taken.number, RestAnswer.REFUSED, code, found.pii_text, refusal(code), at=taken.at))
    taken.unanswered, taken.refused = max(0, taken.unanswered - 1), True
    if taken.writes:
        taken.written[taken.writes[-1]] = REFUSED
    if retries(found.pii_text):
        _retried(taken, found, fact)


def _retried(taken: Steps, found: LogFact, fact: Foreign) -> None:
    """The write that was refused is tried again: the same document, as is deduced."""
    if not (taken.refused or taken.retry):
        taken.add(found, taken.nothing)
        return
    _is_the_retry(taken)
    taken.refused = False
    taken.number += 1
    taken.writes.append(found.line)
    taken.retry = len(taken.steps)
    order = UpdateCall(taken.number, taken.sid, Document(DocumentKind.SAY))
    taken.act(found, order, sure=weakest(found.sure, Sure.LIKELY), deduced=True)


def _is_the_retry(taken: Steps) -> None:
    """A write that was deduced, because a line announced it, stands on a line of its own: it was no other one."""
    if taken.retry:
        announced = taken.steps[taken.retry]
        taken.steps[taken.retry] = replace(announced, orders=())
        taken.writes.pop()
        taken.retry = 0


def _served(taken: Steps, found: LogFact, fact: Foreign) -> None:
    """A fetch was answered: the one that was told and has no answer yet, if there is one."""
    low = fact.detail.lower()
    kinds = {"stream": fact.told is Told.STREAM_SERVED, "say": "<say>" in low, "hangup": "<hangup>" in low}
    kind = next((name for name, fits in kinds.items() if fits), "")
    if not kind:
        taken.add(found, taken.nothing)
        return
    fetch, taken.fetch = taken.fetch, None
    taken.served_at = taken.at if kind == "stream" else taken.served_at
    request, generation = (fetch.request, fetch.generation) if fetch else (0, 0)
    taken.act(found, AnswerFetch(request, Document(DocumentKind(kind), generation)))


def _realtime(taken: Steps, found: LogFact, fact: Foreign) -> None:
    """The realtime path has the call: its document was the stream's. Deduced where nothing else shows a stream."""
    if taken.shows_stream:
        taken.add(found, taken.nothing)
    else:
        order = AnswerFetch(0, Document(DocumentKind.STREAM))
        taken.act(found, order, sure=weakest(found.sure, Sure.LIKELY), deduced=True)


def _hung_up(taken: Steps, found: LogFact, fact: Foreign) -> None:
    taken.number += 1
    taken.act(found, HangUp(taken.number, taken.sid))


def _asked_greeting(taken: Steps, found: LogFact, fact: Foreign) -> None:
    """The first message was asked for. Where the log tells what became of that at the carrier, nothing is concluded."""
    if taken.tells_write:
        taken.add(found, taken.nothing)
    else:
        taken.act(found, AskGreeting(1, f"line-{found.line}"))


def _asked_model(taken: Steps, found: LogFact, fact: Foreign) -> None:
    if fact.detail == "response.create":
        taken.act(found, AskResponse(1, f"line-{found.line}"))
    else:
        taken.add(found, taken.nothing)


_ACTS: Mapping[Told, Callable[[Steps, LogFact, Foreign], None]] = {
    Told.OVERWRITE: _wrote,
    Told.WRITE: _wrote_something,
    Told.WRITE_REFUSED: _was_refused,
    Told.RETRIED: _retried,
    Told.STREAM_SERVED: _served,
    Told.OTHER_SERVED: _served,
    Told.REALTIME: _realtime,
    Told.REGISTERED: lambda taken, found, fact: taken.act(found, StartTimer(Timer.CAP, 0.0)),
    Told.SPEAKING: _asked_greeting,
    Told.HANG_UP: _hung_up,
    Told.TO_MODEL: _asked_model,
    Told.CLEARED: lambda taken, found, fact: taken.act(found, ClearAudio(max(1, taken.socket))),
}


@dataclass(frozen=True, slots=True)
class ImportedCall:
    """One imported call. `steps` are in seconds since its first line; `evidence` says from which line each of them is.

    `writes` numbers the lines that write to the call by REST, whatever that did; `written` says more of some of them.
    `unknown` says in words what the log does not tell. `failures`: what it says itself that failed.
    `unread`: the lines between its first and last that nothing was understood of. `outcome`: what became of it, where
    the log says so in this program's own words.
    """

    key: str
    names: CallNames
    terms: Terms
    steps: tuple[Entry, ...]
    evidence: tuple[Evidence, ...]
    diagnosis: Diagnosis
    writes: tuple[int, ...]
    written: Mapping[int, str]
    unknown: tuple[str, ...]
    verdict: Verdict
    failures: tuple[LoggedFailure, ...]
    unread: Inside
    outcome: str = ""


def import_call(
    found: Sequence[LogFact], clock: Clockwork | None = None, places: Places = ONE_FILE, unread: Inside | None = None
) -> ImportedCall:
    """Make one call of all that was found of it, and diagnose it.

    `clock` is what is known of its log's clock, `unread` the lines inside the call that nothing was understood of.
    """
    facts = _in_time(found)
    names, key = _names(facts), facts[0].key if facts else "0"
    taken = Steps(names.sid if is_call_sid(names.sid) else UNTOLD_SID, facts)
    for each in facts:
        taken.take(each)
    terms = Terms(call_id=names.call_id or f"call-{key}", kind=_kind(facts), policy=Policy.NAIVE)
    diagnosis = diagnose(terms, taken.steps, new_call(terms), evidence=taken.evidence)
    unknown = tuple(untold(facts, names, clock or Clockwork()))
    return ImportedCall(
        key,
        names,
        terms,
        tuple(taken.steps),
        tuple(taken.evidence),
        diagnosis,
        tuple(taken.writes),
        taken.written,
        unknown,
        verdict_of(facts, taken.steps, diagnosis, taken.writes, places),
        failures_in(facts),
        unread or Inside(),
    )


def _in_time(found: Sequence[LogFact]) -> list[LogFact]:
    """In the order of their stamps; a fact without a stamp stays where its line stands."""
    at = -float("inf")
    keys = []
    for each in found:
        at = each.at if each.at is not None else at
        keys.append((at, each.line))
    return [found[index] for index in sorted(range(len(found)), key=keys.__getitem__)]


def _names(facts: Sequence[LogFact]) -> CallNames:
    """The names that any of its lines told."""
    told = [found.names for found in facts]
    return CallNames(
        next((names.call_id for names in told if names.call_id), ""),
        next((names.sid for names in told if names.sid), ""),
        next((names.stream_sid for names in told if names.stream_sid), ""),
    )


def _kind(facts: Sequence[LogFact]) -> Kind:
    """A call whose log never shows a stream is not taken for a stream's."""
    if any(is_told(each.fact, Told.NOTIFY) for each in facts):
        return Kind.SAY
    shown = any(is_of_stream(each.fact) or is_told(each.fact, Told.REALTIME) for each in facts)
    return Kind.STREAM if shown else Kind.SAY
