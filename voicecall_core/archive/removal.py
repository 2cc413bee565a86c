"""Call files thrown away, each with its recording: only what is a call file, and only of calls that are over."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from voicecall_core.archive.folder import SOUND, Row
from voicecall_core.archive.summary import State
from voicecall_core.callfile.reader import CallFile, opened
from voicecall_core.errors import CallFileError

_GRACE = timedelta(minutes=5)  # the carrier's own limit ends a call a little after ours


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that is not thrown away, and why."""

    row: Row
    why: str


def kept(row: Row, up: Collection[str], now: datetime) -> Kept | None:
    """Why this file has to stay; None if it may go. `up`: the calls whose end nobody has confirmed."""
    call = row.summary
    if call.state is State.UNREADABLE:
        return Kept(row, call.trouble)
    if call.call in up:
        return Kept(row, f"the call may still be up: voicecall hangup {call.sid or call.call}")
    if call.state is State.UNFINISHED and now < _over_at_the_latest(row):
        return Kept(row, "the call is not over, or was not until a moment ago")
    return None


def _over_at_the_latest(row: Row) -> datetime:
    try:
        with opened(row.path) as source:
            terms = CallFile(source, row.path.name).opened().terms
    except CallFileError:
        return row.began
    lasts_s = min(terms.limits.queue_s + terms.ring_timeout_s + terms.max_duration_s, 7 * 86_400.0)
    return row.began + timedelta(seconds=lasts_s) + _GRACE


def remove(path: Path) -> int:
    """Throw a call file and its recording away; the bytes that this frees. Raises OSError if one of them stays.

    The recording goes first: what is left if that fails is a call that can still be found.
    """
    freed = 0
    for each in (path.with_suffix(SOUND), path):
        if each.is_file():
            freed += each.stat().st_size
            each.unlink()
    return freed
