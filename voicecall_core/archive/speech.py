"""Who spoke when, and what of it was heard: read from what happened and was ordered. Knows nothing of the judge."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from voicecall_core.call.floor import CLIP
from voicecall_core.call.state import Call, Entry
from voicecall_core.call.transcript import AGENT, CALLEE
from voicecall_core.diagnosis.evidence_index import EvidenceIndex
from voicecall_core.diagnosis.waits import waits
from voicecall_core.words import events as e
from voicecall_core.words import orders as o
from voicecall_core.words.terms import Terms


@dataclass(frozen=True, slots=True)
class Span:
    """Somebody was heard from `begin` to `end`, in seconds. `item`: of the agent's. `cut`: it was stopped there."""

    who: str
    begin: float
    end: float
    item: str = ""
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Utterance:
    """One thing that was said: the words that were heard, and those that were made and never heard.

    `begin` and `end` are None for what made no sound. `reply_s`: how long the callee had waited for it after his turn.
    `clip`: the name of a shipped recording, which has no words.
    """

    who: str
    pii_heard: str
    pii_unheard: str = ""
    begin: float | None = None
    end: float | None = None
    cut: bool = False
    reply_s: float | None = None
    clip: str = ""
    at: float = 0.0


def replies(terms: Terms, steps: Sequence[Entry], call: Call) -> dict[str, float]:
    """How long the callee waited for each item of the agent's after a turn of his, in seconds, by item."""
    story = EvidenceIndex(terms, steps, call)
    found: dict[str, float] = {}
    for wait in waits(story):
        sounded = steps[wait.end - 1].event
        if wait.sounded and isinstance(sounded, e.AudioSent) and wait.begin != story.answered:
            found.setdefault(sounded.item, wait.seconds)
    return found


def spans(steps: Sequence[Entry]) -> list[Span]:
    """Who was heard when, in the order of their beginnings."""
    found = [*_agent(steps), *_callee(steps)]
    return sorted(found, key=lambda span: (span.begin, span.end))


def silences(spoken: Iterable[Span], begin: float, end: float, least: float) -> list[tuple[float, float]]:
    """The times between `begin` and `end` in which nobody was heard for `least` seconds or longer."""
    found, quiet_from = [], begin
    for span in [*spoken, Span("", end, end)]:
        if min(span.begin, end) - quiet_from >= least:
            found.append((quiet_from, min(span.begin, end)))
        quiet_from = max(quiet_from, span.end)
    return found


def overlaps(spoken: Sequence[Span]) -> list[tuple[float, float]]:
    """The times in which both were heard."""
    sides = [[span for span in spoken if span.who == who] for who in (AGENT, CALLEE)]
    both = [(max(a.begin, c.begin), min(a.end, c.end)) for a in sides[0] for c in sides[1]]
    return sorted((begin, end) for begin, end in both if end > begin)


def _agent(steps: Sequence[Entry]) -> Iterator[Span]:
    """From an item's first frame to its last mark, or to where it was cleared or its stream ended."""
    sounding: dict[str, float] = {}
    for step in steps:
        event = step.event
        match event:
            case e.AudioSent():
                sounding.setdefault(event.item, event.at)
            case e.MarkReturned() | e.AudioRanDry():
                if event.item in sounding:
                    yield Span(AGENT, sounding.pop(event.item), event.at, event.item)
        gone = isinstance(event, e.StreamStopped | e.SocketClosed)
        if gone or any(isinstance(order, o.ClearAudio) for order in step.orders):
            yield from (Span(AGENT, begin, event.at, item, cut=True) for item, begin in sounding.items())
            sounding.clear()
    last = steps[-1].event.at if steps else 0.0
    yield from (Span(AGENT, begin, last, item, cut=True) for item, begin in sounding.items())


def _callee(steps: Sequence[Entry]) -> list[Span]:
    """As the model heard him; if it never did, as our own ear heard his line."""
    return _between(steps, e.SpeechStarted, e.SpeechStopped) or _between(steps, e.VoiceBegan, e.VoiceEnded)


