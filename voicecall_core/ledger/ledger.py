"""One small file for each call that was asked for, written before create and closed at its confirmed end.

A closed one is kept for some minutes: its SID is still listed, and must not be taken for another call's.

A file is locked by the process whose call it is, for as long as that lives: one that nobody holds was left behind.
Numbers are masked; what is needed to find one again is a keyed hash of it, whose key lies beside. Knows no carrier.
"""

from __future__ import annotations

import hmac
import json
import os
import re
import secrets
import stat
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from voicecall_core.words.numbers import PhoneNumber

try:
    import fcntl
except ImportError:  # Windows: what another process is still at looks left behind, and the carrier is asked about it
    fcntl = None  # type: ignore[assignment]

_KEY = "key"
_KEY_BYTES = 32
_KEPT = timedelta(minutes=5)
_MOST_BYTES = 65_536  # an entry has some hundred; whatever is larger is none
_SID = re.compile(r"[A-Z]{2}[0-9a-fA-F]{32}")  # it is printed, and becomes part of a URL


@dataclass(frozen=True, slots=True)
class Entry:
    """A call that was asked for. `sid` is empty as long as nobody has told it; after `until` it cannot be up any more.

    `to` is masked; `number`, `account` are keyed hashes.
    """

    call: str
    to: str
    number: str
    account: str
    asked: datetime
    until: datetime
    sid: str = ""
    ended: bool = False


