"""Documents written over a call that a stream has, and documents served late or wrongly."""

from __future__ import annotations

from collections.abc import Iterator

from voicecall_core.simulator.carrier.effects import Effect, What
from voicecall_core.simulator.verdict.findings import LineFinding, Severity, finding
from voicecall_core.simulator.verdict.story import CallStory, Webhook, Write, is_streams, later, seconds

CAUSED_WITHIN_MS = 500  # an update so soon after a status callback is most likely its doing
LATE_MS = 5_000  # answered later than this is late: the callee hears nothing meanwhile
GIVEN_UP_MS = 15_000  # Twilio: the hard cap of any request about a call

BAD_DOCUMENTS = {
    11750: "longer than 64 kB",
    11770: "an empty answer",
    12100: "not the XML of a TwiML document",
    12300: "of a content type that is not run as TwiML",
}
SKIPPED = 12200


def overwrites(story: CallStory) -> Iterator[LineFinding]:
    """What updates by REST took from a stream, and their Says."""
    for write in story.writes:
        if not write.accepted:
            yield finding(
                "update-refused",
                Severity.WARNING,
                write.at_ms,
                f"{write.told} was refused with status {write.code}: the call was not in progress, or could not be "
                "written to.",
                write.request,
            )
        elif not story.hangs_up(write):
            yield from _taken(story, write)
    yield from _says(story)


def _taken(story: CallStory, write: Write) -> Iterator[LineFinding]:
    handed = story.hands_over(write)
    ended = _ended_by(story, write)
    if ended is not None:
        start = max((e.at_ms for e in story.of(What.STREAM_STARTED) if e.at_ms <= write.at_ms), default=write.at_ms)
        what = f"{write.told} ended the running media stream, {seconds(write.at_ms - start)} after its start"
        more = (
            "; its document hands the call over, which may be meant." if handed else ". The carrier closed the socket."
        )
        grave = Severity.NOTE if handed else Severity.BROKEN
        text = what + more + ("" if handed else _cause(story, write) + _abandoned(story, write))
        yield finding("stream-ended-by-update", grave, write.at_ms, text, write.request)
        return
    took = _discarded_by(story, write) or _prevented_by(story, write)
    if took:
        text = f"{write.told} {took}."
        text += " Its document hands the call over, which may be meant." if handed else _cause(story, write)
        text += "" if handed else _abandoned(story, write)
        grave = Severity.WARNING if handed else Severity.BROKEN
        yield finding("stream-discarded-by-update", grave, write.at_ms, text, write.request)


def _next(story: CallStory, write: Write) -> int:
    """Where the effects of the next accepted write begin."""
    return next((each.index for each in story.writes if each.accepted and each.index > write.index), len(story.effects))


def _ended_by(story: CallStory, write: Write) -> Effect | None:
    for effect in story.effects[write.index : _next(story, write)]:
        if effect.what is What.STREAM_ENDED and effect.detail == "update":
            return effect
    return None


def _discarded_by(story: CallStory, write: Write) -> str:
    """A stream's document that was being fetched when this write, the first since, took its place."""
    for index, effect in enumerate(story.effects):
        if effect.what is not What.DISCARDED or not is_streams(effect) or index < write.index:
            continue
        before = [
            at
            for at, each in enumerate(story.effects[:index])
            if each.what is What.ANSWERED or (each.what is What.RECEIVED and each.source != "update")
        ]
        first = next((each for each in story.writes if each.accepted and each.index > max(before, default=-1)), None)
        if first is write:
            return (
                "took the place of the stream's document while it was being fetched: <Connect><Stream> came "
                f"{later(effect.at_ms - write.at_ms)} and was discarded"
            )
    return ""


def _prevented_by(story: CallStory, write: Write) -> str:
    """A stream's document had been received, and its stream neither started nor failed before this write."""
    waiting = False
    for effect in story.effects[: write.index]:
        if effect.what is What.RECEIVED:
            waiting = is_streams(effect)
        elif effect.what in (What.STREAM_STARTED, What.STREAM_FAILED):
            waiting = False
    ran = any(
        effect.what is What.RAN and effect.source == "update"
        for effect in story.effects[write.index : _next(story, write)]
    )
    return "threw the stream's document away before its media stream had started" if waiting and ran else ""


def _cause(story: CallStory, write: Write) -> str:
    """The status callback whose doing an update most likely was, by their times alone."""
    for hook in reversed(story.webhooks):
        if hook.about.startswith("status:") and hook.at_ms <= write.came_ms:
            after = write.came_ms - hook.at_ms
            unanswered = hook.took_ms is None or after <= hook.took_ms
            if unanswered or after <= (hook.took_ms or 0) + CAUSED_WITHIN_MS:
                name = hook.about.partition(":")[2]
                when = f"sent {seconds(after)} before" if after else "sent at that moment"
                return f" By the times the {name} callback most likely caused it ({hook.request}, {when})."
            return ""
    return ""


