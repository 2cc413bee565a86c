"""How long the greeting's next step may take, and when the model takes turns by itself again."""

from __future__ import annotations

from dataclasses import replace

from voicecall_core.call.response_queue import next_turn
from voicecall_core.call.state import GreetingState, ModelState, StepContext
from voicecall_core.words.orders import RestoreTurns
from voicecall_core.words.values import Timer


def time_greeting(context: StepContext) -> None:
    """Wait for the greeting's next step on a live stream: its first audio, its end, its last mark."""
    greeting, limits = context.call.greeting, context.call.terms.limits
    if not context.call.guard.live:
        return
    if greeting.ended:
        context.wait(Timer.GREETING, round(greeting.ms / 1000 + limits.mark_slack_s, 3))
    else:
        context.wait(Timer.GREETING, limits.greeting_s if greeting.pending else limits.first_audio_s)


def greeting_ended(context: StepContext) -> None:
    """The model has ended the greeting, or will not end it any more."""
    if context.call.greeting.over:
        return
    if context.call.greeting.finished:
        greeting_over(context, GreetingState.PLAYED)
    elif context.call.greeting.pending:
        time_greeting(context)
    else:
        context.note("the model ended the greeting without a sound")
        greeting_over(context, GreetingState.UNPROVEN)


def greeting_over(context: StepContext, how: GreetingState) -> None:
    """Nothing more of the greeting is waited for."""
    context.stop(Timer.GREETING)
    context.put(greeting=replace(context.call.greeting, state=how))
    restore(context)
    next_turn(context)


def restore(context: StepContext) -> None:
    """Give the model its own turn-taking back."""
    model = context.call.model
    context.stop(Timer.SPEECH)
    if model.held:
        context.put(model=replace(model, held=False))
        if model.state is ModelState.READY:
            context.order(RestoreTurns(model.session))
