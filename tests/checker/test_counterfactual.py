from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.callfile.recorded import SID, dialled, lines_of, reading
from voicecall_core.call.guard_table import Ruling
from voicecall_core.callfile.reader import CallFile, opened
from voicecall_core.checker.counterfactual import Counterfactual, Divergence
from voicecall_core.checker.outcomes import conclusion, every_outcome, likeliest
from voicecall_core.words import events as e
from voicecall_core.words import orders as o
from voicecall_core.words.terms import Kind, Policy, Terms
from voicecall_core.words.values import CallStatus


@dataclass
class Otherwise:
    """How far the other policy was followed, and where it diverged."""

    steps: int
    unlike: int
    divergence: Divergence | None


def asked(recording: CallFile, policy: Policy) -> Otherwise:
    other = Counterfactual(recording.opened().terms, policy)
    steps, divergence = 0, None
    for recorded in recording:
        steps += 1
        if recorded.entry is not None and (divergence := other.follow(recorded.entry)) is not None:
            break
    return Otherwise(steps, other.unlike, divergence)


def of_scenario(path: Path, scenario: str, recorded: Policy, policy: Policy) -> Otherwise:
    dialled(path, scenario, recorded)
    with opened(path) as source:
        return asked(CallFile(source, "call"), policy)


def of_events(*events: e.Event, terms: Terms | None = None, policy: Policy) -> Otherwise:
    return asked(reading("\n".join(lines_of(*events, terms=terms))), policy)


def diverging(found: Otherwise) -> Divergence:
    assert found.divergence is not None
    return found.divergence


UP_TO_ANSWER = (
    e.DialBegan(),
    e.Created(SID, at=0.25),
    e.StatusReported(CallStatus.RINGING, SID, at=0.4),
    e.StatusReported(CallStatus.IN_PROGRESS, SID, at=2.0),
)


@pytest.mark.parametrize("policy", Policy)
def test_the_policy_it_was_recorded_with_diverges_nowhere(tmp_path: Path, policy: Policy) -> None:
    found = of_scenario(tmp_path / "call", "race", policy, policy)
    assert (found.divergence, found.unlike) == (None, 0)


def test_a_call_that_only_says_a_sentence_knows_no_other_policy(tmp_path: Path) -> None:
    assert of_scenario(tmp_path / "call", "say", Policy.GUARD, Policy.NAIVE).divergence is None


@pytest.mark.parametrize("scenario", ["ordinary", "race", "slow-model", "create-answer-lost", "webhook-before-create"])
def test_without_a_guard_the_answered_callback_writes_over_the_stream(tmp_path: Path, scenario: str) -> None:
    found = diverging(of_scenario(tmp_path / "call", scenario, Policy.GUARD, Policy.NAIVE))
    assert isinstance(found.recorded.event, e.StatusReported) and found.recorded.event.status is CallStatus.IN_PROGRESS
    assert any(isinstance(order, o.UpdateCall) for order in found.other.orders)
    assert not any(isinstance(order, o.UpdateCall) for order in found.recorded.orders)
    hurt = every_outcome(found)
    assert hurt.states > 10
    assert all("the write takes effect" in end for end in hurt.orders)
    assert "the stream dies" in conclusion(found)


@pytest.mark.parametrize("scenario", ["ordinary", "race"])
def test_with_the_guard_the_stream_starts_and_nothing_touches_it(tmp_path: Path, scenario: str) -> None:
    found = diverging(of_scenario(tmp_path / "call", scenario, Policy.NAIVE, Policy.GUARD))
    assert [verdict.ruling for verdict in found.other.verdicts] == [Ruling.REFUSED]
    assert set(every_outcome(found).orders) == {"the stream starts, and nothing touches it"}
    assert "nothing touches it" in conclusion(found)


