"""The tunnel program of a call: which one, whether it is there, whether the person at the terminal wants it.

Knows nothing of how a tunnel runs.
"""

from __future__ import annotations

import shutil
import signal
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import typer

from voicecall_cli.completeness import missing_for_call
from voicecall_cli.settings import Settings, environment_for_others
from voicecall_cli.value_formats import TUNNELS
from voicecall_core.errors import SettingsError

if TYPE_CHECKING:
    from voicecall_core.tunnel import Tunnel


STARTABLE = TUNNELS[:-1]
WHERE = {
    "cloudflared": "https://developers.cloudflare.com/tunnel/downloads/ (no account needed)",
    "ngrok": "https://ngrok.com/download (an account is needed)",
}


def installed() -> list[str]:
    """The tunnel programs that are on PATH."""
    return [name for name in STARTABLE if shutil.which(name)]


def demand_installed(name: str) -> str:
    """The path of a tunnel program. Raises SettingsError if it is not there."""
    found = shutil.which(name)
    if found is None:
        raise SettingsError(
            f"{name} is not installed: there is no such program on PATH.",
            setting="VOICECALL_TUNNEL",
            fix=f"Install it: {WHERE[name]}.",
        )
    return found


def tunnelling(settings: Settings) -> Callable[[int], AbstractAsyncContextManager[Tunnel]] | None:
    """What starts the tunnel of these settings to a port; None if there is none to start.

    Raises SettingsError if the program is not there.
    """
    name = settings.tunnel_program
    if name is None:
        return None
    executable = demand_installed(name)
    from voicecall_core.tunnel import PROGRAMS, open_tunnel  # anyio and more: not for `--help`

    @asynccontextmanager
    async def opened(port: int) -> AsyncIterator[Tunnel]:
        with _told_to_end_as_by_ctrl_c():
            async with open_tunnel(PROGRAMS[name], executable, port, environment=environment_for_others()) as tunnel:
                yield tunnel

    return opened


@contextmanager
def _told_to_end_as_by_ctrl_c() -> Iterator[None]:
    """Where nobody else listens to them, signals that would end us at once do it in order, so that no tunnel stays."""
    before = {}
    if threading.current_thread() is threading.main_thread():
        wanted = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
        before = {each: signal.signal(each, lambda *_: signal.raise_signal(signal.SIGINT)) for each in wanted}
    try:
        yield
    finally:
        for number, listener in before.items():
            signal.signal(number, listener)


def with_a_way(settings: Settings) -> Settings:
    """`settings`, with a tunnel if a real call lacks nothing but a way to be reached, and it is wanted.

    On a terminal the one program that is installed is offered. Otherwise raises SettingsError that explains. A call
    that lacks more, or for which `--tunnel none` was chosen, is left as it is.
    """
    if [each.env for each in missing_for_call(settings)] != ["VOICECALL_PUBLIC_URL"] or settings.tunnel:
        return settings
    there = installed()
    if len(there) == 1 and sys.stdin.isatty() and sys.stderr.isatty() and _wanted(there[0]):
        return replace(settings, tunnel=there[0], port=_free_unless_chosen(settings))
    raise SettingsError(
        "The carrier has to reach this program, and no public URL is set.",
        setting="VOICECALL_PUBLIC_URL",
        fix=_ways(there),
    )


def _wanted(name: str) -> bool:
    return typer.confirm(f"No public URL is set. Start {name} for this call?", default=True, err=True)


def _free_unless_chosen(settings: Settings) -> int:
    return 0 if settings.sources.get("port") == "default" else settings.port


def _ways(there: list[str]) -> str:
    """What to type, in three lines."""
    return "\n".join(
        [
            f"  --tunnel {name:<18}{'is installed' if name in there else 'install it: ' + WHERE[name]}"
            for name in STARTABLE
        ]
        + ["  --public-url https://...   a tunnel or proxy of your own that leads to --port"]
    )
