"""Checks of the way a media stream takes: an upgrade through the public URL, and frames at the pace of speech."""

from __future__ import annotations

import json
import ssl
from urllib.parse import urlsplit

import anyio

from voicecall_core.carriers.twilio.signature import sign
from voicecall_core.doctor.arrivals import MARK
from voicecall_core.doctor.examining import Check, percentiles
from voicecall_core.doctor.finding import Said, Section, critical, ok, warning
from voicecall_core.doctor.room import Room
from voicecall_core.errors import PeerError
from voicecall_core.wire.websocket import SocketEnded, UpgradeRefused, open_websocket

USER_AGENT = "Twilio.TmeWs/1.0"  # as observed on its upgrades
FRAMES, FRAME_S = 50, 0.020  # a second of speech
LATE_S = 0.250  # between p95 and the round trip itself; more is heard as a gap
PATIENCE_S = 4.0  # after the last frame has left
_PAYLOAD = "f39/" * 53 + "fw=="  # 160 bytes of mu-law silence
_ON_UPGRADE = (
    "nginx: proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade;"
)
_NO_ANSWER, _REFUSED, _BROKEN, _TLS, _NOT_101, _CLOSED, _PROTOCOL, _LATE, _ALTERED = (
    31901, 31902, 31903, 31910, 31920, 31921, 31924, 31930, 31951,
)  # fmt: skip


async def upgrade(room: Room) -> Said:
    """Whether an upgrade through the public URL is answered with 101, by this process."""
    expected = "101, from this process"
    target = f"/probe/{room.nonce}"
    base = f"{'wss' if urlsplit(room.base).scheme == 'https' else 'ws'}{room.base[room.base.index(':') :]}"
    signed = sign(room.subject.carrier.auth_token or room.nonce, base + target, ())
    headers = [("X-Twilio-Signature", signed), (MARK, f"{room.nonce}-upgrade")]
    try:
        room.socket = await open_websocket(
            room.ways.network, base + target, headers=headers, user_agent=USER_AGENT, tls=room.ways.tls
        )
    except UpgradeRefused as refused:
        found = f"HTTP {refused.status}{_elsewhere(room, target)}"
        return critical(found, expected, error=_NOT_101, fix=f"Let upgrades pass. {_ON_UPGRADE}")
    except PeerError as error:
        return critical(error.message, expected, error=_PROTOCOL)
    except OSError as error:
        return critical(f"{error or type(error).__name__}", expected, error=_error_of(error))
    assert room.arrivals is not None
    if room.arrivals.found("upgrade") is None and not room.arrivals.upgraded:
        return critical("101, but from something else", expected, error=_NOT_101)
    return ok("101", expected)


def _elsewhere(room: Room, target: str) -> str:
    """Where the upgrade arrived, if it did, and not at the place that was asked for."""
    arrival = room.arrivals.found("upgrade") if room.arrivals is not None else None
    if arrival is None or arrival.request.target == target:
        return ""
    return f": it arrived as {arrival.request.target.replace(room.nonce, '...')}"


def _error_of(error: OSError) -> int:
    match error:
        case ssl.SSLError():
            return _TLS
        case TimeoutError():
            return _NO_ANSWER
        case ConnectionRefusedError():
            return _REFUSED
    return _BROKEN


async def upgrade_signature(room: Room) -> Said:
    """Whether an upgrade's signature fits on arrival: without it no stream is let in."""
    assert room.arrivals is not None
    arrival = room.arrivals.found("upgrade")
    expected = "a signature that fits what arrived"
    if arrival is not None and arrival.signed:
        return ok("fits", expected)
    there = arrival is not None and bool(arrival.request.header("x-twilio-signature"))
    found = "X-Twilio-Signature arrives, and does not fit" if there else "X-Twilio-Signature does not arrive"
    fix = "Let the proxy pass on the header X-Twilio-Signature with upgrades too."
    return critical(found, expected, error=_NOT_101, fix=fix)


async def frames(room: Room) -> Said:
    """Whether frames of 20 ms come back, all of them, in order, and one by one."""
    assert room.socket is not None
    socket, expected = room.socket, f"{FRAMES} of {FRAMES} frames, p95 within {LATE_S * 1000:.0f} ms of p50"
    sent: list[float] = []
    took: list[float] = []
    wrong = 0
    ended: SocketEnded | None = None

    async def speak() -> None:
        for number in range(FRAMES):
            sent.append(anyio.current_time())
            await socket.send(_frame(number))
            await anyio.sleep(FRAME_S)

    try:
        with anyio.move_on_after(FRAMES * FRAME_S + PATIENCE_S):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(_quietly, speak)
                while len(took) < FRAMES:
                    wrong += await socket.receive() != _frame(len(took))
                    took.append(anyio.current_time() - sent[len(took)])
    except* SocketEnded as group:
        ended = _first(group)
    await socket.close()
    return _judged(took, wrong, ended, expected)


async def _quietly(speak: object) -> None:
    """Speak until the socket ends; the one who listens meets the same end."""
    try:
        await speak()  # type: ignore[operator]
    except SocketEnded:
        pass


def _first(group: BaseExceptionGroup[SocketEnded]) -> SocketEnded:
    found: BaseException = group
    while isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]
    assert isinstance(found, SocketEnded)
    return found


def _judged(took: list[float], wrong: int, ended: SocketEnded | None, expected: str) -> Said:
    if ended is not None:
        found = f"the socket ended with {ended.code} after {len(took)} of {FRAMES} frames"
        fix = "Raise the proxy's time-outs for WebSockets (nginx: proxy_read_timeout 1h;)."
        return critical(found, expected, error=_BROKEN if ended.code == 1006 else _CLOSED, fix=fix)
    if wrong:
        return critical(f"{wrong} frames came back altered or out of order", expected, error=_ALTERED)
    if len(took) < FRAMES:
        return critical(f"{len(took)} of {FRAMES} frames came back", expected, error=_LATE)
    half, most = percentiles(took)
    found = f"{len(took)} frames, p50 {half * 1000:.0f} ms, p95 {most * 1000:.0f} ms"
    if max(took) - min(took) > LATE_S and most - min(took) > LATE_S:
        fix = "Switch buffering off in the proxy (nginx: proxy_buffering off;), or try another tunnel."
        return warning(f"{found}: frames are held back and come in bursts", expected, error=_LATE, fix=fix)
    return ok(found, expected)


def _frame(number: int) -> str:
    media = {"track": "inbound", "chunk": str(number + 1), "timestamp": str(number * 20), "payload": _PAYLOAD}
    return json.dumps(
        {"event": "media", "sequenceNumber": str(number + 2), "media": media, "streamSid": "MZ" + "0" * 32}
    )


_HERE = Section.TUNNEL
CHECKS = (
    Check(
        "upgrade", _HERE, upgrade, "an upgrade is answered with 101", ("path",),
        within_s=10.0, network=True, error=_NO_ANSWER,
    ),
    Check("upgrade-signature", _HERE, upgrade_signature, "its signature fits on arrival", ("upgrade",), network=True),
    Check(
        "frames", _HERE, frames, "20 ms frames come back one by one", ("upgrade",),
        within_s=10.0, network=True, error=_LATE,
    ),
)  # fmt: skip
