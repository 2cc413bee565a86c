"""The built-in model as an actor: which of a scenario's replies answers a turn. Knows no socket and no sound.

It does not understand: it looks for a reply's `when` in the words of the turn, which it gets beside the sound.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from voicecall_core.patterns import compiled
from voicecall_core.simulator.scenarios.scenario import ScriptedReply, ToolCall
from voicecall_core.simulator.voices import plain

END_CALL = "end_call"
NO_REPLY = "The scenario has no reply to that."
WAITING = "I am still waiting for that."
NO_SUCH_TOOL = "I was given no tool named {tool}."
ANSWER = "{answer}"
SPOKEN = 300  # letters of a tool's answer that are said


@dataclass(frozen=True, slots=True)
class Cue:
    """What the model says next, and the tools that it calls behind it."""

    text: str
    calls: tuple[ToolCall, ...] = ()


class Actor:
    """For one session. The same turn asked again is answered as before."""

    def __init__(self, replies: Sequence[ScriptedReply]) -> None:
        self._replies = replies
        self._used: Counter[int] = Counter()
        self._turn = ""  # the item that was answered last
        self._playing: int | None = None  # the reply to it
        self._calling: int | None = None  # the reply that called tools last

    def resume(self, text: str) -> None:
        """An earlier session said this: the reply that it is counts as used."""
        said = plain(text)
        for number, reply in enumerate(self._replies):
            if said and plain(reply.say).startswith(said) and not self._spent(number):
                self._used[number] += 1
                return

    def answer(self, item: str, words: str, tools: frozenset[str], *, waiting: bool = False) -> Cue:
        """The reply to a turn of the callee's: the item's name, and what was understood of it.

        `waiting`: a tool that was called has not answered yet.
        """
        if item == self._turn and waiting:
            return Cue(WAITING)
        if item != self._turn or self._playing is None:
            self._turn, self._playing = item, self._choose(words)
            if self._playing is not None:
                self._used[self._playing] += 1
        if self._playing is None:
            return Cue(NO_REPLY)
        reply = self._replies[self._playing]
        unknown = next((call.tool for call in reply.calls if call.tool not in tools), "")
        if unknown:
            return Cue(f"{reply.say} {NO_SUCH_TOOL.format(tool=unknown)}".strip())
        self._calling = self._playing if reply.calls else self._calling
        return Cue(reply.say, reply.calls or _farewell(reply, tools))

    def after_tools(self, answer: str, tools: frozenset[str], told: str = "") -> Cue:
        """What it says when its calls have been answered, lastly so. `told`: a tool that an earlier session called."""
        if told:
            calling = (n for n, reply in enumerate(self._replies) if any(call.tool == told for call in reply.calls))
            self._calling = next(calling, self._calling)
        if self._calling is None:  # the answer to end_call: everything is said
            return Cue("")
        reply = self._replies[self._calling]
        leaving = _farewell(reply, tools)
        self._calling = None if leaving else self._calling
        return Cue(reply.then.replace(ANSWER, " ".join(answer.split())[:SPOKEN]), leaving)

    def _choose(self, words: str) -> int | None:
        ready = [number for number in range(len(self._replies)) if not self._spent(number)]
        meant = (
            number for number in ready if self._replies[number].when and matches(self._replies[number].when, words)
        )
        in_turn = (number for number in ready if not self._replies[number].when)
        return next(meant, next(in_turn, None))

    def _spent(self, number: int) -> bool:
        reply = self._replies[number]
        most = reply.times or (0 if reply.when else 1)
        return bool(most) and self._used[number] >= most


def matches(when: str, words: str) -> bool:
    """Whether a text occurs in the words (capitals and punctuation aside), or a /regular expression/ in them."""
    if is_pattern(when):
        return compiled(when[1:-1]).search(words) is not None
    return f" {plain(when)} " in f" {plain(words)} "


def is_pattern(when: str) -> bool:
    """Whether it is written as a regular expression."""
    return len(when) > 2 and when[0] == when[-1] == "/"


def _farewell(reply: ScriptedReply, tools: frozenset[str]) -> tuple[ToolCall, ...]:
    return (ToolCall(END_CALL),) if reply.hang_up and END_CALL in tools else ()
