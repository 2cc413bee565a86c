"""What came of a call, put together from its record and from what the carrier says was heard on the line.

The record knows the words and what was decided; who was heard when is told by the carrier, which played it.
"""

from __future__ import annotations

from collections.abc import Iterable

from voicecall_core.call.as_heard import HeardLine, as_heard
from voicecall_core.call.timing import Moment
from voicecall_core.models import spent_usd
from voicecall_core.records import CallRecord
from voicecall_core.rehearsal.finished_call import CalleeTurn, FinishedCall, SpokenLine
from voicecall_core.simulator.carrier.effects import Effect
from voicecall_core.simulator.carrier.silence import Hearing, Span, Turn, hearing
from voicecall_core.simulator.voices import clip


def finished_call(record: CallRecord, log: Iterable[Effect], opened_ms: int, *, paid: bool) -> FinishedCall:
    """The call. `opened_ms`: when it was asked for, on the carrier's clock; `paid`: the model costs money."""
    call = record.call
    ended = call.timing.first.get(Moment.OVER, call.at)
    answered = call.timing.first.get(Moment.ANSWERED)
    heard = hearing(log, call.sid)
    sounds = _since(opened_ms, heard.sounds)
    turns = [_turn(heard, number, opened_ms, ended) for number in range(len(heard.turns))]
    return FinishedCall(
        outcome=record.outcome,
        cause=record.cause,
        ended=ended,
        answered=answered,
        first_word=next((began for began, _ in sounds), None),
        said=tuple(_line(line) for line in as_heard(call, ended)),
        turns=tuple(turns),
        silences=tuple(_silences([*sounds, *((turn.began, turn.ended) for turn in turns)], answered, ended)),
        broken=call.broken,
        cost_usd=spent_usd(call.usage, record.header.terms.model) if paid else 0.0,
    )


def _since(opened_ms: int, spans: Iterable[Span]) -> list[tuple[float, float]]:
    return [((began - opened_ms) / 1000, (ended - opened_ms) / 1000) for began, ended in spans]


def _line(line: HeardLine) -> SpokenLine:
    return SpokenLine(line.who, line.at, line.pii_heard, line.pii_rest)


def _turn(heard: Hearing, number: int, opened_ms: int, ended: float) -> CalleeTurn:
    turn = heard.turns[number]
    following = heard.turns[number + 1] if number + 1 < len(heard.turns) else None
    over = next((span for span in heard.sounds if span[0] <= turn.began_ms < span[1]), None)
    return CalleeTurn(
        began=(turn.began_ms - opened_ms) / 1000,
        ended=(turn.ended_ms - opened_ms) / 1000,
        until=(following.began_ms - opened_ms) / 1000 if following else ended,
        replied=(turn.ended_ms + turn.wait_ms - opened_ms) / 1000 if turn.answered else None,
        agent_silent=(over[1] - opened_ms) / 1000 if over else None,
        pii_words=_words(turn),
    )


def _words(turn: Turn) -> str:
    return " ".join(clip(name).text for name in turn.clips)


def _silences(
    spans: Iterable[tuple[float, float]], answered: float | None, ended: float
) -> Iterable[tuple[float, float]]:
    """The times between the answer and the end in which nobody was heard."""
    if answered is None:
        return
    quiet = answered
    for began, over in sorted([*spans, (ended, ended)]):
        if began > quiet:
            yield quiet, min(began, ended)
        quiet = max(quiet, over)
