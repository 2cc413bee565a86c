"""An imported call in the shape of a recorded one: events with what the other program did about them, as orders.

So that whatever reads recorded calls can read these. What the log does not tell is not there: that an order is missing
proves nothing here. Knows nothing of rules.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from voicecall_core.carriers.twilio.codes import refusal
from voicecall_core.imports.facts import Foreign, Told
from voicecall_core.imports.judged import Judged, Row
from voicecall_core.imports.threads import UNTOLD_SID
from voicecall_core.judgement.call import Call
from voicecall_core.judgement.guard import Verdict
from voicecall_core.words.events import DialBegan, Event, Fetched, RestAnswer, StreamStarted, UpdateAnswered
from voicecall_core.words.orders import (
    AnswerFetch,
    AskResponse,
    ClearAudio,
    Document,
    DocumentKind,
    HangUp,
    Order,
    UpdateCall,
)
from voicecall_core.words.terms import Policy, Terms

Step = tuple[Event, tuple[Verdict, ...], tuple[Order, ...]]


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a call file would hold of the call. `lines` numbers the log's line of each step."""

    terms: Terms
    steps: tuple[Step, ...]
    lines: tuple[int, ...]
    call: Call


@dataclass(slots=True)
class _Desk:
    """The steps so far; an order belongs to the last event before it."""

    sid: str
    steps: list[Step] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    writes: int = 0
    session: int = 1

    def happened(self, row: Row, event: Event) -> None:
        self.steps.append((event, row.verdicts, ()))
        self.lines.append(row.line)

    def ordered(self, row: Row, order: Order) -> None:
        if not self.steps:
            self.happened(replace(row, verdicts=()), DialBegan(at=row.at))
        event, verdicts, orders = self.steps[-1]
        self.steps[-1] = (event, verdicts, (*orders, order))


def recorded(judged: Judged) -> Recorded:
    """The call as if it had been recorded, with nobody guarding it."""
    desk = _Desk(judged.call.sid or UNTOLD_SID)
    for row in judged.rows:
        if isinstance(row.fact, Event):
            desk.happened(row, row.fact)
        elif (did := _DID.get(row.fact.told)) is not None:
            did(desk, row, row.fact)
    terms = replace(judged.call.terms, policy=Policy.NAIVE)
    return Recorded(terms, tuple(desk.steps), tuple(desk.lines), judged.call)


def _wrote(desk: _Desk, row: Row, fact: Foreign) -> None:
    desk.writes += 1
    desk.ordered(row, UpdateCall(desk.writes, desk.sid, Document(DocumentKind.SAY)))


def _was_refused(desk: _Desk, row: Row, fact: Foreign) -> None:
    """The write before it was refused; a line that says so says that it is tried again."""
    if not desk.writes:
        return
    code = int(fact.detail) if fact.detail.isdecimal() and len(fact.detail) < 6 else 0
    desk.happened(row, UpdateAnswered(desk.writes, RestAnswer.REFUSED, code, row.pii_text, refusal(code), at=row.at))
    if code:
        _wrote(desk, row, fact)


def _served(desk: _Desk, row: Row, fact: Foreign) -> None:
    fetch = next((event for event, _, _ in reversed(desk.steps) if isinstance(event, Fetched)), None)
    if fetch is None:
        return
    kind = DocumentKind.STREAM
    if fact.told is Told.OTHER_SERVED:
        low = fact.detail.lower()
        kind = DocumentKind.HANGUP if not low or "hangup" in low else DocumentKind.SAY
    index = max(index for index, (event, _, _) in enumerate(desk.steps) if event is fetch)
    event, verdicts, orders = desk.steps[index]
    answer = AnswerFetch(fetch.request, Document(kind, fetch.generation))
    desk.steps[index] = (event, verdicts, (*orders, answer))


def _hung_up(desk: _Desk, row: Row, fact: Foreign) -> None:
    desk.writes += 1
    desk.ordered(row, HangUp(desk.writes, desk.sid))


def _asked_model(desk: _Desk, row: Row, fact: Foreign) -> None:
    if fact.detail == "response.create":
        desk.ordered(row, AskResponse(desk.session, f"line-{row.line}"))


def _cleared(desk: _Desk, row: Row, fact: Foreign) -> None:
    starts = [event for event, _, _ in desk.steps if isinstance(event, StreamStarted)]
    desk.ordered(row, ClearAudio(starts[-1].socket if starts else 1))


_DID: Mapping[Told, Callable[[_Desk, Row, Foreign], None]] = {
    Told.OVERWRITE: _wrote,
    Told.WRITE_REFUSED: _was_refused,
    Told.STREAM_SERVED: _served,
    Told.OTHER_SERVED: _served,
    Told.HANG_UP: _hung_up,
    Told.TO_MODEL: _asked_model,
    Told.CLEARED: _cleared,
}
