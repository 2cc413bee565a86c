"""Whatever happens, in whatever order: nothing is raised, and with the guard on no law is broken."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.judgement.chance import calls
from voicecall_core.judgement.call import minted, step
from voicecall_core.judgement.phase import Phase
from voicecall_core.words import events as e
from voicecall_core.words.terms import Greet, Kind, Policy, Terms

_SETTINGS = settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
_TERMS = st.builds(
    Terms,
    st.just("c-1"),
    kind=st.sampled_from(list(Kind)),
    greet=st.sampled_from(list(Greet)),
    pii_say=st.just("hello"),
    pii_greeting=st.just("hello"),
)


@_SETTINGS
@given(_TERMS, calls())
def test_every_law_holds_in_any_order_of_events(terms: Terms, events: list[e.Event]) -> None:
    call = minted(terms)
    for event in events:
        call = step(call, event).call
        assert not call.broken, (event, call.broken)


@_SETTINGS
@given(calls())
def test_without_a_guard_laws_are_broken_but_nothing_is_raised(events: list[e.Event]) -> None:
    call = minted(Terms("c-1", policy=Policy.NAIVE, pii_greeting="hello"))
    for event in events:
        call = step(call, event).call
    assert {law.law for law in call.broken} <= {0, 1, 2, 3, 7, 8, 11}


@_SETTINGS
@given(_TERMS, calls())
def test_a_phase_is_never_gone_back_to_except_from_talking_to_answered(terms: Terms, events: list[e.Event]) -> None:
    order = list(Phase)
    call = minted(terms)
    for event in events:
        then = step(call, event).call
        forward = order.index(then.phase) >= order.index(call.phase)
        assert forward or (call.phase, then.phase) == (Phase.TALKING, Phase.ANSWERED)
        call = then
