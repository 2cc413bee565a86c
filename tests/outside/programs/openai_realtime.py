"""The openai package: its realtime client, asynchronous and synchronous."""

from __future__ import annotations

import asyncio
import base64
import math
from typing import Any

from checks import check, given, version
from openai import AsyncOpenAI, OpenAI

MODEL = "gpt-realtime"
END_CALL = {
    "type": "function",
    "name": "weather",
    "description": "The weather of a town.",
    "parameters": {"type": "object", "properties": {"town": {"type": "string"}}, "required": ["town"]},
}
PCMU, PCM = {"type": "audio/pcmu"}, {"type": "audio/pcm", "rate": 24_000}


async def until(connection: Any, kind: str) -> list[Any]:
    """The events up to the first of that type; an error ends the wait."""
    events: list[Any] = []
    async with asyncio.timeout(15):
        while not events or events[-1].type not in (kind, "error"):
            events.append(await connection.recv())
    assert events[-1].type == kind, events[-1]
    return events


async def refused(connection: Any, said: str = "") -> Any:
    async with asyncio.timeout(15):
        while (event := await connection.recv()).type != "error":
            pass
    assert said in event.error.message, event.error
    return event.error


def client(**more: Any) -> AsyncOpenAI:
    return AsyncOpenAI(api_key=given("MODEL_KEY"), websocket_base_url=base(), **more)


def base() -> str:
    return given("MODEL_URL").removesuffix("/realtime")


