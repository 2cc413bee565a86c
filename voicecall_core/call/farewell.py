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


def on_tool_called(desk: StepContext, event: ToolCalled) -> None:
    """`end_call` hangs up once the farewell has played; any other tool does not exist."""
    call = desk.call
    if not call.model.is_open(event.session) or call.ending.cause is not None:
        return
    if event.name != END_CALL:
        desk.order(AnswerTool(event.session, event.tool_call, '{"error": "there is no such tool"}'))
        desk.put(turns=replace(call.turns, wanted=("", *call.turns.wanted)))
        return
    desk.order(AnswerTool(event.session, event.tool_call, '{"status": "the call ends after your last words"}'))
    if call.greeting.farewell:
        return
    generating = call.turns.active == event.response
    desk.put(greeting=replace(call.greeting, farewell=event.response))
    desk.wait(Timer.FAREWELL, call.terms.limits.greeting_s if generating else call.terms.limits.farewell_s)
    if not call.model.held:
        desk.put(model=replace(call.model, held=True))
        desk.order(HoldTurns(event.session))
    farewell_said(desk)


def farewell_said(desk: StepContext) -> None:
    """Hang up if the farewell has been generated and played."""
    call = desk.call
    farewell = call.greeting.farewell
    if not farewell or call.turns.active == farewell or call.ending.cause is not None:
        return
    if not any(response == farewell for _, response in call.turns.items):
        closing.end(desk, Cause.AGENT)


def farewell_ended(desk: StepContext, response: str) -> None:
    """The model has ended a response; if it is the farewell, its mark may take a named time from now on."""
    farewell_said(desk)
    if response == desk.call.greeting.farewell and desk.call.ending.cause is None:
        desk.wait(Timer.FAREWELL, desk.call.terms.limits.farewell_s)


def farewell_timed_out(desk: StepContext) -> None:
    """The farewell's mark did not come back in time."""
    closing.end(desk, Cause.AGENT)
