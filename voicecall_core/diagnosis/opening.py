"""Rules about the opening of the model's sessions, and how far each of them came. Knows no turns."""

from __future__ import annotations

from voicecall_core.diagnosis.evidence import Sure
from voicecall_core.diagnosis.finding import Found, Rule
from voicecall_core.diagnosis.story import At, Story, first
from voicecall_core.words.events import (
    ModelFailed,
    ModelReached,
    ModelStage,
    Timer,
    TimerFired,
)
from voicecall_core.words.orders import (
    OpenModel,
)

_LAST_STAGE = {
    None: "its server was not reached",
    ModelStage.CONNECTED: "its server was reached, and the handshake did not end",
    ModelStage.SECURED: "the line was secured, and the handshake did not end",
    ModelStage.UPGRADED: "the socket was open, and no session was created",
    ModelStage.CREATED: "the session was created, and its set-up was never confirmed",
    ModelStage.READY: "the session was ready",
}


def reached_by(story: Story, session: int, before: int) -> At[ModelReached] | None:
    """How far a session had come when step `before` came."""
    stages = [each for each in story.events(ModelReached) if each.it.session == session and each.n < before]
    return stages[-1] if stages else None


def stage_of(reached: At[ModelReached] | None) -> ModelStage | None:
    return reached.it.stage if reached else None


def failures(story: Story, *stages: ModelStage | None) -> list[tuple[At[ModelFailed], At[ModelReached] | None]]:
    """The sessions that failed at one of these stages."""
    both = [(each, reached_by(story, each.it.session, each.n)) for each in story.events(ModelFailed)]
    return [(failed, reached) for failed, reached in both if stage_of(reached) in stages]


def _turned_away(story: Story) -> Found | None:
    for failed, _ in failures(story, None, ModelStage.CONNECTED, ModelStage.SECURED):
        if not failed.it.retryable:
            what = f"the model turned the session away before it was opened ({failed.it.code})"
            if not story.complete:
                what = f"the model refused the session ({failed.it.code}); how far it had come is not told"
            return Found(what, (failed.n,))
    return None


def _unreachable(story: Story) -> Found | None:
    for failed, reached in failures(story, None, ModelStage.CONNECTED, ModelStage.SECURED):
        if failed.it.retryable:
            return Found(f"the model could not be reached: {_LAST_STAGE[stage_of(reached)]}", (failed.n,), Sure.LIKELY)
    return None


def _set_up_refused(story: Story) -> Found | None:
    for failed, reached in failures(story, ModelStage.UPGRADED, ModelStage.CREATED):
        stage = "before it greeted" if stage_of(reached) is ModelStage.UPGRADED else "in answer to its set-up"
        assert reached is not None
        return Found(f"the model ended the session {stage} ({failed.it.code})", (reached.n, failed.n))
    return None


def _never_ready(story: Story) -> Found | None:
    for fired in story.events(TimerFired):
        opened = [each for each in story.orders(OpenModel) if each.n < fired.n]
        if fired.it.timer is not Timer.MODEL or not opened:
            continue
        reached = reached_by(story, opened[-1].it.session, fired.n)
        if stage_of(reached) is not ModelStage.READY:
            waited = fired.it.at - story.at(opened[-1].n)
            what = f"the model was not ready after {waited:.0f} s: {_LAST_STAGE[stage_of(reached)]}"
            return Found(what, tuple(each for each in (opened[-1].n, reached.n if reached else 0, fired.n) if each))
    return None


def _opened_late(story: Story) -> Found | None:
    opened, start = first(story.orders(OpenModel)), first(story.starts)
    if opened is None or start is None or opened.n < start.n:
        return None
    ready = first(story.events(ModelReached), lambda each: each.it.stage is ModelStage.READY)
    waited = f": {story.at(ready.n) - story.at(start.n):.1f} s of silence" if ready else ""
    return Found(f"the model was only opened when the stream had started{waited}", (start.n, opened.n))


_KEY = "Check the model's key, its project and its model with voicecall doctor."
_SERVICE = "Look at the model's status page, and at the loop lag of the call: a loop that stands still misses pings."

RULES = (
    Rule("model-turned-away", ("21",), 85, "a session was refused before it was opened", _KEY, _turned_away),
    Rule(
        "model-unreachable",
        ("M27", "S6"),
        65,
        "no way to the model, or no answer to the handshake",
        _SERVICE,
        _unreachable,
    ),
    Rule(
        "set-up-refused",
        ("23", "M18", "M30", "M35"),
        85,
        "a session ended after the socket was open and before it was ready",
        "Look for what its set-up asks for and this model does not take: its name, a voice, a field of the beta.",
        _set_up_refused,
    ),
    Rule("model-never-ready", ("22", "M27", "S5"), 83, "no session was ready in its time", _SERVICE, _never_ready),
    Rule(
        "model-opened-late",
        ("49", "M28"),
        20,
        "the model was opened after the stream had started",
        "Open the model while the phone rings.",
        _opened_late,
    ),
)
