"""The agent's own goodbye: it hangs up once its last words have played. Knows nothing of how a call is hung up."""

from __future__ import annotations

from dataclasses import replace

from voicecall_core.call import closing
from voicecall_core.call.endings import Cause
from voicecall_core.call.state import StepContext
from voicecall_core.words.events import ToolCalled
from voicecall_core.words.orders import AnswerTool, HoldTurns
from voicecall_core.words.values import Timer

END_CALL = "end_call"


def on_tool_called(context: StepContext, event: ToolCalled) -> None:
    """`end_call` hangs up once the farewell has played; any other tool does not exist."""
    call = context.call
    if not call.model.is_open(event.session) or call.ending.cause is not None:
        return
    if event.name != END_CALL:
        context.order(AnswerTool(event.session, event.tool_call, '{"error": "there is no such tool"}'))
        context.put(turns=replace(call.turns, wanted=("", *call.turns.wanted)))
        return
    context.order(AnswerTool(event.session, event.tool_call, '{"status": "the call ends after your last words"}'))
    if call.greeting.farewell:
        return
    generating = call.turns.active == event.response
    context.put(greeting=replace(call.greeting, farewell=event.response))
    context.wait(Timer.FAREWELL, call.terms.limits.greeting_s if generating else call.terms.limits.farewell_s)
    if not call.model.held:
        context.put(model=replace(call.model, held=True))
        context.order(HoldTurns(event.session))
    farewell_said(context)


def farewell_said(context: StepContext) -> None:
    """Hang up if the farewell has been generated and played."""
    call = context.call
    farewell = call.greeting.farewell
    if not farewell or call.turns.active == farewell or call.ending.cause is not None:
        return
    if not any(response == farewell for _, response in call.turns.items):
        closing.end(context, Cause.AGENT)


def farewell_ended(context: StepContext, response: str) -> None:
    """The model has ended a response; if it is the farewell, its mark may take a named time from now on."""
    farewell_said(context)
    if response == context.call.greeting.farewell and context.call.ending.cause is None:
        context.wait(Timer.FAREWELL, context.call.terms.limits.farewell_s)


def farewell_timed_out(context: StepContext) -> None:
    """The farewell's mark did not come back in time."""
    closing.end(context, Cause.AGENT)
