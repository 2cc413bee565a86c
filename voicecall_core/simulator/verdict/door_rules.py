"""How callbacks were accepted, and how media streams were accepted and spoken to."""

from __future__ import annotations

from collections.abc import Iterator

from voicecall_core.simulator.carrier.effects import What
from voicecall_core.simulator.verdict.document_rules import LATE_MS
from voicecall_core.simulator.verdict.findings import LineFinding, Severity, finding
from voicecall_core.simulator.verdict.story import CallStory, seconds

MEDIA_CODES = {31931, 31950, 31951}
_SPOKEN_MS = 1_000  # a stream in which less was heard did not speak


def callbacks(story: CallStory) -> Iterator[LineFinding]:
    """How the callbacks were answered."""
    for hook in story.webhooks:
        if hook.of_document or hook.took_ms is None:
            continue
        at, called = hook.at_ms + hook.took_ms, f"The callback {hook.about} ({hook.request})"
        if not hook.code:
            text = f"{called} got no answer: after {seconds(hook.took_ms)} the carrier gave up."
            yield finding("callback-refused", Severity.WARNING, at, text, hook.request)
        elif not 200 <= hook.code < 300:
            text = f"{called} was answered with status {hook.code}: the carrier counts it as not accepted (15003)."
            yield finding("callback-refused", Severity.WARNING, at, text, hook.request)
        elif hook.took_ms > LATE_MS:
            text = f"{called} was answered only after {seconds(hook.took_ms)}."
            yield finding("callback-late", Severity.NOTE, at, text, hook.request)


def streams(story: CallStory) -> Iterator[LineFinding]:
    """How the media streams were accepted, and what was sent on them."""
    for effect in story.of(What.STREAM_FAILED):
        if effect.source == "query":
            text = (
                "The stream's URL has a query, where tokens are often put: the carrier opens no such stream (31920), "
                "and addresses end up in logs. A token belongs into a <Parameter>."
            )
            yield finding("query-in-stream-url", Severity.BROKEN, effect.at_ms, text)
        elif effect.source != "plan":
            text = f"The media stream did not come about: {effect.detail}."
            yield finding("stream-refused", Severity.BROKEN, effect.at_ms, text)
    for effect in story.of(What.WARNING):
        if effect.code in MEDIA_CODES:
            text = f"On the media socket: {effect.detail} ({effect.code}, told once a stream)."
            yield finding("bad-media-message", Severity.WARNING, effect.at_ms, text)
    yield from _marks(story)


def _marks(story: CallStory) -> Iterator[LineFinding]:
    heard = story.of(What.HEARD)
    heard_ms = sum(len(effect.audio) for effect in heard) // 8
    if heard_ms >= _SPOKEN_MS and story.first(What.MARK_SET) is None:
        text = (
            f"{seconds(heard_ms)} of audio were played and no mark was asked for: the program cannot know what the "
            "callee has heard, nor when its farewell is over."
        )
        yield finding("marks-never-asked-for", Severity.NOTE, heard[-1].at_ms, text)
