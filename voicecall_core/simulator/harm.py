"""Whether a call was harmed, read from the carrier's log alone. Must not know of any guard or policy.

A call is harmed when a REST update took its stream away: the update's `<Say>` began after a stream document had been
received, a running stream was ended by an update, or a stream document arrived to find its place taken. A `<Say>` that
came as the answer to a later fetch (after `<Connect>` had ended by itself) overwrote nothing and is no harm.
"""

from __future__ import annotations

from collections.abc import Iterable

from voicecall_core.simulator.log import Effect, What

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
