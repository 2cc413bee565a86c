"""Whether the public URL leads back to this very process. Knows nothing of calls, or of who owns the tunnel.

A nonce goes out to the public URL, once as a form and once as a WebSocket, and has to come back through it.
"""

from __future__ import annotations

import json
import ssl
from urllib.parse import urlsplit

import anyio
import httpx2

from voicecall_core.errors import PeerError, SettingsError
from voicecall_core.wire.http import Request, Response
from voicecall_core.wire.network import Network
from voicecall_core.wire.websocket import Offer, SocketEnded, UpgradeRefused, open_websocket

PROVE_WITHIN_S = 10.0  # one POST and one upgrade; a tunnel that takes longer would fail the carrier's 15 s as well
_SETTING = "VOICECALL_PUBLIC_URL"


class Probe:
    """Answers the questions we ask ourselves through the tunnel. `nonce` is this process's, made anew for each run."""

    def __init__(self, nonce: str) -> None:
        self.nonce = nonce

    def answer(self, token: str, request: Request) -> Response:
        """The nonce and what came with it; 404 for a nonce of somebody else."""
        if token != self.nonce:
            return Response(404, b"This is not the nonce of this process.\n")
        said = {"voicecall": self.nonce, "form": request.form(), "target": request.target}
        return Response(200, json.dumps(said).encode(), (("content-type", "application/json"),))

    async def upgrade(self, token: str, offer: Offer) -> None:
        """Echo what is said, until the other side closes."""
        if token != self.nonce:
            await offer.refuse(404)
            return
        socket = await offer.accept()
        while True:
            message = await socket.receive()
            await socket.send(message if isinstance(message, str) else "")


async def prove(
    public_url: str, nonce: str, http: httpx2.AsyncClient, network: Network, tls: ssl.SSLContext | None = None
) -> None:
    """Raise SettingsError in words unless a POST and an upgrade through `public_url` come back to this process."""
    with anyio.move_on_after(PROVE_WITHIN_S) as waiting:
        await _post(public_url, nonce, http)
        await _upgrade(public_url, nonce, network, tls)
    if waiting.cancelled_caught:
        raise _fault(public_url, f"nothing came back within {PROVE_WITHIN_S:.0f} s", "Is the tunnel running?")


async def _post(public_url: str, nonce: str, http: httpx2.AsyncClient) -> None:
    try:
        answer = await http.post(f"{public_url}/probe/{nonce}", data={"nonce": nonce, "blank": ""})
    except httpx2.HTTPError as error:
        reason = f"it cannot be reached ({error or type(error).__name__})"
        raise _fault(public_url, reason, "Start the tunnel, and check the URL it printed.") from None
    if answer.status_code != 200 or nonce not in answer.text:
        reason = f"it is answered by something else (HTTP {answer.status_code})"
        raise _fault(public_url, reason, "Let the tunnel lead to the port that voicecall listens on (--port).")


async def _upgrade(public_url: str, nonce: str, network: Network, tls: ssl.SSLContext | None) -> None:
    scheme = "wss" if urlsplit(public_url).scheme == "https" else "ws"
    url = f"{scheme}{public_url[public_url.index(':') :]}/probe/{nonce}"
    try:
        socket = await open_websocket(network, url, tls=tls)
        try:
            await socket.send(nonce)
            echoed = await socket.receive()
        finally:
            await socket.close()
    except UpgradeRefused as refused:
        reason = f"webhooks come through, but a WebSocket is refused with HTTP {refused.status}"
        raise _fault(public_url, reason, "Let the proxy pass on Upgrade requests; Twilio would report 31920.") from None
    except (OSError, SocketEnded, PeerError) as error:
        reason = f"webhooks come through, but a WebSocket does not ({error})"
        raise _fault(public_url, reason, "Let the proxy pass on WebSockets.") from None
    if echoed != nonce:
        raise _fault(public_url, "a WebSocket is answered by something else", "Check where the tunnel leads to.")


def _fault(public_url: str, reason: str, fix: str) -> SettingsError:
    return SettingsError(f"The public URL {public_url} does not lead back here: {reason}.", setting=_SETTING, fix=fix)
