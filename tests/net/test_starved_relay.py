"""Memory lacks for one line of what the loop calls back: the relay ends all the same, or goes on as if nothing were."""

from __future__ import annotations

import socket
from contextlib import suppress
from types import CodeType
from typing import Any

import anyio
import pytest
from websockets.frames import CLOSE, PING, TEXT
from websockets.protocol import OPEN
from websockets.server import ServerProtocol

from tests.net.starving import Hunger, Line, code_of, watched
from tests.net.test_relay import frame
from voicecall_core.net import callback_stream, frames, relay, reserve, websocket
from voicecall_core.net.callback_stream import CallbackStream
from voicecall_core.net.reserve import PIECES, Reserve
from voicecall_core.net.websocket import SocketEnded, WebSocket

pytestmark = pytest.mark.real_sockets

CODE = frozenset[CodeType]().union(*map(code_of, (callback_stream, frames, relay, websocket)))
LOOK_S = 0.05
BOUND_S = 2.0  # of one that takes 0.01 s by itself: the peer is given up after a second if it is not read
TWO = frame(TEXT, b"two")
PARTS = (
    frame(TEXT, b"one"),
    TWO[:5],
    TWO[5:] + frame(PING, b"?"),
    frame(TEXT, b"y" * 200),
    b"".join(frame(TEXT, b"x" * 100) for _ in range(20)),
    frame(CLOSE, b"\x03\xe8"),
)


class Peer:
    """The other end: a socket of the system's, so that none of its doings is code that is starved."""

    def __init__(self, end: socket.socket) -> None:
        end.setblocking(False)
        self._end = end

    def send(self, data: bytes) -> None:
        with suppress(OSError):
            self._end.send(data)

    def read(self) -> None:
        """All there is; at the end this side ends, too."""
        with suppress(OSError):
            while self._end.recv(1_000_000):
                pass
            self._end.close()

    def close(self) -> None:
        self._end.close()


async def conversation(hunger: Hunger) -> list[BaseException]:
    """Messages both ways, a peer that is behind and catches up, a goodbye: what ended the relay, or our part of it.

    Raises TimeoutError if nothing has.
    """
    ours_end, its_end = socket.socketpair()
    ours_end.setblocking(False)  # its stream owns it from now on
    peer, ended, streams = Peer(its_end), list[BaseException](), list[CallbackStream]()
    try:
        with anyio.fail_after(BOUND_S):
            streams.append(await callback_stream.callback_stream(ours_end))
            ours = WebSocket(streams[0], ServerProtocol(state=OPEN))
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(_relay, ours, ended)
                await _turns()  # the relay runs: from here on
                with watched(CODE, hunger):
                    await _talk(streams[0], ours, peer, ended)
    except* (MemoryError, ConnectionError) as errors:
        ended.append(errors)
    finally:
        peer.close()
        for stream in streams:
            await anyio.aclose_forcefully(stream)
    return ended


async def _relay(ours: WebSocket, ended: list[BaseException]) -> None:
    try:
        await ours.relay(lambda message: None, lambda: None)
    except (SocketEnded, MemoryError) as error:
        ended.append(error)


async def _talk(stream: CallbackStream, ours: WebSocket, peer: Peer, ended: list[BaseException]) -> None:
    with suppress(MemoryError):
        ours.write("x" * 400_000)
    for part in PARTS[:-1]:
        peer.send(part)
        await _turns()
    while stream.full and not ended:
        peer.read()
        await _turns()
    peer.send(PARTS[-1])
    while not ended:
        peer.read()
        await anyio.sleep(0.002)


async def _turns() -> None:
    """Long enough for what was sent to have come."""
    for _ in range(8):
        await anyio.lowlevel.checkpoint()


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay, "LOOK_EVERY_S", LOOK_S)
    monkeypatch.setattr(websocket, "SEND_WITHIN", 1.0)
    monkeypatch.setattr(websocket, "CLOSE_WITHIN", 0.5)


async def lines_run() -> dict[Line, int]:
    """Every line that the conversation runs, and how often."""
    unharmed = Hunger()
    (ended,) = await conversation(unharmed)
    assert isinstance(ended, SocketEnded) and ended.code == 1000
    return unharmed.ran


@pytest.mark.parametrize("time", ["first", "second", pytest.param("last", marks=pytest.mark.every)])
async def test_a_relay_ends_wherever_memory_lacks(time: str) -> None:
    ran = await lines_run()
    assert len(ran) > 100
    met, stuck = 0, list[Line]()
    for line, times in ran.items():
        if time != "first" and times < 2:
            continue
        hunger = Hunger(line, {"first": 1, "second": 2, "last": times}[time])
        try:
            await conversation(hunger)
        except TimeoutError:
            stuck.append(line)
        met += hunger.met
    assert met > 30 and stuck == []


class DeafEvent:
    """An event whose waiters are not woken, as where there is no memory for that."""

    def set(self) -> None:
        raise MemoryError

    async def wait(self) -> None:
        await anyio.sleep_forever()


async def test_a_relay_ends_though_nothing_wakes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    begin = relay.CallbackRelay.__init__

    def deaf(self: relay.CallbackRelay, *args: Any, **more: Any) -> None:
        begin(self, *args, **more)
        self._ended = DeafEvent()  # type: ignore[assignment]

    monkeypatch.setattr(relay.CallbackRelay, "__init__", deaf)
    (ended,) = await conversation(Hunger())
    assert isinstance(ended, MemoryError | SocketEnded)


def test_a_reserve_is_given_piece_by_piece_for_memory_alone() -> None:
    kept = Reserve()
    kept.fill()
    kept.give_for(ValueError())
    assert kept.pieces == PIECES
    for left in range(PIECES - 1, -1, -1):
        kept.give_for(MemoryError())
        assert kept.pieces == left
    kept.give_for(MemoryError())
    kept.fill()
    assert not kept.pieces, "it is set aside once"
    assert reserve.RESERVE is not kept
