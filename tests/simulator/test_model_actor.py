"""The built-in model as an actor: replies by what the callee said, tools and their answers, the farewell."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import anyio
import pytest

from tests.simulator.model_client import END_CALL, Client, talking
from voicecall_core.simulator.model.actor import NO_REPLY, WAITING, Actor, matches
from voicecall_core.simulator.scenarios.scenario import ModelPlan, ScriptedReply, ToolCall
from voicecall_core.simulator.voices import clip

SILENCE = b"\xff" * 8_000
BOOK = {"type": "function", "name": "book_table", "parameters": {"type": "object", "properties": {}}}
ASKS = ScriptedReply("who is calling", "Let me see.", (ToolCall("book_table", '{"people": 2, "name": "Zo\u00eb"}'),))
LEAVES = ScriptedReply("bye", "See you.", hang_up=True)


@pytest.fixture(autouse=True)
def without_a_synthesiser(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same sounds on every machine."""
    monkeypatch.setenv("PATH", "")


@asynccontextmanager
async def acting(
    *replies: ScriptedReply, tools: tuple[dict[str, Any], ...] = (BOOK, END_CALL)
) -> AsyncIterator[Client]:
    """A client of a model with these replies."""
    async with talking(ModelPlan(script=replies), tools=list(tools)) as (_, client):
        yield client


async def answered(client: Client, call_id: str, output: str) -> None:
    """The answer of a tool, and the wish for a response to it."""
    item = {"type": "function_call_output", "call_id": call_id, "output": output}
    await client.send("conversation.item.create", item=item)
    await client.send("response.create")


def words(response: dict[str, Any]) -> str:
    """What a response said."""
    messages = [item for item in response["response"]["output"] if item["type"] == "message"]
    return " ".join(part["transcript"] for item in messages for part in item["content"])


async def test_a_call_of_a_tool_from_its_arguments_to_what_is_said_of_its_answer() -> None:
    async with acting(ASKS) as client:
        await client.play(clip("question").audio + SILENCE)
        first = await client.wait("response.done")
        speech, call = first["response"]["output"]
        assert speech["content"][0]["transcript"] == "Let me see."
        deltas = client.all("response.function_call_arguments.delta")
        whole = client.all("response.function_call_arguments.done")[0]
        assert (
            len(deltas) > 1 and "".join(event["delta"] for event in deltas) == whole["arguments"] == call["arguments"]
        )
        assert json.loads(call["arguments"]) == {"people": 2, "name": "Zo\u00eb"}
        assert (call["type"], call["name"], call["status"]) == ("function_call", "book_table", "completed")
        await answered(client, call["call_id"], "Table 7 is yours.")
        assert words(await client.wait("response.done", 2)) == "Table 7 is yours."


async def test_an_answer_to_a_call_that_never_was_is_an_error() -> None:
    async with acting(ASKS) as client:
        await client.send(
            "conversation.item.create", item={"type": "function_call_output", "call_id": "call_none", "output": "{}"}
        )
        assert (await client.error())["code"] == "invalid_tool_call_id"


async def test_asked_again_before_the_tool_has_answered_it_says_that_it_waits() -> None:
    async with acting(ASKS) as client:
        await client.play(clip("question").audio + SILENCE)
        await client.wait("response.done")
        await client.send("response.create")
        assert words(await client.wait("response.done", 2)) == WAITING


async def test_a_tool_that_was_not_offered_is_named_and_not_called() -> None:
    async with acting(ASKS, tools=(END_CALL,)) as client:
        await client.play(clip("question").audio + SILENCE)
        assert words(await client.wait("response.done")) == "Let me see. I was given no tool named book_table."
        assert client.all("response.function_call_arguments.done") == []


