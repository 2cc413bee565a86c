"""What the callee heard and did not hear: silence, greeting, talking over him, farewell."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from voicecall_core.simulator.carrier.effects import Effect, What
from voicecall_core.simulator.carrier.prompts import MS_A_CHARACTER
from voicecall_core.simulator.carrier.silence import BREATH_MS, Silence
from voicecall_core.simulator.verdict.findings import LineFinding, Severity, finding
from voicecall_core.simulator.verdict.story import CallStory, seconds
from voicecall_core.simulator.voices import clip

NOTHING_MS = 5_000  # so long on the line without a sound
SILENCE_MS = 4_500  # four seconds of patience, and half a second in which the answer may already have begun
LONG_SILENCE_MS = 10_000  # most people have hung up by then
TALKED_OVER_MS = 1_500
LEFT_MS = 200  # less that was not played is the tail of a word
NEVER_HUNG_UP_MS = 15_000


def silences(story: CallStory) -> Iterator[LineFinding]:
    """Nothing heard at all, or waited for too long."""
    answered, ended = story.first(What.ANSWERED), story.first(What.ENDED)
    if answered is None or ended is None:
        return
    if not _heard_anything(story):
        began = _could_speak(story)
        if began is not None and ended.at_ms - began >= NOTHING_MS:
            text = f"The callee was on the line for {seconds(ended.at_ms - began)} and heard nothing at all."
            yield finding("nothing-heard", Severity.BROKEN, began, text)
        return
    for silence in story.hearing.silences:
        yield from _silence(story, silence, ended)


def _heard_anything(story: CallStory) -> bool:
    return bool(story.hearing.sounds) or story.first(What.SAY_BEGAN) is not None or story.first(What.PLAYED) is not None


def _could_speak(story: CallStory) -> int | None:
    """From when on the program could be heard: its stream's start, or a document of its own that runs."""
    for effect in story.effects:
        streams = effect.what is What.RAN and "Connect/Stream" in effect.detail
        if effect.what is What.STREAM_STARTED or (effect.what is What.RAN and not streams):
            return effect.at_ms
    return None


def _gives_up_at(story: CallStory) -> int:
    """When the program first asked for the end of the call: a carrier that is slow then is not its fault."""
    asked = [effect for effect in story.of(What.REST) if effect.source.startswith("Status")]
    return min((effect.at_ms - effect.took_ms for effect in asked), default=1 << 60)


def _without_stream_ms(story: CallStory, silence: Silence) -> int:
    """How much of a silence the carrier itself had taken the stream away, or stood still: nobody could be heard."""
    from_ms, to_ms, lost, total = silence.from_ms, silence.from_ms + silence.ms, -1, 0
    for effect in story.of(What.STREAM_ENDED, What.STREAM_STARTED, What.STALLED):
        if effect.what is What.STREAM_STARTED and lost >= 0:
            total += max(0, min(effect.at_ms, to_ms) - max(lost, from_ms))
            lost = -1
        elif effect.what is What.STALLED or effect.detail in ("dropped", "stopped"):
            lost = effect.at_ms if lost < 0 else lost
    return total + (max(0, to_ms - max(lost, from_ms)) if lost >= 0 else 0)


def _silence(story: CallStory, silence: Silence, ended: Effect) -> Iterator[LineFinding]:
    judged = min(silence.ms, _gives_up_at(story) - silence.from_ms) - _without_stream_ms(story, silence)
    silence = replace(silence, ms=judged)
    over = silence.from_ms + silence.ms
    if silence.after == "agent":
        last, by = over >= ended.at_ms - BREATH_MS, {effect.detail for effect in story.of(What.HUNG_UP)}
        if last and by == {"callee"} and silence.ms > NEVER_HUNG_UP_MS:
            text = f"After the last word nobody spoke for {seconds(silence.ms)}, until the callee hung up."
            yield finding("never-hung-up", Severity.WARNING, silence.from_ms, text)
        return
    if silence.ms <= SILENCE_MS:
        return
    if silence.after == "turn":
        if not any(abs(end - silence.from_ms) <= BREATH_MS for _, end in story.words):
            return  # a noise or a tone is nothing to be answered
        text = f"The callee had spoken and heard nothing for {seconds(silence.ms)}."
    else:
        text = f"The first sound was heard {seconds(silence.ms)} after the media stream's start."
    grave = Severity.BROKEN if silence.ms > LONG_SILENCE_MS else Severity.WARNING
    yield finding("silence", grave, silence.from_ms, text)


