"""Rules about the first and the last words: the greeting, the farewell, a spoken message."""

from __future__ import annotations

from itertools import pairwise

from voicecall_core.diagnosis.evidence import Sure
from voicecall_core.diagnosis.evidence_index import At, EvidenceIndex, after, first
from voicecall_core.diagnosis.findings import Match, Rule
from voicecall_core.words.events import (
    AudioBegan,
    AudioSent,
    HangUpAsked,
    MarkReturned,
    ModelReached,
    ResponseBegan,
    SpeechStarted,
    TimerFired,
    ToolCalled,
    TunnelLost,
    TurnCommitted,
)
from voicecall_core.words.orders import (
    AnswerFetch,
    AskGreeting,
    AskResponse,
    ClearAudio,
    DocumentKind,
    HangUp,
    OpenAudio,
    PlayClip,
    PlayGreeting,
)
from voicecall_core.words.terms import Kind
from voicecall_core.words.values import ModelStage, Timer

_ECHO_S = 0.2  # nobody answers so soon; the agent's own voice comes back so soon
_IGNORED_S = 2.0  # a response that is to come has begun by then
_TIMES = 2  # an echo that happens again is hardly chance


def _first_turn(story: EvidenceIndex) -> int:
    turn = first(story.events(TurnCommitted))
    return turn.n if turn else len(story.steps) + 1


def _greeted_twice(story: EvidenceIndex) -> Match | None:
    asks = story.orders(AskGreeting)
    for one, other in pairwise(asks):
        if one.it.session == other.it.session:
            return Match("the greeting was asked for twice in one session", (one.n, other.n))
    unnamed = [each for each in story.events(ResponseBegan) if not each.it.ref and each.n < _first_turn(story)]
    if not any(each.it.ref for each in story.events(ResponseBegan)):
        unnamed = unnamed[1:]  # a model that tells no names: the first one is the greeting that was asked for
    by_itself = first(unnamed)
    greeting = first(asks, lambda each: by_itself is not None and each.it.session == by_itself.it.session)
    if by_itself is None or greeting is None:
        return None
    what = "the model began a response of its own before the callee had said anything, beside the greeting asked of it"
    return Match(what, tuple(sorted((greeting.n, by_itself.n))))


def _before_answer(story: EvidenceIndex) -> Match | None:
    sounds = [each.n for each in story.events(AudioSent)]
    for kind in (OpenAudio, PlayClip, PlayGreeting):
        sounds += [each.n for each in story.orders(kind)]
    if not sounds or (story.answered and story.answered <= min(sounds)):
        return None
    return Match("the agent spoke before anybody had answered", (min(sounds),))


def _too_early(story: EvidenceIndex) -> Match | None:
    """Most models carry it out in its turn; of one that ignores it nothing comes, however long it is waited for."""
    ready = {each.it.session: each.n for each in story.events(ModelReached) if each.it.stage is ModelStage.READY}
    begun = {each.it.session for each in story.events(ResponseBegan)}
    for ask in story.orders(AskGreeting):
        n = ready.get(ask.it.session, 0)
        if n > ask.n and ask.it.session not in begun and story.at(len(story.steps)) - story.at(n) >= _IGNORED_S:
            what = "the greeting was asked for before the session's set-up was confirmed, and nothing came of it"
            return Match(what, (ask.n, n), Sure.LIKELY)
    return None


def _never_asked(story: EvidenceIndex) -> Match | None:
    start = first(story.starts)
    ready = first(story.events(ModelReached), lambda each: each.it.stage is ModelStage.READY)
    turn = _first_turn(story)
    if start is None or ready is None or turn > len(story.steps) or not story.tells_orders:
        return None
    asked = [each.n for kind in (AskGreeting, AskResponse, PlayGreeting) for each in story.orders(kind)]
    if any(n < turn for n in asked) or ready.n > turn or start.n > turn:
        return None
    return Match("the callee had to speak first: nobody asked the model for a greeting", (start.n, turn))