class Ledger:
    """The entries in a folder. What cannot be written is not there: `failure` says why, and no call ends for it."""

    def __init__(self, folder: Path, key: bytes) -> None:
        self.failure = ""
        self._folder, self._key = folder, key
        self._mine: dict[str, int] = {}  # descriptors by call: each holds its file's lock

    def hashed(self, text: str) -> str:
        """A number or an account, known again by whoever has the key."""
        return hmac.new(self._key, text.encode(), "sha256").hexdigest()[:32]

    # --- one's own calls ---

    def ask(self, call: str, to: PhoneNumber, account: str, asked: datetime, longest_s: float) -> None:
        """Write down that a call is about to be asked for."""
        self._sweep(asked)
        entry = {
            "call": call,
            "to": str(to),
            "number": self.hashed(to.e164),
            "account": self.hashed(account),
            "asked": asked.isoformat(timespec="seconds"),
            "until": (asked + timedelta(seconds=longest_s)).isoformat(timespec="seconds"),
        }
        try:
            number = os.open(self._path(call), os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
            self._mine[call] = number
            if fcntl is not None:
                fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self.failure = error.strerror or str(error)
        self._write(call, entry)

    def learn(self, call: str, sid: str) -> None:
        """Write down the carrier's name for a call of one's own."""
        self._write(call, {"sid": sid})

    def close(self, call: str) -> None:
        """The end of a call is confirmed, one's own or one that was left behind."""
        ended = False
        try:
            if call not in self._mine:  # for one's own no descriptor is needed, that may not be had
                with suppress(OSError):
                    self._mine[call] = os.open(self._path(call), os.O_WRONLY | os.O_APPEND)
            ended = self._write(call, {"ended": True})
        finally:
            if not ended:  # for want of room, or for a mistake of ours: what is not there is not named either
                with suppress(OSError):
                    self._path(call).unlink()
            self.let_go(call)

    def let_go(self, call: str) -> None:
        """Be no more at a call of one's own: from now on its entry is one that was left behind."""
        if (number := self._mine.pop(call, None)) is not None:
            os.close(number)

    def _write(self, call: str, said: Mapping[str, object]) -> bool:
        """Append to an entry; whether it is there now."""
        if (number := self._mine.get(call)) is None:
            return False
        try:
            os.write(number, json.dumps(said).encode() + b"\n")
        except OSError as error:
            self.failure = error.strerror or str(error)
            return False
        return True

    # --- everybody's ---

    def left_behind(self, account: str, now: datetime) -> list[Entry]:
        """The calls of this account that nobody is at any more and that may be up. What cannot be up is forgotten."""
        found = []
        self._sweep(now)
        for entry in self._entries():
            held = entry.call in self._mine or self._is_held(entry.call)
            if entry.account == self.hashed(account) and not held and not entry.ended:
                found.append(entry)
        return sorted(found, key=lambda entry: entry.asked)

    def known_sids(self, but: str = "") -> frozenset[str]:
        """The SIDs by which any call in here is known, all `but` one call's."""
        return frozenset(entry.sid for entry in self._entries() if entry.sid and entry.call != but)

    def _entries(self) -> Iterator[Entry]:
        return _entries(self._folder)

    def _sweep(self, now: datetime) -> None:
        """Forget what has ended or cannot be up any more."""
        for entry in self._entries():
            if entry.until < now or (entry.ended and entry.asked + _KEPT < now):
                with suppress(OSError):
                    self._path(entry.call).unlink()

    def _is_held(self, call: str) -> bool:
        if fcntl is None:
            return False
        try:
            number = os.open(self._path(call), os.O_WRONLY | os.O_APPEND)
        except OSError:
            return False
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
        finally:
            os.close(number)
        return False

    def _path(self, call: str) -> Path:
        return self._folder / f"{call}.jsonl"


def _entries(folder: Path) -> Iterator[Entry]:
    for path in sorted(folder.glob("c-*.jsonl")):
        with suppress(OSError, ValueError, KeyError, TypeError, RecursionError):
            yield _read(path)


def open_calls(folder: Path, now: datetime) -> frozenset[str]:
    """The calls in this folder that may be up, whoever is at them; none if it is not there. Changes nothing."""
    return frozenset(entry.call for entry in _entries(folder) if not entry.ended and now <= entry.until)


def _read(path: Path) -> Entry:
    """An entry: what was asked for, and the last SID that was learnt. A line that was cut off says nothing.

    Raises one of several errors for a file that holds none: anything may lie in a folder, and may have been damaged.
    """
    first, *later = _bytes_of(path, _MOST_BYTES).decode("utf-8").splitlines()
    said = json.loads(first)
    to, number, account = texts = [said[name] for name in ("to", "number", "account")]
    asked, until = (datetime.fromisoformat(said[name]) for name in ("asked", "until"))
    if None in (asked.tzinfo, until.tzinfo) or not all(isinstance(each, str) and each.isprintable() for each in texts):
        raise ValueError("this was not written by a ledger")
    entry = Entry(path.stem, to, number, account, asked, until)
    for line in later:
        with suppress(ValueError, AttributeError, RecursionError):
            told = json.loads(line)
            sid = str(told.get("sid", ""))
            entry = replace(entry, ended=entry.ended or "ended" in told)
            entry = replace(entry, sid=sid) if _SID.fullmatch(sid) else entry
    return entry


def _bytes_of(path: Path, most: int) -> bytes:
    """What a plain file holds. Raises OSError for anything else: a pipe would be waited for, for ever."""
    about = path.stat()
    if not stat.S_ISREG(about.st_mode) or about.st_size > most:
        raise OSError(f"{path} is damaged")
    return path.read_bytes()


def open_ledger(folder: Path) -> Ledger:
    """The ledger in this folder, its owner's alone; it is made if it is not there. Raises OSError if it cannot be."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / _KEY
    if not path.exists():
        _make_key(path)
    key = _bytes_of(path, _KEY_BYTES)
    if len(key) < _KEY_BYTES:
        raise OSError(f"{path} is damaged")
    return Ledger(folder, key)


def _make_key(path: Path) -> None:
    """Make the key, unless another process is first: it is there wholly or not at all, and is never another one."""
    made = path.with_name(f"{_KEY}.{secrets.token_hex(8)}")
    number = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(secrets.token_bytes(_KEY_BYTES))
        with suppress(FileExistsError):
            os.link(made, path)  # not a rename: that would take the place of a key by which others have written
    finally:
        made.unlink()
