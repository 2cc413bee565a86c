"""What each law of progress demands is left undone, one at a time: a walk must find that law broken.

And where more than one step would show it, the walk must also notice without the law: as a state that stands still.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from voicecall_core.call import floor, model_sessions, tool_calls, turn_taking
from voicecall_core.call.conversation import Action, Floor
from voicecall_core.call.floor import put
from voicecall_core.call.invariants import LAWS
from voicecall_core.call.progress import PROGRESS as LAWS_OF_PROGRESS
from voicecall_core.call.state import StepContext
from voicecall_core.checker.proof import Report
from voicecall_core.checker.standard_walks import CONVERSATION_WALKS, GuardWalk
from voicecall_core.words import orders as o
from voicecall_core.words.values import Timer

_GUARD = ""  # the walk of the guard, which begins before the stream
Patch = pytest.MonkeyPatch


def _never_waits(*timers: Timer) -> Callable[[Patch], None]:
    """These waits are not begun."""

    def apply(patch: Patch) -> None:
        wait = StepContext.wait

        def careless(self: StepContext, timer: Timer, seconds: float) -> None:
            if timer not in timers:
                wait(self, timer, seconds)

        patch.setattr(StepContext, "wait", careless)

    return apply


def _asks_of_its_own(patch: Patch) -> None:
    """Whenever nobody has the floor, a response is asked for."""
    ask_next: Any = turn_taking._ask_next

    def eager(context: StepContext) -> None:
        ask_next(context)
        now = context.call.conversation
        if now.idle and now.greeting_over and now.floor is Floor.NOBODY:
            floor.ask(context, Floor.AGENT)

    patch.setattr(turn_taking, "_ask_next", eager)


def _keeps_turns_held(patch: Patch) -> None:
    patch.setattr(turn_taking, "_agree_on_turns", lambda context: None)


def _forwards_nothing(patch: Patch) -> None:
    patch.setattr(turn_taking, "_feed", lambda context: None)


def _forgets_tools(patch: Patch) -> None:
    patch.setitem(floor.ACTIONS, Action.RUN_TOOL, lambda context, event: None)


def _keeps_answers(patch: Patch) -> None:
    patch.setattr(tool_calls, "tell_answers", lambda context: None)


def _answers_any_session(patch: Patch) -> None:
    """Whichever session there is gets the answer by the name that the call had in the one that made it."""

    def careless(order: o.TellTool) -> o.AnswerTool:
        return o.AnswerTool(order.session, order.tool_call, pii_output=order.pii_output)

    give = StepContext.order

    def mistaken(self: StepContext, *orders: o.Order) -> None:
        give(self, *(careless(order) if isinstance(order, o.TellTool) else order for order in orders))

    patch.setattr(StepContext, "order", mistaken)


def _tells_again(patch: Patch) -> None:
    """Every answer is told at every step."""
    tell_answers: Any = tool_calls.tell_answers

    def eager(context: StepContext) -> None:
        tell_answers(context)
        for run in context.call.conversation.tools:
            if run.outcome is not None and run.told_in == run.session == context.call.model.session:
                context.order(o.AnswerTool(run.session, run.tool_call, pii_output=run.pii_output))

    patch.setattr(tool_calls, "tell_answers", eager)


BUILDS: Mapping[str, tuple[int, Callable[[Patch], None], str]] = {
    "a stream is not waited for": (15, _never_waits(Timer.STREAM), _GUARD),
    "a fetch is not waited for": (15, _never_waits(Timer.FETCH), _GUARD),
    "answers nobody is owed": (16, _asks_of_its_own, "the greeting is interrupted"),
    "turns stay held": (17, _keeps_turns_held, "two turns"),
    "a session hears nobody": (17, _forwards_nothing, "a turn whose session is lost"),
    "a session's opening has no bound": (18, _never_waits(Timer.MODEL), "a turn whose session is lost"),
    "a greeting's last mark has no bound": (18, _never_waits(Timer.GREETING), "the greeting fails"),
    "a last mark has no bound": (18, _never_waits(Timer.PLAYBACK), "two turns"),
    "a farewell has no bound": (18, _never_waits(Timer.FAREWELL), "two goodbyes"),
    "an apology has no bound": (18, _never_waits(Timer.APOLOGY), "a turn whose session is lost"),
    "nobody's patience runs": (19, _never_waits(Timer.PATIENCE), "two turns"),
    "nobody's patience runs while a tool does": (19, _never_waits(Timer.PATIENCE), "a tool runs"),
    "a tool call is forgotten": (21, _forgets_tools, "a tool runs"),
    "a tool's answer is kept": (21, _keeps_answers, "a tool runs"),
    "a tool's answer is told twice": (21, _tells_again, "a tool runs"),
    "a session is answered that did not call": (21, _answers_any_session, "a tool runs while its session is lost"),
}


def _asks_each_time(patch: Patch) -> None:
    patch.setattr(turn_taking, "_greet_if_due", turn_taking._ask_greeting)


def _hears_what_is_not_set_up(patch: Patch) -> None:
    def heard(context: StepContext, response: str) -> None:
        put(context, items=((f"i{response[1:]}", response),))

    patch.setattr(model_sessions, "spoke_unready", heard)


_EARLY = "the greeting is asked for with the set-up"
ONE_GREETING: Mapping[str, tuple[int, Callable[[Patch], None], str]] = {
    "it is asked for early, and again": (6, _asks_each_time, _EARLY),
    "it is heard before its session is set up": (6, _hears_what_is_not_set_up, _EARLY),
}
ALL = {**BUILDS, **ONE_GREETING}
STANDS_STILL = (
    "a last mark has no bound",
    "a farewell has no bound",
    "an apology has no bound",
    "nobody's patience runs",
)


def _walk(name: str, law: int | None, monkeypatch: Patch) -> Report:
    """The walk of a build; with `law`, only that one is looked at, without it none is."""
    _, build, walk = ALL[name]
    build(monkeypatch)

    def laws(made: Any) -> Any:
        return [each for each in made.broken if each.law == law]

    if walk == _GUARD:
        return GuardWalk(frozenset()).proof(laws=laws).run(limit=50_000)
    return CONVERSATION_WALKS[walk].proof(laws=laws).run()


def test_each_law_of_progress_has_a_build_that_breaks_it() -> None:
    assert {law for law, _, _ in BUILDS.values()} == set(LAWS_OF_PROGRESS) <= set(LAWS)


@pytest.mark.parametrize("name", ALL)
def test_what_a_law_demands_is_missed_when_it_is_not_done(name: str, monkeypatch: Patch) -> None:
    assert _walk(name, ALL[name][0], monkeypatch).broken is not None


@pytest.mark.parametrize("name", STANDS_STILL)
def test_without_the_law_the_walk_finds_what_stands_still(name: str, monkeypatch: Patch) -> None:
    report = _walk(name, None, monkeypatch)
    assert report.broken is None and report.stuck is not None
