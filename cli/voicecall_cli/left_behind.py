"""Calls that an earlier program asked for: which may be up, what the carrier says of them, what ends them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import anyio

from voicecall_cli.settings import Settings
from voicecall_cli.wiring import ledger_of, trust
from voicecall_core import carriers
from voicecall_core.carriers.base import CallControl
from voicecall_core.errors import CarrierError
from voicecall_core.ledger import Entry, Ledger
from voicecall_core.net.http_client import http_client
from voicecall_core.simulation import utc_now
from voicecall_core.words.values import TERMINAL

ASKED_WITHIN_S = 5.0


@dataclass(frozen=True, slots=True)
class LeftBehind:
    """A call that may be up. `status`: the carrier's word, empty if it gave none; `sids`: what may be its name."""

    entry: Entry
    status: str = ""
    sids: tuple[str, ...] = ()

    asked: bool = True

    @property
    def found(self) -> str:
        """What is known of it."""
        entry = self.entry
        said = f" The carrier says: {self.status}." if self.status else ""
        head = f"A call to {entry.to}, asked for at {entry.asked:%Y-%m-%d %H:%M:%S} UTC, may still be up.{said}"
        if entry.sid:
            return head
        if self.sids:
            return f"{head} Its SID was never told; it may be {' or '.join(self.sids)}."
        return f"{head} Its SID was never told{', and the carrier names none that is up' if self.asked else ''}."

    @property
    def fix(self) -> str:
        """What to type."""
        if self.entry.sid:
            return f"To end it: voicecall hangup {self.entry.sid}"
        if self.sids:
            return f"To end it, if it is that: voicecall hangup {' or '.join(self.sids)}"
        return f"To ask the carrier once more: voicecall hangup {self.entry.call}"

    def words(self) -> str:
        """What is known of it, and what to type."""
        return f"{self.found} {self.fix}"


@asynccontextmanager
async def calls_of(settings: Settings) -> AsyncIterator[CallControl]:
    """The carrier's calls, to be asked about and ended."""
    async with http_client(verify=trust(settings.ca_file)) as http:
        yield carriers.connect(settings.account_sid or "", settings.login, "", http, settings.twilio_url).control


async def looked_at(entries: Sequence[Entry], ledger: Ledger, calls: CallControl) -> list[LeftBehind]:
    """What the carrier says of these; those that have ended are remembered no more."""
    found: dict[str, LeftBehind] = {}

    async def look(entry: Entry) -> None:
        found[entry.call] = await _looked_at(entry, ledger, calls)

    async with anyio.create_task_group() as tasks:
        for entry in entries:
            tasks.start_soon(look, entry)
    for one in found.values():
        if one.status in TERMINAL:
            ledger.close(one.entry.call)
    return [one for entry in entries if (one := found[entry.call]).status not in TERMINAL]


async def _looked_at(entry: Entry, ledger: Ledger, calls: CallControl) -> LeftBehind:
    with anyio.move_on_after(ASKED_WITHIN_S):
        try:
            if entry.sid:
                return LeftBehind(entry, (await calls.fetch(entry.sid)).value)
            placed = await calls.up_since(entry.asked)
        except CarrierError:
            return LeftBehind(entry, asked=False)
        known = ledger.known_sids()
        return LeftBehind(
            entry, sids=tuple(sid for sid, to in placed if ledger.hashed(to) == entry.number and sid not in known)
        )
    return LeftBehind(entry, asked=False)


def remembers(settings: Settings) -> bool:
    """Whether any call was ever remembered here: to look for one is no reason to make the folder."""
    return settings.state is not None and settings.state.is_dir()


def left_behind(settings: Settings) -> tuple[Ledger | None, list[Entry]]:
    """The ledger, and what in it may be up of this account's; nothing without an account."""
    ledger = ledger_of(settings) if remembers(settings) and settings.account_sid else None
    return ledger, ledger.left_behind(settings.account_sid or "", utc_now()) if ledger is not None else []


async def may_be_up(settings: Settings, ask: bool) -> list[LeftBehind]:
    """The calls that may be up. The carrier is asked about them if it may be, and if there is a login to ask with."""
    ledger, entries = left_behind(settings)
    if ledger is None or not (entries and ask and all(settings.login)):
        return [LeftBehind(entry, asked=False) for entry in entries]
    async with calls_of(settings) as calls:
        return await looked_at(entries, ledger, calls)


def reminders(settings: Settings) -> list[str]:
    """A line for each call that may be up. Nobody is asked if none was left behind."""
    return [one.words() for one in anyio.run(may_be_up, settings, True)]
