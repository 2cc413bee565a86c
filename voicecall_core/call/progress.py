"""Laws of progress: what has to go on. Each says that nothing is waited for without something that ends the waiting.

They are checked after every step, like the laws of safety; a walk that finds no state without its timer, and whose
timers all lead on, has found no call that stands still. Knows nothing of how progress is made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from voicecall_core.call.conversation import Floor, Owed
from voicecall_core.call.floor import CLIP
from voicecall_core.call.guard_table import State
from voicecall_core.call.model_link import Link
from voicecall_core.call.state import Call, Step
from voicecall_core.words import events as e
from voicecall_core.words import orders as o
from voicecall_core.words.terms import Kind, Policy
from voicecall_core.words.values import Timer


def _goes_on(call: Call) -> bool:
    """The call is a guarded stream call that nobody has begun to end."""
    terms = call.terms
    return terms.kind is Kind.STREAM and terms.policy is Policy.GUARD and call.ending.cause is None


def stream_is_waited_for(step: Step) -> Iterator[str]:
    """15. An answered call whose stream is not up waits for it within a bound, whoever is to make the next move."""
    call = step.call
    if not _goes_on(call) or not call.answered or call.guard.state not in _STREAMLESS:
        return
    if not call.timers & {Timer.FETCH, Timer.STREAM, Timer.APOLOGY}:
        yield f"an answered call waits in {call.guard.state} for nothing that would end it"


# A stream that is gone is waited for, and then asked about: the answer to that question comes, or is taken for lost.
_STREAMLESS = frozenset({State.RESERVED, State.SERVED, State.UPGRADED})


def asked_once(step: Step) -> Iterator[str]:
    """16. One thing is asked of the model at a time, and a turn that has its answer is not answered again."""
    asks = [order for order in step.orders if isinstance(order, o.AskResponse | o.AskGreeting)]
    if len(asks) > 1:
        yield "two things were asked of the model in one step"
    answers = [order for order in asks if isinstance(order, o.AskResponse) and not (order.pii_text or order.filler)]
    if answers and step.call.conversation.owed is Owed.NOTHING:
        yield "an answer was asked for that nobody is owed"


def turns_are_given_back(step: Step) -> Iterator[str]:
    """17. What is held at the server is what we hold, and the callee's voice goes to the session that is the call's."""
    model, conversation = step.call.model, step.call.conversation
    if not _goes_on(step.call) or not model.ready:
        return
    if model.held != conversation.holds:
        yield "turns are held at the server and not by us, or the other way round"
    if model.fed != model.session:
        yield "the callee's voice does not reach the call's session"


_LAST_MARK = frozenset({Timer.GREETING, Timer.PLAYBACK, Timer.FAREWELL, Timer.APOLOGY})


def asking_has_a_bound(step: Step) -> Iterator[str]:
    """18. Everything that is asked of the model has a bound: its handshake, what it plays, farewell, apology."""
    call = step.call
    now, timers = call.conversation, call.timers
    if not _goes_on(call):
        return
    if (call.model.opening or call.model.state is Link.CHANGING) and Timer.MODEL not in timers:
        yield "a session opens without a bound"
    if call.model.state is Link.WAITING and call.answered and Timer.MODEL_RETRY not in timers:
        yield "nobody will try to open a session again"
    ended = now.utterance is not None and now.utterance.ended
    made = any(item in now.made or response == CLIP for item, response in now.items)
    if call.guard.live and (made or (ended and now.items)) and not timers & _LAST_MARK:
        yield "a last mark is waited for without a bound"
    if now.floor is Floor.FAREWELL and call.guard.live and Timer.FAREWELL not in timers:
        yield "a farewell is waited for without a bound"
    if now.floor is Floor.APOLOGY and call.guard.live and Timer.APOLOGY not in timers:
        yield "an apology is waited for without a bound"


def nobody_waits_in_silence(step: Step) -> Iterator[str]:
    """19. While the callee is owed a sound and hears none, the patience clock runs."""
    call = step.call
    if _goes_on(call) and call.conversation.since is not None and Timer.PATIENCE not in call.timers:
        yield "the callee waits, and nothing will be done about it"


def tools_are_answered(step: Step) -> Iterator[str]:
    """21. A tool call is answered or run, and its answer told once a session: as an answer to the one that called."""
    before, call, event = step.before.conversation, step.call, step.event
    if not (call.conversation.tools or isinstance(event, e.ToolCalled)):
        return
    told = [order for order in step.orders if isinstance(order, o.AnswerTool | o.TellTool)]
    calls = {(run.session, run.tool_call) for run in call.conversation.tools}
    if isinstance(event, e.ToolCalled):
        calls.add((event.session, event.tool_call))
        due = step.before.model.is_open(event.session) and (event.session, event.tool_call) not in {
            (run.session, run.tool_call) for run in before.tools
        }
        run = any(isinstance(order, o.RunTool) for order in step.orders)
        if due and _goes_on(step.before) and before.floor is not Floor.APOLOGY and not (told or run):
            yield "a tool call was neither run nor answered"
    for order in told:
        if order.session != call.model.session:
            yield "a session was told of a tool that is not the call's"
        if isinstance(order, o.AnswerTool) != ((order.session, order.tool_call) in calls):
            yield "a tool was answered in a session that did not call it"
    known = {run.tool_call for run in before.tools if run.told_in == call.model.session}
    if any(order.tool_call in known for order in told):
        yield "a session was told twice what a tool has answered"
    new = [run for run in call.conversation.tools if run.outcome is not None and not run.told_in]
    if new and _goes_on(call) and call.model.ready:
        yield "a tool has answered, and the model does not know"


PROGRESS: dict[int, tuple[Callable[[Step], Iterator[str]], ...]] = {
    15: (stream_is_waited_for,),
    16: (asked_once,),
    17: (turns_are_given_back,),
    18: (asking_has_a_bound,),
    19: (nobody_waits_in_silence,),
    21: (tools_are_answered,),
}
