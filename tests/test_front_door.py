"""The public API: whole calls in memory, over sockets, many at once; call files read again; errors in sentences."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio
import pytest
import twilio.rest  # noqa: F401 - imported later it would take a thread, during which a mock clock jumps

import voicecall_core
from tests.write_docs import ROOT
from voicecall_core import (
    Accounts,
    CallFileError,
    CallOptions,
    CarrierAccount,
    Dialer,
    ModelAccount,
    OutgoingCall,
    PhoneNumber,
    SettingsError,
    diagnose,
    open_dialer,
    open_simulator,
    place_call,
    read_call,
)
from voicecall_core.net.memory import MemoryNetwork
from voicecall_core.simulator.carrier.heard import heard_clip
from voicecall_core.simulator.voices import clip

CALLEE = "+15555550100"
CARRIER = CarrierAccount(account_sid="AC" + "0" * 32, auth_token="0" * 32, number=PhoneNumber("+15555550199"))
REAL = Accounts(carrier=CARRIER, model=ModelAccount(key="sk-none"))


async def test_a_whole_call_on_the_mock_clock_leaves_its_record() -> None:
    network = MemoryNetwork()
    async with open_simulator("ordinary", network=network) as simulator, open_dialer(simulator) as dialer:
        record = await place_call(dialer, CALLEE)
        assert heard_clip(simulator.carrier_server.log, clip("greeting").audio) is not None
    assert (record.outcome, record.cause) == ("completed", "callee")
    assert diagnose(record).healthy and record.call_file is None
    assert (record.header.scenario, record.header.callee.e164) == ("ordinary", CALLEE)
    assert network.open_ends == 0


@pytest.mark.real_sockets
async def test_a_whole_call_over_sockets_is_written_and_read_again(tmp_path: Path) -> None:
    async with open_simulator("callee-hangs-up-early") as simulator, open_dialer(simulator) as dialer:
        record = await place_call(dialer, PhoneNumber(CALLEE), log=tmp_path, record=True)
    assert record.call_file is not None and record.recording is not None and record.recording.stat().st_size > 44
    again = read_call(record.call_file)
    assert (again.outcome, again.cause) == (record.outcome, record.cause) == ("unheard", "callee")
    assert again.steps == record.steps
    assert [step.line for step in again.steps] == list(range(2, len(again.steps) + 2))
    assert diagnose(again).rule == diagnose(record).rule == "callee-left"
    assert (record.incomplete, record.recording_incomplete, again.incomplete) == ("", "", "")


async def test_many_calls_at_once_are_placed_from_one_dialer() -> None:
    records = []
    async with open_simulator("race", network=MemoryNetwork()) as simulator, open_dialer(simulator) as dialer:

        async def one(number: int) -> None:
            records.append(await place_call(dialer, f"+1555555{number:04}"))

        async with anyio.create_task_group() as tasks:
            for number in range(100, 106):
                tasks.start_soon(one, number)
        assert dialer.switchboard.quiet
    assert [record.outcome for record in records] == ["completed"] * 6
    assert len({record.header.terms.call_id for record in records}) == 6


async def test_a_scenario_decides_what_nobody_asked_for() -> None:
    async with open_simulator("cap", network=MemoryNetwork()) as simulator, open_dialer(simulator) as dialer:
        usual = OutgoingCall(dialer, CALLEE).header.terms
        asked = OutgoingCall(dialer, CALLEE, CallOptions(max_duration_s=100.0)).header.terms
    assert (usual.max_duration_s, asked.max_duration_s, usual.ring_timeout_s) == (9.0, 100.0, 30.0)


async def test_a_call_can_be_hung_up_from_outside() -> None:
    async with open_simulator("no-answer", network=MemoryNetwork()) as simulator, open_dialer(simulator) as dialer:
        call = OutgoingCall(dialer, CALLEE)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(call.run)
            await anyio.sleep(1)
            call.hang_up()
    assert (call.call.ending.outcome, call.call.ending.cause) == ("cancelled", "operator")


async def test_what_the_carrier_refuses_is_an_outcome() -> None:
    async with open_simulator(network=MemoryNetwork()) as simulator:
        wrong = replace(simulator.carrier, auth_token="0" * 32, api_key="")
        async with open_dialer(replace(simulator, carrier=wrong)) as dialer:
            record = await place_call(dialer, CALLEE)
    assert (record.outcome, record.cause) == ("refused", "create-refused")


def sentence(error: SettingsError | CallFileError) -> str:
    assert "\n" not in error.message and " " in error.message
    return error.message


@pytest.mark.parametrize(
    ("to", "options", "says"),
    [
        ("0301234567", CallOptions(), "has no + and country code"),
        ("+49 30 123456 or 7", CallOptions(), "has letters in it"),
        ("112", CallOptions(), "Short numbers are not called"),
    ],
)
async def test_a_wrong_number_is_not_called(to: str, options: CallOptions, says: str) -> None:
    async with open_simulator(network=MemoryNetwork()) as simulator, open_dialer(simulator) as dialer:
        with pytest.raises(SettingsError) as caught:
            await place_call(dialer, to, options)
        assert says in sentence(caught.value) and simulator.carrier_server.log == []


async def test_a_premium_number_is_not_called_with_a_real_account() -> None:
    async with open_simulator(network=MemoryNetwork()) as simulator:
        real = Accounts(carrier=simulator.carrier, model=simulator.model, network=simulator.network)
        async with open_dialer(real) as dialer:
            with pytest.raises(SettingsError, match="is a premium-rate number"):
                await place_call(dialer, "+19002345678")


async def test_a_conversation_needs_a_model_and_an_announcement_none() -> None:
    async with open_simulator(network=MemoryNetwork()) as simulator:
        async with open_dialer(replace(simulator, model=None)) as dialer:
            with pytest.raises(SettingsError, match="A conversation needs a model"):
                await place_call(dialer, CALLEE)
            said = await place_call(dialer, CALLEE, CallOptions(say="Your parcel has arrived."))
    assert said.call.terms.kind == "say"


async def test_a_scenario_that_there_is_not_is_named_with_the_one_that_was_meant() -> None:
    with pytest.raises(SettingsError) as caught:
        async with open_simulator("ordinry"):
            raise AssertionError("it was opened")
    assert sentence(caught.value) == "There is no scenario 'ordinry'." and "mean ordinary?" in caught.value.fix


@pytest.mark.parametrize(
    ("accounts", "way", "says"),
    [
        (REAL, {}, "no public URL is set"),
        (REAL, {"public_url": "nonsense"}, "VOICECALL_PUBLIC_URL has no scheme"),
        (REAL, {"public_url": "http://a.example"}, "VOICECALL_PUBLIC_URL begins with http://"),
        (replace(REAL, carrier=replace(CARRIER, url="ftp://a.example")), {}, "TWILIO_API_URL begins with ftp://"),
        (replace(REAL, model=ModelAccount(url="ws://a.example")), {}, "OPENAI_REALTIME_URL begins with ws://"),
        (Accounts(carrier=CarrierAccount()), {}, "lacks its SID, its auth token or a number"),
        (replace(REAL, network=MemoryNetwork()), {"public_url": "http://127.0.0.1:9"}, "it cannot be reached"),
    ],
)
async def test_what_cannot_be_opened_says_why(accounts: Accounts, way: dict[str, Any], says: str) -> None:
    with pytest.raises(SettingsError) as caught:
        async with open_dialer(accounts, **way):
            raise AssertionError("it was opened")
    assert says in sentence(caught.value)


async def test_an_error_inside_of_the_block_leaves_as_it_is() -> None:
    with pytest.raises(LookupError, match="mine"):
        async with open_simulator(network=MemoryNetwork()) as simulator, open_dialer(simulator):
            raise LookupError("mine")


async def test_a_call_file_that_cannot_be_written_calls_nobody(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    async with open_simulator(network=MemoryNetwork()) as simulator, open_dialer(simulator) as dialer:
        with pytest.raises(SettingsError, match="cannot be written"):
            await place_call(dialer, CALLEE, log=tmp_path / "file")
        assert simulator.carrier_server.log == []


@pytest.mark.parametrize(("content", "says"), [(b"", "is empty"), (b"hello\n", "is not a call file")])
def test_what_is_no_call_file_says_so(content: bytes, says: str, tmp_path: Path) -> None:
    (tmp_path / "call.jsonl").write_bytes(content)
    with pytest.raises(CallFileError) as caught:
        read_call(tmp_path / "call.jsonl")
    assert says in sentence(caught.value)
    with pytest.raises(CallFileError, match="There is no file"):
        read_call(tmp_path / "other.jsonl")


def test_a_call_file_that_was_cut_off_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    kept = next((ROOT / "tests/calls").glob("*.jsonl"))
    (tmp_path / "call.jsonl").write_bytes(kept.read_bytes()[:-20])
    whole, torn = read_call(kept), read_call(str(tmp_path / "call.jsonl"))
    assert torn.steps == whole.steps[:-1]
    assert torn.incomplete == f"It ends within line {len(whole.steps) + 1}." and not whole.incomplete


def test_no_secret_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    shown = repr(replace(REAL, carrier=replace(CARRIER, api_secret="hidden")))
    assert not re.search(r"0{32}'|sk-none|hidden|15555550199", shown.replace(CARRIER.account_sid, ""))


def test_all_that_is_offered_is_there_documented_and_lazy() -> None:
    offered = {name: getattr(voicecall_core, name) for name in voicecall_core.__all__}
    assert all(each.__doc__ and each.__module__.startswith("voicecall_core.") for each in offered.values())
    assert set(voicecall_core._HOME) == set(offered)
    assert offered["Dialer"] is Dialer
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        voicecall_core.nothing  # noqa: B018 - asking is the test
    loaded = "import sys, voicecall_core; print([each for each in sys.modules if each.startswith('voicecall_core.')])"
    assert subprocess.run([sys.executable, "-c", loaded], capture_output=True, cwd=ROOT, check=True).stdout == b"[]\n"


@pytest.mark.real_sockets
def test_the_readmes_example_runs(tmp_path: Path) -> None:
    (program,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    assert len(program.splitlines()) <= 15
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT)},
        timeout=50,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "completed healthy\n"), done.stderr
