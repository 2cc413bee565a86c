"""The walks that are the proof: `prove` makes the standard ones, the tests make them too, `make every` the deep ones.

They are split by what can interact. The guard's walks follow a call from its creation to its end, among carrier, clock
and a few others; the conversation's begin on a live stream, where the model, our door, the callee and the
operator can do many things, each a few times.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from voicecall_core.call.guard import Rulebook
from voicecall_core.call.state import new_call
from voicecall_core.checker.environment import Actor, environment
from voicecall_core.checker.proof import LIMITS, USUAL, Proof
from voicecall_core.checker.talk import Left
from voicecall_core.checker.talk_moves import (
    A_GREETING,
    BEFORE_THE_MODEL,
    PROGRESS,
    TALK,
    TO_A_STREAM,
    TOOL,
    around,
    brought,
)
from voicecall_core.checker.trace import Laws, broken_laws
from voicecall_core.words.events import Event
from voicecall_core.words.terms import Greet, Kind, Policy, Terms


@dataclass(frozen=True, slots=True)
class GuardWalk:
    """A walk of one call from its minting on: who moves besides carrier and clock, and what the call is for."""

    actors: frozenset[Actor]
    kind: Kind = Kind.STREAM
    greet: Greet = Greet.RINGING
    policy: Policy = Policy.GUARD

    def proof(self, *, laws: Laws = broken_laws, rules: Rulebook | None = None) -> Proof:
        """The search, which has not begun."""
        terms = Terms("c-1", self.kind, self.policy, self.greet, pii_say="hello", pii_greeting="hello", limits=LIMITS)
        return Proof(new_call(terms, rules), environment(self.actors), laws=laws)


@dataclass(frozen=True, slots=True)
class ConversationWalk:
    """A walk of one conversation: how often each thing may happen, what came before.

    `moment`: "one moment" is said; `kept`: the greeting is kept from an earlier call.
    """

    left: Left
    after: tuple[Event, ...] = TO_A_STREAM + A_GREETING
    moment: bool = False
    kept: bool = False

    def proof(self, *, laws: Laws = broken_laws, rules: Rulebook | None = None) -> Proof:
        """The search, which has not begun."""
        terms = Terms("c-1", moment=self.moment, pii_greeting="hello", limits=LIMITS, kept_ms=1000 * self.kept)
        terms = replace(terms, pii_kept="hello there" * self.kept, tools=(TOOL,) if self.left.runs else ())
        call = brought(terms, self.after, rules)
        return Proof(call, around(call, self.left), TALK, laws=laws, progress=PROGRESS)


Walk = GuardWalk | ConversationWalk


def _among(*actors: Actor) -> GuardWalk:
    return GuardWalk(frozenset(actors))


_A = Actor
GUARD_WALKS: Mapping[str, GuardWalk] = {
    "the model comes and goes": _among(_A.MODEL, _A.MODEL_FAILS, _A.HANG_UP, _A.REST),
    "the model does not answer": _among(_A.PATIENCE, _A.HANG_UP),
    "the operator wants something said": _among(_A.MODEL, _A.SAY, _A.HANG_UP),
    "the greeting is spoken while it rings": _among(_A.MODEL, _A.GREETING),
    "the greeting is made before it rings": GuardWalk(frozenset({_A.MODEL, _A.GREETING}), greet=Greet.BEFORE_DIALLING),
    "create is answered late, or never": _among(_A.LATE, _A.HANG_UP, _A.REST),
    "an intruder asks": _among(_A.MODEL, _A.INTRUDER),
    "a call that only says a sentence": GuardWalk(frozenset(_A) - {_A.OVERWRITE}, Kind.SAY),
}
# The guard permits one overwrite, and nothing orders it yet while the guard is on; so it is no part of what `prove`
# counts, and walked among the deep ones.
OVERWRITES = _among(_A.OVERWRITE, _A.INTRUDER, _A.REST)

CONVERSATION_WALKS: Mapping[str, ConversationWalk] = {
    "the greeting fails": ConversationWalk(Left(1, failures=1), TO_A_STREAM),
    "the greeting is interrupted": ConversationWalk(Left(1, turns=1), TO_A_STREAM),
    "the greeting's session is lost": ConversationWalk(Left(1, losses=1), TO_A_STREAM, moment=True),
    "a sentence and a goodbye meet the greeting": ConversationWalk(
        Left(1, sentences=1, goodbyes=1, tools=1), TO_A_STREAM
    ),
    "a kept greeting is interrupted": ConversationWalk(Left(1, turns=1), TO_A_STREAM, kept=True),
    "a kept greeting's session is lost": ConversationWalk(Left(1, turns=1, losses=1), TO_A_STREAM, kept=True),
    "a kept greeting is quicker than the model": ConversationWalk(
        Left(1, turns=1, ear=1), BEFORE_THE_MODEL, moment=True, kept=True
    ),
    "the greeting is asked for with the set-up": ConversationWalk(Left(1, early=2, losses=1), BEFORE_THE_MODEL),
    "the greeting that was asked for with the set-up fails": ConversationWalk(
        Left(1, early=2, failures=1), BEFORE_THE_MODEL
    ),
    "something unasked meets the greeting": ConversationWalk(Left(1, unasked=1), TO_A_STREAM),
    "a planned change meets the greeting": ConversationWalk(Left(1, changes=1), TO_A_STREAM),
    "a turn whose answer fails": ConversationWalk(Left(1, turns=1, failures=1)),
    "a turn whose session is lost": ConversationWalk(Left(1, turns=1, losses=1)),
    "a turn that has to wait": ConversationWalk(Left(1, turns=1, losses=1), moment=True),
    "two turns": ConversationWalk(Left(1, turns=2)),
    "a sentence that fails": ConversationWalk(Left(1, sentences=1, failures=1), moment=True),
    "a sentence meets a turn": ConversationWalk(Left(1, turns=1, sentences=1)),
    "a sentence's session is lost": ConversationWalk(Left(1, losses=1, sentences=1)),
    "a sentence meets something unasked": ConversationWalk(Left(0, unasked=1, sentences=1, tools=1)),
    "two sentences and a goodbye": ConversationWalk(Left(1, sentences=2, goodbyes=1)),
    "a goodbye meets a turn": ConversationWalk(Left(0, turns=1, unasked=1, goodbyes=1)),
    "a goodbye fails": ConversationWalk(Left(0, unasked=1, goodbyes=2, failures=1, losses=1)),
    "two goodbyes": ConversationWalk(Left(0, unasked=2, goodbyes=1)),
    "a goodbye on a stream that ends": ConversationWalk(Left(0, unasked=1, goodbyes=1, ends=1)),
    "a tool is called": ConversationWalk(Left(1, unasked=1, tools=1, dry=1)),
    "a tool is called in a turn": ConversationWalk(Left(0, turns=1, unasked=1, tools=1, goodbyes=1)),
    "a tool runs": ConversationWalk(Left(1, unasked=1, runs=1)),
    "a tool runs while its session is lost": ConversationWalk(Left(1, unasked=1, runs=1, losses=1)),
    "a turn while a tool runs": ConversationWalk(Left(1, turns=1, unasked=1, runs=1)),
    "a goodbye while a tool runs": ConversationWalk(Left(1, unasked=1, runs=1, goodbyes=1)),
    "a planned change meets a turn": ConversationWalk(Left(1, turns=1, changes=1)),
    "a planned change meets a loss": ConversationWalk(Left(1, losses=1, sentences=1, changes=1)),
    "a planned change meets a goodbye": ConversationWalk(Left(0, unasked=1, goodbyes=1, changes=2)),
    "a turn begun in the greeting meets a sentence": ConversationWalk(Left(1, turns=1, sentences=1), TO_A_STREAM),
    "a turn on a stream that comes back": ConversationWalk(Left(1, turns=1, ear=1, ends=1, returns=1)),
    "an answer on a stream that comes back": ConversationWalk(Left(2, turns=1, ends=1, returns=1)),
    "a sentence on a stream that comes back": ConversationWalk(Left(1, sentences=1, ends=1, returns=1)),
    "a goodbye on a stream that comes back": ConversationWalk(Left(1, goodbyes=1, ends=1, returns=1), TO_A_STREAM),
    "everything ends": ConversationWalk(Left(0, turns=1, ends=1, ear=1, words=1)),
}

STANDARD: Mapping[str, Walk] = {**GUARD_WALKS, **CONVERSATION_WALKS}

DEEP: Mapping[str, Walk] = {
    "the usual": GuardWalk(USUAL),
    "create late, the model fails": _among(_A.LATE, _A.MODEL, _A.MODEL_FAILS, _A.SAY, _A.HANG_UP, _A.REST),
    "the model is given up for its silence": _among(_A.MODEL, _A.PATIENCE),
    "the greeting, the model fails": _among(_A.MODEL, _A.MODEL_FAILS, _A.GREETING, _A.HANG_UP),
    "overwrites, an intruder, sentences": _among(_A.MODEL, _A.SAY, _A.OVERWRITE, _A.INTRUDER, _A.HANG_UP, _A.REST),
    "create late, overwrites": _among(_A.LATE, _A.OVERWRITE, _A.INTRUDER, _A.REST),
    "the greeting is made before it rings, the model fails": GuardWalk(
        frozenset({_A.MODEL, _A.MODEL_FAILS, _A.GREETING, _A.HANG_UP}), greet=Greet.BEFORE_DIALLING
    ),
    "the greeting waits for the answer": GuardWalk(
        frozenset({_A.MODEL, _A.GREETING, _A.HANG_UP}), greet=Greet.ANSWERED
    ),
    "overwrites and an intruder": OVERWRITES,
    "two tools run": ConversationWalk(Left(1, unasked=1, runs=2)),
    "a longer conversation": ConversationWalk(Left(2, turns=2, losses=1, failures=1), moment=True),
}
