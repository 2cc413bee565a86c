"""What came of a call, put together from its record and from what the carrier says was heard on the line.

The record knows the words and what was decided; who was heard when is told by the carrier, which played it.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from voicecall_core.call.as_heard import HeardLine, as_heard
from voicecall_core.call.hearing import Reply
from voicecall_core.call.state import Call, Entry
from voicecall_core.call.timing import Moment
from voicecall_core.media.turns import WORD_PAUSE_MS
from voicecall_core.models import spent_usd
from voicecall_core.records import CallRecord
from voicecall_core.rehearsal.finished_call import AGENT, CalleeTurn, FinishedCall, SpokenLine, ToolUse
from voicecall_core.simulator.carrier.effects import Effect, What
from voicecall_core.simulator.carrier.players import SPEECH
from voicecall_core.simulator.carrier.prompts import MS_A_CHARACTER
from voicecall_core.simulator.carrier.silence import Hearing, Span, Turn, hearing
from voicecall_core.words.events import ToolCalled

# A reply is told once the callee's part in its beginning is known.
_TOLD_LATE_S = WORD_PAUSE_MS / 1000


def finished_call(record: CallRecord, log: Sequence[Effect], opened_ms: int, *, paid: bool) -> FinishedCall:
    """The call. `opened_ms`: when it was asked for, on the carrier's clock; `paid`: the model costs money."""
    call = record.call
    ended = call.timing.first.get(Moment.OVER, call.at)
    answered = call.timing.first.get(Moment.ANSWERED)
    heard = hearing(log, call.sid)
    said = list(_carriers_voice(log, call.sid, opened_ms, ended))  # of a call that has a stream, `sounds` hold it too
    sounds = sorted([*_since(opened_ms, heard.sounds), *(span for _, span in said if not heard.sounds)])
    turns = _turns(call, [each for each in log if each.sid == call.sid], heard, opened_ms, ended)
    return FinishedCall(
        outcome=record.outcome,
        cause=record.cause,
        ended=ended,
        answered=answered,
        first_word=next((began for began, _ in sounds), None),
        said=tuple(sorted([*map(_line, as_heard(call, ended)), *(line for line, _ in said)], key=lambda line: line.at)),
        tools=tuple(_tool_uses(record.steps)),
        turns=tuple(turns),
        silences=tuple(_silences([*sounds, *((turn.began, turn.ended) for turn in turns)], answered, ended)),
        broken=tuple(call.broken),
        cost_usd=spent_usd(call.usage, record.header.terms.model) if paid else 0.0,
    )


def _since(opened_ms: int, spans: Iterable[Span]) -> list[tuple[float, float]]:
    return [((began - opened_ms) / 1000, (ended - opened_ms) / 1000) for began, ended in spans]


def _carriers_voice(
    log: Iterable[Effect], sid: str, opened_ms: int, ended: float
) -> Iterator[tuple[SpokenLine, tuple[float, float]]]:
    """What the carrier itself has said in the agent's name, and from when to when: an announcement, an apology."""
    for effect in log:
        if effect.what is What.SAY_BEGAN and effect.sid == sid:
            at, text = (effect.at_ms - opened_ms) / 1000, effect.pii_text
            over = min(ended, at + len(text) * MS_A_CHARACTER / 1000)
            heard = text[: round((over - at) * 1000) // MS_A_CHARACTER]
            heard = text if heard == text else heard.rpartition(" ")[0]  # a word counts once it is heard to its end
            yield SpokenLine(AGENT, at, heard, text[len(heard) :]), (at, over)


def _line(line: HeardLine) -> SpokenLine:
    return SpokenLine(line.who, line.at, line.pii_heard, line.pii_rest)


def _tool_uses(steps: Iterable[Entry]) -> Iterator[ToolUse]:
    """What the model called; arguments that are no JSON object are none."""
    for step in steps:
        if isinstance(step.event, ToolCalled):
            yield ToolUse(step.event.at, step.event.name, _object(step.event.pii_arguments))


def _object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _turns(call: Call, log: Sequence[Effect], heard: Hearing, opened_ms: int, ended: float) -> list[CalleeTurn]:
    """His turns by what the carrier heard, each with its wait as the call itself has measured it."""
    began = [(turn.began_ms - opened_ms) / 1000 for turn in heard.turns]
    waits = _waits(call.heard.replies, began)
    return [
        CalleeTurn(
            began=began[number],
            ended=(turn.ended_ms - opened_ms) / 1000,
            until=began[number + 1] if number + 1 < len(began) else ended,
            answered=turn.answered,
            wait_s=waits.get(number) if turn.answered else None,
            agent_silent=_silent(heard, turn.began_ms, opened_ms),
            pii_words=_words(log, turn),
        )
        for number, turn in enumerate(heard.turns)
    ]


def _waits(replies: Iterable[Reply], began: Sequence[float]) -> dict[int, float | None]:
    """How long the turns that began then waited, by their numbers: a reply belongs to the turn before it."""
    found: dict[int, float | None] = {}
    for reply in replies:
        number = bisect_left(began, reply.at - _TOLD_LATE_S) - 1
        if number >= 0:
            found.setdefault(number, reply.wait_s)
    return found


def _silent(heard: Hearing, began_ms: int, opened_ms: int) -> float | None:
    # An agent that obeys at once has fallen silent in the very frame after which he began.
    over = next((span for span in heard.sounds if span[0] <= began_ms <= span[1]), None)
    return (over[1] - opened_ms) / 1000 if over else None


def _words(log: Iterable[Effect], turn: Turn) -> str:
    """What he said in it."""
    found: list[str] = []
    began_ms = 0
    for effect in log:
        if effect.what is What.SPOKE:
            began_ms = effect.at_ms
        words = effect.what is What.SPOKE or (effect.what is What.SAID and effect.detail == SPEECH)
        if words and turn.began_ms <= began_ms < turn.ended_ms:  # one whom a model plays is known when he has said it
            found.append(effect.pii_text)
    return " ".join(filter(None, found))


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
