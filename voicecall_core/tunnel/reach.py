"""The patience that a tunnel just started needs until its name leads somewhere. Knows nothing of how it is tried."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import anyio

from voicecall_core.errors import SettingsError
from voicecall_core.tunnel.opening import SETTING, Tunnel

# A fresh name has to reach the name servers first; cloudflared itself says that "it may take some time".
REACHABLE_WITHIN_S = 45.0
AGAIN_AFTER_S = 1.0


async def reach(
    tunnel: Tunnel,
    attempt: Callable[[], Awaitable[None]],
    *,
    within_s: float = REACHABLE_WITHIN_S,
    again_after_s: float = AGAIN_AFTER_S,
) -> None:
    """Make an `attempt` to get through the tunnel until one succeeds, the tunnel is lost, or time has run out.

    An attempt fails with SettingsError; that is also what is raised in the end, with the last one's reason.
    """
    why = "nothing was tried to its end"
    lost = ""

    async def watch() -> None:
        nonlocal lost
        lost = await tunnel.lost()
        tasks.cancel_scope.cancel()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(watch)
        with anyio.move_on_after(within_s):
            while why:
                try:
                    await attempt()
                    why = ""
                except SettingsError as error:
                    why = error.message
                    await anyio.sleep(again_after_s)
        tasks.cancel_scope.cancel()
    if lost:
        raise SettingsError(f"{lost}.", setting=SETTING, fix="Try again.")
    if why:
        raise SettingsError(
            f"{tunnel.name} runs, but nothing came through it within {within_s:g} s. {why}",
            setting=SETTING,
            fix="Try again, or use the other program; a new address can take a while to be known everywhere.",
        )
