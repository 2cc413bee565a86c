from __future__ import annotations

from collections.abc import Iterator

import anyio
import httpx2
import pytest

from tests.net.doors import EchoDoor, served
from voicecall_core.net.http_client import http_client
from voicecall_core.net.http_server import USUAL, HttpLimits, Request, Response
from voicecall_core.net.memory import MemoryNetwork
from voicecall_core.net.network import TcpNetwork


async def test_requests_go_out_over_the_given_network() -> None:
    network = MemoryNetwork()
    door = EchoDoor()
    async with served(network, door) as port, http_client(network) as client:
        answer = await client.post(f"http://any.example:{port}/a?b=c", data={"To": "+1555", "Empty": ""})
        assert (answer.status_code, answer.text) == (200, "POST /a?b=c To=%2B1555&Empty=")
    assert door.requests[0].form() == [("To", "+1555"), ("Empty", "")]
    assert network.open_ends == 0


@pytest.mark.parametrize("idle", [0, 1_000])
async def test_a_connection_is_used_again_unless_the_server_closed_it(idle: float) -> None:
    network = MemoryNetwork()
    async with served(network, EchoDoor(), HttpLimits(idle_s=100)) as port, http_client(network) as client:
        for _ in range(3):
            assert (await client.get(f"http://h:{port}/")).status_code == 200
            await anyio.sleep(idle)
        assert network.connections_made == (3 if idle else 1)


async def test_a_slow_answer_is_a_time_out_by_the_mock_clock() -> None:
    class Slow(EchoDoor):
        async def answer(self, request: Request) -> Response:
            await anyio.sleep(60)
            return await super().answer(request)

    network = MemoryNetwork()
    async with served(network, Slow()) as port, http_client(network, timeout_s=3) as client:
        began = anyio.current_time()
        with pytest.raises(httpx2.ReadTimeout):
            await client.get(f"http://h:{port}/")
        assert anyio.current_time() - began == 3


async def test_nobody_there_and_a_broken_connection_are_httpx2s_own_errors() -> None:
    network = MemoryNetwork()
    async with http_client(network) as client:
        with pytest.raises(httpx2.ConnectError):
            await client.get("http://h:1/")

        class Cut(EchoDoor):
            async def answer(self, request: Request) -> Response:
                network.cut(port)
                return Response(200)

        async with served(network, Cut()) as port:
            with pytest.raises(httpx2.ReadError):
                await client.get(f"http://h:{port}/")
            with pytest.raises(httpx2.ConnectError):
                await client.get(f"https://h:{port}/")


async def test_a_cancelled_request_leaves_nothing_open() -> None:
    network = MemoryNetwork()
    async with await network.listen(8080), http_client(network, timeout_s=99) as client:
        with anyio.move_on_after(1):
            await client.get("http://h:8080/")
    assert network.open_ends == 0


@pytest.mark.real_sockets
async def test_over_sockets_a_connection_is_used_again() -> None:
    door = EchoDoor()
    network = TcpNetwork()
    async with served(network, door, USUAL) as port, http_client(network) as client:
        for _ in range(3):
            assert (await client.get(f"http://127.0.0.1:{port}/")).status_code == 200
        (connection,) = client._transport._pool.connections  # type: ignore[attr-defined]
        assert "Request Count: 3" in repr(connection)


@pytest.fixture
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    yield monkeypatch


@pytest.mark.real_sockets
@pytest.mark.parametrize("trust_env", [True, False])
async def test_without_a_network_proxies_are_obeyed(no_proxy: pytest.MonkeyPatch, trust_env: bool) -> None:
    door = EchoDoor()
    async with served(TcpNetwork(), door) as port:
        no_proxy.setenv("HTTP_PROXY", f"http://127.0.0.1:{port}")
        async with http_client(timeout_s=2, trust_env=trust_env) as client:
            if trust_env:
                assert (await client.get("http://api.example/x")).status_code == 200
                assert door.requests[0].target == "http://api.example/x"
            else:
                with pytest.raises(httpx2.ConnectError):
                    await client.get("http://127.0.0.1:1/x")
                assert door.requests == []


async def test_a_proxy_that_is_named_is_gone_through() -> None:
    network = MemoryNetwork()
    door = EchoDoor()
    async with served(network, door) as port, http_client(network, proxy=f"http://u:p@proxy.example:{port}") as client:
        assert (await client.get("http://far.example/a?b")).status_code == 200
    assert door.requests[0].target == "http://far.example/a?b"
    assert door.requests[0].header("proxy-authorization") == "Basic dTpw"


def test_a_proxy_of_another_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="socks5"):
        http_client(MemoryNetwork(), proxy="socks5://proxy.example:1080")
