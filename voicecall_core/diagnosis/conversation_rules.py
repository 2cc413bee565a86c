"""Rules about turns and interruptions: who answered whom, what was cleared, what the model was told to forget."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from voicecall_core.diagnosis.evidence import Sure
from voicecall_core.diagnosis.evidence_index import At, EvidenceIndex, after, first
from voicecall_core.diagnosis.findings import Match, Rule
from voicecall_core.words.events import (
    AudioSent,
    Event,
    Heard,
    MarkReturned,
    ModelErred,
    ModelFailed,
    ResponseBegan,
    ResponseEnded,
    SpeechStarted,
    TimerFired,
    ToolCalled,
    TurnCommitted,
)
from voicecall_core.words.orders import (
    AnswerTool,
    AskGreeting,
    AskResponse,
    CancelResponse,
    ClearAudio,
    DeleteItem,
    HoldTurns,
    OpenModel,
    RestoreTurns,
    RunTool,
    TellTool,
    TruncateItem,
)
from voicecall_core.words.values import TRANSCRIPTION_FAILED, ItemPlay, Timer

_STORM = 3


def held_at(story: EvidenceIndex, n: int) -> bool:
    """Whether the model's own turn-taking was held in step `n`; a record that does not tell says no."""
    said = [(each.n, each.it.held) for each in story.orders(OpenModel)]
    said += [(each.n, True) for each in story.orders(HoldTurns)]
    said += [(each.n, False) for each in story.orders(RestoreTurns)]
    before = sorted(each for each in said if each[0] <= n)
    return before[-1][1] if before else False


def _playing(event: Event) -> dict[str, ItemPlay]:
    """The items that were under way when the callee spoke, as the event tells."""
    return {each.item: each for each in event.playing} if isinstance(event, SpeechStarted | TimerFired) else {}


def _unheeded(story: EvidenceIndex) -> Iterator[tuple[At[SpeechStarted], At[TurnCommitted]]]:
    """Turns of the callee during which the agent was speaking, turns were the model's, and nothing was cleared."""
    for speech in story.events(SpeechStarted):
        turn = after(story.events(TurnCommitted), speech.n)
        if turn is None or held_at(story, speech.n) or not any(each.sent_ms for each in speech.it.playing):
            continue
        if not any(speech.n <= each.n <= turn.n for each in story.orders(ClearAudio)):
            yield speech, turn


def _done_before(story: EvidenceIndex, speech: At[SpeechStarted]) -> bool:
    """Whether the model had ended every response that was playing: all its audio was at the carrier."""
    ended = {each.it.response for each in story.events(ResponseEnded) if each.n < speech.n}
    return all(each.response in ended for each in speech.it.playing)


def _no_clear(story: EvidenceIndex) -> Match | None:
    for speech, turn in _unheeded(story):
        if not _done_before(story, speech):
            return Match("the callee spoke, and the agent talked on: nothing was cleared", (speech.n, turn.n))
    return None


def _no_clear_after_done(story: EvidenceIndex) -> Match | None:
    for speech, turn in _unheeded(story):
        if _done_before(story, speech):
            what = "the callee spoke when the model was done and its audio was still playing: nothing was cleared"
            return Match(what, (speech.n, turn.n))
    return None


def _storm(story: EvidenceIndex) -> Match | None:
    run: list[int] = []
    marks = [each.n for each in story.events(MarkReturned)]
    for clear in story.orders(ClearAudio):
        if run and any(run[-1] < n <= clear.n for n in marks):
            run.clear()
        run.append(clear.n)
        if len(run) >= _STORM:
            what = (
                f"the agent was silenced {_STORM} times in a row without finishing a sentence: noise passes for speech"
            )
            return Match(what, tuple(run), Sure.LIKELY)
    return None


def _too_far(story: EvidenceIndex) -> Match | None:
    for order in story.orders(TruncateItem):
        item = _playing(order.why).get(order.it.item)
        if item is not None and order.it.audio_end_ms > min(item.sent_ms, item.generated_ms):
            most = min(item.sent_ms, item.generated_ms)
            what = f"the model was told that {order.it.audio_end_ms} ms were heard, when {most} ms had been sent"
            return Match(what, (order.n,))
    return None


