"""The model's responses: their events in order, what is said, one at a time, cancelling, tools, failures, usage."""

from __future__ import annotations

from math import ceil
from typing import Any

import anyio
import pytest

from tests.simulator.model_client import END_CALL, Client, client_of, noted, scenario, talking
from voicecall_core.net.memory import MemoryNetwork
from voicecall_core.simulator.model.server import open_model
from voicecall_core.simulator.scenarios.scenario import ModelPlan
from voicecall_core.simulator.voices import clip, said

GREETING = clip("greeting")
SILENCE = b"\xff" * 8_000


async def response(client: Client, count: int = 1, **asked: Any) -> dict[str, Any]:
    """Ask for a response and wait until it is done."""
    await client.send("response.create", **({"response": asked} if asked else {}))
    done: dict[str, Any] = (await client.wait("response.done", count))["response"]
    return done


def transcripts(done: dict[str, Any]) -> list[str]:
    return [item["content"][0]["transcript"] for item in done["output"] if item["type"] == "message"]


async def test_the_events_of_a_spoken_response_in_their_order() -> None:
    async with talking() as (_, client):
        client.events.clear()
        client.times.clear()
        done = await response(client, metadata={"ref": "greeting-1"})
        kinds = [event["type"].removeprefix("response.") for event in client.events]
        delta, words = "output_audio.delta", "output_audio_transcript.delta"
        assert [kind for kind in kinds if kind not in (delta, words)] == [
            "created",
            "rate_limits.updated",
            "output_item.added",
            "conversation.item.added",
            "content_part.added",
            "output_audio.done",
            "output_audio_transcript.done",
            "content_part.done",
            "conversation.item.done",
            "output_item.done",
            "done",
        ]
        assert kinds.index(words) < kinds.index(delta)
        text = "".join(event["delta"] for event in client.all(f"response.{words}"))
        assert [text] == transcripts(done) == [clip("reply-1").text]
        assert client.audio() == clip("reply-1").audio
        assert done["metadata"] == client.events[0]["response"]["metadata"] == {"ref": "greeting-1"}


async def test_audio_comes_faster_than_it_plays() -> None:
    async with talking(ModelPlan(speed=10.0, first_audio_ms=500)) as (_, client):
        await response(client)
        created, first = client.all("response.created")[0], client.all("response.output_audio.delta")[0]
        end = client.all("response.output_audio.done")[0]
        assert client.when(first) - client.when(created) == 500
        assert abs(client.when(end) - client.when(first) - clip("reply-1").ms / 10) < 5


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ({"instructions": f"Be kind.\n\nSay exactly this, then wait:\n{GREETING.text}"}, GREETING.text),
        ({"instructions": "Greet the person in one short sentence."}, GREETING.text),
        ({"instructions": 'Say "Goodbye." or rather: "Thank you for your time. Goodbye."'}, clip("farewell").text),
        ({"instructions": "Say exactly this now:\nThe parcel will come at 10:30."}, "The parcel will come at 10:30."),
        ({"instructions": "Tell them \u201cwe are closed\u201d."}, "we are closed"),
        ({}, clip("reply-1").text),
    ],
)
async def test_what_is_asked_for_is_said(asked: dict[str, Any], text: str) -> None:
    async with talking(instructions='Be kind. Never say "never":\nnot even once.') as (_, client):
        if "instructions" in asked:
            asked["instructions"] = 'Be kind. Never say "never":\nnot even once.\n\n' + asked["instructions"]
        done = await response(client, **asked)
        assert transcripts(done) == [text]
        assert client.audio() == said(text).audio


async def test_a_sentence_can_be_asked_for_by_an_item_too() -> None:
    async with talking() as (_, client):
        for role, text in (("user", f"Greet the user with '{GREETING.text}'"), ("system", 'Say: "One moment."')):
            content = [{"type": "input_text", "text": text}]
            await client.send("conversation.item.create", item={"type": "message", "role": role, "content": content})
        assert transcripts(await response(client)) == ["One moment."]
        content = [{"type": "input_text", "text": f"Say {GREETING.text}"}]
        asked = [{"type": "message", "role": "user", "content": content}]
        assert transcripts(await response(client, 2, input=asked)) == [GREETING.text]


