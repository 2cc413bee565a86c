"""Rules about documents: what a fetch was answered with, who wrote over the stream's, and what became of it."""

from __future__ import annotations

from voicecall_core.diagnosis.evidence import Sure
from voicecall_core.diagnosis.evidence_index import At, EvidenceIndex, after, first, met
from voicecall_core.diagnosis.findings import Match, Rule
from voicecall_core.words.events import (
    AudioSent,
    DigitPressed,
    Fetched,
    MarkReturned,
    StatusReported,
    StreamStarted,
    TurnCommitted,
    UpdateAnswered,
    UpgradeAsked,
)
from voicecall_core.words.orders import AnswerFetch, AskGreeting, Document, DocumentKind, StartTimer, UpdateCall
from voicecall_core.words.terms import Kind
from voicecall_core.words.values import CallStatus, Refusal, RestAnswer, Timer

_GUARD = "Decide what a call is before it is placed, and give every fetch of it that document."


def _answers(story: EvidenceIndex) -> list[tuple[At[Fetched], Document]]:
    """Every fetch with the document that answered it."""
    fetches = {each.it.request: each for each in story.events(Fetched)}
    return [
        (fetches[each.it.request], each.it.document)
        for each in story.orders(AnswerFetch)
        if each.it.request in fetches and each.n == fetches[each.it.request].n
    ]


def _spoken_answer(story: EvidenceIndex) -> At[Fetched] | None:
    """The first fetch of a stream call, if it was answered with a spoken document."""
    answers = _answers(story)
    if story.terms.kind is not Kind.STREAM or not answers or answers[0][1].kind is not DocumentKind.SAY:
        return None
    return answers[0][0]


def _say_instead(story: EvidenceIndex) -> Match | None:
    fetch = _spoken_answer(story)
    if fetch is None or story.starts:
        return None
    return Match("the call's first fetch was answered with a spoken document: no stream was ever opened", (fetch.n,))


def _greeting_spent(story: EvidenceIndex) -> Match | None:
    fetch = _spoken_answer(story)
    if fetch is None or not story.starts:
        return None
    start = story.starts[0]
    turn = first(story.events(TurnCommitted), lambda each: each.n > start.n)
    until = turn.n if turn else len(story.steps) + 1
    if any(start.n < each.n < until for each in story.events(AudioSent)):
        return None
    what = "the carrier spoke the greeting, and the stream that began afterwards had nothing left to say"
    return Match(what, met(fetch.n, start.n, turn.n if turn else 0))


def _empty_answer(story: EvidenceIndex) -> Match | None:
    if story.terms.kind is not Kind.STREAM:
        return None
    for fetch, document in _answers(story)[:1]:
        if document.kind is DocumentKind.HANGUP and fetch.n < story.ending:
            what = (
                "the call's first fetch was answered with a document that says and opens nothing: the carrier hung up"
            )
            return Match(what, (fetch.n,))
    return None


def _stream_for_say(story: EvidenceIndex) -> Match | None:
    if story.terms.kind is not Kind.SAY:
        return None
    for fetch, document in _answers(story):
        if document.kind is DocumentKind.STREAM:
            return Match("a call that was only to say a message was given a stream", (fetch.n,))
    return None


def _two_documents(story: EvidenceIndex) -> Match | None:
    served: dict[int, tuple[At[Fetched], Document]] = {}
    for fetch, document in _answers(story):
        before = served.setdefault(fetch.it.generation, (fetch, document))
        streams = DocumentKind.STREAM is before[1].kind is document.kind
        if streams and before[1] != document and fetch.n < story.ending:
            what = "the same document was fetched twice and answered with two different streams: each kills the other"
            return Match(what, (before[0].n, fetch.n))
    return None