def _at_zero(story: EvidenceIndex) -> Match | None:
    order = first(story.orders(TruncateItem), lambda each: each.it.audio_end_ms <= 0)
    if order is None:
        return None
    return Match("an item was to be truncated at 0 ms, which the model refuses: it believes it was heard", (order.n,))


def _wrong_item(story: EvidenceIndex) -> Match | None:
    for order in story.orders(TruncateItem):
        playing = _playing(order.why)
        if playing and order.it.item not in playing:
            return Match("an item was truncated that was not playing: an earlier reply was cut in memory", (order.n,))
    return None


def _not_truncated(story: EvidenceIndex) -> Match | None:
    told = {each.n for each in story.orders(TruncateItem)} | {each.n for each in story.orders(DeleteItem)}
    for clear in story.orders(ClearAudio):
        cut = [each for each in _playing(clear.why).values() if each.sent_ms and each.acked_ms < each.generated_ms]
        whole = all(_stream_ms(clear.why) - each.acked_at_ms >= each.generated_ms for each in cut)
        if cut and not whole and clear.n not in told:
            what = "the agent was cut short, and the model was not told: it believes it said everything"
            return Match(what, (clear.n,))
    return None


def _stream_ms(event: Event) -> int:
    """The stream's clock when the callee spoke."""
    return event.stream_ms if isinstance(event, SpeechStarted | TimerFired) else 0


def _stale_answer(story: EvidenceIndex) -> Match | None:
    for began in story.events(ResponseBegan):
        if began.it.ref:
            continue
        speech = after(story.events(SpeechStarted), began.n)
        turn = after(story.events(TurnCommitted), speech.n) if speech else None
        sounds = [each for each in story.events(AudioSent) if each.it.response == began.it.response]
        if speech is None or turn is None or not sounds or held_at(story, speech.n):
            continue
        if sounds[0].n > turn.n:
            what = "the agent answered what the callee had said before, after he had gone on speaking"
            return Match(what, (began.n, speech.n, turn.n, sounds[0].n))
    return None


_CLEAR = "Send `clear` whenever anything may still be playing, also when the model is done."
_TELL = "Claim what was acknowledged, at most what was sent; delete what was not heard at all."

PLAYBACK_RULES = (
    Rule("no-clear", ("37", "M7"), 38, "the callee spoke, nothing was cleared", _CLEAR, _no_clear),
    Rule(
        "no-clear-after-done",
        ("M8",),
        37,
        "the same, when the model was done",
        _CLEAR,
        _no_clear_after_done,
    ),
    Rule(
        "clear-storm",
        ("36",),
        35,
        "three clears without a mark between them",
        "Raise the threshold of the model's turn detection, and have its noise reduction on.",
        _storm,
    ),
    Rule("truncated-too-far", ("38", "M3", "M4"), 34, "more was claimed than was sent", _TELL, _too_far),
    Rule("truncated-at-zero", ("M5",), 34, "a truncation at 0 ms", _TELL, _at_zero),
    Rule("truncated-wrong-item", ("M9",), 34, "a truncation of what was not playing", _TELL, _wrong_item),
    Rule("not-truncated", ("M6",), 33, "a clear without a truncation", _TELL, _not_truncated),
    Rule(
        "stale-answer",
        ("43",),
        31,
        "a reply began to sound after the callee's next turn",
        "Mute a response when the callee speaks, however late its audio comes.",
        _stale_answer,
    ),
)


def _unanswered(story: EvidenceIndex) -> Match | None:
    turns = story.events(TurnCommitted)
    for turn, following in pairwise(turns):
        between = range(turn.n, following.n)
        began = [each.n for each in story.events(ResponseBegan)] + [each.n for each in story.events(ModelFailed)]
        asked = [each.n for each in story.orders(AskResponse)]
        speech = after(story.events(SpeechStarted), turn.n)
        if held_at(story, turn.n) or speech is None or story.ending < following.n or story.live_at(turn.n) is None:
            continue
        if not any(n in between for n in (*began, *asked)):
            return Match("the callee said something and got no answer", (turn.n, following.n))
    return _asked_for(story)


