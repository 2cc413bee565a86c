"""An ASGI application (FastAPI, Starlette, Quart, ...) on this program's own port: HTTP and WebSockets."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import unquote

import anyio
from anyio.abc import TaskStatus

from voicecall_core.net.http_server import Request, Response
from voicecall_core.net.opening import Offer
from voicecall_core.net.websocket import SocketEnded, WebSocket

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
_ASGI = {"version": "3.0", "spec_version": "2.3"}
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]


async def live(app: App, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED) -> None:
    """An application's lifespan: started once it says so, or if it has none; it ends by being cancelled.

    Raises RuntimeError if it could not start.
    """
    asked: list[Message] = [{"type": "lifespan.startup"}]
    started = False

    async def receive() -> Message:
        if not asked:
            await anyio.sleep_forever()
        return asked.pop()

    async def send(message: Message) -> None:
        nonlocal started
        if message["type"] == "lifespan.startup.failed":
            raise RuntimeError(f"The application did not start: {message.get('message', '')}")
        if message["type"] == "lifespan.startup.complete":
            started = True
            task_status.started()

    try:
        await app({"type": "lifespan", "asgi": _ASGI, "state": {}}, receive, send)
    except RuntimeError:
        raise
    except Exception:  # as the interface has it: an application that knows no lifespan raises what it likes
        if started:
            traceback.print_exc(file=sys.stderr)
    if not started:
        task_status.started()


class AsgiDoor:
    """Hands every request to an application. What it raises is printed on standard error and answered with 500."""

    def __init__(self, app: App, port: int) -> None:
        self._app, self._port = app, port

    async def answer(self, request: Request) -> Response:
        """One request and its whole answer."""
        asked = [{"type": "http.request", "body": request.body, "more_body": False}]
        start: Message = {"status": 500, "headers": ()}
        body = bytearray()

        async def receive() -> Message:
            if not asked:
                await anyio.sleep_forever()  # until the answer is complete: the client is not heard to leave
            return asked.pop()

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            elif message["type"] == "http.response.body":
                body.extend(message.get("body", b""))

        scope = self._scope("http", request) | {"method": request.method}
        if not await self._run(scope, receive, send):
            return Response(500)
        headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in start["headers"])
        return Response(start["status"], bytes(body), tuple(one for one in headers if one[0] != "content-length"))

    async def upgrade(self, request: Request, offer: Offer) -> None:
        """One socket, until either side ends it."""
        wanted = [each.strip() for each in request.header("sec-websocket-protocol").split(",") if each.strip()]
        scope = self._scope("websocket", request) | {"subprotocols": wanted}
        socket = _Socket(offer)
        done = await self._run(scope, socket.receive, socket.send)
        if not offer.decided:
            await offer.refuse(403 if done else 500)
        elif socket.opened is not None:
            await socket.opened.close(1000 if done else 1011)

    async def _run(self, scope: Message, receive: Receive, send: Send) -> bool:
        try:
            await self._app(scope, receive, send)
        except SocketEnded:
            return True  # it spoke to somebody who had gone
        except Exception:
            traceback.print_exc(file=sys.stderr)
            return False
        return True

    def _scope(self, kind: str, request: Request) -> dict[str, Any]:
        query = request.target.partition("?")[2]
        return {
            "type": kind,
            "asgi": _ASGI,
            "http_version": "1.1",
            "scheme": "http" if kind == "http" else "ws",
            "path": unquote(request.path),
            "raw_path": request.path.encode("latin-1"),
            "query_string": query.encode("latin-1"),
            "root_path": "",
            "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in request.headers],
            "client": ("127.0.0.1", 0),
            "server": ("127.0.0.1", self._port),
            "state": {},
        }


class _Socket:
    """One WebSocket as ASGI sees it."""

    def __init__(self, offer: Offer) -> None:
        self.opened: WebSocket | None = None
        self._offer = offer
        self._asked = False

    async def receive(self) -> Message:
        if not self._asked:
            self._asked = True
            return {"type": "websocket.connect"}
        if self.opened is None:
            await anyio.sleep_forever()
        assert self.opened is not None
        try:
            came = await self.opened.receive()
        except SocketEnded as end:
            return {"type": "websocket.disconnect", "code": end.code, "reason": end.reason}
        return {"type": "websocket.receive"} | ({"text": came} if isinstance(came, str) else {"bytes": came})

    async def send(self, message: Message) -> None:
        match message["type"]:
            case "websocket.accept":
                self.opened = await self._offer.accept()
            case "websocket.send" if self.opened is not None:
                text = message.get("text")
                await self.opened.send(text if text is not None else bytes(message.get("bytes", b"")).decode())
            case "websocket.close" if self.opened is not None:
                await self.opened.close(message.get("code", 1000), message.get("reason") or "")
            case "websocket.close":
                await self._offer.refuse(403)
