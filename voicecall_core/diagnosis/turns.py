"""Rules about turns: who answered whom, with which words. Knows nothing of playback."""

from __future__ import annotations

from itertools import pairwise

from voicecall_core.diagnosis.evidence import Sure
from voicecall_core.diagnosis.finding import Found, Rule
from voicecall_core.diagnosis.playback import held_at
from voicecall_core.diagnosis.story import At, Story, after
from voicecall_core.words.events import (
    Heard,
    ModelErred,
    ModelFailed,
    ResponseBegan,
    ResponseEnded,
    SpeechStarted,
    ToolCalled,
    TurnCommitted,
)
from voicecall_core.words.orders import AnswerTool, AskGreeting, AskResponse


def _unanswered(story: Story) -> Found | None:
    turns = story.events(TurnCommitted)
    for turn, following in pairwise(turns):
        between = range(turn.n, following.n)
        began = [each.n for each in story.events(ResponseBegan)] + [each.n for each in story.events(ModelFailed)]
        asked = [each.n for each in story.orders(AskResponse)]
        speech = after(story.events(SpeechStarted), turn.n)
        if held_at(story, turn.n) or speech is None or story.ending < following.n or story.live_at(turn.n) is None:
            continue
        if not any(n in between for n in (*began, *asked)):
            return Found("the callee said something and got no answer", (turn.n, following.n))
    return None


def _no_words(story: Story) -> Found | None:
    turns = story.events(TurnCommitted)
    if len(turns) < 2 or story.events(Heard):
        return None
    what = "the callee's turns were heard, and no words of them came: transcription is off, or does not work"
    return Found(what, tuple(each.n for each in turns), Sure.POSSIBLE)


def _out_of_order(story: Story) -> Found | None:
    place = {each.it.item: each.n for each in story.events(TurnCommitted)}
    words = [each for each in story.events(Heard) if each.it.final and each.it.item in place]
    for one, other in pairwise(words):
        if place[one.it.item] > place[other.it.item]:
            return Found("the words of two turns came in the other order than the turns", (one.n, other.n))
    return None


def _asks(story: Story) -> list[At[AskGreeting] | At[AskResponse]]:
    """Every response that was asked for."""
    asks: list[At[AskGreeting] | At[AskResponse]] = [*story.orders(AskGreeting), *story.orders(AskResponse)]
    return sorted(asks, key=lambda each: each.n)


def _two_responses(story: Story) -> Found | None:
    for ask in _asks(story):
        ended = {each.it.response: each.n for each in story.events(ResponseEnded)}
        for began in story.events(ResponseBegan):
            same = began.it.session == ask.it.session
            if same and began.n < ask.n < ended.get(began.it.response, len(story.steps) + 1):
                if not any(each.n > began.n and each.n <= ask.n for each in story.events(ModelFailed)):
                    what = "a response was asked for while one was running: the model refuses the second"
                    return Found(what, (began.n, ask.n))
    return None


def _refused_request(story: Story) -> Found | None:
    """A refused request is told by an error alone: no response of that name begins or ends."""
    for error in story.events(ModelErred):
        asks = [each for each in _asks(story) if each.it.ref == error.it.ref]
        if not error.it.ref or not asks or any(each.it.ref == error.it.ref for each in story.events(ResponseBegan)):
            continue
        if after(_asks(story), error.n - 1) is None and error.n < story.ending:
            what = f"the model refused a response ({error.it.code}), and it was not asked for again: silence"
            return Found(what, (asks[0].n, error.n))
    return None


def _tool_unanswered(story: Story) -> Found | None:
    answered = {each.it.tool_call for each in story.orders(AnswerTool)}
    for tool in story.events(ToolCalled):
        if tool.it.tool_call not in answered and tool.n < story.ending and story.tells_orders:
            return Found(f"the tool {tool.it.name} was called and never answered: the model waits for ever", (tool.n,))
    return None


RULES = (
    Rule(
        "unanswered-turn",
        ("52",),
        49,
        "a turn was committed, and no response began before the next",
        "Look at the model's status page; ask for a response when none begins.",
        _unanswered,
    ),
    Rule(
        "no-transcript",
        ("50",),
        12,
        "turns without words",
        "Name a transcription model that works with turn detection, as the usual one does.",
        _no_words,
    ),
    Rule(
        "transcript-out-of-order",
        ("51",),
        5,
        "words in another order than their turns",
        "Sort words by their item's place in the conversation, not by their arrival.",
        _out_of_order,
    ),
    Rule(
        "two-responses",
        ("M1",),
        36,
        "a response was asked for while one ran",
        "Ask for the next response when response.done has come.",
        _two_responses,
    ),
    Rule(
        "request-refused",
        ("M2",),
        51,
        "a refused request was not repeated",
        "Match an error's event_id with your request: nothing else will tell of it.",
        _refused_request,
    ),
    Rule(
        "tool-unanswered",
        ("63", "M32"),
        53,
        "a tool was called and got no answer",
        "Always answer a tool call, with an error if need be.",
        _tool_unanswered,
    ),
)
