"""A pipecat bot: its Twilio serializer on its websocket transport, its realtime service; one short conversation."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import uvicorn
from checks import check, given, version
from fastapi import FastAPI, Request, Response, WebSocket
from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    EndFrame,
    ErrorFrame,
    InputAudioRawFrame,
    UserStartedSpeakingFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.runner import PipelineRunner
from pipecat.pipeline.task import PipelineParams, PipelineTask
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import LLMContextAggregatorPair
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.serializers.twilio import TwilioFrameSerializer
from pipecat.services.openai.realtime.llm import OpenAIRealtimeLLMService
from pipecat.transports.websocket.fastapi import FastAPIWebsocketParams, FastAPIWebsocketTransport
from twilio.rest import Client

web = FastAPI()
seen: list[Any] = []
started: list[dict[str, Any]] = []
tasks: list[PipelineTask] = []
ended: list[str] = []


class Ear(FrameProcessor):
    """Notes each frame of interest that passes it."""

    async def process_frame(self, frame: Any, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        seen.append(frame)
        await self.push_frame(frame, direction)


@web.post("/twiml")
async def twiml(request: Request) -> Response:
    url = f"ws://{request.url.hostname}:{request.url.port}/media"
    return Response(f'<Response><Connect><Stream url="{url}"/></Connect></Response>', media_type="text/xml")


@web.websocket("/media")
async def media(socket: WebSocket) -> None:
    await socket.accept()
    messages = socket.iter_text()
    await anext(messages)
    started.append(json.loads(await anext(messages))["start"])
    serializer = TwilioFrameSerializer(
        stream_sid=started[0]["streamSid"],
        call_sid=started[0]["callSid"],
        account_sid=given("SID"),
        auth_token=given("TOKEN"),
        base_url=given("API"),
    )
    transport = FastAPIWebsocketTransport(
        socket, FastAPIWebsocketParams(audio_in_enabled=True, audio_out_enabled=True, serializer=serializer)
    )
    model = OpenAIRealtimeLLMService(api_key=given("MODEL_KEY"), base_url=given("MODEL_URL"))
    context = LLMContextAggregatorPair(LLMContext([{"role": "user", "content": "Greet the caller."}]))
    line = [transport.input(), Ear(), context.user(), model, Ear(), transport.output(), Ear(), context.assistant()]
    task = PipelineTask(Pipeline(line), params=PipelineParams(audio_in_sample_rate=8_000, audio_out_sample_rate=8_000))
    tasks.append(task)

    @transport.event_handler("on_client_connected")
    async def connected(*_: Any) -> None:
        from pipecat.frames.frames import LLMRunFrame

        await task.queue_frames([LLMRunFrame()])

    await PipelineRunner(handle_sigint=False).run(task)
    ended.append("run")


def count(kind: type) -> int:
    return len({frame.id for frame in seen if isinstance(frame, kind)})


async def until(what: Any, seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, f"seen: {sorted({type(frame).__name__ for frame in seen})}"
        await asyncio.sleep(0.05)


async def main() -> None:
    version("pipecat-ai")
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
        await until(lambda: started)
        assert started[0]["callSid"] == call.sid
    with check("the callee's audio comes in"):
        await until(lambda: count(InputAudioRawFrame) > 20)
    with check("the bot greets, and ends"):
        await until(lambda: count(BotStoppedSpeakingFrame) >= 1)
    with check("the callee is noticed"):
        await until(lambda: count(UserStartedSpeakingFrame) >= 1)
    with check("the callee is answered"):
        await until(lambda: count(BotStartedSpeakingFrame) >= 2)
    with check("no error in the pipeline"):
        assert not count(ErrorFrame), [frame.error for frame in seen if isinstance(frame, ErrorFrame)]
    with check("the serializer hangs up by REST when the bot ends"):
        await tasks[0].queue_frames([EndFrame()])
        end = time.monotonic() + 20
        while (await asyncio.to_thread(lambda: client.calls(call.sid).fetch())).status != "completed":
            assert time.monotonic() < end, "the call is still up"
            await asyncio.sleep(0.05)
    server.should_exit = True
    await serving


asyncio.run(main())
