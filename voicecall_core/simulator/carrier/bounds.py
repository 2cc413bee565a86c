"""What the carrier remembers, however long it runs: what ended first is forgotten first, a call in progress never."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from voicecall_core.simulator.carrier.call_records import CallResource
from voicecall_core.simulator.carrier.effects import Effect, What
from voicecall_core.simulator.carrier.recordings import Recording

CALLS = 1_000  # that are over
EFFECTS = 200_000  # of the log
AUDIO_BYTES = 128 * 2**20  # of what was heard, in the log
RECORDINGS = 100
RECORDED_BYTES = 64 * 2**20
_SPARED = 0.9  # of a bound is left once it was passed, so that not every further effect is a search


class Bounds:
    """Keeps the log, the calls and their second legs within bounds. `calls` and `effects`: how many are forgotten."""

    def __init__(self, log: list[Effect], lines: dict[str, Any], legs: dict[str, CallResource]) -> None:
        self.calls = 0
        self.effects = 0
        self._log, self._lines, self._legs = log, lines, legs
        self._over: dict[str, None] = {}  # calls, in the order of their ends
        self._audio = 0
        self._most = (CALLS, EFFECTS, AUDIO_BYTES)

    def noted(self, effect: Effect) -> None:
        """An effect has come to the log's end."""
        self._audio += len(effect.audio)
        if effect.what is What.ENDED:
            self._over[effect.sid] = None
            self._most = (CALLS, EFFECTS, AUDIO_BYTES)
        calls, effects, audio = self._most
        if len(self._over) > calls or len(self._log) > effects or self._audio > audio:
            self._forget()

    def _forget(self) -> None:
        entries = Counter(effect.sid for effect in self._log)
        audio: Counter[str] = Counter()
        for effect in self._log:
            audio[effect.sid] += len(effect.audio)
        gone = set[str]()
        calls, effects = len(self._over), len(self._log)
        for sid in list(self._over)[:-1]:
            within = effects <= _SPARED * EFFECTS and self._audio <= _SPARED * AUDIO_BYTES
            if within and calls <= _SPARED * CALLS:
                break
            gone.add(sid)
            calls, effects, self._audio = calls - 1, effects - entries[sid], self._audio - audio[sid]
        self._drop(gone)
        self._drop_apart(round(effects - _SPARED * EFFECTS))
        # What is left belongs to calls in progress: no further search before one of them ends
        # or there is a tenth more of it.
        self._most = (CALLS, max(EFFECTS, len(self._log) * 11 // 10), max(AUDIO_BYTES, self._audio * 11 // 10))

    def _drop(self, calls: set[str]) -> None:
        for sid in calls:
            self._lines.pop(sid, None)
            del self._over[sid]
        for leg in [sid for sid, each in self._legs.items() if each.parent_sid in calls]:
            del self._legs[leg]
        self.calls += len(calls)
        self._keep([effect for effect in self._log if effect.sid not in calls])

    def _drop_apart(self, too_many: int) -> None:
        """Forget the oldest effects of no call, as requests about the account."""
        apart = [place for place, effect in enumerate(self._log) if effect.sid not in self._lines]
        drop = set(apart[: max(0, too_many)])
        self._keep([effect for place, effect in enumerate(self._log) if place not in drop])

    def _keep(self, left: list[Effect]) -> None:
        self.effects += len(self._log) - len(left)
        self._log[:] = left


def too_many(recordings: Mapping[str, Recording]) -> list[str]:
    """The recordings that are to be forgotten, the oldest first; none that still runs."""
    left, size = len(recordings), sum(len(each.audio) for each in recordings.values())
    found: list[str] = []
    for sid, each in recordings.items():
        if left <= RECORDINGS and size <= RECORDED_BYTES:
            break
        if each.status != "in-progress":
            found.append(sid)
            left, size = left - 1, size - len(each.audio)
    return found