def _abandoned(story: CallStory, write: Write) -> str:
    """That the model's handshake was cut off after it."""
    for entry in story.model:
        if entry.what == "closed" and entry.detail.get("reason") == "during the handshake":
            if write.at_ms <= entry.at_ms <= write.at_ms + 3_000:
                when = later(entry.at_ms - write.at_ms)
                return f" The model's socket was closed within its own handshake {when}."
    return ""


def _says(story: CallStory) -> Iterator[LineFinding]:
    """An update's Say that was heard after a stream's document had been received."""
    told: set[int] = set()
    for index, effect in enumerate(story.effects):
        if effect.what is not What.SAY_BEGAN or effect.source != "update" or not story.promised(index):
            continue
        write = next((each for each in reversed(story.writes) if each.accepted and each.index < index), None)
        if write is None or write.number in told or story.hands_over(write):
            continue
        told.add(write.number)
        closed = _closed_by_program(story, write)
        grave = Severity.WARNING if closed else Severity.BROKEN
        heard = later(effect.at_ms - write.at_ms)
        text = f"The <Say> of {write.request} was heard {heard}, in a call whose document was a stream's"
        text += ", which the program had closed itself." if closed else "."
        yield finding("say-after-stream-document", grave, effect.at_ms, text, write.request)


def _closed_by_program(story: CallStory, write: Write) -> bool:
    ended = [effect for effect in story.effects[: write.index] if effect.what is What.STREAM_ENDED]
    return bool(ended) and ended[-1].detail == "server-closed"


def served(story: CallStory) -> Iterator[LineFinding]:
    """How the requests for documents were answered."""
    for hook in story.webhooks:
        if hook.of_document and hook.took_ms is not None:
            yield from _fetch(hook, hook.took_ms)
    yield from _unusable(story)
    for effect in story.of(What.WARNING):
        if effect.code == SKIPPED:
            yield finding(
                "document-warning", Severity.WARNING, effect.at_ms, f"A document: {effect.detail} ({SKIPPED})."
            )


def _fetch(hook: Webhook, took_ms: int) -> Iterator[LineFinding]:
    answered = hook.at_ms + took_ms
    if not hook.code:
        how = f"no answer within {seconds(took_ms)}" if took_ms >= LATE_MS else "no connection"
        text = f"The request for a document ({hook.about}, {hook.request}) got {how}."
        yield finding("fetch-unanswered", Severity.BROKEN, answered, text, hook.request)
    elif not 200 <= hook.code < 300:
        text = f"The request for a document ({hook.about}, {hook.request}) was answered with status {hook.code}."
        yield finding("fetch-refused", Severity.BROKEN, answered, text, hook.request)
    elif took_ms > LATE_MS:
        text = (
            f"The request for a document ({hook.about}, {hook.request}) was answered after {seconds(took_ms)}; "
            f"the callee hears nothing meanwhile, and after {seconds(GIVEN_UP_MS)} the carrier gives up."
        )
        yield finding("fetch-late", Severity.WARNING, answered, text, hook.request)


def _unusable(story: CallStory) -> Iterator[LineFinding]:
    """Documents that the carrier could not run; a failed request is told by `_fetch`."""
    fallback = any(hook.about == "fallback" for hook in story.webhooks)
    for index, effect in enumerate(story.effects):
        helped = effect.what is What.WARNING and "fallback is asked" in effect.detail
        if (effect.what is not What.ERROR_MESSAGE and not helped) or effect.code not in BAD_DOCUMENTS:
            continue
        origin = _origin(story, index)
        status = f", status {origin.code}" if isinstance(origin, Webhook) else ""
        by = "" if origin is None else f" ({origin.request}{status})"
        text = f"A document{by} could not be run: {BAD_DOCUMENTS[effect.code]} ({effect.code})."
        text += (
            " The fallback URL was asked instead." if helped else " The callee heard the carrier's own error message."
        )
        saved = helped and fallback and story.first(What.ERROR_MESSAGE) is None
        grave = Severity.WARNING if saved else Severity.BROKEN
        yield finding("document-refused", grave, effect.at_ms, text, "" if origin is None else origin.request)


def _origin(story: CallStory, index: int) -> Webhook | Write | None:
    """What brought the document that failed: the later of the last answered request for one and the last write."""
    at = story.effects[index].at_ms
    hooks = [
        hook
        for hook in story.webhooks
        if hook.of_document and hook.index < index and hook.took_ms is not None and hook.at_ms + hook.took_ms <= at
    ]
    writes = [write for write in story.writes if write.accepted and write.index < index and write.verbs]
    found: list[Webhook | Write] = [*hooks[-1:], *writes[-1:]]
    return max(found, key=lambda each: each.index, default=None)
