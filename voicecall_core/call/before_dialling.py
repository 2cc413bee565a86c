"""A call that is placed once its greeting has been made: nobody's phone rings for an agent that cannot speak yet.

Rule 1: what is waited for is the whole greeting, and for no longer than its bound.
Rule 2: where it does not come the call is not placed. Who asked for this would rather not call than call and be silent;
nobody was disturbed, and calling again costs nothing.
"""

from __future__ import annotations

from voicecall_core.call import model_sessions, placing
from voicecall_core.call.conversation import Conversation, Floor
from voicecall_core.call.endings import Cause
from voicecall_core.call.state import Create, StepContext
from voicecall_core.words.values import Timer


def begin(context: StepContext) -> None:
    """The model is asked for; the carrier has to wait."""
    context.wait(Timer.GREETING_FIRST, context.call.terms.limits.greeting_first_s)


def settle(context: StepContext) -> None:
    """Place the call if the greeting that it waits for is here to its end."""
    call = context.call
    if Timer.GREETING_FIRST in call.timers and call.create is Create.UNSENT and _whole(call.conversation):
        context.stop(Timer.GREETING_FIRST)
        placing.dial(context)


def _whole(now: Conversation) -> bool:
    utterance = now.utterance
    return utterance is not None and utterance.floor is Floor.GREETING and utterance.ended and bool(now.items)


def late(context: StepContext) -> None:
    """It did not come in time."""
    waited = context.call.terms.limits.greeting_first_s
    context.note(f"the greeting was not made within {waited:g} s: the call is not placed")
    lost = bool(context.call.model.losses)
    model_sessions.give_up(context, Cause.MODEL_LOST if lost else Cause.MODEL_NEVER_READY)
