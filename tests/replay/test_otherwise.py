from __future__ import annotations

from pathlib import Path

import pytest

from tests.replay.recorded import SID, dialled, lines_of, reading
from voicecall_core.journal import Header
from voicecall_core.judgement.rulings import Ruling
from voicecall_core.replay.aftermath import conclusion, fates, likeliest
from voicecall_core.replay.otherwise import Otherwise, Parting, otherwise
from voicecall_core.replay.reading import Recording, opened
from voicecall_core.words import events as e
from voicecall_core.words import orders as o
from voicecall_core.words.terms import Kind, Policy, Terms


def asked(recording: Recording, policy: Policy) -> Otherwise:
    header: Header = recording.opened()
    return otherwise(header.terms, recording, policy)


def of_scenario(path: Path, scenario: str, recorded: Policy, policy: Policy) -> Otherwise:
    dialled(path, scenario, recorded)
    with opened(path) as source:
        return asked(Recording(source, "call"), policy)


def of_events(*events: e.Event, terms: Terms | None = None, policy: Policy) -> Otherwise:
    return asked(reading("\n".join(lines_of(*events, terms=terms))), policy)


def parting(found: Otherwise) -> Parting:
    assert found.parting is not None
    return found.parting


UP_TO_ANSWER = (
    e.DialBegan(),
    e.Created(SID, at=0.25),
    e.StatusReported(e.CallStatus.RINGING, SID, at=0.4),
    e.StatusReported(e.CallStatus.IN_PROGRESS, SID, at=2.0),
)


@pytest.mark.parametrize("policy", Policy)
def test_the_policy_it_was_recorded_with_parts_nowhere(tmp_path: Path, policy: Policy) -> None:
    found = of_scenario(tmp_path / "call", "race", policy, policy)
    assert (found.parting, found.unlike) == (None, 0)


def test_a_call_that_only_says_a_sentence_knows_no_other_policy(tmp_path: Path) -> None:
    assert of_scenario(tmp_path / "call", "say", Policy.GUARD, Policy.NAIVE).parting is None


@pytest.mark.parametrize("scenario", ["ordinary", "race", "slow-model", "create-answer-lost", "webhook-before-create"])
def test_without_a_guard_the_answered_callback_writes_over_the_stream(tmp_path: Path, scenario: str) -> None:
    found = parting(of_scenario(tmp_path / "call", scenario, Policy.GUARD, Policy.NAIVE))
    assert isinstance(found.event, e.StatusReported) and found.event.status is e.CallStatus.IN_PROGRESS
    assert any(isinstance(order, o.UpdateCall) for order in found.other.orders)
    assert not any(isinstance(order, o.UpdateCall) for order in found.recorded[1])
    hurt = fates(found)
    assert hurt.states > 10
    assert all("the write takes effect" in end for end in hurt.orders)
    assert "the stream dies" in conclusion(found)


@pytest.mark.parametrize("scenario", ["ordinary", "race"])
def test_with_the_guard_the_stream_starts_and_nothing_touches_it(tmp_path: Path, scenario: str) -> None:
    found = parting(of_scenario(tmp_path / "call", scenario, Policy.NAIVE, Policy.GUARD))
    assert [verdict.ruling for verdict in found.other.verdicts] == [Ruling.REFUSED]
    assert set(fates(found).orders) == {"the stream starts, and nothing touches it"}
    assert "nothing touches it" in conclusion(found)


def test_what_was_recorded_after_the_parting_is_no_evidence() -> None:
    short = of_events(*UP_TO_ANSWER, policy=Policy.NAIVE)
    late = of_events(
        *UP_TO_ANSWER,
        e.Fetched(1, 1, SID, at=9.0),
        e.UpgradeAsked(2, 1, True, at=19.0),
        e.StreamStarted(2, "MZ", SID, at=29.0),
        policy=Policy.NAIVE,
    )
    assert short.steps == late.steps == len(UP_TO_ANSWER)
    assert conclusion(parting(short)) == conclusion(parting(late))
    assert likeliest(parting(short)) == likeliest(parting(late))


def test_the_pace_of_a_write_is_that_of_this_calls_own_create() -> None:
    """Create took 250 ms to be answered; the stream starts 144 ms after the callback, so the write comes after it."""
    found = parting(of_events(*UP_TO_ANSWER, policy=Policy.NAIVE))
    words = conclusion(found)
    assert "about 106 ms after `start`: the stream is cut off, the model's handshake is cancelled" in words
    quick = (e.DialBegan(), e.Created(SID, at=0.01), *UP_TO_ANSWER[2:])
    words = conclusion(parting(of_events(*quick, policy=Policy.NAIVE)))
    assert "about 44 ms before `start`: the stream dies" in words


def test_a_stream_that_is_live_already_has_nothing_to_fear_from_the_callback() -> None:
    found = of_events(
        *UP_TO_ANSWER[:3],
        e.Fetched(1, 1, SID, at=2.0),
        e.UpgradeAsked(2, 1, True, at=2.1),
        e.StreamStarted(2, "MZ", SID, at=2.2),
        e.StatusReported(e.CallStatus.IN_PROGRESS, SID, at=2.3),
        policy=Policy.NAIVE,
    )
    assert found.parting is None


def test_an_operators_sentence_before_the_start_is_written_without_a_guard() -> None:
    found = parting(
        of_events(
            *UP_TO_ANSWER[:3],
            e.Fetched(1, 1, SID, at=2.0),
            e.UpgradeAsked(7, 1, True, at=2.1),
            e.OperatorSpoke("say this", at=2.11),
            policy=Policy.NAIVE,
        )
    )
    assert isinstance(found.event, e.OperatorSpoke)
    assert conclusion(found).startswith("The operator's <Say> takes effect")
    assert found.led.carrier.running == "stream"
    assert [socket.stage for socket in found.led.carrier.sockets] == ["open"]
    assert {"the write takes effect before `start`, and the stream dies"} < set(fates(found).orders)


def test_words_that_were_taken_out_make_no_parting(tmp_path: Path) -> None:
    lines = lines_of(e.DialBegan(), e.Created(SID, at=1), terms=Terms("c-1", Kind.SAY, pii_say="hello"))
    assert asked(reading("\n".join(lines)), Policy.NAIVE).parting is None


def test_what_is_said_of_another_call_is_not_said_of_this_one() -> None:
    """A create whose answer was lost placed a call of its own; its end is not this call's."""
    found = of_events(
        *UP_TO_ANSWER[:3],
        e.StatusReported(e.CallStatus.COMPLETED, "CA" + "9" * 32, at=1.0),
        UP_TO_ANSWER[3],
        policy=Policy.NAIVE,
    )
    assert parting(found).led.carrier.leg == "up"
    assert "`start`" in conclusion(parting(found))


def test_a_write_that_comes_only_later_has_its_distance_to_the_start_too() -> None:
    """With the guard the model's refusal ends the call before it is answered; without it the call goes on."""
    lines = (*UP_TO_ANSWER[:3], e.ModelFailed(1, "invalid_api_key", "refused", retryable=False, at=0.5))
    found = parting(of_events(*lines, policy=Policy.NAIVE))
    assert [type(order) for order in found.recorded[1] if isinstance(order, o.HangUp)] == [o.HangUp]
    assert "after `start`: the stream is cut off" in conclusion(found)