def _asked_for(story: EvidenceIndex) -> Match | None:
    """The model's own turn-taking was on, and only when it was asked did it answer a turn."""
    for turn in story.events(TurnCommitted):
        ask = after(story.orders(AskResponse), turn.n)
        if ask is None or held_at(story, turn.n) or not _is_patience(ask.why) or story.live_at(turn.n) is None:
            continue
        between = (each.n for kind in (ResponseBegan, ModelFailed, TurnCommitted) for each in story.events(kind))
        if not any(turn.n < n < ask.n for n in between):
            return Match("the model did not answer the callee by itself, and was asked to", (turn.n, ask.n))
    return None


def _is_patience(event: Event) -> bool:
    return isinstance(event, TimerFired) and event.timer is Timer.PATIENCE


def _no_words(story: EvidenceIndex) -> Match | None:
    turns = story.events(TurnCommitted)
    if len(turns) < 2 or story.events(Heard):
        return None
    failed = next((each for each in story.events(ModelErred) if each.it.code == TRANSCRIPTION_FAILED), None)
    if failed is not None:
        why = f": {failed.it.reason}" if failed.it.reason else ""
        what = f"the callee's turns were heard, and their words could not be written down{why}"
        return Match(what, (*(each.n for each in turns), failed.n), Sure.CERTAIN)
    what = "the callee's turns were heard, and no words of them came: transcription is off, or does not work"
    return Match(what, tuple(each.n for each in turns), Sure.POSSIBLE)


def _out_of_order(story: EvidenceIndex) -> Match | None:
    place = {each.it.item: each.n for each in story.events(TurnCommitted)}
    words = [each for each in story.events(Heard) if each.it.final and each.it.item in place]
    for one, other in pairwise(words):
        if place[one.it.item] > place[other.it.item]:
            return Match("the words of two turns came in the other order than the turns", (one.n, other.n))
    return None


def _asks(story: EvidenceIndex) -> list[At[AskGreeting] | At[AskResponse]]:
    """Every response that was asked for."""
    asks: list[At[AskGreeting] | At[AskResponse]] = [*story.orders(AskGreeting), *story.orders(AskResponse)]
    return sorted(asks, key=lambda each: each.n)


def _cancelled(story: EvidenceIndex, n: int) -> list[At[CancelResponse]]:
    """What was cancelled before step `n`, or with it: the model is told in the order of our orders."""
    return [each for each in story.orders(CancelResponse) if each.n <= n]


def _two_responses(story: EvidenceIndex) -> Match | None:
    for ask in _asks(story):
        ended = {each.it.response: each.n for each in story.events(ResponseEnded)}
        ended |= {
            each.it.response: min(each.n, ended.get(each.it.response, each.n)) for each in _cancelled(story, ask.n)
        }
        for began in story.events(ResponseBegan):
            same = began.it.session == ask.it.session
            if same and began.n < ask.n < ended.get(began.it.response, len(story.steps) + 1):
                if not any(each.n > began.n and each.n <= ask.n for each in story.events(ModelFailed)):
                    what = "a response was asked for while one was running: the model refuses the second"
                    return Match(what, (began.n, ask.n))
    return None


def _refused_request(story: EvidenceIndex) -> Match | None:
    """A refused request is told by an error alone: no response of that name begins or ends."""
    for error in story.events(ModelErred):
        asks = [each for each in _asks(story) if each.it.ref == error.it.ref]
        if not error.it.ref or not asks or any(each.it.ref == error.it.ref for each in story.events(ResponseBegan)):
            continue
        if after(_asks(story), error.n - 1) is None and error.n < story.ending:
            what = f"the model refused a response ({error.it.code}), and it was not asked for again: silence"
            return Match(what, (asks[0].n, error.n))
    return None


def _tool_unanswered(story: EvidenceIndex) -> Match | None:
    answered = {each.it.tool_call for each in story.orders(AnswerTool)}
    answered |= {each.it.tool_call for each in story.orders(TellTool)}
    running = {each.it.tool_call for each in story.orders(RunTool)}  # and ended with the call, if there is no answer
    for tool in story.events(ToolCalled):
        if tool.it.tool_call not in answered | running and tool.n < story.ending and story.tells_orders:
            return Match(f"the tool {tool.it.name} was called and never answered: the model waits for ever", (tool.n,))
    return None


TURN_RULES = (
    Rule(
        "unanswered-turn",
        ("52",),
        49,
        "a turn was committed, and no response began before the next, or before we asked for one",
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
