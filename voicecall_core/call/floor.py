"""How an input meets the floor: its cell of the conversation's table names the action, which is registered here."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from voicecall_core.call.changes import changed
from voicecall_core.call.conversation import TABLE, Action, Conversation, Floor, Input, Utterance
from voicecall_core.call.state import StepContext
from voicecall_core.words.orders import AskResponse
from voicecall_core.words.values import Timer

APOLOGY, MOMENT, CLIP = "apology", "one-moment", "clip"  # clips by name, and the response that their marks carry
END_CALL = "end_call"
_DEAF_S = 12.0  # a session that is frozen is noticed within that time
_SILENCED = 8  # whose ends have not come; each is one that a server never told of

Act = Callable[[StepContext, Any], None]
ACTIONS: dict[Action, Act] = {}


def does(action: Action) -> Callable[[Act], Act]:
    """This function is what `action` does."""

    def register(act: Act) -> Act:
        assert action not in ACTIONS, f"{action} is done twice"
        ACTIONS[action] = act
        return act

    return register


def take(context: StepContext, what: Input, event: Any = None) -> None:
    """Let an input meet the floor: its cell of the table says what is done."""
    ACTIONS[TABLE[what, context.call.conversation.floor]](context, event)


def put(context: StepContext, **changes: Any) -> None:
    """Change the conversation."""
    context.put(conversation=changed(context.call.conversation, changes))


def keep(context: StepContext, items: Iterable[tuple[str, str]]) -> None:
    """Of what has not wholly played, these are left."""
    now, left = context.call.conversation, tuple(items)
    names = {item for item, _ in left}
    pending = now.pending_ms if now.made & names else 0
    put(context, items=left, made=now.made & names, orphans=now.orphans & names, pending_ms=pending)


def unheard(context: StepContext, response: str) -> None:
    """This response was silenced while it ran: items of it that still begin are not heard."""
    now = context.call.conversation
    put(context, silenced=(*now.silenced, response)[-_SILENCED:])


def say(context: StepContext, **changes: Any) -> None:
    """Change the utterance that is under way."""
    utterance = context.call.conversation.utterance
    assert utterance is not None
    put(context, utterance=replace(utterance, **changes))


def ask(context: StepContext, floor: Floor, text: str = "") -> None:
    """Ask the model for a response: for what is owed, which knows what tools have answered, or for a sentence."""
    follows = context.call.conversation.follow_up and not text
    _ask(context, floor, text, follows=follows)
    if follows:
        put(context, follow_up=False)
        context.stop(Timer.PATIENCE)  # it was the tool's; the model has a time of its own


def ask_filler(context: StepContext) -> None:
    """Ask the model for a few words while a tool takes its time."""
    _ask(context, Floor.SENTENCE, context.call.terms.pii_filler, filler=True)


def _ask(context: StepContext, floor: Floor, text: str, *, filler: bool = False, follows: bool = False) -> None:
    now, session = context.call.conversation, context.call.model.session
    ref = f"turn-{now.count + 1}"
    utterance = Utterance(floor, session, ref, pii_text=text, filler=filler, follows=follows)
    put(context, count=now.count + 1, floor=floor, utterance=utterance)
    context.order(AskResponse(session, ref, text, filler))


def wanted_again(now: Conversation, utterance: Utterance) -> tuple[str, ...]:
    """The sentences that are to be said, with this one before them; a filler has had its time."""
    return now.wanted if utterance.filler else (utterance.pii_text, *now.wanted)


def lose_session(context: StepContext) -> None:
    """The call's session is gone: what it was about to say will not come; what it owed is owed by the next one.

    A turn that only our own ear has heard went to a session that was deaf already: the next one is to hear it.
    """
    now = context.call.conversation
    if now.floor is Floor.NOBODY and now.voiced is not None and context.at - now.voiced <= _DEAF_S:
        put(context, floor=Floor.CALLEE)
    items = now.items
    orphans = frozenset(item for item, response in items if response != CLIP)
    context.stop(Timer.SPEECH)
    put(
        context,
        orphans=orphans,
        active="",
        silenced=(),
        failed=0,
        bounced=0,
        interrupted=False,
        by_hand=False,
        dry=False,
        unstopped=False,
        voiced=None,
    )
    take(context, Input.LOST)
