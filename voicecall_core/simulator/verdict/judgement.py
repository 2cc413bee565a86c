"""The verdict about one call, rule by rule, and about all calls of a log."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from voicecall_core.simulator.carrier.effects import Effect, What
from voicecall_core.simulator.model.record import Entry
from voicecall_core.simulator.verdict import document_rules, door_rules, model_rules, speech_rules
from voicecall_core.simulator.verdict.findings import LineFinding, LineVerdict, Severity, finding, in_time
from voicecall_core.simulator.verdict.story import CallStory

_UNAVAILABLE = 500


def ends(story: CallStory) -> Iterator[LineFinding]:
    """Whether somebody hung up."""
    if story.first(What.PLACED) is None:
        return
    ended = story.first(What.ENDED)
    if ended is None:
        at, text = story.effects[-1].at_ms, "The call was still up when its record ended: nobody had hung up."
    elif "time-limit" in [effect.detail for effect in story.of(What.HUNG_UP)]:
        at, text = ended.at_ms, "The call was ended by its time limit: nobody had hung up."
    else:
        return
    excuse = ""
    if any(effect.what is What.REST and effect.code >= _UNAVAILABLE for effect in story.effects):
        excuse = " The carrier had refused requests with an error of its own, which may be why."
    elif not story.webhooks and story.of(What.WEBHOOK_LOST):
        excuse = " No webhook had told the program of it: the carrier had lost them."
    yield finding("left-up", Severity.WARNING if excuse else Severity.BROKEN, at, text + excuse)


_RULES: tuple[Callable[[CallStory], Iterator[LineFinding]], ...] = (
    document_rules.overwrites,
    document_rules.served,
    door_rules.callbacks,
    door_rules.streams,
    speech_rules.silences,
    speech_rules.greeting,
    speech_rules.talking_over,
    speech_rules.farewell,
    model_rules.truncation,
    model_rules.sessions,
    ends,
)


def judged(log: Sequence[Effect], sid: str, model: Sequence[Entry] = ()) -> LineVerdict:
    """What the program did wrong in one call, from the carrier's log and the model's: nothing for one that did not.

    `model` are the entries of all sessions or of this call's; which session was this call's is told by time, and
    where another call's is not told apart, what the model was told is not judged. Both logs are on one clock.
    """
    mine, sure = sessions_of(log, sid, model)
    story = CallStory(log, sid, mine)
    found = [each for rule in _RULES for each in rule(story)]
    untold = () if sure else ("what the model was told: which of its sessions was this call's is not certain",)
    return LineVerdict(sid, in_time(found), untold)


def judged_all(log: Sequence[Effect], model: Sequence[Entry] = ()) -> list[LineVerdict]:
    """The verdicts about all calls of a log, in the order in which they were placed."""
    return [judged(log, effect.sid, model) for effect in log if effect.what is What.PLACED]


def sessions_of(log: Sequence[Effect], sid: str, model: Sequence[Entry]) -> tuple[list[Entry], bool]:
    """The entries of a call's sessions with the model, and whether they are certain to be its own.

    A session is a call's if it was asked for while the call was up (or placed) and no other call was.
    """
    spans = _spans(log)
    mine: list[int] = []
    for session in {entry.session for entry in model}:
        asked = next(entry.at_ms for entry in model if entry.session == session)
        fits = [each for each, (placed, ended) in spans.items() if placed <= asked <= ended]
        if sid in fits and len(fits) > 1:
            return [], False
        if fits == [sid] or (not fits and list(spans) == [sid]):
            mine.append(session)
    return [entry for entry in model if entry.session in mine], True


def _spans(log: Sequence[Effect]) -> dict[str, tuple[int, int]]:
    found: dict[str, tuple[int, int]] = {}
    for effect in log:
        if effect.what is What.PLACED:
            found[effect.sid] = (effect.at_ms, 1 << 60)
        elif effect.what is What.ENDED and effect.sid in found:
            found[effect.sid] = (found[effect.sid][0], effect.at_ms)
    return found
