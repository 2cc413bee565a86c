"""What the callee heard and whether the call was harmed, from the carrier's log alone, whatever should have been."""

from __future__ import annotations

from collections.abc import Iterable

from voicecall_core.audio import BYTES_PER_MS
from voicecall_core.simulator.carrier.effects import Effect, What


def runs(log: Iterable[Effect], sid: str = "") -> list[Effect]:
    """The runs of audio played without a gap, of one call or (without `sid`) of all, in order."""
    return [effect for effect in log if effect.what is What.HEARD and sid in ("", effect.sid)]


def heard(log: Iterable[Effect], sid: str = "") -> bytes:
    """All mu-law bytes that were played, in order, without the silence between the runs."""
    return b"".join(run.audio for run in runs(log, sid))


def heard_from_ms(log: Iterable[Effect], sid: str = "") -> int | None:
    """When the first audio began to play, in ms after its stream's `start`; None if nothing was heard."""
    first = next(iter(runs(log, sid)), None)
    return None if first is None else first.stream_ms


def heard_clip(log: Iterable[Effect], clip: bytes, sid: str = "") -> int | None:
    """Whether a clip's bytes were played complete and in order: when they began, in ms after `start`, else None.

    0 is a good answer: compare with None. Gaps between runs do not count against the clip; `gaps_ms` tells them.
    """
    played = runs(log, sid)
    at = b"".join(run.audio for run in played).find(clip) if clip else -1
    if at < 0:
        return None
    for run in played:
        if at < len(run.audio):
            return run.stream_ms + at // BYTES_PER_MS
        at -= len(run.audio)
    return None


def gaps_ms(log: Iterable[Effect], sid: str = "") -> list[int]:
    """The silences between runs of one stream, in ms; a new stream begins a new count."""
    found: list[int] = []
    end = -1
    for effect in log:
        if sid not in ("", effect.sid):
            continue
        if effect.what is What.STREAM_STARTED:
            end = -1
        elif effect.what is What.HEARD:
            if end >= 0:
                found.append(effect.stream_ms - end)
            end = effect.stream_ms + len(effect.audio) // BYTES_PER_MS
    return found


STREAM_VERB = "Connect/Stream"


def harmed(log: Iterable[Effect], sid: str = "") -> str | None:
    """The first harm in a sentence, or None. Without `sid` all calls of the log are looked at."""
    promised: set[str] = set()
    for effect in log:
        if sid not in ("", effect.sid):
            continue
        harm = _harm(effect, promised)
        if harm:
            return f"{harm}, {effect.at_ms} ms after the carrier opened"
        if effect.what is What.RECEIVED and STREAM_VERB in effect.detail.split():
            promised.add(effect.sid)
    return None


def _harm(effect: Effect, promised: set[str]) -> str:
    if effect.what is What.SAY_BEGAN and effect.source == "update" and effect.sid in promised:
        return "an update's Say took effect after a stream document had been received"
    if effect.what is What.STREAM_ENDED and effect.detail == "update":
        return "a running stream was ended by an update"
    if effect.what is What.DISCARDED and STREAM_VERB in effect.detail.split():
        return "a stream document arrived to find its place taken by an update"
    return ""