DOCUMENT_RULES = (
    Rule(
        "say-instead-of-stream",
        ("3",),
        94,
        "the first fetch of a stream call was answered with a spoken document",
        "Decide what a call's document is before the call is placed, not by what the fetch says of it (Direction).",
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

_SOON_S = 5.0  # from an answer to the end of a call that the race has killed: the carrier's voice speaks a sentence
_SERVED_WITHIN_S = 20.0  # the carrier gives a fetch 15 s to be answered, and asks a fallback URL then
_HARM_WITHIN_S = 10.0  # an overwrite ends the stream within a second or two; what lives longer was not overwritten

_GUARD_WRITES = "Let the guard decide about every write (--guard on); the greeting is spoken through the stream alone."


def _refused(story: EvidenceIndex, write: At[UpdateCall]) -> At[UpdateAnswered] | None:
    return first(
        story.events(UpdateAnswered),
        lambda each: each.n > write.n and each.it.number == write.it.number and each.it.answer is RestAnswer.REFUSED,
    )


def _early_write(story: EvidenceIndex) -> tuple[At[UpdateCall], At[StreamStarted] | None] | None:
    """The first write that was ordered before any stream had started, and the stream that it met."""
    if story.terms.kind is not Kind.STREAM:
        return None
    write = first(story.writes, lambda each: _refused(story, each) is None)
    if write is None or any(start.n <= write.n for start in story.starts):
        return None
    return write, first(story.starts)


def _sounded(story: EvidenceIndex, start: At[StreamStarted]) -> At[AudioSent] | None:
    stop = story.stop_of(start)
    last = stop.n if stop else len(story.steps) + 1
    return first(story.events(AudioSent), lambda each: start.n < each.n < last)


def _race(story: EvidenceIndex) -> Match | None:
    found = _early_write(story)
    if found is None:
        return None
    write, start = found
    if not story.complete:
        return _told_race(story, write, start)
    callback = "the answered callback" if isinstance(write.why, StatusReported) else "something else than the stream"
    document = write.it.document.kind.twiml
    cause = f"{callback} made a {document} document be written over the stream's before the stream began"
    if start is None:
        accepted = first(
            story.events(UpdateAnswered),
            lambda each: each.it.number == write.it.number and each.it.answer is RestAnswer.ACCEPTED,
        )
        steps = met(write.n, story.events(Fetched)[0].n if story.events(Fetched) else 0, accepted.n if accepted else 0)
        return Match(f"{cause}; no stream came of it", steps, Sure.CERTAIN if accepted else Sure.LIKELY)
    stop = story.stop_of(start)
    if _sounded(story, start) is not None:
        return None
    if stop is None:
        return Match(f"{cause}; the stream's end was not recorded", (write.n, start.n), Sure.LIKELY)
    return Match(f"{cause}: the carrier gave the stream up, and not a word was heard", (write.n, start.n, stop.n))


def _told_race(story: EvidenceIndex, write: At[UpdateCall], start: At[StreamStarted] | None) -> Match | None:
    """The race in an incomplete record: the write, and what shows that the document was the stream's."""
    opened = start or first(story.events(UpgradeAsked))  # the carrier opens a media socket for a stream's document only
    served, stop = _served(story, write), story.stop_of(opened) if opened else None
    if opened and ((start and _sounded(story, start)) or _outlived(story, write, opened)):
        return None
    shown = served or opened
    if shown is None or (story.deduced(write.n) and not _died_after(story, write, opened)):
        return None  # a write that is not told may be a hang-up, unless a stream began after it and died of it
    what = f"{_document(story, write)} was written by REST over the call, whose document is its stream's"
    if not story.deduced(shown.n) and story.at(shown.n) != story.at(write.n):
        what += f"; that {'was served' if served else 'began'} {'before' if shown.n < write.n else 'only afterwards'}"
    steps = met(write.n, shown.n, *((opened.n, stop.n) if opened and stop else ()))
    return Match(what, steps, Sure.CERTAIN if start and stop else Sure.LIKELY)


def _died_after(
    story: EvidenceIndex, write: At[UpdateCall], opened: At[StreamStarted] | At[UpgradeAsked] | None
) -> bool:
    """Whether a stream began after a write, and ended later than it by any clock."""
    if opened is None or opened.n < write.n or (stop := story.stop_of(opened)) is None:
        return False
    return isinstance(opened.it, StreamStarted) or story.at(stop.n) > story.at(write.n)


def _served(story: EvidenceIndex, write: At[UpdateCall] | At[AskGreeting]) -> At[AnswerFetch] | None:
    """The stream's document that a write met: the last one served before it, or the first one soon after it."""
    served = [each for each in story.orders(AnswerFetch) if each.it.document.kind is DocumentKind.STREAM]
    before = [each for each in served if each.n < write.n]
    soon = [each for each in served if each.n > write.n and story.at(each.n) - story.at(write.n) <= _SERVED_WITHIN_S]
    return before[-1] if before else first(soon)


def _outlived(story: EvidenceIndex, write: At[UpdateCall], start: At[StreamStarted] | At[UpgradeAsked]) -> bool:
    """Whether a stream began or went on when a write must long have taken effect: it was not overwritten."""
    stop = story.stop_of(start)
    lived = [start.n, *(each.n for each in story.events(MarkReturned) if each.it.socket == start.it.socket)]
    return any(story.at(n) - story.at(write.n) > _HARM_WITHIN_S for n in (*lived, *([stop.n] if stop else ())))


def _document(story: EvidenceIndex, write: At[UpdateCall]) -> str:
    if story.complete:
        return f"a {write.it.document.kind.twiml} document"
    return "something that is not told" if story.deduced(write.n) else "a document"


def _silent_race(story: EvidenceIndex) -> Match | None:
    found = _early_write(story)
    if found is None or found[1] is None:
        return None
    write, start = found[0], found[1]
    sound, stop = _sounded(story, start), story.stop_of(start)
    if sound is None or stop is None or (not story.complete and _outlived(story, write, start)):
        return None
    what = (
        f"{_document(story, write)} was written over the stream's before the stream began, and took effect "
        f"when the agent was speaking: its words were cut off{', and no error was reported' if story.complete else ''}"
    )
    return Match(what, (write.n, start.n, sound.n, stop.n))


def _inferred(story: EvidenceIndex) -> Match | None:
    """A record that tells no write: the race can only be concluded from what was not there, or from what followed."""
    if not story.complete:
        return _inferred_from_greeting(story)
    if story.tells_orders or not story.terminal or story.terms.kind is not Kind.STREAM:
        return None
    callback = first(story.events(StatusReported), lambda each: each.it.status is CallStatus.IN_PROGRESS)
    if callback is None or any(start.n < callback.n for start in story.starts) or story.events(AudioSent):
        return None
    if story.at(story.terminal) - story.at(callback.n) > _SOON_S:
        return None
    what = (
        "the answered callback came before any stream had started, and the call ended soon after without a word of the "
        "agent; the record does not tell what was written to the carrier, so that this is concluded and not seen"
    )
    return Match(what, (callback.n, story.terminal), Sure.LIKELY)


def _inferred_from_greeting(story: EvidenceIndex) -> Match | None:
    """The greeting was asked for when only the carrier could speak it, and the stream's path took the call up too."""
    asked = first(story.orders(AskGreeting), lambda each: not any(start.n <= each.n for start in story.starts))
    served = _served(story, asked) if asked else None
    if asked is None or served is None or story.orders(UpdateCall) or story.terms.kind is not Kind.STREAM:
        return None
    caps = [each.n for each in story.orders(StartTimer) if each.it.timer is Timer.CAP]
    if len(caps) < 2:
        return None
    what = (
        "the greeting was asked for before any stream had started, so that only the carrier could speak it, and the "
        "call, whose document is its stream's, was taken up a second time; the write itself is not told, so that this "
        "is concluded and not seen"
    )
    return Match(what, met(asked.n, served.n, caps[1]), Sure.LIKELY)


def _live_write(story: EvidenceIndex) -> tuple[At[UpdateCall], At[StreamStarted]] | None:
    for write in story.writes:
        live = story.live_at(write.n)
        if live is None or _refused(story, write) is not None:
            continue
        if story.complete or not (story.deduced(write.n) or _outlived(story, write, live)):
            return write, live
    return None


def _pressed(story: EvidenceIndex, write: At[UpdateCall], start: At[StreamStarted]) -> At[DigitPressed] | None:
    """The key press that a write follows, with nothing said in between."""
    pressed = [each for each in story.events(DigitPressed) if start.n < each.n <= write.n]
    said = [each.n for each in story.events(TurnCommitted) if each.n <= write.n]
    return pressed[-1] if pressed and pressed[-1].n > max(said, default=0) else None


def _key_press(story: EvidenceIndex) -> Match | None:
    found = _live_write(story)
    pressed = _pressed(story, *found) if found else None
    if not found or pressed is None:
        return None
    return Match(
        "a key press was answered by writing a document over the live stream: the carrier ended the stream",
        met(found[1].n, pressed.n, found[0].n),
        story.absence,
    )


def _overwrite(story: EvidenceIndex) -> Match | None:
    found = _live_write(story)
    if not found or _pressed(story, *found) is not None or _retried(story) is not None:
        return None
    write, start = found
    stop = story.stop_of(start)
    ended = "the carrier ended the stream" if stop or story.complete else "the carrier ends the stream for it"
    what = f"{_document(story, write)} was written over the live stream: {ended}"
    return Match(what, (start.n, write.n, stop.n) if stop else (start.n, write.n), story.absence)


def _retried(story: EvidenceIndex) -> Match | None:
    if not story.complete and story.terms.kind is not Kind.STREAM:
        return None
    for write in story.writes:
        refused = _refused(story, write)
        if refused is None or refused.it.refusal is not Refusal.NOT_IN_PROGRESS:
            continue
        again = after(story.writes, refused.n - 1)
        if again is not None:
            what = (
                "a write was refused because the carrier had not put the call through yet, and was then repeated "
                "without asking whether a stream had begun meanwhile"
            )
            return Match(what, (write.n, refused.n, again.n))
    return None


WRITE_RULES = (
    Rule("race", ("1", "M29"), 100, "a document written before `start` took the stream's place", _GUARD_WRITES, _race),
    Rule(
        "silent-race",
        ("2",),
        100,
        "the same, but the agent's words were cut while they played",
        _GUARD_WRITES,
        _silent_race,
    ),
    Rule(
        "race-inferred", ("1",), 95, "the race, concluded from a record that tells no writes", _GUARD_WRITES, _inferred
    ),
    Rule(
        "retried-write",
        ("8",),
        98,
        "a write refused as not in progress was repeated over the stream",
        _GUARD_WRITES,
        _retried,
    ),
    Rule(
        "key-press-overwrite",
        ("5",),
        97,
        "a key press was answered with a document over the live stream",
        "Leave the document alone when a key is pressed: the stream tells of it (dtmf). Digits for the callee go into "
        "create (SendDigits).",
        _key_press,
    ),
    Rule(
        "overwrite",
        ("6",),
        96,
        "a document was written over the live stream",
        "Have the agent say it through the stream, or order the overwrite by name if the stream is to end.",
        _overwrite,
    ),
)
