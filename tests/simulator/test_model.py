"""The door of the built-in model: who is let in, and how sessions open and end."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import anyio
import httpx2
import pytest

from tests.simulator.model_client import Client, client_of, noted, scenario, talking
from voicecall_core import open_simulator
from voicecall_core.net.http_client import http_client
from voicecall_core.net.memory import MemoryNetwork
from voicecall_core.net.opening import UpgradeRefused, open_websocket
from voicecall_core.net.websocket import SocketEnded
from voicecall_core.simulator.model.server import open_model
from voicecall_core.simulator.scenarios.scenario import ModelPlan


async def refusal(network: MemoryNetwork, url: str, key: str) -> UpgradeRefused:
    with pytest.raises(UpgradeRefused) as refused:
        await open_websocket(network, url, headers=[("Authorization", f"Bearer {key}")])
    return refused.value


async def test_only_the_right_key_opens_a_session() -> None:
    network = MemoryNetwork()
    async with open_model(network, scenario()) as model:
        for key in ("", "sk-wrong", model.key + "x"):
            refused = await refusal(network, f"{model.url}?model=gpt-realtime-2.1", key)
            assert refused.status == 401
            assert json.loads(refused.body)["error"]["code"] == "invalid_api_key"
        assert model.key not in repr(model)
        assert noted(model, "opened") == []


async def test_a_plan_can_refuse_the_right_key() -> None:
    network = MemoryNetwork()
    async with open_model(network, scenario(ModelPlan(refuse_key=True))) as model:
        assert (await refusal(network, f"{model.url}?model=gpt-realtime-2.1", model.key)).status == 401


async def test_the_address_must_be_right() -> None:
    network = MemoryNetwork()
    async with open_model(network, scenario()) as model:
        assert (await refusal(network, model.url, model.key)).status == 400
        assert (await refusal(network, f"{model.url}/sessions?model=gpt-realtime", model.key)).status == 404
        assert [line["status"] for line in noted(model, "refused")] == [400, 404]


async def test_plain_requests_are_answered_too() -> None:
    network = MemoryNetwork()
    async with open_model(network, scenario()) as model, http_client(network) as http:
        base, key = model.url.replace("ws://", "http://"), {"Authorization": f"Bearer {model.key}"}
        models = base.replace("realtime", "models")

        async def status(url: str, headers: dict[str, str]) -> int:
            answer: httpx2.Response = await http.get(url, headers=headers)
            return answer.status_code

        assert await status(f"{models}/gpt-realtime-2.1", {}) == 401
        assert await status(f"{models}/gpt-realtime-2.1", key) == 200
        assert await status(f"{models}/no-such-model", key) == 404
        assert await status(base, key) == 426


async def test_the_delays_are_those_of_the_plan() -> None:
    plan = ModelPlan(handshake_ms=1_000, created_ms=200, updated_ms=70)
    async with talking(plan) as (_, client):
        created, updated = client.events
        assert client.when(created) == 1_200
        assert client.when(updated) == 1_270


async def test_a_session_begins_as_the_vendor_s_does() -> None:
    async with talking() as (_, client):
        session = client.events[0]["session"]
        assert session["id"].startswith("sess_") and session["expires_at"] > 0
        assert session["model"] == "gpt-realtime-2.1"
        assert session["audio"]["input"]["format"] == {"type": "audio/pcm", "rate": 24_000}
        assert session["audio"]["input"]["turn_detection"]["create_response"] is True


async def test_the_beta_header_is_let_in_and_thrown_out() -> None:
    network = MemoryNetwork()
    async with open_model(network, scenario()) as model:
        headers = [("Authorization", f"Bearer {model.key}"), ("OpenAI-Beta", "realtime=v1")]
        socket = await open_websocket(network, f"{model.url}?model=gpt-realtime", headers=headers)
        said = json.loads(await socket.receive())
        assert (said["type"], said["error"]["code"]) == ("error", "beta_api_shape_disabled")
        with pytest.raises(SocketEnded) as end:
            await socket.receive()
        assert (end.value.code, end.value.reason) == (4000, "invalid_request_error.beta_api_shape_disabled")


async def test_two_sessions_do_not_know_of_each_other() -> None:
    network = MemoryNetwork()
    async with open_model(network, scenario()) as model:
        async with client_of(model, network) as first, client_of(model, network) as second:
            await first.send("response.create", response={"instructions": "Greet the callee."})
            done = await first.wait("response.done")
            assert done["response"]["status"] == "completed"
            assert second.all("response.created") == []
            assert first.events[0]["session"]["id"] != second.events[0]["session"]["id"]
        assert {entry.session for entry in model.log} == {1, 2}


async def test_the_same_seed_gives_the_same_events() -> None:
    async def story(seed: int) -> list[object]:
        network = MemoryNetwork()
        async with open_model(network, scenario(), seed=seed) as model, client_of(model, network) as client:
            await client.send("response.create", response={"instructions": "Greet the callee."})
            await client.wait("response.done")
            return list(client.events)

    assert await story(1) == await story(1)
    assert await story(1) != await story(2)


async def test_a_client_that_leaves_is_noticed_and_nothing_is_left() -> None:
    network = MemoryNetwork()
    async with open_model(network, scenario()) as model:
        async with client_of(model, network) as client:
            await client.send("response.create")
            await client.wait("response.output_audio.delta")
            await client.socket.close(1000, "enough")
        await anyio.sleep(1)
        assert noted(model, "closed") == [{"by": "client", "code": 1000, "reason": "enough"}]
        assert network.open_ends == 0


async def test_a_client_that_leaves_during_the_handshake_is_noticed() -> None:
    network = MemoryNetwork()
    async with open_model(network, scenario(ModelPlan(handshake_ms=1_400))) as model:
        headers = [("Authorization", f"Bearer {model.key}")]
        with anyio.move_on_after(0.5):
            await open_websocket(network, f"{model.url}?model=gpt-realtime", headers=headers)
        await anyio.sleep(2)
        (closed,) = noted(model, "closed")
        assert closed["by"] == "client"
        assert network.open_ends == 0


async def test_closing_the_model_ends_every_session() -> None:
    network = MemoryNetwork()
    async with anyio.create_task_group() as tasks:
        async with open_model(network, scenario()) as model:
            headers = [("Authorization", f"Bearer {model.key}")]
            client = Client(await open_websocket(network, f"{model.url}?model=gpt-realtime", headers=headers))
            tasks.start_soon(client.listen)
            await client.wait("session.created")
        assert (await client.ended(within=1)).code == 1006
        assert noted(model, "closed") == [{"by": "server", "code": 1006, "reason": ""}]


async def test_an_hour_is_the_most() -> None:
    async with talking() as (_, client):
        end = await client.ended(within=4_000)
        assert end.code == 1001
        assert end.reason == "Your session hit the maximum duration of 60 minutes."
        assert client.events[-1]["error"]["code"] == "session_expired"


async def test_a_session_expires_in_the_future_of_its_own_date() -> None:
    network = MemoryNetwork()
    began = datetime(2026, 12, 1, tzinfo=UTC)
    async with (
        open_simulator(network=network, began=began) as simulator,
        client_of(simulator.model_server, network) as client,
    ):
        expires = client.events[0]["session"]["expires_at"]
        assert began.timestamp() + 3_590 < expires < began.timestamp() + 3_700


async def test_gpt_live_is_refused_in_our_own_name() -> None:
    network = MemoryNetwork()
    async with open_model(network, scenario()) as model:
        url = model.url.replace("/v1/realtime", "/v1/live/sessions")
        refused = await refusal(network, url, model.key)
        assert refused.status == 501 and b"not built here" in refused.body
