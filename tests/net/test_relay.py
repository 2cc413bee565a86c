"""Relayed messages, on the loop's callbacks and in memory: the cases of RFC 6455, judged by the library alone.

The library's own protocol, given the same bytes, says which messages there are and with which code it ends.
"""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from itertools import pairwise

import anyio
import pytest
from anyio.abc import ByteStream
from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.client import ClientProtocol
from websockets.frames import BINARY, CLOSE, CONT, PING, PONG, TEXT, Close, Frame, Opcode
from websockets.protocol import OPEN
from websockets.server import ServerProtocol
from websockets.uri import parse_uri

from tests.net.doors import read_all
from voicecall_core.net.callback_stream import WINDOW_BYTES, CallbackStream, callback_stream
from voicecall_core.net.frames import TextFrames
from voicecall_core.net.memory import MemoryNetwork
from voicecall_core.net.websocket import MESSAGE_BYTES, SEND_WITHIN, SocketEnded, WebSocket

CALLBACKS = pytest.param("callbacks", marks=pytest.mark.real_sockets)
TRANSPORTS = ["memory", CALLBACKS]


@asynccontextmanager
async def pair(transport: str) -> AsyncIterator[tuple[ByteStream, ByteStream]]:
    """Both ends of a connection."""
    if transport == "callbacks":
        ends: Sequence[ByteStream] = [await callback_stream(_quick(end)) for end in socket.socketpair()]
    else:
        ends = await _in_memory()
    try:
        yield ends[0], ends[1]
    finally:
        for end in ends:
            await anyio.aclose_forcefully(end)


def _quick(end: socket.socket) -> socket.socket:
    end.setblocking(False)
    return end


async def _in_memory() -> Sequence[ByteStream]:
    taken: list[ByteStream] = []
    network = MemoryNetwork()
    async with await network.listen(8080) as listener, anyio.create_task_group() as tasks:

        async def take(stream: ByteStream) -> None:
            taken.append(stream)
            tasks.cancel_scope.cancel()

        client = await network.connect("x", 8080)
        with anyio.CancelScope():
            await listener.serve(take, tasks)
    return [taken[0], client]


def frame(opcode: Opcode, data: bytes = b"", *, fin: bool = True, mask: bool = True) -> bytes:
    return Frame(opcode, data, fin).serialize(mask=mask)


def close(code: int, reason: bytes = b"") -> bytes:
    return frame(CLOSE, code.to_bytes(2) + reason)