def greeting(story: CallStory) -> Iterator[LineFinding]:
    """The first sentence: said twice, or not to its end."""
    yield from _twice(story)
    first_words = min((end for _, end in story.words), default=1 << 60)
    for effect in story.of(What.STREAM_ENDED):
        speaking = any(began <= effect.at_ms <= end + BREATH_MS for began, end in story.words)
        program = effect.detail in ("update", "server-closed")
        if program and effect.code >= LEFT_MS and effect.at_ms < first_words and not speaking:
            how = "an update by REST" if effect.detail == "update" else "the program, which closed its socket"
            text = f"The first sentence was cut off by {how}: {seconds(effect.code)} of it had not been heard."
            yield finding("greeting-cut-off", Severity.BROKEN, effect.at_ms, text)


def _twice(story: CallStory) -> Iterator[LineFinding]:
    """By the words of the carrier's voice and of the model's answers that were heard, and the sound of known clips."""
    until = min((began for began, _ in story.words), default=1 << 60)
    spoken = [
        (one.began_ms, _plain(clip(one.clip).text), one.ended_ms)
        for one in story.hearing.spoken
        if one.whole and one.clip == "greeting"
    ]
    said = [
        (effect.at_ms, _plain(effect.pii_text), effect.at_ms + len(effect.pii_text) * MS_A_CHARACTER)
        for effect in story.of(What.SAY_BEGAN)
        if effect.source not in ("trial", "")
    ]
    heard = sorted([*spoken, *said, *_of_model(story, until)])
    seen: dict[str, int] = {}
    for at, words, _ in heard:
        if at < until and words in seen:
            text = (
                f"The greeting was heard twice, {seconds(at - seen[words])} apart, before the callee had said a word."
            )
            yield finding("greeting-twice", Severity.BROKEN, at, text)
            return
        if words:
            seen[words] = at


def _plain(text: str) -> str:
    return " ".join("".join(letter if letter.isalnum() else " " for letter in text.lower()).split())


def _of_model(story: CallStory, until: int) -> Iterator[tuple[int, str, int]]:
    """What the model said before the callee's first word, if all of it can have been heard by then.

    Only where no clip was known by its sound: a program may change the coding on the way.
    """
    if story.hearing.spoken:
        return
    began = {entry.detail["id"]: entry.at_ms for entry in story.model if entry.what == "sounded"}
    said: list[tuple[int, str, int]] = []
    for entry in story.model:
        if entry.what == "response-ended" and began.get(entry.detail["id"], until) < until:
            items = entry.detail["items"]
            text, ms = _plain(" ".join(item[2] for item in items)), sum(item[1] for item in items)
            said.append((began[entry.detail["id"]], text, ms))
    if story.played_ms(0, until) >= 0.9 * sum(ms for _, _, ms in said):
        yield from said


def talking_over(story: CallStory) -> Iterator[LineFinding]:
    """The callee spoke into the agent's words, and the agent went on."""
    for began, ended in story.words:
        sounding = next((span for span in story.hearing.sounds if span[0] < began < span[1]), None)
        if sounding is None:
            continue
        cleared = any(began <= effect.at_ms <= ended + BREATH_MS for effect in story.of(What.CLEARED))
        over = min(ended, sounding[1]) - began
        if over > TALKED_OVER_MS and not cleared:
            text = f"The callee began to speak, and the agent talked on for {seconds(over)} without a clear."
            yield finding("talked-over", Severity.WARNING, began, text)


def farewell(story: CallStory) -> Iterator[LineFinding]:
    """The program ended the call into its own words."""
    hung = next((effect for effect in story.of(What.HUNG_UP) if effect.detail in ("api", "document")), None)
    if hung is None or any(began <= hung.at_ms <= end + BREATH_MS for began, end in story.words):
        return
    ended = [effect for effect in story.of(What.STREAM_ENDED) if effect.detail in ("call-ended", "server-closed")]
    left = ended[-1].code if ended and hung.at_ms - ended[-1].at_ms < BREATH_MS else 0
    if ended and ended[-1].at_ms > hung.at_ms:
        left = ended[-1].code
    says = [effect for effect in story.of(What.SAY_BEGAN) if hung.detail == "api" and not left]
    if says:
        left = says[-1].at_ms + len(says[-1].pii_text) * MS_A_CHARACTER - hung.at_ms
    if left >= LEFT_MS:
        text = (
            f"The program ended the call while {seconds(left)} of its words had not been heard; whether that was meant "
            "cannot be seen from outside."
        )
        yield finding("farewell-cut-off", Severity.WARNING, hung.at_ms, text)