async def test_a_call_with_a_farewell_is_said_goodbye_to_once_when_it_was_answered() -> None:
    async with acting(replace(ASKS, then="Booked: {answer}. Goodbye.", hang_up=True)) as client:
        await client.play(clip("question").audio + SILENCE)
        called = (await client.wait("response.done"))["response"]["output"][1]
        await answered(client, called["call_id"], "table 7")
        farewell = await client.wait("response.done", 2)
        assert words(farewell) == "Booked: table 7. Goodbye."
        ends = farewell["response"]["output"][1]
        assert (ends["name"], ends["arguments"]) == ("end_call", "{}")
        await answered(client, ends["call_id"], "{}")
        assert (await client.wait("response.done", 3))["response"]["output"] == []


async def test_the_farewell_ends_the_call_in_the_same_response() -> None:
    async with acting(LEAVES) as client:
        await client.play(clip("bye").audio + SILENCE)
        done = await client.wait("response.done")
        assert [item["type"] for item in done["response"]["output"]] == ["message", "function_call"]
        assert done["response"]["output"][1]["name"] == "end_call" and words(done) == "See you."


async def test_what_no_reply_is_for_is_said_to_have_none() -> None:
    async with acting(LEAVES) as client:
        await client.play(clip("question").audio + SILENCE)
        assert words(await client.wait("response.done")) == NO_REPLY


async def test_a_sentence_that_is_asked_for_is_said_whatever_the_replies_are() -> None:
    async with acting(LEAVES) as client:
        await client.send("response.create", response={"instructions": 'Say exactly this: "Good evening."'})
        assert words(await client.wait("response.done")) == "Good evening."


async def test_a_sentence_that_is_asked_for_beside_a_turn_is_no_reply_to_it() -> None:
    async with acting(LEAVES) as client:
        await client.play(clip("question").audio + SILENCE)
        await client.wait("response.done")
        await client.send("response.create", response={"instructions": 'Say exactly this: "One moment."'})
        assert words(await client.wait("response.done", 2)) == "One moment."


async def test_the_same_turn_asked_again_gets_the_same_reply() -> None:
    plan = ModelPlan(script=(ScriptedReply(say="First."), ScriptedReply(say="Second.")), hang_response=1)
    async with talking(plan) as (_, client):
        await client.play(clip("question").audio + SILENCE)
        await client.wait("response.created")
        await anyio.sleep(2)
        await client.send("response.cancel")
        await client.wait("response.done")
        await client.send("response.create")
        assert words(await client.wait("response.done", 2)) == "First."


def said(actor: Actor, *turns: str) -> list[str]:
    return [actor.answer(f"item-{number}", turn, frozenset()).text for number, turn in enumerate(turns)]


def test_replies_without_a_condition_come_in_their_order_and_the_others_whenever_they_fit() -> None:
    actor = Actor((ScriptedReply("price", "Nine."), ScriptedReply(say="One."), ScriptedReply(say="Two.")))
    assert said(actor, "hello", "the price?", "well", "PRICE!", "more") == ["One.", "Nine.", "Two.", "Nine.", NO_REPLY]


def test_a_reply_is_used_no_more_often_than_it_says() -> None:
    actor = Actor((ScriptedReply("a", "Once.", times=1), ScriptedReply(say="Twice.", times=2)))
    assert said(actor, "a", "a", "a", "a") == ["Once.", "Twice.", "Twice.", NO_REPLY]


def test_what_an_earlier_session_said_counts_as_used() -> None:
    actor = Actor((ScriptedReply(say="One, two, three."), ScriptedReply(say="Four.")))
    actor.resume("one two")
    assert said(actor, "go on") == ["Four."]


@pytest.mark.parametrize(
    ("when", "turn", "fits"),
    [
        ("a table", "I'd like A TABLE, please.", True),
        ("table", "Vegetables", False),
        ("/tables?/", "Vegetables", True),
        ("/^two/", "For two", False),
    ],
)
def test_a_condition_is_whole_words_or_a_pattern(when: str, turn: str, fits: bool) -> None:
    assert matches(when, turn) is fits
