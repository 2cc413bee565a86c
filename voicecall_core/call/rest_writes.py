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


def ask_for_fallback(context: StepContext) -> None:
    """The call is answered and no stream is up: the greeting asks to be spoken by the carrier instead.

    This is the step that breaks the call everywhere else. It is asked here, once, and the guard refuses it.
    """
    call = context.call
    silent = call.terms.kind is Kind.STREAM and not call.guard.live and not call.conversation.greeting_over
    if not silent or call.fallback_asked or call.ending.cause is not None:
        return
    context.put(fallback_asked=True)
    write(context, Asker.FALLBACK, call.terms.pii_greeting)


def on_overwrite_asked(context: StepContext, event: OverwriteAsked) -> None:
    write(context, Asker.OVERWRITE, event.pii_text)


def write(context: StepContext, asker: Asker, pii_text: str) -> None:
    """Ask the guard for a document of ours over the live one, and write it if that is granted."""
    verdict = context.ask(Asker.WRITE_TWICE if context.call.guard.pending else asker)
    if verdict.ruling is Ruling.GRANTED and context.call.sid:
        context.order(UpdateCall(verdict.number, context.call.sid, Document(DocumentKind.SAY, pii_text=pii_text)))


def on_update_answered(context: StepContext, event: UpdateAnswered) -> None:
    """The answer to a numbered write; one that is not the write in flight is stale and causes nothing."""
    guard = context.call.guard
    if guard.pending is None or guard.pending.number != event.number:
        context.note(f"a stale answer to write {event.number} is ignored")
        return
    what = guard.pending.what
    lost = event.answer is RestAnswer.LOST
    if lost:
        context.ask(Asker.UPDATE_LOST)
    accepted = event.answer is RestAnswer.ACCEPTED
    context.put(guard=answered(guard, event.number, accepted, lost))
    if what is Writing.HANG_UP:
        _hang_up_answered(context, event)
        return
    if not accepted and not lost:
        context.note(f"the carrier refused to overwrite the document: {event.reason}")
        if event.refusal is Refusal.NOT_IN_PROGRESS and what is Writing.FALLBACK:
            context.wait(Timer.UPDATE_RETRY, context.call.terms.limits.hang_up_retry_s)
    if context.call.guard.state is State.SAYING and guard.state is not State.SAYING:
        closing.give_up_stream(context)


def _hang_up_answered(context: StepContext, event: UpdateAnswered) -> None:
    if event.answer is RestAnswer.ACCEPTED:
        context.wait(Timer.TERMINAL, context.call.terms.limits.terminal_s)
    elif event.refusal in (Refusal.NOT_IN_PROGRESS, Refusal.NOT_FOUND):  # it may have ended already
        closing.check(context)
    else:
        context.note(f"hanging up failed: {event.reason}")
        closing.hang_up_failed(context)


def retry_write(context: StepContext) -> None:
    """A write that failed is wanted again: the guard is asked again, as for every REST retry."""
    if context.call.ending.cause is not None:
        closing.ask_to_hang_up(context)
    else:
        write(context, Asker.FALLBACK, context.call.terms.pii_greeting)
