from __future__ import annotations

from pathlib import Path

import pytest

from tests.callfile.recorded import SID, dialled, lines_of, reading
from voicecall_core.call.step import Entry
from voicecall_core.callfile.reader import CallFile, opened
from voicecall_core.checker.causality import channel_of
from voicecall_core.checker.interleavings import Interleavings, every_order
from voicecall_core.words import events as e
from voicecall_core.words.terms import Policy, Terms
from voicecall_core.words.values import CallStatus, ModelStage, RestAnswer

CALL = (
    e.DialBegan(),
    e.Created(SID, at=0.1),
    e.StatusReported(CallStatus.INITIATED, SID, at=0.2),
    e.StatusReported(CallStatus.RINGING, SID, at=0.3),
    e.StatusReported(CallStatus.IN_PROGRESS, SID, at=2.0),
    e.Fetched(1, 1, SID, at=2.1),
)


def entries(recording: CallFile) -> list[Entry]:
    return [entry for recorded in recording if (entry := recorded.entry) is not None]


def walked(*events: e.Event, terms: Terms | None = None, most: int = 50_000) -> Interleavings:
    recording = reading("\n".join(lines_of(*events, terms=terms)))
    return every_order(recording.opened().terms, entries(recording), most=most)


def test_channels_run_past_each_other_and_keep_their_own_order() -> None:
    """After the dialling: one answer, three callbacks and one fetch, in 5! / 3! orders."""
    found = walked(*CALL)
    assert found.channels == {"people": 1, "REST answers": 1, "callbacks": 3, "fetches": 1}
    assert found.orders == 20
    assert found.states == 1 + 1 + (2 * 4 * 2 - 1)  # new, dialled, and every place on three channels
    assert found.complete and not found.broken


def test_a_socket_comes_after_the_document_that_names_it() -> None:
    found = walked(CALL[0], CALL[5], e.UpgradeAsked(2, 1, True, at=2.2), e.StreamStarted(2, "MZ", SID, at=2.3))
    assert (found.orders, found.states) == (1, 5)


def test_a_socket_that_no_document_names_never_comes() -> None:
    found = walked(CALL[0], e.UpgradeAsked(2, 1, True, at=2.2), e.StreamStarted(2, "MZ", SID, at=2.3))
    assert (found.orders, found.states) == (1, 2)


def test_an_answer_comes_after_its_question() -> None:
    found = walked(e.Created(SID), e.UpdateAnswered(1, RestAnswer.ACCEPTED), e.ModelReached(1, ModelStage.READY))
    assert (found.states, found.orders) == (1, 1)


def test_what_was_said_takes_no_part() -> None:
    assert [channel_of(e.Heard(1, "i", "hello")), channel_of(e.Spoken(1, "i", "r", "hello"))] == ["", ""]
    with_words = walked(*CALL, e.Heard(1, "i", "hello", at=3))
    assert (with_words.states, with_words.orders) == (walked(*CALL).states, walked(*CALL).orders)


@pytest.mark.parametrize("scenario", ["ordinary", "race", "say", "busy", "model-refuses-key", "stream-never-comes"])
def test_with_the_guard_every_law_holds_in_every_order(tmp_path: Path, scenario: str) -> None:
    dialled(tmp_path / "call", scenario)
    with opened(tmp_path / "call") as source:
        recording = CallFile(source, "call")
        found = every_order(recording.opened().terms, entries(recording))
    assert found.complete and not found.broken
    assert found.orders >= 1


def test_without_a_guard_a_shortest_order_that_breaks_a_law_is_told() -> None:
    """It needs neither create's answer, as a callback teaches the SID as well, nor the fetch."""
    found = walked(*CALL, terms=Terms("c-1", policy=Policy.NAIVE))
    assert {law.law for law in found.broken} == {1, 2}
    steps = [one.step for one in found.trace if one.step is not None]
    assert [type(step.event) for step in steps] == [e.DialBegan, *[e.StatusReported] * 3]
    assert [one.words for one in found.trace] == ["line 2", "line 4", "line 5", "line 6"]
    assert steps[-1].call.broken


def test_a_walk_that_becomes_too_long_says_so() -> None:
    found = walked(*CALL, most=5)
    assert not found.complete and found.states >= 5
