"""Rules about documents: what a fetch was answered with. Knows no writes by REST and no audio."""

from __future__ import annotations

from voicecall_core.diagnosis.finding import Found, Rule
from voicecall_core.diagnosis.story import At, Story, first, met
from voicecall_core.words.events import (
    AudioSent,
    Fetched,
    TurnCommitted,
)
from voicecall_core.words.orders import AnswerFetch, Document, DocumentKind
from voicecall_core.words.terms import Kind

_GUARD = "Decide what a call is when it is minted, and give every fetch of it that document."


def _answers(story: Story) -> list[tuple[At[Fetched], Document]]:
    """Every fetch with the document that answered it."""
    fetches = {each.it.request: each for each in story.events(Fetched)}
    return [
        (fetches[each.it.request], each.it.document)
        for each in story.orders(AnswerFetch)
        if each.it.request in fetches and each.n == fetches[each.it.request].n
    ]


def _spoken_answer(story: Story) -> At[Fetched] | None:
    """The first fetch of a stream call, if it was answered with a spoken document."""
    answers = _answers(story)
    if story.terms.kind is not Kind.STREAM or not answers or answers[0][1].kind is not DocumentKind.SAY:
        return None
    return answers[0][0]


def _say_instead(story: Story) -> Found | None:
    fetch = _spoken_answer(story)
    if fetch is None or story.starts:
        return None
    return Found("the call's first fetch was answered with a spoken document: no stream was ever opened", (fetch.n,))


def _greeting_spent(story: Story) -> Found | None:
    fetch = _spoken_answer(story)
    if fetch is None or not story.starts:
        return None
    start = story.starts[0]
    turn = first(story.events(TurnCommitted), lambda each: each.n > start.n)
    until = turn.n if turn else len(story.steps) + 1
    if any(start.n < each.n < until for each in story.events(AudioSent)):
        return None
    what = "the carrier spoke the greeting, and the stream that began afterwards had nothing left to say"
    return Found(what, met(fetch.n, start.n, turn.n if turn else 0))


def _empty_answer(story: Story) -> Found | None:
    if story.terms.kind is not Kind.STREAM:
        return None
    for fetch, document in _answers(story)[:1]:
        if document.kind is DocumentKind.HANGUP and fetch.n < story.ending:
            what = (
                "the call's first fetch was answered with a document that says and opens nothing: the carrier hung up"
            )
            return Found(what, (fetch.n,))
    return None


def _stream_for_say(story: Story) -> Found | None:
    if story.terms.kind is not Kind.SAY:
        return None
    for fetch, document in _answers(story):
        if document.kind is DocumentKind.STREAM:
            return Found("a call that was only to say a message was given a stream", (fetch.n,))
    return None


def _two_documents(story: Story) -> Found | None:
    served: dict[int, tuple[At[Fetched], Document]] = {}
    for fetch, document in _answers(story):
        before = served.setdefault(fetch.it.generation, (fetch, document))
        streams = DocumentKind.STREAM is before[1].kind is document.kind
        if streams and before[1] != document and fetch.n < story.ending:
            what = "the same document was fetched twice and answered with two different streams: each kills the other"
            return Found(what, (before[0].n, fetch.n))
    return None


RULES = (
    Rule(
        "say-instead-of-stream",
        ("3",),
        94,
        "the first fetch of a stream call was answered with a spoken document",
        "Decide what a call's document is when the call is minted, not by what the fetch says of it (Direction).",
        _say_instead,
    ),
    Rule(
        "greeting-spent",
        ("4",),
        93,
        "the greeting was spoken by the carrier, the stream then had nothing to say",
        "Let one speaker have the greeting: the model, through the stream.",
        _greeting_spent,
    ),
    Rule(
        "empty-document",
        ("53",),
        93,
        "the first fetch was answered with an empty document",
        "Answer every fetch of a call that is not ending with its stream.",
        _empty_answer,
    ),
    Rule("stream-for-say", ("7",), 92, "a call that only says a message got a stream", _GUARD, _stream_for_say),
    Rule(
        "two-documents",
        ("27", "30"),
        91,
        "one fetch, repeated, was answered with two different streams",
        "Answer a repeated fetch with the same bytes and the same token.",
        _two_documents,
    ),
)
