"""Calls in which the callee could be left waiting, as scenarios: what makes an agent go mute, and what must come of it.

Times of planned losses run from when the first session is asked for, which is when the call is placed: an ordinary one
is answered at 2.0 s, its stream starts at 2.1 s, its greeting plays until 6.0 s.
"""

from __future__ import annotations

from dataclasses import replace

from voicecall_core.simulator.scenarios.field_failures import GREETED, TALK, ill, well
from voicecall_core.simulator.scenarios.scenario import (
    Act,
    CarrierPlan,
    Expectation,
    HangUpPhone,
    Listen,
    ModelPlan,
    Scenario,
    Speak,
    Wait,
)

_GOODBYE: tuple[Act, ...] = (Speak("bye"), HangUpPhone())
_ASKED: tuple[Act, ...] = (*GREETED, Speak("answer"), Listen())
_WAITS: tuple[Act, ...] = (*GREETED, Speak("answer"), Listen(quiet_ms=60_000, patience_ms=60_000))
_INTERRUPTS: tuple[Act, ...] = (Wait(1_000), Speak("interruption"), Listen(), Speak("answer"), Listen(), *_GOODBYE)
_SLOW = ModelPlan(handshake_ms=1_100, created_ms=200, updated_ms=100)
_FAREWELL = (
    "Thank you very much for your time today, it was a pleasure to talk to you, I have written everything down and "
    "somebody will call you back in the course of the next week. Have a nice day, goodbye."
)  # 11 s


def _lost(name: str, about: str, at_ms: int, callee: tuple[Act, ...] = TALK) -> Scenario:
    """The session dies at that time, and the next one needs as long as they do on a bad day."""
    expects = replace(well("model-lost"), greeting_heard=callee is not _INTERRUPTS)
    return Scenario(name, about, callee, expects, model=replace(_SLOW, drops_at_ms=(at_ms,)))


_LOSSES = (
    _lost(
        "model-lost-as-greeting-ends",
        "The session is lost while the greeting plays; its last mark comes back while the next one opens.",
        5_500,
    ),
    _lost(
        "model-lost-in-interrupted-greeting",
        "The callee interrupts the greeting, and the session is lost before he has finished.",
        4_900,
        _INTERRUPTS,
    ),
    _lost(
        "model-lost-after-interrupted-greeting",
        "The callee interrupts the greeting, and the session is lost before he is answered.",
        6_000,
        _INTERRUPTS,
    ),
    _lost("model-lost-in-mid-turn", "The session is lost while the callee speaks: the next one must hear him.", 7_500),
    _lost(
        "model-lost-before-answer", "The session is lost between the callee's turn and the answer's first sound.", 9_000
    ),
    _lost("model-lost-in-mid-answer", "The session is lost while it speaks the answer.", 9_500),
    Scenario(
        "model-lost-minutes-apart",
        "The session is lost twice in a call, more than a minute apart.",
        (*_ASKED, Wait(60_000), Speak("question"), Listen(), *_GOODBYE),
        well("model-lost"),
        model=ModelPlan(drops_at_ms=(9_000, 75_000)),
    ),
    Scenario(
        "session-is-changed",
        "The model's session nears its limit, of which it has told, and the next one takes over unheard.",
        (*_ASKED, Wait(122_000), Speak("question"), Listen(), *_GOODBYE),
        well("session-changed"),
        model=ModelPlan(lasts_ms=130_000),
    ),
)

_RESPONSES = (
    Scenario(
        "answer-hangs",
        "The answer to a turn is begun and goes no further.",
        (*_ASKED, *_GOODBYE),
        well("agent-silent"),
        model=ModelPlan(hang_response=2),
    ),
    Scenario(
        "every-answer-hangs",
        "After the greeting every response is begun and goes no further.",
        _WAITS,
        ill("agent-silent", "model-silent", "agent-silent", heard=True),
        model=ModelPlan(hang_response=2, faulty_responses=0),
    ),
    Scenario(
        "answer-without-a-sound",
        "The answer to a turn is complete, and has no sound.",
        (*_ASKED, *_GOODBYE),
        well(),
        model=ModelPlan(mute_response=2),
    ),
    Scenario(
        "no-answer-has-a-sound",
        "After the greeting every response is complete at once, and has no sound.",
        _WAITS,
        ill("model-failed", "model-lost", "agent-silent", heard=True),
        model=ModelPlan(mute_response=2, faulty_responses=0),
    ),
    Scenario(
        "answer-stops-in-mid-word",
        "The answer to a turn stops in mid-word and never ends; the callee asks again.",
        (*GREETED, Speak("answer"), Listen(quiet_ms=3_000), Speak("question"), Listen(), *_GOODBYE),
        well(),
        model=ModelPlan(stall_response=2),
    ),
    Scenario(
        "turn-never-ends",
        "The model does not notice that the callee has finished.",
        (*_ASKED, *_GOODBYE),
        well(),
        model=ModelPlan(endless_turn=2),
    ),
    Scenario(
        "no-turn-ever-ends",
        "In no session does the model notice that the callee has finished.",
        (*_ASKED, *_GOODBYE),
        well(),
        model=ModelPlan(endless_turn=1),
    ),
    Scenario(
        "answers-unasked",
        "The model answers and falls silent by itself, although its session says otherwise.",
        TALK,
        well(),
        model=ModelPlan(always_answers=True, always_yields=True),
    ),
    Scenario(
        "metadata-lost",
        "The model's responses do not say what they were asked for by.",
        TALK,
        well(),
        model=ModelPlan(metadata_lost=True),
    ),
    Scenario(
        "model-quota-gone-at-once",
        "The model's account has no money left: the session opens, and the greeting already fails.",
        GREETED,
        ill("model-failed", "model-refused", "model-cannot-speak"),
        model=ModelPlan(fail_response=1, fail_code="insufficient_quota", faulty_responses=0),
        failures=("S8",),
    ),
)