def _between(steps: Sequence[Entry], began: type[e.Event], ended: type[e.Event]) -> list[Span]:
    found: list[Span] = []
    since: float | None = None
    for event in (step.event for step in steps):
        if isinstance(event, began) and since is None:
            since = event.at
        elif isinstance(event, (ended, e.TurnCommitted, e.StreamStopped, e.SocketClosed)) and since is not None:
            found.append(Span(CALLEE, since, event.at))
            since = None
    if since is not None:
        found.append(Span(CALLEE, since, steps[-1].event.at))
    return found


# --- what was heard ---


def conversation(terms: Terms, steps: Sequence[Entry], call: Call) -> list[Utterance]:
    """Everything that was said, in the order in which it began to be heard; an interrupted sentence is cut there."""
    spoken, waited = spans(steps), replies(terms, steps, call)
    heard_ms, made_ms = _heard_ms(steps, spoken), _made_ms(steps)
    turns = _turns(steps)
    found = []
    for line in call.transcript:
        own = [span for span in spoken if span.item == line.item] if line.who == AGENT else turns.get(line.item, [])
        said = _placed(Utterance(line.who, line.pii_text.strip(), at=line.at, reply_s=waited.get(line.item)), own)
        if line.who == AGENT:
            said = _as_heard(said, heard_ms.get(line.item, 0.0), made_ms.get(line.item, 0.0))
        found.append(said)
    clips = {step.event.item for step in steps if isinstance(step.event, e.AudioSent) and step.event.response == CLIP}
    found += [
        Utterance(AGENT, "", "", each.begin, each.end, each.cut, clip=each.item)
        for each in spoken
        if each.item in clips
    ]
    return sorted(found, key=lambda said: said.at if said.begin is None else said.begin)


def _placed(said: Utterance, own: Sequence[Span]) -> Utterance:
    if not own:
        return said
    return replace(said, begin=own[0].begin, end=own[-1].end, cut=own[-1].cut)


def _as_heard(said: Utterance, heard_ms: float, made_ms: float) -> Utterance:
    """Its words in two: those that had time to be heard, as many as their share of the sound, and the rest."""
    if said.begin is None:
        return replace(said, pii_heard="", pii_unheard=said.pii_heard)
    if not said.cut:
        return said
    share = heard_ms / made_ms if made_ms else 1.0
    words = said.pii_heard.split(" ")
    kept = int(sum(len(word) + 1 for word in words) * min(1.0, share))
    heard: list[str] = []
    while words and sum(len(word) + 1 for word in heard) + len(words[0]) <= kept:
        heard.append(words.pop(0))
    return replace(said, pii_heard=" ".join(heard), pii_unheard=" ".join(words), cut=bool(words))


def _made_ms(steps: Sequence[Entry]) -> dict[str, float]:
    return {event.item: event.generated_ms for step in steps if isinstance(event := step.event, e.AudioEnded)}


def _heard_ms(steps: Sequence[Entry], spoken: Sequence[Span]) -> dict[str, float]:
    """What was told to the model of how much was heard, where it was told; else for how long it sounded."""
    heard: dict[str, float] = {}
    for span in spoken:
        heard[span.item] = heard.get(span.item, 0.0) + (span.end - span.begin) * 1000
    for order in (order for step in steps for order in step.orders):
        match order:
            case o.TruncateItem():
                heard[order.item] = order.audio_end_ms
            case o.DeleteItem():
                heard[order.item] = 0.0
    return heard


def _turns(steps: Sequence[Entry]) -> dict[str, list[Span]]:
    """When the callee said what became an item: since he began to speak, or from its commit if nobody heard that."""
    found: dict[str, list[Span]] = {}
    waiting: list[Span] = []
    spoken = iter(_callee(steps))
    following = next(spoken, None)
    for event in (step.event for step in steps if isinstance(step.event, e.TurnCommitted)):
        while following is not None and following.begin <= event.at:
            waiting.append(following)
            following = next(spoken, None)
        found[event.item] = waiting or [Span(CALLEE, event.at, event.at)]
        waiting = []
    return found
