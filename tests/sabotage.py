"""Deliberate faults, each put in through a seam."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import anyio.lowlevel
import pytest

from voicecall_core.addresses import Addresses
from voicecall_core.callfile.writer import Journal
from voicecall_core.media.bridge import Bridge
from voicecall_core.media.ear import Ear
from voicecall_core.media.playout import Playout
from voicecall_core.net.websocket import WebSocket
from voicecall_core.session import session as conduct
from voicecall_core.session.model_commands import ModelCommands
from voicecall_core.session.session import Timers
from voicecall_core.switchboard import Switchboard

_TOO_FAR_MS = 300


def _write_late(patch: pytest.MonkeyPatch) -> None:
    """Each step is written down when the next one comes, after it was acted on."""
    late: list[tuple[Journal, Any]] = []
    step, close = Journal.step, Journal.close

    def write(self: Journal) -> None:
        for entry in [entry for journal, entry in late if journal is self]:
            step(self, entry)
        late[:] = [each for each in late if each[0] is not self]

    def step_late(self: Journal, entry: Any) -> None:
        write(self)
        late.append((self, entry))

    def close_late(self: Journal) -> None:
        write(self)
        close(self)

    patch.setattr(Journal, "step", step_late)
    patch.setattr(Journal, "close", close_late)


def _never_flush(patch: pytest.MonkeyPatch) -> None:
    """A line stays in the file's buffer."""
    create = Journal.__init__

    def unflushed(self: Journal, *args: Any) -> None:
        create(self, *args)
        patch.setattr(self._file, "flush", lambda: None)

    patch.setattr(Journal, "__init__", unflushed)


def _claim_too_far(patch: pytest.MonkeyPatch) -> None:
    """At the door of the audio, playback is said to be 300 ms further than it is."""
    playing = Bridge.playing

    def ahead(self: Bridge) -> Any:
        stream_ms, plays = playing(self)
        return stream_ms, tuple(
            replace(play, sent_ms=play.sent_ms + _TOO_FAR_MS, acked_at_ms=play.acked_at_ms - _TOO_FAR_MS)
            for play in plays
        )

    patch.setattr(Bridge, "playing", ahead)


def _acknowledge_nothing(patch: pytest.MonkeyPatch) -> None:
    """What came back as heard is always said to be 0 ms, so that law 9 has no lower bound."""
    playing = Playout.playing

    def deaf(self: Playout, session: int, stream_ms: int) -> Any:
        return tuple(replace(play, acked_ms=0) for play in playing(self, session, stream_ms))

    patch.setattr(Playout, "playing", deaf)


def _let_unsigned_in(patch: pytest.MonkeyPatch) -> None:
    """An upgrade's signature is not looked at."""
    signed = Switchboard.signed

    def careless(self: Switchboard, request: Any, *, upgrade: bool = False) -> bool:
        return upgrade or signed(self, request)

    patch.setattr(Switchboard, "signed", careless)


def _share_token(patch: pytest.MonkeyPatch) -> None:
    """All generations of a call have one token."""
    token = Addresses.token
    patch.setattr(Addresses, "token", lambda self, call_id, generation: token(self, call_id, 1))


def _forget_the_late(patch: pytest.MonkeyPatch) -> None:
    """What is due after a call's end is not done: a SID that comes late is not hung up."""
    spawn = conduct.Session._spawn

    def only_meanwhile(self: conduct.Session, job: Any, *args: Any) -> None:
        if self._tasks is not None:
            spawn(self, job, *args)

    patch.setattr(conduct.Session, "_spawn", only_meanwhile)


def _leave_sessions_open(patch: pytest.MonkeyPatch) -> None:
    """A call ends without closing its model sessions."""

    class Careless(ModelCommands):
        async def close_all(self) -> None:
            return

    patch.setattr(conduct, ModelCommands.__name__, Careless)


def _fire_the_stopped(patch: pytest.MonkeyPatch) -> None:
    """A timer that was stopped fires all the same."""
    patch.setattr(Timers, "stop", lambda self, order: None)


def _tell_nobody(patch: pytest.MonkeyPatch) -> None:
    """What the door turns away is told to no call."""
    patch.setattr(Switchboard, "_turn_away", lambda self, path, status, fault: None)


def _never_ping(patch: pytest.MonkeyPatch) -> None:
    """No ping is sent, and each counts as answered."""

    async def answered(self: WebSocket, within: float) -> bool:
        await anyio.lowlevel.checkpoint()
        return True

    patch.setattr(WebSocket, "ping", answered)


def _be_deaf(patch: pytest.MonkeyPatch) -> None:
    """Our own ear hears nothing: only the model says when the callee stops."""
    patch.setattr(Ear, "hear", lambda self, payload, stream_ms: None)


def _say_nothing_again(patch: pytest.MonkeyPatch) -> None:
    """A turn that went down with its session is not said again to the next one."""
    forward = Bridge.forward_audio
    patch.setattr(Bridge, "forward_audio", lambda self, session, *, again=False: forward(self, session))


FAULTS: Mapping[str, Callable[[pytest.MonkeyPatch], None]] = {
    "written-after-acting": _write_late,
    "no-flush-per-line": _never_flush,
    "truncation-too-far": _claim_too_far,
    "nothing-acknowledged": _acknowledge_nothing,
    "unsigned-upgrade": _let_unsigned_in,
    "one-token-for-all": _share_token,
    "late-sid-not-hung-up": _forget_the_late,
    "sessions-left-open": _leave_sessions_open,
    "stopped-timers-fire": _fire_the_stopped,
    "turned-away-untold": _tell_nobody,
    "no-pings": _never_ping,
    "deaf-ear": _be_deaf,
    "lost-turn-not-said-again": _say_nothing_again,
}
