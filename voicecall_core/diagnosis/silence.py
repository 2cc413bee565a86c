"""Rules about silence: how long the callee waited, and who owed him what. Knows nothing of what was said."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from voicecall_core.call.endings import Outcome
from voicecall_core.diagnosis.evidence_index import EvidenceIndex, first
from voicecall_core.diagnosis.findings import Match, Rule
from voicecall_core.diagnosis.waits import Wait, longest
from voicecall_core.words import events as e
from voicecall_core.words import orders as o
from voicecall_core.words.terms import Kind
from voicecall_core.words.values import CallStatus, Knock, ModelStage

Proved = tuple[int, ...]  # the steps that show a reason; none: it is not that


def _late(story: EvidenceIndex, wait: Wait, steps: Sequence[int], came: int | None) -> Proved:
    """Most of the time went by before it came, which it had never done before (in none of these steps)."""
    if any(n <= wait.begin for n in steps):
        return ()
    if came is None:
        return (wait.end,)
    return (came,) if story.at(came) - story.at(wait.begin) > wait.seconds / 2 else ()


def _no_stream(story: EvidenceIndex, wait: Wait) -> Proved:
    starts = [each.n for each in story.starts]
    return _late(story, wait, starts, first(starts, lambda n: wait.begin < n <= wait.end))


def _no_fetch(story: EvidenceIndex, wait: Wait) -> Proved:
    fetches = [each.n for each in story.events(e.Fetched)]
    return _late(story, wait, fetches, first(fetches))


def _in(
    story: EvidenceIndex, wait: Wait, kind: type[e.Event], fits: Callable[[e.Event], bool] = lambda event: True
) -> Proved:
    found = first(story.events(kind), lambda each: wait.begin < each.n <= wait.end and fits(each.it))
    return (found.n,) if found is not None else ()


def _lost(story: EvidenceIndex, wait: Wait) -> Proved:
    return _in(story, wait, e.ModelFailed)


def _failed(story: EvidenceIndex, wait: Wait) -> Proved:
    return _in(story, wait, e.ResponseEnded, lambda event: getattr(event, "status", "") == "failed")


def _not_ready(story: EvidenceIndex, wait: Wait) -> Proved:
    ready = [each.n for each in story.events(e.ModelReached) if each.it.stage is ModelStage.READY]
    return _late(story, wait, ready, first(ready, lambda n: n <= wait.end))


def _never_stopped(story: EvidenceIndex, wait: Wait) -> Proved:
    """The model heard the callee begin and not stop, though our own ear had heard him stop."""
    began = [each.n for each in story.events(e.SpeechStarted) if each.n <= wait.begin]
    if not began or not isinstance(story.steps[wait.begin - 1].event, e.VoiceEnded):
        return ()
    ends = [each.n for kind in (e.SpeechStopped, e.TurnCommitted) for each in story.events(kind)]
    return () if any(began[-1] < n <= wait.end for n in ends) else (began[-1],)


def _hung(story: EvidenceIndex, wait: Wait) -> Proved:
    """A response began, and nothing of it came for as long as the callee waited."""
    for began in story.events(e.ResponseBegan):
        if not wait.begin < began.n <= wait.end:
            continue
        sounds = [each.n for each in story.events(e.AudioBegan) if each.it.response == began.it.response]
        ends = [each.n for each in story.events(e.ResponseEnded) if each.it.response == began.it.response]
        if not any(n < wait.end for n in ends) and not any(
            story.at(n) - story.at(began.n) < wait.seconds / 2 for n in sounds
        ):
            return (began.n,)
    return ()


def _empty(story: EvidenceIndex, wait: Wait) -> Proved:
    """A response was completed, and it was without a sound."""
    spoken = {each.it.response for each in story.events(e.AudioBegan)}
    for ended in story.events(e.ResponseEnded):
        if wait.begin < ended.n <= wait.end and ended.it.status == "completed" and ended.it.response not in spoken:
            return (ended.n,)
    return ()


def _dry(story: EvidenceIndex, wait: Wait) -> Proved:
    return (wait.begin,) if isinstance(story.steps[wait.begin - 1].event, e.AudioRanDry) else ()


def _unanswered(story: EvidenceIndex, wait: Wait) -> Proved:
    """We asked for it, and nothing began."""
    asks = [each.n for kind in (o.AskResponse, o.AskGreeting) for each in story.orders(kind)]
    asked = first(sorted(asks), lambda n: wait.begin <= n <= wait.end)
    if asked is None or any(asked <= each.n < wait.end for each in story.events(e.ResponseBegan)):
        return ()
    return (asked,)


_REASONS: Mapping[str, Callable[[EvidenceIndex, Wait], Proved]] = {
    "the carrier had not asked for the call's document": _no_fetch,
    "its stream had not started": _no_stream,
    "the model's session was lost": _lost,
    "a response of the model failed": _failed,
    "no session of the model was ready": _not_ready,
    "the model did not hear that he had stopped": _never_stopped,
    "the agent had stopped in mid-word": _dry,
    "the model's answer was without a sound": _empty,
    "the model had begun to answer, and nothing came of it": _hung,
    "the model was asked, and did not begin": _unanswered,
}


def _agent_silent(story: EvidenceIndex) -> Match | None:
    wait = longest(story)
    if wait is None or wait.seconds < story.terms.patience_s or story.terms.kind is not Kind.STREAM:
        return None
    asked = ((why, reason(story, wait)) for why, reason in _REASONS.items())
    why, proof = next(((why, steps) for why, steps in asked if steps), ("the model did not begin to answer", ()))
    until = "" if wait.sounded else " and heard none"
    what = f"the callee waited {wait.seconds:.1f} s for a sound of the agent{until}: {why}"
    return Match(what, tuple(sorted({wait.begin, *proof, wait.end})))


def _never_fetched(story: EvidenceIndex) -> Match | None:
    """Somebody picked up, and for longer than anybody waits nobody asked what to do with the call."""
    answer = first(story.events(e.StatusReported), lambda each: each.it.status is CallStatus.IN_PROGRESS)
    turned_away = any(each.it.what is Knock.FETCH for each in story.events(e.TurnedAway))
    if answer is None or story.events(e.Fetched) or story.starts or turned_away or story.ending > len(story.steps):
        return None
    waited = story.at(story.ending) - story.at(answer.n)
    if waited <= story.terms.patience_s:
        return None
    what = f"the call was answered, and in {waited:.0f} s the carrier did not ask for its document"
    return Match(what, (answer.n, story.ending), story.absence)


def _callee_silent(story: EvidenceIndex) -> Match | None:
    spoke = any(story.events(kind) for kind in (e.SpeechStarted, e.TurnCommitted, e.Heard))
    if spoke or story.call.ending.outcome is not Outcome.COMPLETED or not story.starts:
        return None
    voice, over = first(story.events(e.VoiceBegan)), first(story.orders(o.Conclude))
    what = "the callee never said anything"
    if voice is not None:
        what = "the callee's line was not quiet, and the model never heard him say anything"
    steps = (story.starts[0].n, *((voice.n,) if voice else ()), *((over.n,) if over else ()))
    return Match(what, tuple(sorted(set(steps))), story.absence)


RULES = (
    Rule(
        "agent-silent",
        ("S1", "S3", "S4"),
        75,
        "the callee waited longer than --patience for a sound",
        "If the model owed it: look at its status page, and at the loop lag of the call. If the carrier did: look for "
        "the call's alerts in its console. --patience says how long nothing is done.",
        _agent_silent,
    ),
    Rule(
        "never-fetched",
        ("S7",),
        82,
        "the call was answered, and no fetch came",
        "A trial account has the callee press a key first, machine detection that is waited for holds the fetch back, "
        "and so does a slow carrier: look for the call's alerts in its console.",
        _never_fetched,
    ),
    Rule(
        "callee-silent",
        (),
        2,
        "a call was completed in which the callee never spoke",
        "Nothing, if he had nothing to say; else listen to the line (--record).",
        _callee_silent,
    ),
)