_SESSIONS = (
    Scenario(
        "model-freezes",
        "The model's process hangs in mid-call, and its socket stays open.",
        (*_ASKED, *_GOODBYE),
        well("agent-silent"),
        model=ModelPlan(freeze_after_ms=6_500),
    ),
    Scenario(
        "every-session-freezes",
        "Each of the model's sessions hangs a moment after it was ready.",
        _WAITS,
        ill("model-failed", "model-lost", "agent-silent", heard=True),
        model=ModelPlan(freeze_after_ms=6_500, freezes=1_000),
    ),
    Scenario(
        "model-unreachable-at-first",
        "The model takes no connections at first, and does while it rings.",
        TALK,
        well(),
        CarrierPlan(answer_ms=6_000),
        ModelPlan(reachable_from_ms=3_000),
    ),
    Scenario(
        "model-unreachable",
        "The model takes no connection at all.",
        GREETED,
        ill("model-failed", "model-lost", "model-unreachable"),
        model=ModelPlan(reachable_from_ms=None),
    ),
    Scenario(
        "model-handshake-hangs-once",
        "The first handshake with the model never ends; the second one does.",
        (*_ASKED, *_GOODBYE),
        well("agent-silent"),
        model=ModelPlan(stuck_at="handshake", stuck_sessions=1),
    ),
    Scenario(
        "model-never-greets",
        "The model's handshake ends, and its session is never created.",
        GREETED,
        ill("model-failed", "model-never-ready", "model-never-ready"),
        model=ModelPlan(stuck_at="created"),
    ),
    *(
        Scenario(
            f"model-sets-up-other-{what}",
            f"The model's first session is set up with {words} than was asked for.",
            TALK,
            well("set-up-refused"),
            model=ModelPlan(sets_up_other=what),
        )
        for what, words in (("voice", "another voice"), ("format", "another sound"), ("turns", "other turn-taking"))
    ),
)

_FAREWELLS = (
    Scenario(
        "farewell-fails-behind-end-call",
        "The response with the farewell and end_call ends as failed, with the farewell still to be heard.",
        _ASKED,
        well("response-failed", cause="agent"),
        model=ModelPlan(end_call_after_turns=0, end_call_fails=True),
    ),
    Scenario(
        "end-call-behind-farewell",
        "The farewell is one response, and end_call comes in the one that follows.",
        _ASKED,
        well(cause="agent"),
        model=ModelPlan(end_call_after_turns=0, end_call="behind"),
    ),
    Scenario(
        "end-call-with-next-turn",
        "The agent says goodbye, the callee too, and end_call is the answer to that.",
        (*_ASKED, Speak("bye"), Listen()),
        well(cause="agent"),
        model=ModelPlan(end_call_after_turns=0, end_call="next"),
    ),
    Scenario(
        "end-call-without-farewell",
        "The agent ends the call without a word.",
        _ASKED,
        Expectation("completed", "agent"),
        model=ModelPlan(end_call_after_turns=0, end_call="alone"),
    ),
    Scenario(
        "long-farewell",
        "The farewell takes eleven seconds.",
        _ASKED,
        well(cause="agent"),
        model=ModelPlan(end_call_after_turns=0, farewell_text=_FAREWELL),
    ),
    Scenario(
        "model-lost-in-farewell",
        "The session is lost while the finished farewell plays.",
        _ASKED,
        well("model-lost", cause="agent"),
        model=ModelPlan(end_call_after_turns=0, farewell_text=_FAREWELL, drops_at_ms=(14_000,)),
    ),
)

_CARRIERS = (
    Scenario(
        "fetched-late",
        "The document is fetched fifteen seconds after the answer, as on a trial account that asks for a key press.",
        (Wait(15_000), *TALK),
        well("agent-silent"),
        CarrierPlan(fetch_ms=15_000),
    ),
    Scenario(
        "never-fetched",
        "The call is answered, and its document is never fetched.",
        (),
        Expectation("never-fetched", "never-fetched", greeting_heard=False, diagnosis="never-fetched"),
        CarrierPlan(fetch_ms=None),
    ),
    Scenario(
        "every-stream-turned-away",
        "Each stream comes with another token than its document's, and is turned away.",
        GREETED,
        ill("turned-away", "turned-away", "wrong-token"),
        CarrierPlan(token_lost=True, faulty_streams=0),
    ),
)

SILENT_CALLS = (*_LOSSES, *_RESPONSES, *_SESSIONS, *_FAREWELLS, *_CARRIERS)
