"""`dial` with a trial account: what will not work is told, and no call waits for it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import anyio
import pytest

from tests.cli.test_place import COMMAND, REAL_NUMBER, environment
from tests.placing import simulator_from_outside
from voicecall_core.simulator.scenarios.catalogue import SCENARIOS
from voicecall_core.simulator.scenarios.scenario import AccountPlan

pytestmark = [pytest.mark.real_sockets, pytest.mark.timeout(60)]


async def told(folder: Path, kind: str, *arguments: str) -> str:
    """What a person is told beside the output of a real call to a line that is busy."""
    busy = SCENARIOS["busy"]
    account = AccountPlan(kind=kind)
    async with simulator_from_outside(replace(busy, carrier=replace(busy.carrier, account=account))) as (_, settings):
        command = [*COMMAND, REAL_NUMBER, "--json", "--no-log", *arguments]
        done = await anyio.run_process(command, env=environment(**settings), cwd=folder, check=False)
    assert done.returncode == 10, "it is told, and not refused"
    assert REAL_NUMBER not in done.stderr.decode()
    return done.stderr.decode()


async def test_what_a_trial_account_will_not_do_is_told(tmp_path: Path) -> None:
    lines = (await told(tmp_path, "Trial")).splitlines()
    at = lines.index("This is a trial account of Twilio's:")
    assert "The Stream verb is not available on trial accounts" in lines[at + 1]
    assert "is not verified, and will not be called (21219)" in lines[at + 2]
    assert "press a key" in lines[at + 3]
    assert "Verified Caller IDs" in lines[at + 4]
    assert "the line was busy" in "\n".join(lines[at + 5 :])


@pytest.mark.every
async def test_an_announcement_needs_no_stream(tmp_path: Path) -> None:
    shown = await told(tmp_path, "Trial", "--say", "Good morning.")
    assert "This is a trial account" in shown and "Stream verb" not in shown


@pytest.mark.every
async def test_nothing_is_said_of_any_other_account(tmp_path: Path) -> None:
    assert "trial" not in await told(tmp_path, "Full")
