from __future__ import annotations

from itertools import pairwise

import anyio
import h11
import pytest
from anyio.abc import ByteStream
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.net.doors import ASK, UPGRADE, EchoDoor, read_all, served
from voicecall_core.net.http_server import HttpLimits, Request, Response, serve_connection
from voicecall_core.net.memory import MemoryNetwork
from voicecall_core.net.network import TcpNetwork, port_of
from voicecall_core.net.opening import Offer
from voicecall_core.net.websocket import WebSocket

SMALL = HttpLimits(
    head_bytes=1_000,
    body_bytes=2_000,
    silent_s=4,
    head_s=5,
    body_s=7,
    answer_s=3,
    idle_s=20,
    connections=2,
    requests=3,
)


async def exchange(sent: bytes, limits: HttpLimits = SMALL, door: EchoDoor | None = None) -> bytes:
    """Send, close our half, and read all that is answered."""
    network = MemoryNetwork()
    async with served(network, door or EchoDoor(), limits) as port, await network.connect("x", port) as stream:
        await stream.send(sent)
        await stream.send_eof()
        answer = await read_all(stream)
    assert network.open_ends == 0
    return answer


def statuses_of(answer: bytes, *methods: str) -> list[int]:
    """The statuses as a client reads them that asked with these methods."""
    found: list[int] = []
    client = h11.Connection(h11.CLIENT)
    for method in methods:
        client.send(h11.Request(method=method, target="/", headers=[("Host", "h")]))
        client.send(h11.EndOfMessage())
        client.receive_data(answer)
        answer = b""
        while not isinstance(event := client.next_event(), h11.EndOfMessage):
            assert event is not h11.NEED_DATA
            if isinstance(event, h11.Response):
                found.append(event.status_code)
        if client.our_state is h11.DONE and client.their_state is h11.DONE:
            client.start_next_cycle()
    return found


