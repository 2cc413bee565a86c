"""The relays, each a process: `python -m tests.bench.relay.yardsticks KIND SETTINGS` prints its port, and relays.

What each of the first three does is the least that carries a conversation: no pacing, no limits, no interruption. The
floor cuts messages by position and is compiled below that; `program` is this program as anybody's program opens it.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import uvloop

SET_UP = '{"type":"session.update","session":{"type":"realtime"}}'
Settings = dict[str, Any]


def _tls(settings: Settings) -> ssl.SSLContext | None:
    return ssl.create_default_context(cafile=settings["authority"]) if settings["authority"] else None


def _append(message: dict[str, Any]) -> str:
    return json.dumps({"type": "input_audio_buffer.append", "audio": message["media"]["payload"]})


def _media(stream_sid: str, message: dict[str, Any]) -> str:
    return json.dumps({"event": "media", "streamSid": stream_sid, "media": {"payload": message["delta"]}})


async def _carried(
    settings: Settings, receive: Callable[[], Awaitable[str]], send: Callable[[str], Awaitable[None]]
) -> None:
    """A media socket, whoever holds it, with a `websockets` client to the model."""
    from websockets.asyncio.client import connect

    while (message := json.loads(await receive()))["event"] != "start":
        pass
    stream_sid = message["start"]["streamSid"]
    async with connect(settings["model"], ssl=_tls(settings)) as model:
        await model.send(SET_UP)

        async def from_callee() -> None:
            while True:
                message = json.loads(await receive())
                if message["event"] == "media":
                    await model.send(_append(message))

        async def from_model() -> None:
            async for text in model:
                message = json.loads(text)
                if message["type"] == "response.output_audio.delta":
                    await send(_media(stream_sid, message))

        await asyncio.gather(from_callee(), from_model())


async def starlette(settings: Settings) -> None:
    """Starlette on uvicorn, as most examples have it."""
    import uvicorn
    from starlette.applications import Starlette
    from starlette.routing import WebSocketRoute
    from starlette.websockets import WebSocket

    async def media(socket: WebSocket) -> None:
        await socket.accept()
        await _carried(settings, socket.receive_text, socket.send_text)

    app = Starlette(routes=[WebSocketRoute("/media", media)])
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical"))
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - it has no event for that
        await asyncio.sleep(0.01)
    _say_port(server.servers[0].sockets[0].getsockname()[1])
    await serving


async def websockets(settings: Settings) -> None:
    """`websockets` on both sides."""
    from websockets.asyncio.server import ServerConnection, serve

    async def media(socket: ServerConnection) -> None:
        async def receive() -> str:
            return str(await socket.recv())

        await _carried(settings, receive, socket.send)

    async with serve(media, "127.0.0.1", 0) as server:
        _say_port(server.sockets[0].getsockname()[1])
        await server.serve_forever()


async def picows(settings: Settings) -> None:
    """The floor: picows, which is compiled, from one callback into the other."""
    from tests.bench.relay.floor import listen

    server = await listen(settings["model"], _tls(settings), SET_UP)
    _say_port(server.sockets[0].getsockname()[1])
    await server.serve_forever()


async def program(settings: Settings) -> None:
    """This program: the real port, sessions, model lines and bridges; carrier and model are the load's."""
    import anyio

    from voicecall_core import (
        Accounts,
        CallOptions,
        CarrierAccount,
        ModelAccount,
        OutgoingCall,
        PhoneNumber,
        open_dialer,
    )

    carrier = CarrierAccount(
        account_sid=settings["account"],
        auth_token=settings["token"],
        number=PhoneNumber("+15005550006"),
        url=settings["rest"],
    )
    accounts = Accounts(carrier=carrier, model=ModelAccount(key="no key", url=settings["model"]))
    async with open_dialer(accounts, tls=_tls(settings)) as dialer, anyio.create_task_group() as tasks:
        for _ in range(settings["calls"]):
            tasks.start_soon(OutgoingCall(dialer, "+14155552671", CallOptions()).run)
            await anyio.sleep(settings["every"])


def _say_port(port: int) -> None:
    print(port, flush=True)


KINDS: dict[str, Callable[[Settings], Awaitable[None]]] = {
    "starlette": starlette,
    "websockets": websockets,
    "picows": picows,
    "program": program,
}


async def main(kind: str, settings: Settings) -> None:
    """Be that relay until killed."""
    await KINDS[kind](settings)


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], json.loads(sys.argv[2])))
