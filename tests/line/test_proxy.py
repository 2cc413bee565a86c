from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import anyio
import pytest
from anyio.abc import ByteStream

from tests.net.doors import read_all
from voicecall_core.line.authority import Authority
from voicecall_core.line.hosts import Place
from voicecall_core.line.proxy import Doors, Passing, open_proxy
from voicecall_core.line.upstream import Upstream, upstream_of
from voicecall_core.net.connections import accept_each
from voicecall_core.net.network import Network, TcpNetwork, drop, port_of, secure
from voicecall_core.net.urls import LOOPBACK

pytestmark = pytest.mark.real_sockets
AUTHORITY = Authority(datetime.now(UTC))  # noqa: TID251 - certificates are judged by this machine's clock
TRUST = ssl.create_default_context(cadata=AUTHORITY.certificate.decode())


@asynccontextmanager
async def echoing(network: Network, greeting: bytes) -> AsyncIterator[int]:
    """A server that greets and then says everything back."""

    async def handle(stream: ByteStream) -> None:
        try:
            await stream.send(greeting)
            while True:
                await stream.send(await stream.receive())
        except (anyio.EndOfStream, anyio.BrokenResourceError):
            await drop(stream)

    async with await network.listen(0) as listener, anyio.create_task_group() as tasks:
        tasks.start_soon(accept_each, listener, handle)
        yield port_of(listener)
        tasks.cancel_scope.cancel()


@asynccontextmanager
async def proxied(upstream: Upstream | None = None) -> AsyncIterator[tuple[Network, Doors, Passing]]:
    network = TcpNetwork()
    async with echoing(network, b"carrier") as carrier, echoing(network, b"model") as model:
        targets = {Place.CARRIER: carrier, Place.MODEL: model}
        async with open_proxy(network, AUTHORITY.tls, targets, upstream or Upstream(network)) as (doors, passing):
            with anyio.fail_after(10):
                yield network, doors, passing


async def asked(network: Network, port: int, request: bytes) -> ByteStream:
    stream = await network.connect(LOOPBACK, port)
    await stream.send(request)
    return stream


async def connected(network: Network, port: int, host: str) -> ByteStream:
    stream = await asked(network, port, f"CONNECT {host}:443 HTTP/1.1\r\nHost: {host}:443\r\n\r\n".encode())
    assert (await stream.receive()).startswith(b"HTTP/1.1 200 ")
    return stream


@pytest.mark.parametrize(("host", "place"), [("api.twilio.com", b"carrier"), ("API.openai.com", b"model")])
async def test_a_led_host_is_answered_here(host: str, place: bytes) -> None:
    async with proxied() as (network, doors, passing):
        stream = await secure(await connected(network, doors.proxy, host), host, TRUST)
        assert await stream.receive() == place
        await stream.send(b"x" * 100_000)
        came = b""
        while len(came) < 100_000:
            came += await stream.receive()
        await drop(stream)
        assert passing == Passing()


async def test_each_place_has_a_door_for_those_who_know_of_no_proxy() -> None:
    async with proxied() as (network, doors, _):
        for host, door, place in (
            ("voice.twilio.com", doors.carrier, b"carrier"),
            ("api.openai.com", doors.model, b"model"),
        ):
            stream = await network.connect(LOOPBACK, door)
            stream = await secure(stream, host, TRUST)
            assert await stream.receive() == place
            await drop(stream)


async def test_another_host_passes_untouched() -> None:
    async with proxied() as (network, doors, passing), echoing(network, b"outside") as port:
        stream = await asked(network, doors.proxy, f"CONNECT 127.0.0.1:{port} HTTP/1.1\r\n\r\nearly".encode())
        came = b""
        while not came.endswith(b"early"):
            came += await stream.receive()
        assert came.endswith(b"\r\n\r\noutsideearly") or came.endswith(b"\r\n\r\nearlyoutside")
        await stream.send_eof()
        assert await read_all(stream) == b""
        await drop(stream)
        assert passing.passed == {"127.0.0.1"}


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        (b"CONNECT verify.twilio.com:443 HTTP/1.1\r\n\r\n", b"does not build verify.twilio.com"),
        (b"CONNECT eu.api.openai.com:443 HTTP/1.1\r\n\r\n", b"HTTP/1.1 403 "),
        (b"GET http://example.com/ HTTP/1.1\r\n\r\n", b"HTTP/1.1 501 "),
        (b"CONNECT localhost:1 HTTP/1.1\r\n\r\n", b"HTTP/1.1 502 "),
        (b"CONNECT a:99999 HTTP/1.1\r\n\r\n", b"HTTP/1.1 502 "),
        (b"\x16\x03\x01 nonsense\r\n\r\n", b"HTTP/1.1 501 "),
        (b"x" * 20_000, b""),
    ],
    ids=["another product", "a region", "not CONNECT", "nobody there", "no port", "nonsense", "no end"],
)
async def test_what_it_does_not_do_it_says(request_: bytes, answer: bytes) -> None:
    async with proxied() as (network, doors, _):
        async with await asked(network, doors.proxy, request_) as stream:
            said = await read_all(stream)
        assert answer in said and bool(answer) is bool(said)


async def test_who_does_not_trust_it_ends_nothing_but_his_own_connection() -> None:
    async with proxied() as (network, doors, _):
        stream = await connected(network, doors.proxy, "api.twilio.com")
        with pytest.raises(ssl.SSLCertVerificationError):
            await secure(stream, "api.twilio.com", ssl.create_default_context())
        stream = await secure(await connected(network, doors.proxy, "api.twilio.com"), "api.twilio.com", TRUST)
        assert await stream.receive() == b"carrier"
        await drop(stream)


async def test_others_are_reached_through_the_users_own_proxy() -> None:
    network = TcpNetwork()
    heads, came = list[bytes](), b""

    async def answer(stream: ByteStream) -> None:
        heads.append(await stream.receive())
        status = b"407" if b"refused.example" in heads[-1] else b"200"
        await stream.send(b"HTTP/1.1 " + status + b" X\r\n\r\n" + b"beyond" * (status == b"200"))
        await read_all(stream)
        await drop(stream)

    async with await network.listen(0) as listener, anyio.create_task_group() as tasks:
        tasks.start_soon(accept_each, listener, answer)
        upstream = upstream_of({"HTTPS_PROXY": f"http://u:p@{LOOPBACK}:{port_of(listener)}"}, network)
        async with proxied(upstream) as (_, doors, _passing):
            async with await asked(network, doors.proxy, b"CONNECT example.com:443 HTTP/1.1\r\n\r\n") as stream:
                while not came.endswith(b"\r\n\r\nbeyond"):
                    came += await stream.receive()
            async with await asked(network, doors.proxy, b"CONNECT refused.example:443 HTTP/1.1\r\n\r\n") as refused:
                assert (await read_all(refused)).startswith(b"HTTP/1.1 407 ")
        tasks.cancel_scope.cancel()
    assert heads[0].startswith(b"CONNECT example.com:443 ") and b"Proxy-Authorization: Basic dTpw" in heads[0]
