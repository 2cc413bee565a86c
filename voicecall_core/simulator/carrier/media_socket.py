"""The carrier's own end of a media socket: opened as it opens them, cut as a bad line is. Knows nothing of messages."""

from __future__ import annotations

import ssl

import anyio
from anyio.abc import ByteStream, Listener

from voicecall_core.errors import PeerError
from voicecall_core.net.network import Network, drop
from voicecall_core.net.opening import UpgradeRefused, open_websocket
from voicecall_core.net.routes import Routes
from voicecall_core.net.websocket import WebSocket
from voicecall_core.simulator.carrier.webhook_client import signature

CONNECT_WITHIN = 5.0  # assumption: no source tells how long the carrier waits
NO_ANSWER, REFUSED, UNREACHABLE, TLS_FAILED, HANDSHAKE_FAILED, BAD_FRAMES = 31901, 31902, 31904, 31910, 31920, 31924

TITLES = {
    NO_ANSWER: "Stream - WebSocket - Connection Timeout",
    REFUSED: "Stream - WebSocket - Connection Refused",
    UNREACHABLE: "Stream - WebSocket - No Route To Host",
    TLS_FAILED: "Stream - WebSocket - TLS Error",
    HANDSHAKE_FAILED: "Stream - WebSocket - Handshake Error",
    BAD_FRAMES: "Stream - WebSocket - Protocol Error",
}  # the codes are the carrier's; assumption: the wording


class StreamFailed(Exception):
    """The socket could not be opened; `code` is the carrier's error."""

    def __init__(self, code: int) -> None:
        super().__init__(f"{code}: {TITLES.get(code, 'Stream error')}")
        self.code = code


class MediaSocket:
    """An open media socket that can also be cut."""

    def __init__(self, socket: WebSocket, network: _Remembering) -> None:
        self.socket = socket
        self._network = network

    async def cut(self) -> None:
        """Let the connection die without a close frame."""
        for stream in self._network.streams:
            await drop(stream)
        await self.socket.close()  # only tidies up: there is nothing left to say it on


async def open_trunk(
    network: Network, url: str, token: str, tls: ssl.SSLContext | None = None, routes: Routes | None = None
) -> MediaSocket:
    """Open the media socket with the carrier's headers, signed over its URL alone. Raises StreamFailed.

    Without a token it is not signed, as somebody else would come.
    Observed: user-agent, x-twilio-signature in small letters; no Origin, no subprotocol, no extension.
    """
    remembering = _Remembering(network)
    headers = [("x-twilio-signature", signature(token, url))] if token else []
    try:
        if routes is not None:
            headers += routes.headers(url).items()
            url = routes.reached(url)
        with anyio.fail_after(CONNECT_WITHIN):
            agent = "Twilio.TmeWs/1.0"
            socket = await open_websocket(remembering, url, headers=headers, user_agent=agent, tls=tls)
    except UpgradeRefused as error:
        raise StreamFailed(HANDSHAKE_FAILED) from error
    except PeerError as error:
        raise StreamFailed(BAD_FRAMES) from error
    except TimeoutError as error:
        raise StreamFailed(NO_ANSWER) from error
    except ConnectionRefusedError as error:
        raise StreamFailed(REFUSED) from error
    except ssl.SSLError as error:
        raise StreamFailed(TLS_FAILED) from error
    except (OSError, ValueError) as error:
        raise StreamFailed(UNREACHABLE) from error
    return MediaSocket(socket, remembering)


class _Remembering:
    """A network that remembers the streams it opened."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self.streams: list[ByteStream] = []

    async def connect(self, host: str, port: int, *, tls: ssl.SSLContext | None = None) -> ByteStream:
        stream = await self._network.connect(host, port, tls=tls)
        self.streams.append(stream)
        return stream

    async def listen(self, port: int) -> Listener[ByteStream]:
        return await self._network.listen(port)