async def test_replies_come_in_order_and_the_last_is_repeated() -> None:
    async with talking(ModelPlan(replies=("reply-2", "reply-1"))) as (_, client):
        await response(client, instructions="Greet the callee.")
        texts = [transcripts(await response(client, count))[0] for count in (2, 3, 4)]
        assert texts == [clip(name).text for name in ("reply-2", "reply-1", "reply-1")]


async def test_a_reply_can_come_in_several_items() -> None:
    async with talking(ModelPlan(pieces=3)) as (_, client):
        done = await response(client)
        assert len(done["output"]) == 3
        assert " ".join(transcripts(done)) == clip("reply-1").text
        assert b"".join(client.audio(item["id"]) for item in done["output"]) == clip("reply-1").audio
        assert {event["output_index"] for event in client.all("response.output_audio.delta")} == {0, 1, 2}


async def test_one_at_a_time() -> None:
    async with talking() as (_, client):
        await client.send("response.create", event_id="first")
        await client.send("response.create", event_id="second")
        error = await client.error()
        assert (error["code"], error["event_id"]) == ("conversation_already_has_active_response", "second")
        await client.wait("response.done")
        await anyio.sleep(5)
        assert len(client.all("response.created")) == 1
        await response(client, 2)


@pytest.mark.parametrize("after", ["response.created", "response.output_audio.delta"])
async def test_cancelling(after: str) -> None:
    async with talking(ModelPlan(speed=1.0)) as (_, client):
        await client.send("response.create")
        run = (await client.wait("response.created"))["response"]["id"]
        await client.wait(after)
        await client.send("response.cancel", response_id="resp_other", event_id="wrong")
        assert (await client.error())["event_id"] == "wrong"
        await client.send("response.cancel", response_id=run)
        done = (await client.wait("response.done", within=0.5))["response"]
        assert (done["id"], done["status"]) == (run, "cancelled")
        assert done["status_details"] == {"type": "cancelled", "reason": "client_cancelled"}
        assert len(client.audio()) < len(clip("reply-1").audio)
        assert done["usage"]["output_token_details"]["audio_tokens"] == -(-len(client.audio()) // 400)


async def test_cancelling_nothing_is_an_error_and_does_no_harm() -> None:
    async with talking() as (_, client):
        await client.send("response.cancel", event_id="vc_9")
        error = await client.error()
        assert (error["code"], error["event_id"]) == ("response_cancel_not_active", "vc_9")
        assert (await response(client))["status"] == "completed"


async def test_the_agent_says_farewell_and_ends_the_call() -> None:
    async with talking(ModelPlan(end_call_after_turns=1), tools=[END_CALL]) as (model, client):
        await response(client, instructions="Greet the callee.")
        await client.play(clip("question").audio + SILENCE)
        assert transcripts((await client.wait("response.done", 2))["response"]) == [clip("reply-1").text]
        await client.play(clip("bye").audio + SILENCE)
        done = (await client.wait("response.done", 3))["response"]
        speech, call = done["output"]
        assert speech["content"][0]["transcript"] == clip("farewell").text
        assert (call["type"], call["name"], call["status"], call["arguments"]) == (
            "function_call",
            "end_call",
            "completed",
            "{}",
        )
        told = client.all("response.function_call_arguments.done")[0]
        assert (told["call_id"], told["name"], told["output_index"]) == (call["call_id"], "end_call", 1)
        output = {"type": "function_call_output", "call_id": call["call_id"], "output": "{}"}
        await client.send("conversation.item.create", item=output)
        await client.wait("conversation.item.done", len(client.all("conversation.item.done")) + 1)
        assert noted(model, "response-ended")[-1]["tool"] == "end_call"


async def test_a_tool_that_was_not_offered_is_not_called() -> None:
    async with talking(ModelPlan(end_call_after_turns=0)) as (_, client):
        assert [item["type"] for item in (await response(client))["output"]] == ["message"]


async def test_a_call_continued_in_a_new_session_goes_on_where_it_was() -> None:
    async with talking() as (_, client):
        lines = [("assistant", "output_text", GREETING.text), ("user", "input_text", "Who is it?")]
        lines += [("assistant", "output_text", clip("reply-1").text), ("user", "input_text", "Go on.")]
        for role, kind, text in lines:
            item = {"type": "message", "role": role, "content": [{"type": kind, "text": text}]}
            await client.send("conversation.item.create", item=item)
        assert transcripts(await response(client)) == [clip("reply-2").text]


async def test_text_alone() -> None:
    async with talking() as (_, client):
        done = await response(client, output_modalities=["text"], conversation="none")
        assert done["output"][0]["content"] == [{"type": "output_text", "text": clip("reply-1").text}]
        assert "".join(event["delta"] for event in client.all("response.output_text.delta")) == clip("reply-1").text
        assert done["conversation_id"] is None
        assert client.all("conversation.item.added") == []
        assert client.audio() == b""


@pytest.mark.parametrize("code", ["server_error", "rate_limit_exceeded"])
async def test_a_response_that_fails_says_nothing(code: str) -> None:
    async with talking(ModelPlan(fail_response=2, fail_code=code)) as (_, client):
        await response(client)
        done = await response(client, 2)
        assert (done["status"], done["status_details"]["error"]["code"]) == ("failed", code)
        assert (done["output"], done["usage"]["total_tokens"]) == ([], 0)
        assert (await response(client, 3))["status"] == "completed"


async def test_without_money_the_response_fails_and_the_socket_is_dropped() -> None:
    async with talking(ModelPlan(fail_response=1, fail_code="insufficient_quota")) as (model, client):
        done = await response(client)
        assert done["status_details"]["error"] == {
            "type": "insufficient_quota",
            "code": "insufficient_quota",
            "message": "The built-in model was told to fail: insufficient_quota.",
        }
        assert (await client.ended(within=1)).code == 1006
        assert noted(model, "closed")[0]["by"] == "drop"


async def test_usage_grows_with_the_conversation_and_most_of_it_is_cached() -> None:
    async with talking() as (_, client):
        first = (await response(client, instructions="Greet the callee."))["usage"]
        assert first["output_token_details"]["audio_tokens"] == ceil(GREETING.ms / 50)
        assert first["input_token_details"]["cached_tokens"] == 0
        await client.play(clip("interruption").audio + SILENCE)
        second = (await client.wait("response.done", 2))["response"]["usage"]
        third = (await response(client, 3))["usage"]
        grown = [usage["input_token_details"]["audio_tokens"] for usage in (first, second, third)]
        # A token for 50 ms of the agent and for 100 ms of the callee, with what was kept of the silence around.
        heard = grown[1] - ceil(GREETING.ms / 50) - ceil(clip("reply-1").ms / 50)
        assert 0 < heard - clip("interruption").ms / 100 < 10
        assert grown == sorted(grown)
        cached = [usage["input_token_details"]["cached_tokens"] for usage in (first, second, third)]
        assert 0 == cached[0] < cached[1] < cached[2]
        for usage in (first, second, third):
            details = usage["input_token_details"]
            assert usage["input_tokens"] == details["text_tokens"] + details["audio_tokens"]
            assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]
            assert details["cached_tokens"] <= usage["input_tokens"]


async def test_a_session_that_is_never_ready() -> None:
    network = MemoryNetwork()
    async with (
        open_model(network, scenario(ModelPlan(stuck_at="updated"))) as model,
        client_of(model, network, ready=False) as client,
    ):
        await client.wait("session.created")
        await client.send("session.update", session={"type": "realtime"})
        await anyio.sleep(600)
        assert client.all("session.updated") == []


async def test_as_many_sessions_are_dropped_as_the_plan_says() -> None:
    network, plan = MemoryNetwork(), ModelPlan(drop_after_ms=700, drops=2)
    async with open_model(network, scenario(plan)) as model:
        for _ in range(2):
            async with client_of(model, network) as client:
                ready = client.when(client.all("session.updated")[0])
                assert (await client.ended()).code == 1006
                assert round(anyio.current_time() * 1000) - ready == 700
        async with client_of(model, network) as client:
            await anyio.sleep(60)
            assert client.end is None
        assert [line["by"] for line in noted(model, "closed")[:2]] == ["drop", "drop"]
