"""The steps of a media stream: an upgrade through the public URL, and frames at the pace of speech."""

from __future__ import annotations

import json
import ssl
from base64 import b64encode
from urllib.parse import urlsplit

import anyio

from voicecall_core.audio import FRAME_BYTES, FRAME_MS, SILENCE
from voicecall_core.errors import PeerError
from voicecall_core.net.opening import UpgradeRefused, open_websocket
from voicecall_core.net.websocket import SocketEnded, WebSocket
from voicecall_core.tunnel.proof import Proof
from voicecall_core.tunnel.webhook import signed
from voicecall_core.words.checks import CheckResult, critical, ok, percentiles, warning

LATE_S = 0.250  # between p95 and the round trip itself; more is heard as a gap
PATIENCE_S = 4.0  # after the last frame has left
_PAYLOAD = b64encode(SILENCE * FRAME_BYTES).decode()
_LET_PASS = (
    "Let upgrades pass."
    " nginx: proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade;"
)
NO_ANSWER, NOT_101, LATE = 31901, 31920, 31930
_REFUSED, _BROKEN, _TLS, _CLOSED, _PROTOCOL, _ALTERED = 31902, 31903, 31910, 31921, 31924, 31951


async def upgrade(proof: Proof) -> CheckResult:
    """Whether an upgrade through the public URL is answered with 101, by this process."""
    expected = "101, from this process"
    scheme = "wss" if urlsplit(proof.base).scheme == "https" else "ws"
    url = f"{scheme}{proof.base[proof.base.index(':') :]}{proof.target}"
    mark = proof.upgrade_mark = proof.mark()
    headers = proof.requests.headers(url, None, mark)
    no_socket = "webhooks come through, but a WebSocket"
    try:
        proof.socket = await open_websocket(proof.network, url, headers=headers, tls=proof.tls)
    except UpgradeRefused as refused:
        found = f"{no_socket} is refused with HTTP {refused.status}{_elsewhere(proof)}"
        return critical(found, expected, error=NOT_101, fix=_LET_PASS)
    except PeerError as error:
        found = f"{no_socket} does not ({error.message})"
        return critical(found, expected, error=_PROTOCOL, fix="Try another tunnel, or no proxy.")
    except OSError as error:
        found = f"{no_socket} does not ({error or type(error).__name__})"
        return critical(found, expected, error=_error_of(error), fix=_LET_PASS)
    if proof.door.found(mark) is None and not proof.door.upgraded:
        fix = f"Let it lead to port {proof.port} with WebSockets too."
        return critical("a WebSocket is answered by something else", expected, error=NOT_101, fix=fix)
    return ok("101", expected)


def _elsewhere(proof: Proof) -> str:
    """Where the upgrade arrived, if it did, and not at the place that was asked for."""
    arrival = proof.door.found(proof.upgrade_mark)
    if arrival is None or arrival.request.target == proof.target:
        return ""
    return f": it arrived as {arrival.request.target.replace(proof.door.nonce, '...')}"


def _error_of(error: OSError) -> int:
    match error:
        case ssl.SSLError():
            return _TLS
        case TimeoutError():
            return NO_ANSWER
        case ConnectionRefusedError():
            return _REFUSED
    return _BROKEN


async def upgrade_signature(proof: Proof) -> CheckResult:
    """Whether an upgrade's signature fits on arrival: without it no stream is accepted."""
    return signed(proof.door.found(proof.upgrade_mark), proof, error=NOT_101, passed_on="with upgrades too")


async def frames(proof: Proof) -> CheckResult:
    """Whether frames of 20 ms come back, all of them, in order, and one by one. The socket is closed."""
    assert proof.socket is not None
    socket, count = proof.socket, proof.frames
    sent: list[float] = []
    took: list[float] = []
    wrong = 0
    ended: SocketEnded | None = None
    try:
        with anyio.move_on_after(count * FRAME_MS / 1000 + PATIENCE_S):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(_speak, socket, count, sent)
                while len(took) < count:
                    wrong += await socket.receive() != _frame(len(took))
                    took.append(anyio.current_time() - sent[len(took)])
    except* SocketEnded as group:
        ended = _first(group)
    await socket.close()
    return _judged(count, took, wrong, ended)


async def _speak(socket: WebSocket, count: int, sent: list[float]) -> None:
    """Send the frames until the socket ends; who listens meets the same end. `sent`: when each left."""
    try:
        for number in range(count):
            if number:
                await anyio.sleep(FRAME_MS / 1000)
            sent.append(anyio.current_time())
            await socket.send(_frame(number))
    except SocketEnded:
        pass


def _first(group: BaseExceptionGroup[SocketEnded]) -> SocketEnded:
    found: BaseException = group
    while isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]
    assert isinstance(found, SocketEnded)
    return found


def _judged(count: int, took: list[float], wrong: int, ended: SocketEnded | None) -> CheckResult:
    expected = f"{count} of {count} frames, p95 within {LATE_S * 1000:.0f} ms of p50"
    if ended is not None:
        found = f"the socket ended with {ended.code} after {len(took)} of {count} frames"
        fix = "Raise the proxy's time-outs for WebSockets (nginx: proxy_read_timeout 1h;)."
        return critical(found, expected, error=_BROKEN if ended.code == 1006 else _CLOSED, fix=fix)
    if wrong:
        found = f"{wrong} of {count} frames came back altered or out of order"
        return critical(found, expected, error=_ALTERED, fix="Let nothing on the way change what a WebSocket carries.")
    buffered = "Switch buffering off in the proxy (nginx: proxy_buffering off;), or try another tunnel."
    if len(took) < count:
        return critical(f"{len(took)} of {count} frames came back", expected, error=LATE, fix=buffered)
    half, most = percentiles(took)
    found = f"{count} frames, p50 {half * 1000:.0f} ms, p95 {most * 1000:.0f} ms"
    if max(took) - min(took) > LATE_S and most - min(took) > LATE_S:
        return warning(f"{found}: frames are held back and come in bursts", expected, error=LATE, fix=buffered)
    return ok(found, expected)


def _frame(number: int) -> str:
    media = {"track": "inbound", "chunk": str(number + 1), "timestamp": str(number * FRAME_MS), "payload": _PAYLOAD}
    return json.dumps(
        {"event": "media", "sequenceNumber": str(number + 2), "media": media, "streamSid": "MZ" + "0" * 32}
    )
