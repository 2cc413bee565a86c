"""A whole call in which a model plays the callee: two sessions of one server, the agent's and his."""

from __future__ import annotations

import pytest

from tests.placing import CALLEE, EPOCH, UNSCALED
from voicecall_core import CallRecord, OutgoingCall, open_dialer, open_simulated_carrier, open_simulator
from voicecall_core.accounts import ModelAccount
from voicecall_core.errors import SettingsError
from voicecall_core.net.memory import MemoryNetwork
from voicecall_core.simulator.carrier.effects import Effect, What
from voicecall_core.simulator.carrier.players import Left
from voicecall_core.simulator.model.server import open_model
from voicecall_core.simulator.scenarios.scenario import ModelPlan, PlayedBy, Scenario
from voicecall_core.words.values import NO_USAGE

MAN = PlayedBy("A man in a hurry", "An appointment on Friday", turns=2, says_first="Hello?", model="gpt-realtime-2")


async def called(model: ModelPlan, url: str = "") -> tuple[CallRecord, list[Effect], list[str]]:
    """The call's record, the carrier's log, and the instructions of the model's sessions."""
    network = MemoryNetwork()
    async with (
        open_model(network, Scenario("m", "", (), model=model)) as server,
        open_simulated_carrier(
            ModelAccount(key=server.key, url=server.url),
            Scenario("played", "", (), played_by=MAN),
            network=network,
            began=EPOCH,
        ) as accounts,
        open_dialer(accounts, now=lambda: EPOCH) as dialer,
    ):
        record = await OutgoingCall(dialer, CALLEE, UNSCALED).run()
        assert accounts.carrier_server is not None
        told = [entry.detail["instructions"] for entry in server.log if entry.what == "updated"]
        return record, accounts.carrier_server.log, told


async def test_two_models_hold_a_call_until_his_turns_are_used_up() -> None:
    record, log, told = await called(ModelPlan())
    part = record.callee_part
    assert part is not None and record.header.callee_model == "gpt-realtime-2"
    assert part.left is Left.TURNS and part.turns >= MAN.turns and part.usage != NO_USAGE
    assert record.outcome == "completed" and record.cause == "callee"
    assert any("A man in a hurry" in each for each in told) and UNSCALED.instructions in told
    assert [each for each in log if each.what is What.HEARD] and any(
        each.pii_text for each in log if each.what is What.SAID
    )
    assert record.header.as_object()["callee_model"] and "not deterministic" in record.header.played


async def test_offline_a_callee_whom_a_model_plays_is_refused() -> None:
    with pytest.raises(SettingsError, match="the built-in model can play nobody"):
        async with open_simulator(Scenario("played", "", (), played_by=MAN), network=MemoryNetwork()):
            raise AssertionError("it is not opened")


async def test_his_model_is_lost_and_the_agent_is_not_to_blame() -> None:
    record, log, _ = await called(ModelPlan(drops_at_ms=(9_000, 9_100, 9_200, 9_300), drops=0))
    part = record.callee_part
    assert part is not None and part.left is Left.LOST and part.trouble
    assert any(each.what is What.WARNING and "which is lost" in each.detail for each in log)
