"""The exchange with a tunnel of its own: proven before it is used, its loss told to every call."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import anyio
import pytest

from voicecall_core.carriers.twilio.carrier import twilio
from voicecall_core.carriers.twilio.rest import TwilioRest
from voicecall_core.errors import SettingsError
from voicecall_core.net.http_client import http_client
from voicecall_core.net.memory import MemoryNetwork
from voicecall_core.server import Tunnelling, open_server
from voicecall_core.switchboard import Switchboard
from voicecall_core.tunnel import PROGRAMS, Patience, Tunnel
from voicecall_core.words.events import Event, TunnelLost


@dataclass
class Line:
    """A call as the switchboard knows it."""

    call_id: str
    told: list[Event] = field(default_factory=list)
    afterlife: Any = None
    others: Any = frozenset

    @property
    def plan(self) -> Any:
        return SimpleNamespace(terms=self)

    def tell(self, event: Event) -> None:
        self.told.append(event)


def to(url: str, opened: list[Tunnel]) -> Tunnelling:
    """A tunnel program that tells `url` (PORT in it is the port that is led to), and leaves the tunnel in `opened`."""

    @asynccontextmanager
    async def opening(port: int) -> AsyncIterator[Tunnel]:
        tunnel = Tunnel(PROGRAMS["ngrok"], port, Patience())
        tunnel.hear(f'{{"msg":"started tunnel","url":"{url.replace("PORT", str(port))}"}}')
        assert await tunnel.ready() is None
        opened.append(tunnel)
        yield tunnel

    return opening


@asynccontextmanager
async def opened_exchange(tunnel: Tunnelling) -> AsyncIterator[Switchboard]:
    network = MemoryNetwork()
    async with (
        http_client(network) as http,
        open_server(
            network,
            http,
            twilio(TwilioRest("AC", "AC", "t", http), ["t"]),
            port=0,
            public_url=None,
            secret=b"s",
            tunnel=tunnel,
        ) as switchboard,
    ):
        yield switchboard


async def test_a_lost_tunnel_is_told_to_every_call_at_once_and_no_further_one_is_entered() -> None:
    tunnels: list[Tunnel] = []
    first: Any = Line("c-1")
    second: Any = Line("c-2")
    async with opened_exchange(to("http://127.0.0.1:PORT", tunnels)) as switchboard:
        async with switchboard.line(first), switchboard.line(second):
            assert switchboard.addresses.status("c-1") == f"{tunnels[0].url}/c-1/status"
            tunnels[0].end(1)
            await anyio.wait_all_tasks_blocked()
            lost = TunnelLost("ngrok ended by itself (exit status 1); it said: started tunnel")
            assert (first.told, second.told) == ([lost], [lost])
        with pytest.raises(SettingsError, match="Nobody was called"):
            async with switchboard.line(first):
                raise AssertionError("it was entered")


async def test_nothing_is_placed_through_a_tunnel_that_leads_elsewhere() -> None:
    began = anyio.current_time()
    with pytest.raises(BaseExceptionGroup) as caught:
        async with opened_exchange(to("http://127.0.0.1:9", [])):
            raise AssertionError("it was taken for proven")
    assert caught.group_contains(SettingsError, match="ngrok runs, but nothing came through it within 45 s")
    assert anyio.current_time() - began == pytest.approx(45.0)
