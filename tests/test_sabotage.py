"""A deliberate fault turns a test of the normal run red: each fault names the test that has to notice."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.sabotage import FAULTS

ROOT = Path(__file__).parent.parent
_SESSION, _SWITCHBOARD = "tests/runtime/test_session.py", "tests/runtime/test_switchboard.py"
_RELAY, _LEG, _CALLEE = (f"tests/media/test_{room}.py" for room in ("relay", "leg", "callee"))

NOTICED_BY = {
    "written-after-acting": (
        f"{_SESSION}::test_a_step_is_in_the_file_before_it_is_seen_and_seen_before_it_is_carried_out"
    ),
    "no-flush-per-line": f"{_SESSION}::test_a_call_file_is_its_owners_and_never_written_over",
    "truncation-too-far": f"{_RELAY}::test_how_far_playback_has_come_is_told_with_the_speech_that_interrupts",
    "nothing-acknowledged": (
        f"{_RELAY}::test_what_was_acknowledged_is_told_with_the_speech_that_interrupts_and_is_no_event"
    ),
    "unsigned-upgrade": (f"{_SWITCHBOARD}::test_an_upgrade_with_the_right_token_and_a_wrong_signature_is_turned_away"),
    "one-token-for-all": f"{_SWITCHBOARD}::test_a_token_lets_in_the_socket_of_its_own_generation_alone",
    "late-sid-not-hung-up": f"{_SESSION}::test_a_sid_that_is_learnt_after_the_end_is_hung_up_all_the_same",
    "sessions-left-open": f"{_SESSION}::test_at_the_end_of_a_call_its_model_sessions_are_closed_and_waited_for",
    "stopped-timers-fire": f"{_SESSION}::test_a_wait_that_is_started_again_runs_from_then_on",
    "turned-away-untold": f"{_SWITCHBOARD}::test_a_flood_is_told_in_a_handful_of_lines",
    "no-pings": f"{_LEG}::test_the_media_socket_is_pinged_and_a_missing_pong_ends_nothing_while_media_flows",
    "deaf-ear": f"{_CALLEE}::test_a_voice_on_the_live_leg_is_told_and_its_end",
    "lost-turn-not-said-again": f"{_CALLEE}::test_a_turn_that_went_down_with_its_session_is_said_again_to_the_next",
}
_ALWAYS = "written-after-acting"  # run every time; the others in the long walk


def run(*arguments: str) -> tuple[int, str]:
    """Run these tests in a process of their own, with the normal run's marks; pytest's exit code and what it said."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-p", "tests.sabotage"]
    done = subprocess.run([*command, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=120)
    return done.returncode, done.stdout + done.stderr


def test_each_fault_has_a_test_that_notices() -> None:
    assert set(NOTICED_BY) == set(FAULTS)


@pytest.mark.timeout(240)
@pytest.mark.parametrize(
    "fault", [pytest.param(name, marks=[] if name == _ALWAYS else [pytest.mark.every]) for name in FAULTS]
)
def test_the_fault_turns_its_test_red(fault: str) -> None:
    code, said = run("--fault", fault, NOTICED_BY[fault])
    assert code == 1 and "1 failed" in said, said


@pytest.mark.every
@pytest.mark.timeout(240)
def test_without_a_fault_they_hold() -> None:
    code, said = run(*NOTICED_BY.values())
    assert code == 0, said