def tone(ms: int, rate: int = 24_000) -> str:
    samples = (round(8_000 * math.sin(n * 440 * 2 * math.pi / rate)) for n in range(rate * ms // 1000))
    return base64.b64encode(b"".join(each.to_bytes(2, "little", signed=True) for each in samples)).decode()


def sound(events: list[Any]) -> bytes:
    return b"".join(base64.b64decode(each.delta) for each in events if each.type == "response.output_audio.delta")


async def main() -> None:
    version("openai")
    async with client() as official, official.realtime.connect(model=MODEL) as connection:
        await sessions(connection)
        await items(connection)
        await responses(connection)
        await told(connection)
        await cancelling(connection)
        await functions(connection)
        await audio(connection)
        await truncation(connection)
        await refusals(connection)
    await elsewhere()
    synchronous()


async def sessions(connection: Any) -> None:
    with check("session.created: a session with an id, its model and an end in the future"):
        session = (await until(connection, "session.created"))[-1].session
        assert session.type == "realtime" and session.model == MODEL and session.audio.output.voice
        assert session.id.startswith("sess_")

    async def update(**terms: Any) -> Any:
        await connection.session.update(session={"type": "realtime", **terms})
        return (await until(connection, "session.updated"))[-1].session

    with check("session.update: instructions"):
        assert (await update(instructions="Be brief.")).instructions == "Be brief."
    with check("session.update: audio formats"):
        for form in (PCM, PCMU):
            session = await update(audio={"input": {"format": form}, "output": {"format": form}})
            assert session.audio.output.format.type == session.audio.input.format.type == form["type"]
    with check("session.update: voice"):
        assert (await update(audio={"output": {"voice": "cedar"}})).audio.output.voice == "cedar"
    with check("session.update: turn detection by silence, by meaning, none"):
        for turns in ({"type": "server_vad", "threshold": 0.6}, {"type": "semantic_vad", "eagerness": "low"}, None):
            kept = (await update(audio={"input": {"turn_detection": turns}})).audio.input.turn_detection
            assert (kept.type if kept else None) == (turns["type"] if turns else None)
    with check("session.update: transcription and noise reduction"):
        listening = {"transcription": {"model": "whisper-1"}, "noise_reduction": {"type": "near_field"}}
        kept = (await update(audio={"input": listening})).audio.input
        assert (kept.transcription.model, kept.noise_reduction.type) == ("whisper-1", "near_field")
    with check("session.update: tools and tool_choice"):
        session = await update(tools=[END_CALL], tool_choice="auto")
        assert [tool.name for tool in session.tools] == ["weather"] and session.tool_choice == "auto"
    with check("session.update: what is not named stays"):
        assert (await update(max_output_tokens=500)).instructions == "Be brief."
    with check("session.update: truncation"):
        await update(truncation={"type": "retention_ratio", "retention_ratio": 0.8})
    with check("session.update: output_modalities text and audio"):
        for mode in (["text"], ["audio"]):
            assert (await update(output_modalities=mode)).output_modalities == mode


def message(role: str, kind: str, text: str, **more: Any) -> dict[str, Any]:
    return {"type": "message", "role": role, "content": [{"type": kind, "text": text}], **more}


async def items(connection: Any) -> None:
    async def create(item: dict[str, Any], **more: Any) -> list[Any]:
        await connection.conversation.item.create(item=item, **more)
        return await until(connection, "conversation.item.done")

    with check("conversation.item.create: user, and it is added and done"):
        events = await create(message("user", "input_text", "Hello.", id="user_1"))
        assert [each.type for each in events] == ["conversation.item.added", "conversation.item.done"]
        assert events[-1].item.content[0].text == "Hello."
    with check("conversation.item.create: system"):
        assert (await create(message("system", "input_text", "Be kind.")))[-1].item.role == "system"
    with check("conversation.item.create: assistant"):
        assert (await create(message("assistant", "output_text", "Hi.")))[-1].item.role == "assistant"
    with check("conversation.item.create: previous_item_id"):
        events = await create(message("user", "input_text", "Second.", id="user_2"), previous_item_id="user_1")
        assert events[-1].previous_item_id == "user_1"
    with check("conversation.item.create: at the root"):
        events = await create(message("user", "input_text", "First.", id="user_0"), previous_item_id="root")
        assert events[-1].previous_item_id in (None, "root")
    with check("conversation.item.create: function call and its output"):
        call = {"type": "function_call", "call_id": "call_1", "name": "weather", "arguments": "{}"}
        assert (await create(call))[-1].item.call_id == "call_1"
        output = {"type": "function_call_output", "call_id": "call_1", "output": "rain"}
        assert (await create(output))[-1].item.output == "rain"
    with check("conversation.item.retrieve"):
        await connection.conversation.item.retrieve(item_id="user_1")
        assert (await until(connection, "conversation.item.retrieved"))[-1].item.id == "user_1"
    with check("conversation.item.delete"):
        await connection.conversation.item.delete(item_id="user_1")
        assert (await until(connection, "conversation.item.deleted"))[-1].item_id == "user_1"
    with check("conversation.item.delete: not twice"):
        await connection.conversation.item.delete(item_id="user_1")
        await refused(connection, "user_1")
    with check("conversation.item.create: an id that is taken"):
        await connection.conversation.item.create(item=message("user", "input_text", "Again.", id="user_2"))
        await refused(connection)


async def responses(connection: Any) -> None:
    with check("response.create: the order of its events"):
        await connection.response.create()
        kinds = [each.type for each in await until(connection, "response.done")]
        wanted = [
            "response.created",
            "response.output_item.added",
            "response.content_part.added",
            "response.output_audio.delta",
            "response.output_audio.done",
            "response.output_audio_transcript.done",
            "response.content_part.done",
            "response.output_item.done",
            "response.done",
        ]
        firsts = [kinds.index(kind) for kind in wanted]
        assert firsts == sorted(firsts), kinds
    with check("response.create: the words that it is told"):
        await connection.response.create(response={"instructions": 'Say "Good morning."'})
        done = (await until(connection, "response.done"))[-1].response
        assert done.status == "completed" and done.output[0].content[0].transcript
    with check("response.done: usage adds up"):
        used = done.usage
        assert used.total_tokens == used.input_tokens + used.output_tokens > 0
    with check("response.create: text only"):
        await connection.response.create(response={"output_modalities": ["text"]})
        events = await until(connection, "response.done")
        text = "".join(each.delta for each in events if each.type == "response.output_text.delta")
        assert text and events[-1].response.output[0].content[0].text == text and not sound(events)


async def told(connection: Any) -> None:
    with check("response.create: metadata comes back"):
        await connection.response.create(response={"metadata": {"topic": "one"}})
        events = await until(connection, "response.done")
        assert events[0].response.metadata == events[-1].response.metadata == {"topic": "one"}
    with check("response.create: outside the conversation"):
        await connection.response.create(response={"conversation": "none", "output_modalities": ["text"]})
        events = await until(connection, "response.done")
        assert events[-1].response.conversation_id is None
    with check("response.create: with an input of its own"):
        own = [message("user", "input_text", "Only this.")]
        await connection.response.create(response={"conversation": "none", "input": own})
        assert (await until(connection, "response.done"))[-1].response.status == "completed"


async def cancelling(connection: Any) -> None:
    with check("rate_limits.updated: tokens left"):
        await connection.response.create()
        limits = next(each for each in await until(connection, "response.done") if each.type == "rate_limits.updated")
        assert limits.rate_limits[0].remaining <= limits.rate_limits[0].limit
    with check("response.cancel: cancelled by the client"):
        await connection.response.create()
        await until(connection, "response.created")
        await connection.response.cancel()
        done = (await until(connection, "response.done"))[-1].response
        assert (done.status, done.status_details.reason) == ("cancelled", "client_cancelled")
    with check("response.cancel: nothing to cancel"):
        await connection.response.cancel()
        assert (await refused(connection)).code == "response_cancel_not_active"
    with check("response.create: not two at once"):
        await connection.response.create()
        await connection.response.create()
        assert (await refused(connection)).code == "conversation_already_has_active_response"
        await until(connection, "response.done")


async def functions(connection: Any) -> None:
    with check("function call: name, arguments and their pieces"):
        await connection.conversation.item.create(item=message("user", "input_text", "What is the weather in Rome?"))
        await connection.response.create()
        events = await until(connection, "response.done")
        call = next(each for each in events[-1].response.output if each.type == "function_call")
        deltas = [each.delta for each in events if each.type == "response.function_call_arguments.delta"]
        assert (call.name, "".join(deltas)) == ("weather", call.arguments) and "Rome" in call.arguments
    with check("function call: its output is answered in words"):
        output = {"type": "function_call_output", "call_id": call.call_id, "output": "It is sunny."}
        await connection.conversation.item.create(item=output)
        await connection.response.create()
        done = (await until(connection, "response.done"))[-1].response
        assert "sunny" in done.output[0].content[0].transcript, done.output
    with check("tool_choice none: no function is called"):
        await connection.response.create(response={"tool_choice": "none"})
        done = (await until(connection, "response.done"))[-1].response
        assert not [each for each in done.output if each.type == "function_call"]


async def audio(connection: Any) -> None:
    manual = {"format": PCM, "turn_detection": None, "transcription": {"model": "whisper-1"}}

    async def update(**input_: Any) -> None:
        await connection.session.update(
            session={"type": "realtime", "audio": {"input": input_, "output": {"format": PCM}}}
        )
        await until(connection, "session.updated")

    with check("audio in: append and commit make an item"):
        await update(**manual)
        await connection.input_audio_buffer.append(audio=tone(500))
        await connection.input_audio_buffer.commit()
        events = await until(connection, "input_audio_buffer.committed")
        assert events[-1].item_id
    with check("audio in: it is transcribed"):
        await until(connection, "conversation.item.input_audio_transcription.completed")
    with check("audio in: clear, and then nothing is left to commit"):
        await connection.input_audio_buffer.append(audio=tone(300))
        await connection.input_audio_buffer.clear()
        await until(connection, "input_audio_buffer.cleared")
        await connection.input_audio_buffer.commit()
        assert (await refused(connection)).code == "input_audio_buffer_commit_empty"
    with check("audio out: PCM is two bytes a sample, and as long as the words"):
        await connection.response.create(response={"instructions": 'Say "Good morning."'})
        heard = sound(await until(connection, "response.done"))
        assert len(heard) % 2 == 0 and len(heard) > 24_000
    with check("server_vad: speech is noticed, and answered"):
        await update(format=PCM, turn_detection={"type": "server_vad", "silence_duration_ms": 300})
        spoken = base64.b64encode(heard[:96_000]).decode()
        await connection.input_audio_buffer.append(audio=spoken)
        await connection.input_audio_buffer.append(audio=base64.b64encode(bytes(96_000)).decode())
        kinds = [each.type for each in await until(connection, "response.done")]
        order = [
            "input_audio_buffer.speech_started",
            "input_audio_buffer.speech_stopped",
            "input_audio_buffer.committed",
            "response.created",
        ]
        assert [kinds.index(kind) for kind in order] == sorted(kinds.index(kind) for kind in order)


async def truncation(connection: Any) -> None:
    await connection.response.create(response={"instructions": 'Say "Good morning."'})
    said = (await until(connection, "response.done"))[-1].response.output[0].id
    with check("conversation.item.truncate"):
        await connection.conversation.item.truncate(item_id=said, content_index=0, audio_end_ms=300)
        cut = (await until(connection, "conversation.item.truncated"))[-1]
        assert (cut.item_id, cut.audio_end_ms) == (said, 300)
    with check("conversation.item.truncate: not behind its end"):
        await connection.conversation.item.truncate(item_id=said, content_index=0, audio_end_ms=600_000)
        await refused(connection)
    with check("conversation.item.truncate: not an item that there is not"):
        await connection.conversation.item.truncate(item_id="nobody", content_index=0, audio_end_ms=1)
        await refused(connection, "nobody")


async def refusals(connection: Any) -> None:
    with check("an event that there is not, and its event_id comes back"):
        await connection.send({"type": "no.such.event", "event_id": "mine"})
        assert (await refused(connection)).event_id == "mine"
    with check("a parameter that there is not"):
        await connection.send({"type": "session.update", "session": {"type": "realtime", "no_such": 1}})
        assert (await refused(connection)).param == "session.no_such"
    with check("audio that is no base64"):
        await connection.send({"type": "input_audio_buffer.append", "audio": "%%%"})
        await refused(connection)


async def elsewhere() -> None:
    with check("models.retrieve"):
        root = base().replace("ws://", "http://")
        async with client(base_url=root) as official:
            assert (await official.models.retrieve(MODEL)).id == MODEL
    with check("a wrong key is refused before the session"):
        from websockets.exceptions import InvalidStatus

        async with AsyncOpenAI(api_key="sk-wrong", websocket_base_url=base()) as official:
            try:
                await official.realtime.connect(model=MODEL).enter()
            except InvalidStatus as error:
                assert error.response.status_code == 401
            else:
                raise AssertionError("it was let in")


def synchronous() -> None:
    with check("the synchronous client: a session and a response"):
        with OpenAI(api_key=given("MODEL_KEY"), websocket_base_url=base()) as official:
            with official.realtime.connect(model=MODEL) as connection:
                assert connection.recv().type == "session.created"
                connection.response.create(response={"output_modalities": ["text"]})
                while (event := connection.recv()).type != "response.done":
                    assert event.type != "error", event
                assert event.response.status == "completed"


asyncio.run(main())
