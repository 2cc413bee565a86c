"""A response that has to call a tool: any (`required`), or the one that is named."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.simulator.model_client import END_CALL, Client, talking
from voicecall_core.simulator.model.tool_choice import forced
from voicecall_core.simulator.scenarios.scenario import ModelPlan, ScriptedReply, ToolCall
from voicecall_core.simulator.voices import clip

LOOK_UP: dict[str, Any] = {
    "type": "function",
    "name": "look_up",
    "parameters": {
        "type": "object",
        "properties": {
            "size": {"type": "string", "enum": ["small", "large"]},
            "people": {"type": "integer", "minimum": 2},
            "where": {"type": "object", "properties": {"city": {"type": ["string", "null"]}}, "required": ["city"]},
            "note": {"type": "string"},
        },
        "required": ["size", "people", "where"],
    },
}
SILENCE = b"\xff" * 8_000
LEAST = {"size": "small", "people": 2, "where": {"city": ""}}


def by_name(name: str) -> dict[str, str]:
    return {"type": "function", "name": name}


async def called(client: Client, count: int = 1) -> dict[str, Any]:
    """The only item of the `count`-th response: a call."""
    [item] = (await client.wait("response.done", count))["response"]["output"]
    assert item["type"] == "function_call"
    return dict(item)


@pytest.mark.parametrize("choice", ["required", by_name("look_up")], ids=["required", "named"])
async def test_a_turn_in_a_session_with_a_forced_tool_is_answered_by_a_call(choice: object) -> None:
    async with talking(tools=[LOOK_UP, END_CALL], tool_choice=choice) as (_, client):
        await client.play(clip("question").audio + SILENCE)
        call = await called(client)
        assert (call["name"], json.loads(call["arguments"])) == ("look_up", LEAST)
        assert client.audio() == b""


async def test_one_response_is_forced_and_the_next_speaks() -> None:
    async with talking(tools=[LOOK_UP, END_CALL]) as (_, client):
        await client.send("response.create", response={"tool_choice": by_name("end_call")})
        call = await called(client)
        assert (call["name"], call["arguments"]) == ("end_call", "{}")
        item = {"type": "function_call_output", "call_id": call["call_id"], "output": "{}"}
        await client.send("conversation.item.create", item=item)
        await client.send("response.create", response={"instructions": "Greet."})
        await client.wait("response.done", 2)
        assert client.audio() == clip("greeting").audio


async def test_the_scenario_says_with_what_a_forced_tool_is_called() -> None:
    asks = ScriptedReply(say="Let me see.", calls=(ToolCall("look_up", '{"people": 4}'),), then="It is {answer}.")
    async with talking(ModelPlan(script=(asks,)), tools=[LOOK_UP], tool_choice="required") as (_, client):
        await client.play(clip("question").audio + SILENCE)
        assert json.loads((await called(client))["arguments"]) == {"people": 4}


async def test_the_answer_to_a_call_that_no_reply_has_made_is_said() -> None:
    async with talking(ModelPlan(script=(ScriptedReply(say="Fine."),)), tools=[LOOK_UP]) as (_, client):
        await client.send("response.create", response={"tool_choice": "required"})
        call = await called(client)
        item = {"type": "function_call_output", "call_id": call["call_id"], "output": "Table seven."}
        await client.send("conversation.item.create", item=item)
        await client.send("response.create")
        [said] = (await client.wait("response.done", 2))["response"]["output"]
        assert said["content"][0]["transcript"] == "Table seven."


@pytest.mark.parametrize("choice", ["required", by_name("look_up")], ids=["required", "named"])
async def test_a_tool_that_is_forced_and_was_not_offered_is_an_error(choice: object) -> None:
    async with talking(tools=[]) as (_, client):
        await client.send("response.create", event_id="mine", response={"tool_choice": choice})
        error = await client.error()
        assert (error["code"], error["param"], error["event_id"]) == ("invalid_value", "tool_choice", "mine")
        await client.send("response.create", response={"tool_choice": "none"})
        await client.wait("response.done")


@pytest.mark.parametrize("schema", [None, {}, {"properties": 1}, {"required": ["a"]}, {"type": []}, 7])
def test_an_odd_schema_gets_no_arguments(schema: object) -> None:
    terms = {"tools": [{"type": "function", "name": "odd", "parameters": schema}], "tool_choice": "required"}
    assert forced(terms) == (ToolCall("odd", "{}"),)


def test_a_schema_that_is_in_itself_ends() -> None:
    endless: dict[str, Any] = {"type": "object", "required": ["again"], "properties": {}}
    endless["properties"]["again"] = endless
    terms = {"tools": [{"type": "function", "name": "odd", "parameters": endless}], "tool_choice": by_name("odd")}
    assert forced(terms)[0].arguments.count("again") < 20
