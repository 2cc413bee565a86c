from __future__ import annotations

import pytest

from voicecall_cli.exits import OUTCOMES, Exit, exit_for, exit_for_error
from voicecall_core.call.endings import Outcome
from voicecall_core.errors import CallFileError, CarrierError, ModelError, PeerError, SettingsError, VoicecallError

CODES = {
    "completed": 0, "busy": 10, "no-answer": 11, "failed": 12, "refused": 13, "unheard": 14, "model-failed": 15,
    "stream-failed": 16, "cancelled": 17, "unknown": 18, "unconfirmed": 19, "agent-silent": 21, "never-fetched": 22,
    "turned-away": 23, "our-fault": 24,
}  # fmt: skip


@pytest.mark.parametrize("outcome", CODES)
def test_scripts_may_rely_on_the_codes(outcome: str) -> None:
    assert exit_for(outcome) == CODES[outcome]


def test_every_outcome_has_a_code_and_only_completed_is_good() -> None:
    assert set(OUTCOMES) == set(CODES) == set(Outcome)
    assert [outcome for outcome in Outcome if exit_for(outcome) is Exit.OK] == [Outcome.COMPLETED]


def test_an_outcome_without_a_code_is_a_bug() -> None:
    with pytest.raises(KeyError):
        exit_for("splendid")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (SettingsError("x"), Exit.USAGE),
        (CarrierError("x", code=20003), Exit.REFUSED),
        (CarrierError("x", lost=True), Exit.UNKNOWN),
        (ModelError("x"), Exit.MODEL_FAILED),
        (PeerError("x"), Exit.BAD_ANSWER),
        (CallFileError("x"), Exit.CALL_FILE),
        (VoicecallError("x"), Exit.BUG),
    ],
)
def test_errors_outside_of_a_call_have_codes_too(error: VoicecallError, code: Exit) -> None:
    assert exit_for_error(error) is code
