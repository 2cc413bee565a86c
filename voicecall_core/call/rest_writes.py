"""What is written to the carrier by REST, a document or a hang-up, and what the answers make of the call.

Knows nothing of who wants it written, only that the guard is asked every time.
"""

from __future__ import annotations

from voicecall_core.call import closing
from voicecall_core.call.guard import Writing, answered
from voicecall_core.call.guard_table import Asker, Ruling, State
from voicecall_core.call.state import StepContext
from voicecall_core.words.events import OverwriteAsked, UpdateAnswered
from voicecall_core.words.orders import Document, DocumentKind, UpdateCall
from voicecall_core.words.terms import Kind
from voicecall_core.words.values import Refusal, RestAnswer, Timer


def ask_for_fallback(desk: StepContext) -> None:
    """The call is answered and no stream is up: the greeting asks to be spoken by the carrier instead.

    This is the step that breaks the call everywhere else. It is asked here, once, and the guard refuses it.
    """
    call = desk.call
    silent = call.terms.kind is Kind.STREAM and not call.guard.live and not call.greeting.over
    if not silent or call.fallback_asked or call.ending.cause is not None:
        return
    desk.put(fallback_asked=True)
    write(desk, Asker.FALLBACK, call.terms.pii_greeting)


def on_overwrite_asked(desk: StepContext, event: OverwriteAsked) -> None:
    write(desk, Asker.OVERWRITE, event.pii_text)


def write(desk: StepContext, asker: Asker, pii_text: str) -> None:
    """Ask the guard for a document of ours over the live one, and write it if that is granted."""
    verdict = desk.ask(Asker.WRITE_TWICE if desk.call.guard.pending else asker)
    if verdict.ruling is Ruling.GRANTED and desk.call.sid:
        desk.order(UpdateCall(verdict.number, desk.call.sid, Document(DocumentKind.SAY, pii_text=pii_text)))


def on_update_answered(desk: StepContext, event: UpdateAnswered) -> None:
    """The answer to a numbered write; one that is not the write in flight is stale and causes nothing."""
    guard = desk.call.guard
    if guard.pending is None or guard.pending.number != event.number:
        desk.note(f"a stale answer to write {event.number} is ignored")
        return
    what = guard.pending.what
    lost = event.answer is RestAnswer.LOST
    if lost:
        desk.ask(Asker.UPDATE_LOST)
    accepted = event.answer is RestAnswer.ACCEPTED
    desk.put(guard=answered(guard, event.number, accepted, lost))
    if what is Writing.HANG_UP:
        _hang_up_answered(desk, event)
        return
    if not accepted and not lost:
        desk.note(f"the carrier refused to overwrite the document: {event.reason}")
        if event.refusal is Refusal.NOT_IN_PROGRESS and what is Writing.FALLBACK:
            desk.wait(Timer.UPDATE_RETRY, desk.call.terms.limits.hang_up_retry_s)
    if desk.call.guard.state is State.SAYING and guard.state is not State.SAYING:
        closing.give_up_stream(desk)


def _hang_up_answered(desk: StepContext, event: UpdateAnswered) -> None:
    if event.answer is RestAnswer.ACCEPTED:
        desk.wait(Timer.TERMINAL, desk.call.terms.limits.terminal_s)
    elif event.refusal in (Refusal.NOT_IN_PROGRESS, Refusal.NOT_FOUND):  # it may have ended already
        closing.check(desk)
    else:
        desk.note(f"hanging up failed: {event.reason}")
        closing.hang_up_failed(desk)


def retry_write(desk: StepContext) -> None:
    """A write that failed is wanted again: the guard is asked again, as for every REST retry."""
    if desk.call.ending.cause is not None:
        closing.ask_to_hang_up(desk)
    else:
        write(desk, Asker.FALLBACK, desk.call.terms.pii_greeting)
