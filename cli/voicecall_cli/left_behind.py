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

    def words(self) -> str:
        """What is known of it, and what to type."""
        entry = self.entry
        said = f" The carrier says: {self.status}." if self.status else ""
        head = f"A call to {entry.to}, asked for at {entry.asked:%Y-%m-%d %H:%M:%S} UTC, may still be up.{said}"
        if entry.sid:
            return f"{head} To end it: voicecall hangup {entry.sid}"
        if self.sids:
            return f"{head} Its SID was never told; it may be {' or '.join(self.sids)}: voicecall hangup CA..."
        return f"{head} Its SID was never told, and the carrier names none: voicecall hangup {entry.call} asks again."


@asynccontextmanager
async def calls_of(settings: Settings) -> AsyncIterator[CallControl]:
    """The carrier's calls, to be asked about and ended."""
    async with http_client(verify=trust(settings.ca_file)) as http:
        yield carriers.connect(settings.account_sid or "", settings.login, "", http, settings.twilio_url).control


async def looked_at(entries: Sequence[Entry], ledger: Ledger, calls: CallControl) -> list[LeftBehind]:
    """What the carrier says of these; those that have ended are remembered no more."""
    found = []
    for entry in entries:
        one = await _looked_at(entry, ledger, calls)
        if one.status in TERMINAL:
            ledger.close(entry.call)
        else:
            found.append(one)
    return found


async def _looked_at(entry: Entry, ledger: Ledger, calls: CallControl) -> LeftBehind:
    with anyio.move_on_after(ASKED_WITHIN_S):
        try:
            if entry.sid:
                return LeftBehind(entry, (await calls.fetch(entry.sid)).value)
            placed = await calls.placed_since(entry.asked)
        except CarrierError:
            return LeftBehind(entry)
        known = ledger.known_sids()
        return LeftBehind(
            entry, sids=tuple(sid for sid, to in placed if ledger.hashed(to) == entry.number and sid not in known)
        )
    return LeftBehind(entry)


def left_behind(settings: Settings) -> tuple[Ledger | None, list[Entry]]:
    """The ledger, and what in it may be up; nothing without an account to ask with."""
    kept = settings.state is not None and settings.state.is_dir()  # to read in it is no reason to make one
    ledger = ledger_of(settings) if kept and settings.account_sid and all(settings.login) else None
    return ledger, ledger.left_behind(settings.account_sid or "", utc_now()) if ledger is not None else []


def reminders(settings: Settings) -> list[str]:
    """A line for each call that may be up. Nobody is asked if none was left behind."""
    ledger, entries = left_behind(settings)
    if ledger is None or not entries:
        return []

    async def ask() -> list[LeftBehind]:
        async with calls_of(settings) as calls:
            return await looked_at(entries, ledger, calls)

    return [one.words() for one in anyio.run(ask)]
