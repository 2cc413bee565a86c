"""Which sentence the agent is asked for next. Knows nothing of sound.

Sentences queue until the model is idle, the greeting over and the callee quiet.
"""

from __future__ import annotations

from dataclasses import replace

from voicecall_core.call.state import ModelState, StepContext
from voicecall_core.words.orders import AskResponse

_BOUNCES = 3


def next_turn(context: StepContext) -> None:
    """Ask for the next sentence that is wanted, if the model is idle, the greeting over and the callee quiet."""
    call = context.call
    turns = call.turns
    may = call.model.state is ModelState.READY and call.guard.live and call.ending.cause is None
    if not (may and turns.wanted and turns.idle and not turns.speaking and call.greeting.over):
        return
    if call.greeting.farewell:
        return
    text, *rest = turns.wanted
    ref = f"turn-{turns.count + 1}"
    context.put(turns=replace(turns, asked=ref, asking=text, wanted=tuple(rest), count=turns.count + 1))
    context.order(AskResponse(call.model.session, ref, text))


def bounced(context: StepContext, *, busy: bool) -> None:
    """A response we asked for was refused: if one was running (`busy`), ask again when it has ended."""
    turns = context.call.turns
    again = busy and turns.bounced < _BOUNCES
    wanted = (turns.asking, *turns.wanted) if again else turns.wanted
    context.put(turns=replace(turns, asked="", asking="", wanted=wanted, bounced=turns.bounced + 1))
    next_turn(context)