UMLAUT = "J\u00fc".encode()
LAST = frame(CLOSE, Close(1000, "").serialize())
CASES = {
    **{f"text of {size}": frame(TEXT, b"x" * size) + LAST for size in (0, 1, 125, 126, 65_535, 65_536)},
    "many at once": b"".join(frame(TEXT, b"%d" % number) for number in range(200)) + LAST,
    "in parts": frame(TEXT, b"a", fin=False) + frame(CONT, b"b", fin=False) + frame(CONT, b"c") + LAST,
    "a letter in two parts": frame(TEXT, UMLAUT[:2], fin=False) + frame(CONT, UMLAUT[2:]) + LAST,
    "a ping between parts": frame(TEXT, b"a", fin=False) + frame(PING, b"?") + frame(CONT, b"b") + LAST,
    "an unasked pong": frame(PONG, b"7") + frame(TEXT, b"on") + LAST,
    "binary": frame(BINARY, b"\xff\0") + frame(TEXT, b"text") + LAST,
    "binary in parts": frame(BINARY, b"\xff", fin=False) + frame(CONT, b"\xfe") + LAST,
    "text between parts": frame(TEXT, b"a", fin=False) + frame(TEXT, b"b") + LAST,
    "a part of nothing": frame(CONT, b"a") + LAST,
    "not UTF-8": frame(TEXT, b"\xff\xfe") + frame(TEXT, b"later"),
    "not UTF-8 in parts": frame(TEXT, b"\xff", fin=False) + frame(CONT, b"\xfe"),
    "half a letter": frame(TEXT, UMLAUT[:2]) + LAST,
    "without a mask": frame(TEXT, b"a") + frame(TEXT, b"b", mask=False) + LAST,
    "a reserved bit": bytes([0xC1]) + frame(TEXT, b"a")[1:],
    "a reserved opcode": b"\x83\x80\0\0\0\0",
    "a long ping": bytes([0x89, 0xFE, 0, 126]) + bytes(4 + 126),
    "a ping in parts": bytes([0x09]) + frame(PING, b"a")[1:],
    "too long": b"\x81\xff" + (MESSAGE_BYTES + 1).to_bytes(8) + bytes(4),
    "too long in parts": frame(TEXT, b"x", fin=False) + b"\x80\xff" + MESSAGE_BYTES.to_bytes(8) + bytes(4),
    "a length that cannot be": b"\x81\xff" + b"\xff" * 8 + bytes(4),
    "a goodbye without a code": frame(TEXT, b"a") + frame(CLOSE),
    "a goodbye of one byte": frame(CLOSE, b"\x03"),
    "a reason that is not UTF-8": close(1000, b"\xff"),
    "text behind a goodbye": close(1001, b"gone") + frame(TEXT, b"a"),
    **{f"goodbye {code}": frame(TEXT, b"a") + close(code) for code in (1000, 1001, 1011, 3000, 4000, 4999)},
    **{f"goodbye {code}, which is none": close(code) for code in (0, 999, 1004, 1005, 1006, 1015, 5000)},
    "nothing": b"",
    "half a head": frame(TEXT, b"a") + frame(TEXT, b"x" * 300)[:3],
    "half a frame": frame(TEXT, b"a") + frame(TEXT, b"x" * 300)[:100],
}


def by_the_library(sent: bytes) -> tuple[list[str | bytes], int]:
    """The messages, and the code of the end."""
    protocol = ServerProtocol(state=OPEN, max_size=MESSAGE_BYTES)
    protocol.receive_data(sent)
    protocol.receive_eof()
    messages, parts, textual = list[str | bytes](), b"", True
    for event in protocol.events_received():
        if isinstance(event, Frame) and event.opcode in (TEXT, BINARY, CONT):
            textual = textual if event.opcode is CONT else event.opcode is TEXT
            parts += event.data
            if event.fin:
                try:
                    messages.append(parts.decode() if textual else parts)
                except UnicodeDecodeError:  # which the library leaves to who uses it
                    return messages, 1007
                parts = b""
    said = protocol.close_rcvd
    if said is None and not isinstance(protocol.parser_exc, EOFError | type(None)):
        said = protocol.close_sent
    return messages, 1006 if said is None else said.code


async def relayed(transport: str, pieces: Iterator[bytes] | Sequence[bytes]) -> tuple[list[str | bytes], int]:
    """The same, of our socket, the bytes coming in these pieces."""
    got: list[str | bytes] = []
    async with pair(transport) as (stream, client), anyio.create_task_group() as tasks:
        ours = WebSocket(stream, ServerProtocol(state=OPEN, max_size=MESSAGE_BYTES))
        tasks.start_soon(read_all, client)

        async def send() -> None:
            try:
                for piece in pieces:
                    await client.send(piece)
                await client.send_eof()
            except (anyio.BrokenResourceError, anyio.ClosedResourceError):
                pass  # ours has ended before all was sent

        tasks.start_soon(send)
        try:
            await ours.relay(got.append, lambda: None)
        except SocketEnded as ended:
            code = ended.code
        assert ours.closed
        tasks.cancel_scope.cancel()
    return got, code


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("name", CASES)
async def test_the_library_would_say_the_same(name: str, transport: str) -> None:
    sent = CASES[name]
    assert await relayed(transport, [sent]) == by_the_library(sent)


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("name", [name for name, sent in CASES.items() if len(sent) < 1_000])
async def test_byte_by_byte_it_is_the_same(name: str, transport: str) -> None:
    sent = CASES[name]
    assert await relayed(transport, [sent[n : n + 1] for n in range(len(sent))]) == by_the_library(sent)


