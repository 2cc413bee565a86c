"""A voice agent as many tutorials have it: short, with the public hosts written in, and with the race."""

import asyncio
import json
import os
from contextlib import asynccontextmanager

import uvicorn
import websockets
from fastapi import FastAPI, Request, Response, WebSocket
from twilio.rest import Client
from twilio.twiml.voice_response import Connect, VoiceResponse

PUBLIC, MODEL = "https://agent.example.com", "wss://api.openai.com/v1/realtime?model=gpt-realtime"
MENDED = os.environ.get("MENDED") == "1"
twilio = Client(os.environ["TWILIO_ACCOUNT_SID"], os.environ["TWILIO_AUTH_TOKEN"])


@asynccontextmanager
async def call(app):
    asyncio.get_running_loop().call_later(0.5, asyncio.create_task, asyncio.to_thread(place))
    yield


def place():
    asked = {"url": f"{PUBLIC}/twiml", "status_callback": f"{PUBLIC}/status"}
    events = ["initiated", "ringing", "answered", "completed"]
    whom = {"to": os.environ.get("CALLEE", "+15555550101"), "from_": os.environ["TWILIO_PHONE_NUMBER"]}
    twilio.calls.create(**whom, **asked, status_callback_event=events)


app = FastAPI(lifespan=call)


@app.post("/twiml")
async def twiml():
    document, connect = VoiceResponse(), Connect()
    connect.stream(url=PUBLIC.replace("https", "wss") + "/media")
    document.append(connect)
    return Response(str(document), media_type="text/xml")


@app.post("/status")
async def status(request: Request):
    form = await request.form()
    if form["CallStatus"] == "in-progress" and not MENDED:  # "it is answered: say something"
        await asyncio.to_thread(twilio.calls(form["CallSid"]).update, twiml="<Response><Say>Hello!</Say></Response>")
    return Response(status_code=204)


@app.websocket("/media")
async def media(phone: WebSocket):
    await phone.accept()
    key = {"Authorization": f"Bearer {os.environ['OPENAI_API_KEY']}"}
    async with websockets.connect(MODEL, additional_headers=key) as model:
        await asyncio.gather(to_model(phone, model), to_phone(phone, model), return_exceptions=True)


async def to_model(phone, model):
    pcmu = {"format": {"type": "audio/pcmu"}}
    audio = {"input": {**pcmu, "turn_detection": {"type": "server_vad"}}, "output": pcmu}
    await model.send(json.dumps({"type": "session.update", "session": {"type": "realtime", "audio": audio}}))
    async for text in phone.iter_text():
        said = json.loads(text)
        if said["event"] == "start":
            phone.state.stream = said["streamSid"]
            await model.send(json.dumps({"type": "response.create"}))
        elif said["event"] == "media":
            await model.send(json.dumps({"type": "input_audio_buffer.append", "audio": said["media"]["payload"]}))
    await model.close()


async def to_phone(phone, model):
    async for text in model:
        said = json.loads(text)
        if said["type"] == "response.output_audio.delta":
            sent = {"event": "media", "streamSid": phone.state.stream, "media": {"payload": said["delta"]}}
            await phone.send_text(json.dumps(sent))
        elif said["type"] == "input_audio_buffer.speech_started":
            await phone.send_text(json.dumps({"event": "clear", "streamSid": phone.state.stream}))


uvicorn.run(app, host="127.0.0.1", port=int(os.environ["PORT"]), log_level="warning")
