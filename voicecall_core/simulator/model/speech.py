"""What the built-in model says next. Knows nothing of how it is sent.

It has no mind: it speaks the sentence that it was asked for, or the next reply of its plan.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from voicecall_core.audio import FRAME_BYTES
from voicecall_core.simulator.model.conversation import Conversation
from voicecall_core.simulator.scenarios.scenario import ModelPlan
from voicecall_core.simulator.voices import Clip, clip, clip_within, said

END_CALL = "end_call"
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
    """A whole response: what is said, the tool that is called behind it and the response that follows (if any)."""

    pieces: tuple[Piece, ...]
    tool: str = ""
    then: Reply | None = None


class SpeechScript:
    """Chooses, for one session."""

    def __init__(self, plan: ModelPlan) -> None:
        self._plan = plan
        self._answered = 0  # turns that got a reply
        self._spoke = False

    def resume(self) -> None:
        """The client put a sentence of the assistant's into the conversation: this is an earlier call continued."""
        self._answered += 1 if self._spoke else 0  # the first one is the greeting
        self._spoke = True

    def still_there(self) -> Reply:
        """What is said when nobody has spoken for long."""
        return self._whole(said(_STILL_THERE))

    def next(self, asked: Mapping[str, Any], terms: Mapping[str, Any], conversation: Conversation) -> Reply:
        """The response to a request (empty for a turn that the model answers by itself)."""
        wish = _wish(asked, terms, conversation)
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

    def _reply(self, terms: Mapping[str, Any]) -> Reply:
        last = self._plan.end_call_after_turns
        if last is not None and self._answered >= last:
            tools = {tool.get("name") for tool in terms["tools"]} if terms["tool_choice"] != "none" else set()
            self._answered += 1
            return self._farewell(END_CALL if END_CALL in tools else "", said_before=self._answered > last + 1)
        replies = self._plan.replies
        name = replies[min(self._answered, len(replies) - 1)]
        self._answered += 1
        return Reply(_pieces(clip(name), self._plan.pieces))

    def _farewell(self, tool: str, *, said_before: bool) -> Reply:
        plan = self._plan
        words = self._whole(said(plan.farewell_text) if plan.farewell_text else clip("farewell"))
        if plan.end_call == "alone" or (plan.end_call == "next" and said_before):
            return Reply((), tool)
        if plan.end_call == "behind":
            return Reply(words.pieces, then=Reply((), tool))
        return Reply(words.pieces, "" if plan.end_call == "next" else tool)

    def _whole(self, spoken: Clip) -> Reply:
        return Reply(_pieces(spoken, 1))


def _wish(asked: Mapping[str, Any], terms: Mapping[str, Any], conversation: Conversation) -> str:
    """The words of a request that are about this response alone."""
    words = str(asked.get("instructions") or "")
    if terms["instructions"]:
        words = words.replace(terms["instructions"], "", 1)
    for item in asked.get("input", ()):
        words += "\n" + " ".join(str(part.get("text", "")) for part in item.get("content", ()))
    newest = conversation.last()
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