_DATA = st.one_of(st.binary(max_size=10), st.text(max_size=80).map(str.encode))
_MASKED = st.sampled_from([True] * 9 + [False])
_FRAMES = st.one_of(
    st.builds(frame, st.sampled_from([TEXT, BINARY, CONT]), _DATA, fin=st.booleans(), mask=_MASKED),
    st.builds(frame, st.just(PONG), _DATA.filter(lambda data: len(data) < 126), mask=_MASKED),
)


@given(frames=st.lists(_FRAMES, max_size=8), cuts=st.lists(st.integers(0, 500), max_size=6))
@settings(deadline=None, max_examples=60)
async def test_any_frames_in_any_pieces_are_as_the_library_reads_them(frames: list[bytes], cuts: list[int]) -> None:
    sent = b"".join(frames)
    places = [0, *sorted(cut for cut in cuts if cut < len(sent)), len(sent)]
    pieces = [sent[begin:end] for begin, end in pairwise(places) if begin < end]
    assert await relayed("memory", pieces) == by_the_library(sent)


_LONG = st.one_of(st.binary(min_size=120, max_size=140), st.text(min_size=120, max_size=300).map(str.encode))
_ALONE = st.one_of(_FRAMES, st.builds(frame, st.just(TEXT), _LONG, fin=st.sampled_from([True] * 9 + [False])))


@given(reads=st.lists(st.lists(_ALONE, min_size=1, max_size=2).map(b"".join), min_size=2, max_size=5))
@settings(deadline=None, max_examples=60)
async def test_frames_that_come_one_by_one_are_as_the_library_reads_them(reads: list[bytes]) -> None:
    got: list[str | bytes] = []
    async with pair("memory") as (stream, _):
        ours = WebSocket(stream, ServerProtocol(state=OPEN, max_size=MESSAGE_BYTES))
        for each in [*reads, b""]:
            ours.take(each)
        with pytest.raises(SocketEnded) as ended:
            while True:
                got.append(await ours.receive())
    assert (got, ended.value.code) == by_the_library(b"".join(reads))


@given(text=st.one_of(st.text(max_size=50), st.integers(0, 70_000).map("x".__mul__)), masked=st.booleans())
@settings(deadline=None, max_examples=60)
def test_what_is_written_the_library_reads(text: str, masked: bool) -> None:
    reader: ServerProtocol | ClientProtocol
    if masked:
        reader = ServerProtocol(state=OPEN)
    else:
        reader = ClientProtocol(parse_uri("ws://x"), state=OPEN)
    frames = TextFrames(masked=masked)
    reader.receive_data(frames.of(text) + frames.of("next"))
    events = reader.events_received()
    assert [bytes(event.data).decode() for event in events if isinstance(event, Frame)] == [text, "next"]


