"""A deliberate fault turns a test of the normal run red: each fault names the test that has to notice."""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import trio
from trio.testing import MockClock

from tests.sabotage import FAULTS

_SESSION, _SWITCHBOARD = "tests.runtime.test_session", "tests.runtime.test_switchboard"
_RELAY, _LEG, _CALLEE = (f"tests.media.test_{room}" for room in ("relay", "leg", "callee"))

NOTICED_BY = {
    "written-after-acting": (
        _SESSION,
        "test_a_step_is_in_the_file_before_it_is_seen_and_seen_before_it_is_carried_out",
    ),
    "no-flush-per-line": (_SESSION, "test_a_call_file_is_its_owners_and_never_written_over"),
    "truncation-too-far": (_RELAY, "test_how_far_playback_has_come_is_told_with_the_speech_that_interrupts"),
    "nothing-acknowledged": (
        _RELAY,
        "test_what_was_acknowledged_is_told_with_the_speech_that_interrupts_and_is_no_event",
    ),
    "unsigned-upgrade": (
        _SWITCHBOARD,
        "test_an_upgrade_with_the_right_token_and_a_wrong_signature_is_turned_away",
    ),
    "one-token-for-all": (_SWITCHBOARD, "test_a_token_lets_in_the_socket_of_its_own_generation_alone"),
    "late-sid-not-hung-up": (_SESSION, "test_a_sid_that_is_learnt_after_the_end_is_hung_up_all_the_same"),
    "sessions-left-open": (_SESSION, "test_at_the_end_of_a_call_its_model_sessions_are_closed_and_waited_for"),
    "stopped-timers-fire": (_SESSION, "test_a_wait_that_is_started_again_runs_from_then_on"),
    "turned-away-untold": (_SWITCHBOARD, "test_a_flood_is_told_in_a_handful_of_lines"),
    "no-pings": (_LEG, "test_the_media_socket_is_pinged_and_a_missing_pong_ends_nothing_while_media_flows"),
    "deaf-ear": (_CALLEE, "test_a_voice_on_the_live_leg_is_told_and_its_end"),
    "lost-turn-not-said-again": (_CALLEE, "test_a_turn_that_went_down_with_its_session_is_said_again_to_the_next"),
}


def test_each_fault_has_a_test_that_notices() -> None:
    assert set(NOTICED_BY) == set(FAULTS)


@pytest.mark.parametrize("fault", FAULTS)
def test_the_fault_turns_its_test_red(fault: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    room, name = NOTICED_BY[fault]
    notices: Callable[..., Any] = getattr(import_module(room), name)
    marks = {mark.name for mark in getattr(notices, "pytestmark", [])} - {"usefixtures"}  # as anyio marks its own
    assert not marks, "it is a test of the normal run, on the mock clock"
    FAULTS[fault](monkeypatch)
    with pytest.raises(BaseException) as red:
        _run(notices, tmp_path)
    assert any(_of_the_test(each, notices) for each in _single(red.value)), red.value


def _of_the_test(error: BaseException, test: Callable[..., Any]) -> bool:
    """It is the test that fails, not the fault that was put in badly."""
    return traceback.extract_tb(error.__traceback__)[-1].filename == inspect.getsourcefile(test)


def _run(test: Callable[..., Any], tmp_path: Path) -> None:
    """As pytest does; it may ask for a folder and nothing else."""
    arguments = [tmp_path] if inspect.signature(test).parameters else []
    if inspect.iscoroutinefunction(test):
        trio.run(test, *arguments, clock=MockClock(autojump_threshold=0))
    else:
        test(*arguments)


def _single(error: BaseException) -> Iterator[BaseException]:
    """The errors of a group, or the one."""
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            yield from _single(each)
    else:
        yield error
