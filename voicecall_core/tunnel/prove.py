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
from voicecall_core.tunnel import faults
from voicecall_core.wire.http import Request, Response
from voicecall_core.wire.network import Network
from voicecall_core.wire.websocket import Offer, SocketEnded, UpgradeRefused, open_websocket

PROVE_WITHIN_S = 10.0  # one POST and one upgrade; a tunnel that takes longer would fail the carrier's 15 s as well
_SETTING = "VOICECALL_PUBLIC_URL"
_FORM = (
    ("Direction", "outbound-api"),
    ("CallerZip", ""),
    ("CallerName", "Zo\u00eb & S\u00f6hne = 100% +1"),
    ("Digits", "#"),
)
_ON_UPGRADES = (
    "Let the proxy pass on Upgrade requests"
    " (nginx: proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade;)."
)


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
    public_url: str,
    nonce: str,
    carrier: str,
    http: httpx2.AsyncClient,
    network: Network,
    tls: ssl.SSLContext | None = None,
) -> None:
    """Raise SettingsError in words unless a POST and an upgrade through `public_url` come back to this process.

    The words name the error that `carrier` would have reported of a call.
    """
    with anyio.move_on_after(PROVE_WITHIN_S) as waiting:
        try:
            await _post(public_url, nonce, http)
            await _upgrade(public_url, nonce, network, tls)
        except _Unproven as unproven:
            raise _fault(public_url, unproven.fault, carrier) from None
    if waiting.cancelled_caught:
        late = f"nothing came back within {PROVE_WITHIN_S:.0f} s", "Is the tunnel running?", faults.HTTP
        raise _fault(public_url, late, carrier)


class _Unproven(Exception):
    def __init__(self, fault: faults.Fault) -> None:
        super().__init__(fault[0])
        self.fault = fault


async def _post(public_url: str, nonce: str, http: httpx2.AsyncClient) -> None:
    """A form like the carrier's: its signature is made of the path and of every field, blank values included."""
    target = f"/probe/{nonce}"
    try:
        answer = await http.post(public_url + target, data=dict(_FORM))
    except httpx2.HTTPError as error:
        raise _Unproven(faults.unreached(error)) from None
    said = _said(answer)
    if answer.status_code != 200:
        raise _Unproven(faults.answered(answer.status_code))
    if said.get("voicecall") != nonce:
        told = "it is answered by something else (HTTP 200)"
        raise _Unproven((told, "Let it lead to the port that voicecall listens on (--port).", faults.HTTP))
    if said.get("form") != [list(field) for field in _FORM] or said.get("target") != target:
        changed = "path" if said.get("target") != target else "form"
        told = f"the {changed} of a request is changed on the way, which breaks its signature"
        raise _Unproven((told, f"Let the proxy pass the {changed} on as it is.", faults.HTTP))


def _said(answer: httpx2.Response) -> dict[str, object]:
    try:
        said = answer.json()
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


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
        told = f"webhooks come through, but a WebSocket is refused with HTTP {refused.status}"
        raise _Unproven((told, _ON_UPGRADES, faults.NOT_101)) from None
    except (OSError, SocketEnded, PeerError) as error:
        told = f"webhooks come through, but a WebSocket does not ({error})"
        raise _Unproven((told, "Let the proxy pass on WebSockets.", faults.CLOSED)) from None
    if echoed != nonce:
        told = "a WebSocket is answered by something else"
        raise _Unproven((told, "Check where the tunnel leads to.", faults.NOT_101))


def _fault(public_url: str, fault: faults.Fault, carrier: str) -> SettingsError:
    reason, fix, code = fault
    message = f"The public URL {public_url} does not lead back here: {reason}. {carrier} would report {code}."
    return SettingsError(message, setting=_SETTING, fix=fix)
