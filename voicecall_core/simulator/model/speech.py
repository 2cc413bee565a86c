"""What the built-in model says next. Knows nothing of how it is sent.

It has no mind: it speaks the sentence that it was asked for, a reply of its scenario, or the next clip of its plan.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from voicecall_core.audio import FRAME_BYTES
from voicecall_core.simulator.model.actor import ANSWER, END_CALL, Actor, Cue
from voicecall_core.simulator.model.conversation import OUTPUT, Conversation, Item
from voicecall_core.simulator.scenarios.scenario import ModelPlan, ToolCall
from voicecall_core.simulator.synthesis import spoken
from voicecall_core.simulator.voices import Clip, clip, clip_within, said

_STILL_THERE = "Are you still there?"
_QUOTED = re.compile(r'"([^"]+)"|\u201c([^\u201d]+)\u201d|\u00ab([^\u00bb]+)\u00bb')
_AFTER_COLON = re.compile(r":\s*\n+(.+)\Z", re.DOTALL)  # "Say exactly this:" and the sentence on a line of its own


@dataclass(frozen=True, slots=True)
class Piece:
    """One item of speech: its words and its mu-law bytes."""

    text: str
    audio: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole response: what is said, the tools that are called behind it and the response that follows (if any)."""

    pieces: tuple[Piece, ...]
    calls: tuple[ToolCall, ...] = ()
    then: Reply | None = None


class Voice:
    """Says the sentences of a plan's replies, which are made before the first call."""

    def __init__(self, plan: ModelPlan) -> None:
        texts = {text for reply in plan.script for text in (reply.say, reply.then) if text and ANSWER not in text}
        self._made = {text: spoken(text, "agent", understood=True) for text in sorted(texts)}

    def says(self, text: str) -> Clip:
        """A sentence; a sound in its place if it was not known before."""
        return self._made.get(text) or said(text)


class SpeechScript:
    """Chooses, for one session."""

    def __init__(self, plan: ModelPlan, voice: Voice) -> None:
        self._plan = plan
        self._voice = voice
        self._actor = Actor(plan.script) if plan.script else None
        self._answered = 0  # turns that got a reply
        self._spoke = False

    def resume(self, text: str) -> None:
        """The client put a sentence of the assistant's into the conversation: this is an earlier call continued."""
        if self._actor is not None:
            self._actor.resume(text)
        self._answered += 1 if self._spoke else 0  # the first one is the greeting
        self._spoke = True

    def still_there(self) -> Reply:
        """What is said when nobody has spoken for long."""
        return self._whole(said(_STILL_THERE))

    def next(self, asked: Mapping[str, Any], terms: Mapping[str, Any], conversation: Conversation) -> Reply:
        """The response to a request (empty for a turn that the model answers by itself)."""
        if self._actor is not None:
            acted = self._acted(self._actor, asked, terms, conversation)
            if acted is not None:
                self._spoke = True
                return acted
        wish = _wish(asked, terms, conversation.last())
        first, self._spoke = not self._spoke, True
        spoken = clip_within(wish, "agent")
        if spoken is not None:
            return self._whole(spoken)
        sentence = _sentence(wish)
        if sentence:
            return self._whole(said(sentence))
        if first and asked.get("instructions"):
            return self._whole(clip("greeting"))
        return self._reply({**terms, **asked})

    def _acted(
        self, actor: Actor, asked: Mapping[str, Any], terms: Mapping[str, Any], conversation: Conversation
    ) -> Reply | None:
        """What the scenario has for this; None if a sentence is asked for, or nobody has said anything yet."""
        tools = _offered({**terms, **asked})
        newest, turn = conversation.last(), conversation.last_of("user")
        if newest is not None and newest.seen["type"] == OUTPUT:
            return self._cued(actor.after_tools(newest.text, tools, conversation.told_of(newest)))
        if turn is None or _wish_apart(asked, terms, newest):
            return None
        return self._cued(actor.answer(turn.id, turn.words, tools, waiting=conversation.waits_for_tools()))

    def _cued(self, cue: Cue) -> Reply:
        return Reply(_pieces(self._voice.says(cue.text), 1) if cue.text else (), cue.calls)

    def _reply(self, terms: Mapping[str, Any]) -> Reply:
        last = self._plan.end_call_after_turns
        if last is not None and self._answered >= last:
            self._answered += 1
            calls = (ToolCall(END_CALL),) if END_CALL in _offered(terms) else ()
            return self._farewell(calls, said_before=self._answered > last + 1)
        replies = self._plan.replies
        name = replies[min(self._answered, len(replies) - 1)]
        self._answered += 1
        return Reply(_pieces(clip(name), self._plan.pieces))

    def _farewell(self, calls: tuple[ToolCall, ...], *, said_before: bool) -> Reply:
        plan = self._plan
        words = self._whole(said(plan.farewell_text) if plan.farewell_text else clip("farewell"))
        if plan.end_call == "alone" or (plan.end_call == "next" and said_before):
            return Reply((), calls)
        if plan.end_call == "behind":
            return Reply(words.pieces, then=Reply((), calls))
        return Reply(words.pieces, () if plan.end_call == "next" else calls)

    def _whole(self, spoken: Clip) -> Reply:
        return Reply(_pieces(spoken, 1))


def _offered(terms: Mapping[str, Any]) -> frozenset[str]:
    """The names of the tools that a response may call."""
    if terms["tool_choice"] == "none":
        return frozenset()
    return frozenset(str(tool.get("name")) for tool in terms["tools"])


def _wish_apart(asked: Mapping[str, Any], terms: Mapping[str, Any], newest: Item | None) -> bool:
    """Whether a sentence is asked for that has nothing to do with what the callee said last."""
    own = newest is not None and newest.role == "user"
    words = _wish(asked, terms, None if own else newest)
    return bool(clip_within(words, "agent") or _sentence(words))


def _wish(asked: Mapping[str, Any], terms: Mapping[str, Any], newest: Item | None) -> str:
    """The words of a request that are about this response alone."""
    words = str(asked.get("instructions") or "")
    if terms["instructions"]:
        words = words.replace(terms["instructions"], "", 1)
    for item in asked.get("input", ()):
        words += "\n" + " ".join(str(part.get("text", "")) for part in item.get("content", ()))
    if newest is not None and newest.injected and newest.role in ("user", "system"):
        words += "\n" + newest.text
    return words


def _sentence(wish: str) -> str:
    """The sentence that is to be said, if the wish quotes one or sets it on a line of its own behind a colon."""
    after = _AFTER_COLON.search(wish)
    if after is not None:
        return after[1].strip()
    quoted = ["".join(groups) for groups in _QUOTED.findall(wish)]
    return max(quoted, key=len, default="").strip()


def _pieces(spoken: Clip, count: int) -> tuple[Piece, ...]:
    """A clip as `count` items, split between words and between frames."""
    words = spoken.text.split()
    count = max(1, min(count, len(words)))
    frames = len(spoken.audio) // FRAME_BYTES
    cuts = [(len(words) * part // count, frames * part // count * FRAME_BYTES) for part in range(count + 1)]
    return tuple(
        Piece(" ".join(words[here[0] : there[0]]), spoken.audio[here[1] : there[1]]) for here, there in pairwise(cuts)
    )