def test_each_mask_is_another() -> None:
    frames = TextFrames(masked=True)
    assert len({frames.of("")[2:6] for _ in range(3_000)}) > 2_990


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_what_the_reader_raises_ends_the_relay_and_the_socket_can_still_say_goodbye(transport: str) -> None:
    async with pair(transport) as (stream, client):
        ours = WebSocket(stream, ServerProtocol(state=OPEN))
        await client.send(frame(TEXT, b"odd") + frame(TEXT, b"later"))

        def refuse(message: str | bytes) -> None:
            raise KeyError(message)

        with pytest.raises(KeyError, match="odd"):
            await ours.relay(refuse, lambda: None)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(ours.close, 1008, "no")
            assert await client.receive() == b"\x88\x04\x03\xf0no"
            await client.send(close(1008))


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_closing_from_beside_ends_the_relay_with_the_peers_code(transport: str) -> None:
    async with pair(transport) as (stream, client), anyio.create_task_group() as tasks:
        ours = WebSocket(stream, ServerProtocol(state=OPEN))
        ends: list[SocketEnded] = []

        async def relay() -> None:
            try:
                await ours.relay(lambda message: None, lambda: None)
            except SocketEnded as ended:
                ends.append(ended)

        tasks.start_soon(relay)
        await anyio.wait_all_tasks_blocked()
        tasks.start_soon(ours.close, 1000)
        assert await client.receive() == b"\x88\x02\x03\xe8"
        await client.send(frame(TEXT, b"dropped") + close(4000, b"bye"))
        await client.aclose()
        with anyio.fail_after(5):
            while not ends:
                await anyio.lowlevel.checkpoint()
    assert (ends[0].code, ends[0].reason) == (4000, "bye")


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_a_peer_that_does_not_read_makes_the_socket_full_and_one_that_reads_again_makes_room(
    transport: str,
) -> None:
    async with pair(transport) as (stream, client), anyio.create_task_group() as tasks:
        ours, room = WebSocket(stream, ServerProtocol(state=OPEN)), anyio.Event()
        tasks.start_soon(_until_ended, ours, room)
        await anyio.wait_all_tasks_blocked()
        written = 0
        while not ours.full:
            ours.write("x" * 1_000)
            written += 1_004
            await anyio.lowlevel.checkpoint()
        assert written >= WINDOW_BYTES
        read = 0
        while read < written:
            read += len(await client.receive())
        with anyio.fail_after(1):
            await room.wait()
        assert not ours.full
        tasks.cancel_scope.cancel()


async def _until_ended(ours: WebSocket, room: anyio.Event) -> None:
    try:
        await ours.relay(lambda message: None, room.set)
    except SocketEnded:
        pass


async def test_a_peer_that_never_reads_again_is_given_up() -> None:
    async with pair("memory") as (stream, _), anyio.create_task_group() as tasks:
        ours = WebSocket(stream, ServerProtocol(state=OPEN))
        tasks.start_soon(_write_much, ours)
        began = anyio.current_time()
        await _until_ended(ours, anyio.Event())
        assert anyio.current_time() - began == pytest.approx(SEND_WITHIN, abs=0.2)


async def _write_much(ours: WebSocket) -> None:
    await anyio.wait_all_tasks_blocked()
    for _ in range(2 * WINDOW_BYTES // 1_000):
        ours.write("x" * 1_000)


@pytest.mark.real_sockets
async def test_a_peer_that_is_behind_already_when_relaying_begins_is_given_up_too() -> None:
    async with pair("callbacks") as (stream, _):
        assert isinstance(stream, CallbackStream)
        stream.write(bytes(8_000_000))  # more than the system takes
        assert stream.full
        over = anyio.Event()
        stream.push(lambda data: over.set(), lambda: None, most=1, within=0.05)
        with anyio.fail_after(2):
            await over.wait()


@pytest.mark.real_sockets
async def test_a_mistake_of_whoever_hears_of_room_is_raised() -> None:
    async with pair("callbacks") as (stream, client), anyio.create_task_group() as tasks:
        ours, faults = WebSocket(stream, ServerProtocol(state=OPEN)), list[Exception]()

        def boom() -> None:
            raise ZeroDivisionError

        async def relay() -> None:
            try:
                await ours.relay(lambda message: None, boom)
            except ZeroDivisionError as error:
                faults.append(error)

        tasks.start_soon(relay)
        await anyio.wait_all_tasks_blocked()
        while not ours.full:
            ours.write("x" * 1_000)
        with anyio.fail_after(2):
            while not faults:
                await client.receive()
        tasks.cancel_scope.cancel()


async def test_a_cancelled_relay_waits_for_no_peer_that_does_not_read() -> None:
    async with pair("memory") as (stream, _):
        ours = WebSocket(stream, ServerProtocol(state=OPEN))
        began = anyio.current_time()
        with anyio.move_on_after(1):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(_until_ended, ours, anyio.Event())
                await _write_much(ours)
        assert anyio.current_time() - began == pytest.approx(1)
        assert ours.closed
