"""Tools: run when they are called, answered once in whichever session is the call's, followed by the model's words.

Knows nothing of what a tool does, and waits for nothing: its time-out is kept by whoever runs it.
"""

from __future__ import annotations

from dataclasses import replace

from voicecall_core.call.conversation import Action, Conversation, Owed, ToolRun
from voicecall_core.call.floor import ask_filler, does, put
from voicecall_core.call.state import StepContext
from voicecall_core.words import events as e
from voicecall_core.words import orders as o

_AT_ONCE = 8  # tools that run; a model that calls more at once has lost itself
_REMEMBERED = 16  # answers that a session which is opened later is told of
_UNKNOWN = '{"error": "there is no such tool"}'
_TOO_MANY = '{"error": "too many tools are running: wait for their answers"}'


@does(Action.RUN_TOOL)
def _run(context: StepContext, event: e.ToolCalled) -> None:
    """Run it, and wait with what follows until it has answered; what cannot be run is answered at once."""
    now = context.call.conversation
    if any((run.session, run.tool_call) == (event.session, event.tool_call) for run in now.tools):
        return  # told twice
    timeouts = {tool.name: tool.timeout_s for tool in context.call.terms.tools}
    if event.name not in timeouts or len(now.running) >= _AT_ONCE:
        refusal = _TOO_MANY if event.name in timeouts else _UNKNOWN
        context.order(o.AnswerTool(event.session, event.tool_call, refusal))
        put(context, follow_up=True)
    else:
        context.order(o.RunTool(event.session, event.tool_call, event.name, timeouts[event.name], event.pii_arguments))
        called = (event.session, event.response, event.tool_call, event.name, context.at, event.pii_arguments)
        put(context, tools=(*now.tools, ToolRun(*called)), filled=now.filled and bool(now.running))
    utterance = now.utterance
    if not event.response or event.response in (now.active, utterance.response if utterance is not None else ""):
        put(context, owed=Owed.NOTHING)  # what was owed is what follows the tool


def on_answered(context: StepContext, event: e.ToolAnswered) -> None:
    """It has ended: its answer is kept, for the session that there is and for those that come after it."""
    tools = tuple(
        replace(run, outcome=event.outcome, took_s=event.took_s, pii_output=event.pii_output)
        if (run.session, run.tool_call) == (event.session, event.tool_call) and run.outcome is None
        else run
        for run in context.call.conversation.tools
    )
    put(context, tools=tools)


def tell_answers(context: StepContext) -> None:
    """The call's session is told every answer that it does not have; one that made the call gets it as its answer."""
    session = context.call.model.session
    for run in _remembered(context.call.conversation):
        if run.told_in == session:
            continue
        if run.session == session:
            context.order(o.AnswerTool(session, run.tool_call, pii_output=run.pii_output))
        else:
            context.order(o.TellTool(session, run.tool_call, run.name, run.pii_arguments, run.pii_output))
        now = context.call.conversation
        tools = tuple(replace(each, told_in=session) if each == run else each for each in now.tools)
        last = not any((each.session, each.response) == (run.session, run.response) for each in now.running)
        put(context, tools=tools, follow_up=now.follow_up or (last and not run.told_in))


def _remembered(now: Conversation) -> tuple[ToolRun, ...]:
    """Answers that the call's session is to have: all that are new, and the latest of those that an earlier one had."""
    answered = [run for run in now.tools if run.outcome is not None]
    new = (run for run in answered[:-_REMEMBERED] if not run.told_in)
    return (*new, *answered[-_REMEMBERED:])


def say_filler(context: StepContext) -> None:
    """Let the agent say that it takes a moment."""
    put(context, filled=True)
    ask_filler(context)
