"""Where a call is in its life. Knows nothing of documents, sockets or models.

A fact moves the phase forward or not at all; nothing that arrives late moves it back. `TIMETABLE` speaks for every
pair; a pair that changes nothing names its own phase.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Phase(StrEnum):
    """The life of a call, in order."""

    NEW = "new"
    DIALLING = "dialling"
    QUEUED = "queued"
    CALLING = "calling"
    RINGING = "ringing"
    ANSWERED = "answered"
    TALKING = "talking"
    ENDING = "ending"
    OVER = "over"


class Fact(StrEnum):
    """What can move a call's phase."""

    DIALLED = "dialled"
    TAKEN = "taken"  # create was answered, or anything else taught the SID
    INITIATED = "initiated"
    RANG = "rang"
    PROVEN = "proven"  # first proof of an answer: fetch, in-progress callback or start
    STREAMING = "streaming"
    STREAM_GONE = "stream-gone"
    CLOSING = "closing"
    CONCLUDED = "concluded"


_P, _F = Phase, Fact

# Which phase a fact leads to, from which phases. Everything that is not here is late and changes nothing.
_MOVES: Mapping[Fact, Mapping[Phase, Phase]] = {
    _F.DIALLED: {_P.NEW: _P.DIALLING},
    _F.TAKEN: {_P.DIALLING: _P.QUEUED},
    _F.INITIATED: dict.fromkeys((_P.DIALLING, _P.QUEUED), _P.CALLING),
    _F.RANG: dict.fromkeys((_P.DIALLING, _P.QUEUED, _P.CALLING), _P.RINGING),
    _F.PROVEN: dict.fromkeys((_P.DIALLING, _P.QUEUED, _P.CALLING, _P.RINGING), _P.ANSWERED),
    _F.STREAMING: {_P.ANSWERED: _P.TALKING},
    _F.STREAM_GONE: {_P.TALKING: _P.ANSWERED},
    _F.CLOSING: {phase: _P.ENDING for phase in _P if phase not in (_P.ENDING, _P.OVER)},
    _F.CONCLUDED: {phase: _P.OVER for phase in _P if phase is not _P.OVER},
}

TIMETABLE: Mapping[tuple[Phase, Fact], Phase] = {
    (phase, fact): _MOVES[fact].get(phase, phase) for phase in Phase for fact in Fact
}

BEFORE_ANSWER = frozenset({_P.NEW, _P.DIALLING, _P.QUEUED, _P.CALLING, _P.RINGING})


def after(phase: Phase, fact: Fact) -> Phase:
    """The phase that `fact` leads to from `phase`; the same one if the fact is late."""
    return TIMETABLE[phase, fact]
