"""The floor of a relay's cost: picows, whose frames are read and written by compiled code, with nothing around it."""

from __future__ import annotations

import asyncio
import json
import ssl

from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect, ws_create_server

_PAYLOAD, _DELTA = b'"payload":"', b'"delta":"'


class _Model(WSListener):  # type: ignore[misc, unused-ignore]  # of an unknown kind where picows is not installed
    """The socket to the model."""

    def __init__(self, carrier: WSTransport, stream_sid: str) -> None:
        self._carrier = carrier
        self._head = f'{{"event":"media","streamSid":"{stream_sid}","media":{{"payload":"'.encode()

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        message = frame.get_payload_as_bytes()
        if (at := message.find(_DELTA)) > 0:
            begin = at + len(_DELTA)
            self._carrier.send(WSMsgType.TEXT, self._head + message[begin : message.index(b'"', begin)] + b'"}}')


class _Carrier(WSListener):  # type: ignore[misc, unused-ignore]
    """The carrier's socket."""

    def __init__(self, url: str, tls: ssl.SSLContext | None, set_up: str) -> None:
        self._url, self._tls, self._set_up = url, tls, set_up
        self._model: WSTransport | None = None
        self._early: list[bytes] = []
        self._opening: asyncio.Task[None] | None = None

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        message = frame.get_payload_as_bytes()
        if (at := message.find(_PAYLOAD)) > 0:
            begin = at + len(_PAYLOAD)
            self._hear(
                b'{"type":"input_audio_buffer.append","audio":"%b"}' % message[begin : message.index(b'"', begin)]
            )
        elif b'"start"' in message:
            stream_sid = json.loads(message)["streamSid"]
            self._opening = asyncio.get_running_loop().create_task(self._open(transport, stream_sid))

    def _hear(self, message: bytes) -> None:
        if self._model is None:
            self._early.append(message)
        else:
            self._model.send(WSMsgType.TEXT, message)

    async def _open(self, carrier: WSTransport, stream_sid: str) -> None:
        model, _ = await ws_connect(lambda: _Model(carrier, stream_sid), self._url, ssl_context=self._tls)
        model.send(WSMsgType.TEXT, self._set_up.encode())
        for message in self._early:
            model.send(WSMsgType.TEXT, message)
        self._model = model


async def listen(url: str, tls: ssl.SSLContext | None, set_up: str) -> asyncio.Server:
    """Relay each media socket that comes to a port of this machine."""
    server: asyncio.Server = await ws_create_server(lambda request: _Carrier(url, tls, set_up), "127.0.0.1", 0)
    return server
