from __future__ import annotations

import anyio
import pytest

from voicecall_core.errors import SettingsError
from voicecall_core.tunnel import PROGRAMS, Patience, Tunnel, reach

URL = "https://ab12.ngrok-free.app"


async def running() -> Tunnel:
    tunnel = Tunnel(PROGRAMS["ngrok"], 5050, Patience())
    tunnel.hear(f'{{"msg":"started tunnel","url":"{URL}"}}')
    assert await tunnel.ready() is None
    return tunnel


async def test_a_fresh_name_is_tried_until_it_leads_here() -> None:
    tries = 0

    async def attempt() -> None:
        nonlocal tries
        tries += 1
        if tries < 5:
            raise SettingsError("No such name.")

    await reach(await running(), attempt)
    assert tries == 5
    assert anyio.current_time() == pytest.approx(4.0)


async def test_a_name_that_never_leads_here_is_given_up_with_the_last_reason() -> None:
    async def attempt() -> None:
        raise SettingsError("No such name.")

    with pytest.raises(SettingsError, match=r"ngrok runs, but nothing came through it within 45 s\. No such name\."):
        await reach(await running(), attempt)
    assert anyio.current_time() == pytest.approx(45.0)


async def test_an_attempt_that_hangs_is_given_up_too() -> None:
    with pytest.raises(SettingsError, match="nothing was tried to its end"):
        await reach(await running(), anyio.sleep_forever)


async def test_a_tunnel_that_is_lost_meanwhile_is_not_waited_for() -> None:
    tunnel = await running()

    async def attempt() -> None:
        tunnel.end(1)
        await anyio.sleep_forever()

    with pytest.raises(SettingsError, match=r"ngrok ended by itself \(exit status 1\)"):
        await reach(tunnel, attempt)
    assert anyio.current_time() == 0.0
