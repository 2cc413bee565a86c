"""The timetable: every pair is spoken for, and nothing that arrives late moves a call back."""

from __future__ import annotations

from itertools import product

import pytest

from voicecall_core.call.phase import BEFORE_ANSWER, TIMETABLE, Fact, Phase, after

_ORDER = list(Phase)


def test_every_pair_is_spoken_for() -> None:
    assert set(TIMETABLE) == set(product(Phase, Fact))


@pytest.mark.parametrize(("phase", "fact"), list(product(Phase, Fact)), ids=str)
def test_no_fact_moves_a_call_back(phase: Phase, fact: Fact) -> None:
    then = after(phase, fact)
    if (phase, fact) == (Phase.TALKING, Fact.STREAM_GONE):
        assert then is Phase.ANSWERED  # the one way back: a stream may come again
    else:
        assert _ORDER.index(then) >= _ORDER.index(phase)


@pytest.mark.parametrize("fact", list(Fact), ids=str)
def test_a_fact_that_comes_twice_changes_nothing_the_second_time(fact: Fact) -> None:
    for phase in Phase:
        once = after(phase, fact)
        assert after(once, fact) is once


@pytest.mark.parametrize(
    ("facts", "phase"),
    [
        ((Fact.DIALLED,), Phase.DIALLING),
        ((Fact.DIALLED, Fact.TAKEN), Phase.QUEUED),
        ((Fact.DIALLED, Fact.RANG, Fact.TAKEN, Fact.INITIATED), Phase.RINGING),
        ((Fact.DIALLED, Fact.PROVEN, Fact.RANG), Phase.ANSWERED),
        ((Fact.DIALLED, Fact.PROVEN, Fact.STREAMING, Fact.PROVEN), Phase.TALKING),
        ((Fact.DIALLED, Fact.PROVEN, Fact.STREAMING, Fact.STREAM_GONE, Fact.STREAMING), Phase.TALKING),
        ((Fact.DIALLED, Fact.CLOSING, Fact.PROVEN, Fact.STREAMING), Phase.ENDING),
        ((Fact.CONCLUDED, Fact.DIALLED, Fact.CLOSING), Phase.OVER),
    ],
)
def test_facts_in_any_order_lead_where_they_should(facts: tuple[Fact, ...], phase: Phase) -> None:
    now = Phase.NEW
    for fact in facts:
        now = after(now, fact)
    assert now is phase


def test_the_phases_before_an_answer_are_those_that_an_answer_ends() -> None:
    assert {phase for phase in Phase if after(phase, Fact.PROVEN) is not phase} | {Phase.NEW} == BEFORE_ANSWER
