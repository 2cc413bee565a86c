"""Whatever happens, in whatever order: nothing is raised, and with the guard on no law is broken."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, example, given, seed, settings
from hypothesis import strategies as st

from tests.call.chance import A_GREETED_CALL, TOOLS, calls, in_time
from voicecall_core.call.phase import Phase
from voicecall_core.call.state import Create
from voicecall_core.call.step import Call, new_call, step
from voicecall_core.checker.reduction import key, projected
from voicecall_core.words import events as e
from voicecall_core.words import orders as o
from voicecall_core.words.terms import Greet, Kind, Policy, Terms
from voicecall_core.words.values import RestAnswer

_SETTINGS = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
_MANY = settings(_SETTINGS, max_examples=5_000, database=None)
_SEEDS = range(20)  # times _MANY: 100,000 random calls
_TERMS = st.builds(
    Terms,
    st.just("c-1"),
    kind=st.sampled_from(list(Kind)),
    greet=st.sampled_from(list(Greet)),
    pii_say=st.just("hello"),
    pii_greeting=st.just("hello"),
    tools=st.just(TOOLS),
)


# A response that fails behind `end_call`: what it has made is heard to its end before the call is hung up.
_FAILS_BEHIND_A_GOODBYE = in_time(
    *A_GREETED_CALL,
    e.ResponseBegan(1, "r2"),
    e.AudioBegan(1, "r2", "i2"),
    e.AudioSent(1, "i2", "r2", 4000),
    e.ToolCalled(1, "r2", "t1", "end_call"),
    e.ResponseEnded(1, "r2", "failed"),
)


def _lawful(terms: Terms, events: list[e.Event]) -> Call:
    """The call after these events, none of which has broken a law."""
    call = new_call(terms)
    for event in events:
        call = step(call, event).call
        assert not call.broken, (event, call.broken)
    return call


@_SETTINGS
@given(_TERMS, calls())
@example(Terms("c-1", pii_greeting="hello"), _FAILS_BEHIND_A_GOODBYE)
def test_every_law_holds_in_any_order_of_events(terms: Terms, events: list[e.Event]) -> None:
    _lawful(terms, events)


@pytest.mark.every
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("number", _SEEDS)
def test_every_law_holds_in_very_many_random_calls_and_silence_ends_each(number: int) -> None:
    """Each seed is its own test: a run that is cut short has shown what it has shown, and the seeds share the cores."""

    @seed(number)
    @_MANY
    @given(_TERMS, calls(), st.integers(0, 3))
    def holds(terms: Terms, events: list[e.Event], turn: int) -> None:
        _ends_by_silence(_lawful(terms, events), turn)

    holds()


@_SETTINGS
@given(calls())
def test_without_a_guard_laws_are_broken_but_nothing_is_raised(events: list[e.Event]) -> None:
    call = new_call(Terms("c-1", policy=Policy.NAIVE, pii_greeting="hello"))
    for event in events:
        call = step(call, event).call
    assert {law.law for law in call.broken} <= {0, 1, 2, 3, 7, 8, 11}


@_SETTINGS
@given(_TERMS, calls())
def test_a_phase_is_never_gone_back_to_except_from_talking_to_answered(terms: Terms, events: list[e.Event]) -> None:
    order = list(Phase)
    call = new_call(terms)
    for event in events:
        then = step(call, event).call
        forward = order.index(then.phase) >= order.index(call.phase)
        assert forward or (call.phase, then.phase) == (Phase.TALKING, Phase.ANSWERED)
        call = then


def _silence(call: Call, turn: int) -> e.Event:
    """What still comes when nothing comes from outside: a timer, or the news that an answer is lost."""
    timers = sorted(call.timers)
    pending = call.guard.pending
    if timers:
        return e.TimerFired(timers[turn % len(timers)])
    if call.create is Create.PENDING:
        return e.CreateLost("no answer")
    if call.create is Create.LOST:
        return e.LookedUp((), reached=False)
    if pending is not None and not pending.in_doubt:
        return e.UpdateAnswered(pending.number, RestAnswer.LOST)
    return e.Checked(None)


def _ends_by_silence(call: Call, turn: int) -> None:
    for _ in range(60):
        if call.phase is Phase.OVER:
            break
        event = _silence(call, turn)
        call = step(call, event).call
        assert not call.broken, event
    assert call.phase is Phase.OVER
    assert not call.timers


@_SETTINGS
@given(_TERMS, calls(), st.integers(0, 3))
def test_timers_and_lost_answers_alone_bring_every_call_to_its_end(
    terms: Terms, events: list[e.Event], turn: int
) -> None:
    _ends_by_silence(_lawful(terms, events), turn)


def _shape(order: o.Order) -> object:
    """An order without the words and the seconds, which a projected call has forgotten."""
    match order:
        case o.StartTimer():
            return (o.StartTimer, order.timer)
        case o.Conclude():
            return o.Conclude
    return order


@_SETTINGS
@given(_TERMS, calls())
def test_a_projected_call_answers_every_event_as_the_whole_one_does(terms: Terms, events: list[e.Event]) -> None:
    call = new_call(terms)
    small = projected(call)
    for event in events:
        whole, part = step(call, event), step(small, replace(event, at=0.0))
        told = [_shape(order) for order in whole.orders if not isinstance(order, o.TellHistory)]
        assert told == [_shape(order) for order in part.orders], event
        assert whole.verdicts == part.verdicts
        call, small = whole.call, projected(part.call)
        assert key(projected(call)) == key(small), event