async def test_a_connection_is_kept_for_the_next_request() -> None:
    answer = await exchange(ASK + b"POST /y HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\na=b" + ASK)
    assert [answer.count(text) for text in (b"GET /x ", b"POST /y a=b")] == [2, 1]
    assert statuses_of(answer, "GET", "POST", "GET") == [200, 200, 200]


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost", 400),
        (b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: x\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nabc", 400),
        (b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
        (b"POST / HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (b"BREW / HTTP/1.1\r\nHost: h\r\n\r\n", 501),
        (b"CONNECT a:1 HTTP/1.1\r\nHost: h\r\n\r\n", 501),
        (b"GET / HTTP/1.1\r\nHost: h\r\nX: " + b"x" * 1_000 + b"\r\n\r\n", 431),
        (b"GET /" + b"x" * 5_000, 431),
        (b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2001\r\n\r\n", 413),
        (b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n7d1\r\n" + b"x" * 2_001 + b"\r\n", 413),
        (b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 65, 413),
        (UPGRADE.replace(b"Version: 13", b"Version: 8"), 400),
        (UPGRADE.replace(b"Sec-WebSocket-Key", b"X-Key"), 400),
        (UPGRADE.replace(b"Connection: Upgrade", b"Connection: close"), 426),
        (UPGRADE.replace(b"HTTP/1.1", b"HTTP/1.0"), 505),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
        (UPGRADE.replace(b"\r\n\r\n", b"\r\nContent-Length: 2\r\n\r\nhi"), 400),
        (UPGRADE.replace(b"/media", b"/m\xe4dia"), 400),
    ],
)
async def test_what_a_peer_does_wrong_has_a_status_and_ends_the_connection(sent: bytes, status: int) -> None:
    door = EchoDoor()
    answer = await exchange(sent, door=door)
    assert answer.startswith(b"HTTP/1.1 %d " % status)
    assert b"connection: close" in answer.lower()
    assert door.requests == []


LENGTH, CHUNKED = b"Content-Length: 5\r\n", b"Transfer-Encoding: chunked\r\n"


@pytest.mark.parametrize("framing", [LENGTH + CHUNKED, CHUNKED + LENGTH, CHUNKED + b"Content-Length: 0\r\n"])
async def test_two_lengths_for_one_body_are_refused_and_nothing_behind_it_is_read(framing: bytes) -> None:
    """A proxy on the way may believe the other one: what one takes for a body, the other takes for a request."""
    door = EchoDoor()
    answer = await exchange(b"POST / HTTP/1.1\r\nHost: h\r\n" + framing + b"\r\n0\r\n\r\n" + ASK, door=door)
    assert statuses_of(answer, "POST") == [400] and answer.count(b"HTTP/1.1") == 1
    assert b"connection: close" in answer.lower()
    assert door.requests == []


@pytest.mark.parametrize("head", [ASK, UPGRADE], ids=["request", "upgrade"])
@pytest.mark.parametrize(
    ("more", "status"),
    [
        *[(b"X: a" + bytes([code]) + b"b", 400) for code in [*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F]],
        (b"X: a\tb", 0),
        ("X: \u00e4".encode(), 0),
        (CHUNKED + b"Content-Length: 0", 400),
        (b"X: " + b"x" * 8_100, 0),
        (b"X: " + b"x" * 8_200, 431),
        (b"Connection: " + b"a," * 300 + b"Upgrade", 431),
        (b"Sec-WebSocket-Protocol: " + b"a, " * 200 + b"a", 431),
        (b"\r\n".join(b"X: %d" % count for count in range(100)), 0),
        (b"\r\n".join(b"X: %d" % count for count in range(200)), 431),
        (b"\r\n".join(b"X: " + b"x" * 6_000 for _ in range(3)), 431),
    ],
)
async def test_requests_and_upgrades_have_one_set_of_rules_for_their_heads(
    head: bytes, more: bytes, status: int
) -> None:
    answer = await exchange(head.replace(b"\r\n\r\n", b"\r\n" + more + b"\r\n\r\n"), HttpLimits())
    taken = 101 if head is UPGRADE else 200
    assert answer.startswith(b"HTTP/1.1 %d " % (status or taken))


@pytest.mark.parametrize("head", [ASK, UPGRADE], ids=["request", "upgrade"])
@pytest.mark.parametrize("version", [b"0.9", b"1.2", b"2.0", b"3.0"])
async def test_other_versions_of_http_are_not_spoken_here(head: bytes, version: bytes) -> None:
    answer = await exchange(head.replace(b"HTTP/1.1", b"HTTP/" + version))
    assert answer.startswith(b"HTTP/1.1 505 ") and b"connection: close" in answer.lower()


async def test_http_1_0_is_spoken() -> None:
    assert statuses_of(await exchange(ASK.replace(b"HTTP/1.1", b"HTTP/1.0")), "GET") == [200]


async def test_a_body_up_to_the_limit_is_taken_in_either_encoding() -> None:
    body = b"x" * 2_000
    plain = b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2000\r\n\r\n" + body
    chunked = b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n7d0\r\n" + body + b"\r\n0\r\n\r\n"
    assert statuses_of(await exchange(plain + chunked), "POST", "POST") == [200, 200]


async def test_a_peer_that_waits_is_told_to_continue() -> None:
    network = MemoryNetwork()
    async with served(network, EchoDoor()) as port, await network.connect("x", port) as stream:
        await stream.send(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
        assert (await stream.receive()).startswith(b"HTTP/1.1 100")
        await stream.send(b"hi")
        assert b"200 OK" in await stream.receive()


@pytest.mark.parametrize(
    ("method", "status", "headers"), [("HEAD", 200, b"content-length: 4"), ("POST", 204, b""), ("GET", 304, b"")]
)
async def test_some_answers_have_no_body(method: str, status: int, headers: bytes) -> None:
    class Quiet(EchoDoor):
        async def answer(self, request: Request) -> Response:
            return Response(status, b"body", (("X-Own", "1"),))

    answer = await exchange(method.encode() + b" / HTTP/1.1\r\nHost: h\r\n\r\n", door=Quiet())
    assert answer.endswith(b"\r\n\r\n")
    assert headers in answer.lower()
    assert b"x-own: 1" in answer.lower()


async def lifetime(sent: bytes, drip: float = 0) -> tuple[float, bytes]:
    """How long a connection lasts on which `sent` is sent, at once or a byte every `drip` seconds."""
    network = MemoryNetwork()
    async with served(network, EchoDoor(), SMALL) as port, anyio.create_task_group() as tasks:
        stream = await network.connect("x", port)
        began = anyio.current_time()

        async def trickle() -> None:
            for at in range(len(sent)):
                await stream.send(sent[at : at + 1])
                await anyio.sleep(drip)

        if drip:
            tasks.start_soon(trickle)
        else:
            await stream.send(sent)
        answer = await read_all(stream)
        lasted = anyio.current_time() - began
        tasks.cancel_scope.cancel()
        await stream.aclose()
    return lasted, answer


async def test_a_head_has_a_deadline_of_its_own() -> None:
    for drip in (0, 1):
        lasted, answer = await lifetime(ASK[:-2], drip)
        assert (lasted, answer[9:12]) == (SMALL.head_s, b"408")


async def test_a_body_has_a_deadline_of_its_own() -> None:
    lasted, answer = await lifetime(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nabc")
    assert (lasted, answer[9:12]) == (SMALL.body_s, b"408")


async def test_an_idle_connection_is_closed_without_a_word() -> None:
    assert await lifetime(b"") == (SMALL.silent_s, b"")  # who has said nothing is waited for less long
    lasted, answer = await lifetime(ASK)
    assert (lasted, answer.count(b"HTTP/1.1")) == (SMALL.idle_s, 1)


async def test_a_peer_that_does_not_read_its_answer_is_given_up() -> None:
    class Long(EchoDoor):
        async def answer(self, request: Request) -> Response:
            return Response(200, b"x" * 1_000_000)

    network = MemoryNetwork()
    async with served(network, Long(), SMALL) as port, await network.connect("x", port) as stream:
        await stream.send(ASK)
        await anyio.sleep(SMALL.answer_s + 0.1)
        assert len(await read_all(stream)) < 1_000_000


async def test_a_connection_serves_only_so_many_requests() -> None:
    answer = await exchange(ASK * 5)
    assert answer.count(b"HTTP/1.1 200") == SMALL.requests
    assert answer.lower().count(b"connection: close") == 1


async def test_a_broken_connection_is_nobodys_error() -> None:
    network = MemoryNetwork()
    async with served(network, EchoDoor(), SMALL) as port:
        for sent in (b"", ASK[:9], b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nabc", UPGRADE):
            stream = await network.connect("x", port)
            await stream.send(sent)
            await anyio.wait_all_tasks_blocked()
            network.cut(port)
            await stream.aclose()
            await anyio.wait_all_tasks_blocked()
    assert network.open_ends == 0


class BrokenDoor(EchoDoor):
    async def answer(self, request: Request) -> Response:
        raise KeyError("ours")

    async def upgrade(self, request: Request, offer: Offer) -> None:
        raise KeyError("ours")


@pytest.mark.parametrize("sent", [ASK, UPGRADE])
async def test_a_fault_of_the_door_is_answered_500_and_raised(sent: bytes) -> None:
    near, far = await ends()
    await near.send(sent)
    with pytest.raises(KeyError):
        await serve_connection(far, BrokenDoor())
    assert b"HTTP/1.1 500" in await near.receive()


async def ends() -> tuple[ByteStream, ByteStream]:
    """Both ends of a connection in memory."""
    network = MemoryNetwork()
    taken: list[ByteStream] = []

    async def take(stream: ByteStream) -> None:
        taken.append(stream)
        tasks.cancel_scope.cancel()

    async with await network.listen(0) as listener, anyio.create_task_group() as tasks:
        near = await network.connect("x", port_of(listener))
        await listener.serve(take, tasks)
    (far,) = taken
    return near, far


async def test_an_upgrade_left_undecided_ends_with_500() -> None:
    class Absent(EchoDoor):
        async def upgrade(self, request: Request, offer: Offer) -> None:
            """Neither accepts nor refuses."""

    assert (await exchange(UPGRADE, door=Absent())).startswith(b"HTTP/1.1 500 ")


async def test_a_socket_left_open_is_closed() -> None:
    async def leave(socket: WebSocket) -> None:
        """Come and go."""

    answer = await exchange(UPGRADE, door=EchoDoor(leave))
    assert answer.endswith(b"\x88\x02\x03\xe8")


async def test_an_upgrade_to_something_else_is_an_ordinary_request() -> None:
    answer = await exchange(ASK.replace(b"\r\n\r\n", b"\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n") + ASK)
    assert answer.count(b"HTTP/1.1 200") == 2


@pytest.mark.parametrize("sent", [b"", ASK[:9], ASK, UPGRADE])
async def test_cancelling_the_server_leaves_nothing_open(sent: bytes) -> None:
    network = MemoryNetwork()
    async with served(network, EchoDoor()) as port:
        stream = await network.connect("x", port)
        await stream.send(sent)
        await anyio.wait_all_tasks_blocked()
    assert network.open_ends == 1
    await stream.aclose()
    assert network.open_ends == 0
    with pytest.raises(OSError):
        await network.connect("x", port)


REQUESTS = (
    ASK
    + b"POST /y?a=1 HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\na=b"
    + b"POST /z HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"
)


@given(cuts=st.lists(st.integers(1, len(REQUESTS) - 1), max_size=20), tail=st.binary(max_size=40))
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_requests_are_the_same_however_their_bytes_are_split(cuts: list[int], tail: bytes) -> None:
    door = EchoDoor()
    network = MemoryNetwork()
    places = sorted({0, *cuts, len(REQUESTS)})
    async with served(network, door) as port, await network.connect("x", port) as stream:
        for begin, end in pairwise(places):
            await stream.send(REQUESTS[begin:end])
            await anyio.wait_all_tasks_blocked()
        await stream.send(tail)
        await stream.send_eof()
        await read_all(stream)
    assert [(r.method, r.target, r.body) for r in door.requests[:3]] == [
        ("GET", "/x", b""),
        ("POST", "/y?a=1", b"a=b"),
        ("POST", "/z", b"hello"),
    ]


@pytest.mark.real_sockets
async def test_over_sockets_a_long_answer_arrives_whole_and_the_refused_learn_why() -> None:
    class Long(EchoDoor):
        async def answer(self, request: Request) -> Response:
            return Response(200, b"x" * 3_000_000)

    network = TcpNetwork()
    async with served(network, Long()) as port:
        async with await network.connect("127.0.0.1", port) as stream:
            await stream.send(ASK.replace(b"Host", b"Connection: close\r\nHost"))
            assert (await read_all(stream)).endswith(b"x" * 3_000_000)
        async with await network.connect("127.0.0.1", port) as stream:
            await stream.send(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 900000\r\n\r\n" + b"x" * 100_000)
            assert (await read_all(stream)).startswith(b"HTTP/1.1 413 ")


async def test_a_cancelled_connection_is_closed_whoever_serves_it() -> None:
    near, far = await ends()
    with anyio.move_on_after(1):
        await serve_connection(far, EchoDoor())
    assert await read_all(near) == b""
    await near.aclose()
