"""How long the greeting's next step may take, and when the model takes turns by itself again."""

from __future__ import annotations

from dataclasses import replace

from voicecall_core.call.response_queue import next_turn
from voicecall_core.call.state import GreetingState, ModelState, StepContext
from voicecall_core.words.orders import RestoreTurns
from voicecall_core.words.values import Timer


def time_greeting(desk: StepContext) -> None:
    """Wait for the greeting's next step on a live stream: its first audio, its end, its last mark."""
    greeting, limits = desk.call.greeting, desk.call.terms.limits
    if not desk.call.guard.live:
        return
    if greeting.ended:
        desk.wait(Timer.GREETING, round(greeting.ms / 1000 + limits.mark_slack_s, 3))
    else:
        desk.wait(Timer.GREETING, limits.greeting_s if greeting.pending else limits.first_audio_s)


def greeting_ended(desk: StepContext) -> None:
    """The model has ended the greeting, or will not end it any more."""
    if desk.call.greeting.over:
        return
    if desk.call.greeting.finished:
        greeting_over(desk, GreetingState.PLAYED)
    elif desk.call.greeting.pending:
        time_greeting(desk)
    else:
        desk.note("the model ended the greeting without a sound")
        greeting_over(desk, GreetingState.UNPROVEN)


def greeting_over(desk: StepContext, how: GreetingState) -> None:
    """Nothing more of the greeting is waited for."""
    desk.stop(Timer.GREETING)
    desk.put(greeting=replace(desk.call.greeting, state=how))
    restore(desk)
    next_turn(desk)


def restore(desk: StepContext) -> None:
    """Give the model its own turn-taking back."""
    model = desk.call.model
    desk.stop(Timer.SPEECH)
    if model.held:
        desk.put(model=replace(model, held=False))
        if model.state is ModelState.READY:
            desk.order(RestoreTurns(model.session))