def test_what_was_recorded_after_the_divergence_is_no_evidence() -> None:
    short = of_events(*UP_TO_ANSWER, policy=Policy.NAIVE)
    late = of_events(
        *UP_TO_ANSWER,
        e.Fetched(1, 1, SID, at=9.0),
        e.UpgradeAsked(2, 1, True, at=19.0),
        e.StreamStarted(2, "MZ", SID, at=29.0),
        policy=Policy.NAIVE,
    )
    assert short.steps == late.steps == len(UP_TO_ANSWER)
    assert conclusion(diverging(short)) == conclusion(diverging(late))
    assert likeliest(diverging(short)) == likeliest(diverging(late))


def test_the_pace_of_a_write_is_that_of_this_calls_own_create() -> None:
    """Create took 250 ms to be answered; the stream starts 144 ms after the callback, so the write comes after it."""
    found = diverging(of_events(*UP_TO_ANSWER, policy=Policy.NAIVE))
    words = conclusion(found)
    assert "about 106 ms after `start`: the stream is cut off, the model's handshake is cancelled" in words
    quick = (e.DialBegan(), e.Created(SID, at=0.01), *UP_TO_ANSWER[2:])
    words = conclusion(diverging(of_events(*quick, policy=Policy.NAIVE)))
    assert "about 44 ms before `start`: the stream dies" in words


def test_a_stream_that_is_live_already_has_nothing_to_fear_from_the_callback() -> None:
    found = of_events(
        *UP_TO_ANSWER[:3],
        e.Fetched(1, 1, SID, at=2.0),
        e.UpgradeAsked(2, 1, True, at=2.1),
        e.StreamStarted(2, "MZ", SID, at=2.2),
        e.StatusReported(CallStatus.IN_PROGRESS, SID, at=2.3),
        policy=Policy.NAIVE,
    )
    assert found.divergence is None


def test_an_operators_sentence_before_the_start_is_written_without_a_guard() -> None:
    found = diverging(
        of_events(
            *UP_TO_ANSWER[:3],
            e.Fetched(1, 1, SID, at=2.0),
            e.UpgradeAsked(7, 1, True, at=2.1),
            e.OperatorSpoke("say this", at=2.11),
            policy=Policy.NAIVE,
        )
    )
    assert isinstance(found.recorded.event, e.OperatorSpoke)
    assert conclusion(found).startswith("The operator's <Say> takes effect")
    assert found.fit.carrier.running == "stream"
    assert [socket.stage for socket in found.fit.carrier.sockets] == ["open"]
    assert {"the write takes effect before `start`, and the stream dies"} < set(every_outcome(found).orders)


def test_words_that_were_taken_out_make_no_divergence(tmp_path: Path) -> None:
    lines = lines_of(e.DialBegan(), e.Created(SID, at=1), terms=Terms("c-1", Kind.SAY, pii_say="hello"))
    assert asked(reading("\n".join(lines)), Policy.NAIVE).divergence is None


def test_what_is_said_of_another_call_is_not_said_of_this_one() -> None:
    """A create whose answer was lost placed a call of its own; its end is not this call's."""
    found = of_events(
        *UP_TO_ANSWER[:3],
        e.StatusReported(CallStatus.COMPLETED, "CA" + "9" * 32, at=1.0),
        UP_TO_ANSWER[3],
        policy=Policy.NAIVE,
    )
    assert diverging(found).fit.carrier.leg == "up"
    assert "`start`" in conclusion(diverging(found))


def test_a_write_that_comes_only_later_has_its_distance_to_the_start_too() -> None:
    """With the guard the model's refusal ends the call before it is answered; without it the call goes on."""
    lines = (*UP_TO_ANSWER[:3], e.ModelFailed(1, "invalid_api_key", "refused", retryable=False, at=0.5))
    found = diverging(of_events(*lines, policy=Policy.NAIVE))
    assert [type(order) for order in found.recorded.orders if isinstance(order, o.HangUp)] == [o.HangUp]
    assert "after `start`: the stream is cut off" in conclusion(found)
