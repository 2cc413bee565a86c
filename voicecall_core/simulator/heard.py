"""What the callee heard of the agent, read from the carrier's log. Must not know what should have been heard."""

from __future__ import annotations

from collections.abc import Iterable

from voicecall_core.audio import BYTES_PER_MS
from voicecall_core.simulator.log import Effect, What


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