def _echo(story: EvidenceIndex) -> Match | None:
    cleared = {each.n for each in story.orders(ClearAudio)}
    pairs: list[tuple[At[AudioSent], At[SpeechStarted]]] = []
    for speech in story.events(SpeechStarted):
        sent = [each for each in story.events(AudioSent) if each.n < speech.n]
        if sent and speech.n in cleared and speech.it.at - sent[-1].it.at <= _ECHO_S:
            pairs.append((sent[-1], speech))
    if not pairs:
        return None
    sure = Sure.LIKELY if len(pairs) >= _TIMES else Sure.POSSIBLE
    what = "the agent fell silent within 0.2 s of beginning to speak: it may have heard itself"
    return Match(what, tuple(each.n for pair in pairs for each in pair), sure)


def _farewell_cut(story: EvidenceIndex) -> Match | None:
    for tool in story.events(ToolCalled):
        hang_up = after(story.orders(HangUp), tool.n - 1)
        if tool.it.name != "end_call" or hang_up is None or isinstance(hang_up.why, HangUpAsked):
            continue
        if isinstance(hang_up.why, TimerFired) and hang_up.why.timer is not Timer.UPDATE_RETRY:
            continue  # a named bound has passed
        said = [each for each in story.events(AudioBegan) if each.it.response == tool.it.response]
        heard = {each.it.item for each in story.events(MarkReturned) if each.n <= hang_up.n}
        unheard = next((each for each in said if each.it.item not in heard), None)
        if unheard is not None and not (story.terminal and story.terminal < hang_up.n):
            if story.live_at(hang_up.n) is not None:
                return Match("the agent hung up before its farewell had played", (tool.n, unheard.n, hang_up.n))
    return None


def _message_cut(story: EvidenceIndex) -> Match | None:
    said = first(story.orders(AnswerFetch), lambda each: each.it.document.kind is DocumentKind.SAY)
    if story.terms.kind is not Kind.SAY or said is None:
        return None
    cut = first(story.orders(HangUp), lambda each: each.n > said.n and (not story.terminal or each.n < story.terminal))
    if cut is None or isinstance(cut.why, HangUpAsked | TunnelLost):
        return None
    return Match("the call was hung up while its message was being spoken", (said.n, cut.n), Sure.LIKELY)


UTTERANCE_RULES = (
    Rule(
        "greeted-twice",
        ("33", "M10"),
        47,
        "two responses began before the callee had spoken",
        "Switch off the model's own responses until the greeting has played.",
        _greeted_twice,
    ),
    Rule(
        "greeted-before-answer",
        ("M11",),
        68,
        "the agent's audio left before any proof of an answer",
        "Hold the agent's audio until the stream has started.",
        _before_answer,
    ),
    Rule(
        "greeting-too-early",
        ("M12",),
        32,
        "the greeting was asked for before the session was ready, and nothing came of it",
        "Ask for it when session.updated has come.",
        _too_early,
    ),
    Rule(
        "greeting-never-asked",
        ("34",),
        52,
        "the first turn was the callee's, and no greeting had been asked for",
        "Ask for the greeting when the session is ready.",
        _never_asked,
    ),
    Rule(
        "echo",
        ("35", "M14"),
        30,
        "the agent was silenced within 0.2 s of its own first sound",
        "Hold turns while the agent greets, and have the model's noise reduction on.",
        _echo,
    ),
    Rule(
        "farewell-cut",
        ("41", "M33", "S9"),
        59,
        "a hang-up left before the farewell's mark was back",
        "Wait for the mark of the last words, or for a named time.",
        _farewell_cut,
    ),
    Rule(
        "message-cut",
        ("42",),
        56,
        "a call that says a message was hung up before its end",
        "Let the document hang up, behind its message.",
        _message_cut,
    ),
)
