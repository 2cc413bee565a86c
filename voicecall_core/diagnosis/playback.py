"""Rules about interruptions: what was cleared, and what the model was told to forget. Knows no documents."""

from __future__ import annotations

from collections.abc import Iterator

from voicecall_core.diagnosis.evidence import Sure
from voicecall_core.diagnosis.finding import Found, Rule
from voicecall_core.diagnosis.story import At, Story, after, first
from voicecall_core.words.events import (
    AudioSent,
    Event,
    ItemPlay,
    MarkReturned,
    ResponseBegan,
    ResponseEnded,
    SpeechStarted,
    TimerFired,
    TurnCommitted,
)
from voicecall_core.words.orders import ClearAudio, DeleteItem, HoldTurns, OpenModel, RestoreTurns, TruncateItem

_STORM = 3


def held_at(story: Story, n: int) -> bool:
    """Whether the model's own turn-taking was held in step `n`; a record that does not tell says no."""
    said = [(each.n, each.it.held) for each in story.orders(OpenModel)]
    said += [(each.n, True) for each in story.orders(HoldTurns)]
    said += [(each.n, False) for each in story.orders(RestoreTurns)]
    before = sorted(each for each in said if each[0] <= n)
    return before[-1][1] if before else False


def _playing(event: Event) -> dict[str, ItemPlay]:
    """The items that were under way when the callee spoke, as the event tells."""
    return {each.item: each for each in event.playing} if isinstance(event, SpeechStarted | TimerFired) else {}


def _unheeded(story: Story) -> Iterator[tuple[At[SpeechStarted], At[TurnCommitted]]]:
    """Turns of the callee during which the agent was speaking, turns were the model's, and nothing was cleared."""
    for speech in story.events(SpeechStarted):
        turn = after(story.events(TurnCommitted), speech.n)
        if turn is None or held_at(story, speech.n) or not any(each.sent_ms for each in speech.it.playing):
            continue
        if not any(speech.n <= each.n <= turn.n for each in story.orders(ClearAudio)):
            yield speech, turn


def _done_before(story: Story, speech: At[SpeechStarted]) -> bool:
    """Whether the model had ended every response that was playing: all its audio was at the carrier."""
    ended = {each.it.response for each in story.events(ResponseEnded) if each.n < speech.n}
    return all(each.response in ended for each in speech.it.playing)


def _no_clear(story: Story) -> Found | None:
    for speech, turn in _unheeded(story):
        if not _done_before(story, speech):
            return Found("the callee spoke, and the agent talked on: nothing was cleared", (speech.n, turn.n))
    return None


def _no_clear_after_done(story: Story) -> Found | None:
    for speech, turn in _unheeded(story):
        if _done_before(story, speech):
            what = "the callee spoke when the model was done and its audio was still playing: nothing was cleared"
            return Found(what, (speech.n, turn.n))
    return None


def _storm(story: Story) -> Found | None:
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
            return Found(what, tuple(run), Sure.LIKELY)
    return None


def _too_far(story: Story) -> Found | None:
    for order in story.orders(TruncateItem):
        item = _playing(order.why).get(order.it.item)
        if item is not None and order.it.audio_end_ms > min(item.sent_ms, item.generated_ms):
            most = min(item.sent_ms, item.generated_ms)
            what = f"the model was told that {order.it.audio_end_ms} ms were heard, when {most} ms had been sent"
            return Found(what, (order.n,))
    return None


def _at_zero(story: Story) -> Found | None:
    order = first(story.orders(TruncateItem), lambda each: each.it.audio_end_ms <= 0)
    if order is None:
        return None
    return Found("an item was to be truncated at 0 ms, which the model refuses: it believes it was heard", (order.n,))


def _wrong_item(story: Story) -> Found | None:
    for order in story.orders(TruncateItem):
        playing = _playing(order.why)
        if playing and order.it.item not in playing:
            return Found("an item was truncated that was not playing: an earlier reply was cut in memory", (order.n,))
    return None


def _not_truncated(story: Story) -> Found | None:
    told = {each.n for each in story.orders(TruncateItem)} | {each.n for each in story.orders(DeleteItem)}
    for clear in story.orders(ClearAudio):
        cut = [each for each in _playing(clear.why).values() if each.sent_ms and each.acked_ms < each.generated_ms]
        whole = all(_stream_ms(clear.why) - each.acked_at_ms >= each.generated_ms for each in cut)
        if cut and not whole and clear.n not in told:
            what = "the agent was cut short, and the model was not told: it believes it said everything"
            return Found(what, (clear.n,))
    return None


def _stream_ms(event: Event) -> int:
    """The stream's clock when the callee spoke."""
    return event.stream_ms if isinstance(event, SpeechStarted | TimerFired) else 0


def _stale_answer(story: Story) -> Found | None:
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
            return Found(what, (began.n, speech.n, turn.n, sounds[0].n))
    return None


_CLEAR = "Send `clear` whenever anything may still be playing, also when the model is done."
_TELL = "Claim what was acknowledged, at most what was sent; delete what was not heard at all."

RULES = (
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
