"""openai-agents: a realtime session behind a media socket, as its Twilio example has it; one short conversation."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from typing import Any

import uvicorn
from agents import function_tool, set_tracing_disabled
from agents.realtime import RealtimeAgent, RealtimePlaybackTracker, RealtimeRunner
from checks import check, given, version
from fastapi import FastAPI, Request, Response, WebSocket
from twilio.rest import Client

CHUNK = 400  # 50 ms of mu-law
web = FastAPI()
seen: list[Any] = []
streams: list[dict[str, Any]] = []
marks: list[str] = []
sent: list[int] = []


@function_tool
def weather(town: str) -> str:
    """The weather of a town."""
    return "It is sunny."


@web.post("/twiml")
async def twiml(request: Request) -> Response:
    url = f"ws://{request.url.hostname}:{request.url.port}/media"
    return Response(f'<Response><Connect><Stream url="{url}"/></Connect></Response>', media_type="text/xml")


@web.websocket("/media")
async def media(socket: WebSocket) -> None:
    await socket.accept()
    tracker = RealtimePlaybackTracker()
    agent = RealtimeAgent(name="Helper", instructions="Greet the caller, then help.", tools=[weather])
    audio = {
        "input": {"format": "g711_ulaw", "turn_detection": {"type": "semantic_vad", "interrupt_response": True}},
        "output": {"format": "g711_ulaw"},
    }
    session = await RealtimeRunner(agent).run(
        model_config={
            "api_key": given("MODEL_KEY"),
            "url": given("MODEL_URL") + "?model=gpt-realtime",
            "initial_model_settings": {"model_name": "gpt-realtime", "audio": audio},
            "playback_tracker": tracker,
        }
    )
    async with session:
        await session.send_message("Please greet the caller.")
        talking = asyncio.create_task(to_the_phone(session, socket))
        try:
            await from_the_phone(session, socket, tracker)
        finally:
            talking.cancel()


async def to_the_phone(session: Any, socket: WebSocket) -> None:
    async for event in session:
        seen.append(event)
        stream = streams[-1]["streamSid"] if streams else ""
        if event.type == "audio":
            payload = base64.b64encode(event.audio.data).decode()
            sent.append(len(event.audio.data))
            await socket.send_json({"event": "media", "streamSid": stream, "media": {"payload": payload}})
            await socket.send_json({"event": "mark", "streamSid": stream, "mark": {"name": str(len(sent))}})
        elif event.type == "audio_interrupted":
            await socket.send_json({"event": "clear", "streamSid": stream})


async def from_the_phone(session: Any, socket: WebSocket, tracker: RealtimePlaybackTracker) -> None:
    held = bytearray()
    async for text in socket.iter_text():
        message = json.loads(text)
        if message["event"] == "start":
            streams.append(message["start"])
        elif message["event"] == "mark":
            marks.append(message["mark"]["name"])
        elif message["event"] == "media":
            held += base64.b64decode(message["media"]["payload"])
            if len(held) >= CHUNK:
                await session.send_audio(bytes(held))
                held.clear()


async def until(what: Any, seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, f"seen: {sorted({event.type for event in seen})}"
        await asyncio.sleep(0.05)


def count(kind: str) -> int:
    return sum(event.type == kind for event in seen)


async def main() -> None:
    version("openai-agents")
    set_tracing_disabled(True)
    server = uvicorn.Server(uvicorn.Config(web, host="127.0.0.1", port=0, log_level="error"))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    client = Client(given("SID"), given("TOKEN"))
    client.api.base_url = given("API")

    def place() -> Any:
        url = f"http://127.0.0.1:{port}/twiml"
        return client.calls.create(to="+15555550100", from_=given("NUMBER"), url=url)

    call = await asyncio.to_thread(place)
    with check("the stream starts, with the call's SID"):
        await until(lambda: streams)
        assert streams[0]["callSid"] == call.sid
    with check("the agent greets, in mu-law"):
        await until(lambda: count("audio_end") >= 1)
        assert sum(sent) > 4_000
    with check("marks come back once the greeting is played"):
        await until(lambda: marks)
        assert marks == sorted(marks, key=int)
    with check("the callee is heard, and answered"):
        await until(lambda: count("audio_end") >= 2)
    with check("the conversation's history has both sides"):
        history = next(event for event in reversed(seen) if event.type == "history_updated").history
        assert {"user", "assistant"} <= {item.role for item in history if item.type == "message"}
    with check("no error in the session"):
        assert not [event for event in seen if event.type == "error"], [e.error for e in seen if e.type == "error"]
    with check("the call is hung up by REST, and is over"):
        await asyncio.to_thread(lambda: client.calls(call.sid).update(status="completed"))
        end = time.monotonic() + 10
        while (await asyncio.to_thread(lambda: client.calls(call.sid).fetch())).status != "completed":
            assert time.monotonic() < end
            await asyncio.sleep(0.05)
    server.should_exit = True
    await serving


asyncio.run(main())
