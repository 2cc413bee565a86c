"""What a client may do to the items of the conversation: add, retrieve, delete, truncate."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.model_client import Client, noted, talking
from voicecall_core.simulator.scenarios.scenario import ModelPlan
from voicecall_core.simulator.voices import clip


async def spoken_item(client: Client) -> str:
    """The item of a response that has been made."""
    await client.send("response.create")
    done = await client.wait("response.done")
    item: str = done["response"]["output"][0]["id"]
    return item


async def truncate(client: Client, item: str, ms: int, **fields: Any) -> None:
    fields = {"item_id": item, "content_index": 0, "audio_end_ms": ms, "event_id": "vc_t", **fields}
    await client.send("conversation.item.truncate", **fields)


async def test_truncation_drops_the_transcript_and_is_acknowledged() -> None:
    async with talking() as (model, client):
        item = await spoken_item(client)
        await truncate(client, item, 1_000)
        told = await client.wait("conversation.item.truncated")
        assert (told["item_id"], told["content_index"], told["audio_end_ms"]) == (item, 0, 1_000)
        await client.send("conversation.item.retrieve", item_id=item)
        kept = (await client.wait("conversation.item.retrieved"))["item"]
        assert "transcript" not in kept["content"][0]
        assert noted(model, "truncated") == [{"item": item, "ms": 1_000}]


async def test_the_end_may_be_the_item_s_own_and_not_a_millisecond_more() -> None:
    """Field failure M3, M4."""
    async with talking() as (_, client):
        item, ms = await spoken_item(client), clip("reply-1").ms
        await truncate(client, item, ms + 1)
        error = await client.error()
        assert error["message"] == f"Audio content of {ms}ms is already shorter than {ms + 1}ms"
        assert (error["code"], error["event_id"]) == ("invalid_value", "vc_t")
        await truncate(client, item, ms)
        await client.wait("conversation.item.truncated")
        await truncate(client, item, 500)
        await client.wait("conversation.item.truncated", 2)
        await truncate(client, item, 501)
        assert "500ms is already shorter than 501ms" in (await client.error(2))["message"]


async def test_only_the_model_s_audio_can_be_truncated_and_not_all_of_it() -> None:
    """Field failure M5."""
    async with talking() as (_, client):
        item = await spoken_item(client)
        await truncate(client, item, 0)
        assert (await client.error())["message"] == "Only model output audio messages can be truncated"
        await client.play(clip("hello").audio + b"\xff" * 8_000)
        heard = (await client.wait("input_audio_buffer.committed"))["item_id"]
        await truncate(client, heard, 100)
        assert (await client.error(2))["message"] == "Only model output audio messages can be truncated"
        await truncate(client, "item_unknown", 100)
        assert (await client.error(3))["code"] == "item_truncate_invalid_item_id"
        await truncate(client, item, 100, content_index=1)
        assert (await client.error(4))["param"] == "content_index"
        assert client.all("conversation.item.truncated") == []


async def test_an_item_that_is_still_being_spoken_is_as_long_as_it_has_become() -> None:
    async with talking(ModelPlan(speed=1.0)) as (_, client):
        await client.send("response.create")
        delta = await client.wait("response.output_audio.delta")
        had = len(client.audio()) // 8
        await truncate(client, delta["item_id"], had + 5_000)
        assert f"Audio content of {had}ms" in (await client.error())["message"]


async def test_deleting() -> None:
    async with talking() as (model, client):
        item = await spoken_item(client)
        for _ in range(2):
            await client.send("conversation.item.delete", item_id=item, event_id="vc_d")
        assert (await client.wait("conversation.item.deleted"))["item_id"] == item
        error = await client.error()
        assert (error["code"], error["event_id"]) == ("item_delete_invalid_item_id", "vc_d")
        assert noted(model, "deleted") == [{"item": item}]
        await client.send("conversation.item.retrieve", item_id=item)
        assert (await client.error(2))["code"] == "item_retrieve_invalid_item_id"


async def test_an_item_can_be_deleted_while_it_is_being_spoken() -> None:
    async with talking(ModelPlan(speed=1.0)) as (_, client):
        await client.send("response.create")
        delta = await client.wait("response.output_audio.delta")
        await client.send("conversation.item.delete", item_id=delta["item_id"])
        assert (await client.wait("response.done"))["response"]["status"] == "completed"


async def test_items_are_added_where_they_are_wanted() -> None:
    async with talking() as (_, client):

        async def add(name: str, count: int, **fields: Any) -> str | None:
            content = [{"type": "input_text", "text": name}]
            item = {"type": "message", "role": "user", "id": name, "content": content}
            await client.send("conversation.item.create", item=item, **fields)
            added = await client.wait("conversation.item.added", count)
            assert added["item"]["status"] == "completed"
            before: str | None = added["previous_item_id"]
            return before

        assert await add("a", 1) is None
        assert await add("b", 2) == "a"
        assert await add("c", 3, previous_item_id="root") is None
        assert await add("d", 4, previous_item_id="a") == "a"
        assert await add("e", 5) == "b"


@pytest.mark.parametrize(
    ("item", "code"),
    [
        ({"type": "function_call_output", "call_id": "call_x", "output": "{}"}, "invalid_tool_call_id"),
        ({"type": "message", "role": "assistant", "content": [{"type": "output_audio", "audio": ""}]}, "invalid_value"),
        ({"type": "message", "role": "user", "content": [{"type": "text", "text": "x"}]}, "invalid_value"),
        ({"type": "message", "role": "robot", "content": []}, "invalid_value"),
        ({"type": "message", "role": "user"}, "missing_required_parameter"),
        ({"type": "monologue"}, "invalid_value"),
    ],
)
async def test_items_that_may_not_be_added(item: dict[str, Any], code: str) -> None:
    async with talking() as (_, client):
        await client.send("conversation.item.create", item=item, event_id="vc_i")
        error = await client.error()
        assert (error["code"], error["event_id"]) == (code, "vc_i")
        assert client.all("conversation.item.added") == []


async def test_a_name_cannot_be_given_twice_nor_an_item_put_behind_nothing() -> None:
    async with talking() as (_, client):
        item = {"type": "message", "role": "user", "id": "a", "content": []}
        await client.send("conversation.item.create", item=item)
        await client.send("conversation.item.create", item=item)
        assert (await client.error())["param"] == "item.id"
        await client.send("conversation.item.create", item={**item, "id": "b"}, previous_item_id="z")
        assert (await client.error(2))["param"] == "previous_item_id"
