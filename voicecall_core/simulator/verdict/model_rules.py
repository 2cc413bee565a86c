"""What the model was told, against what the callee can have heard."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from voicecall_core.simulator.carrier.effects import What
from voicecall_core.simulator.model.record import Entry
from voicecall_core.simulator.verdict.findings import LineFinding, Severity, finding
from voicecall_core.simulator.verdict.story import CallStory, seconds

TOLERANCE_MS = 300  # the carrier's clock against the model's, and frames on their way
MISSING_MS = 500  # less that was thrown away is not worth a message
TOLD_WITHIN_MS = 3_000
LEFT_OPEN_MS = 5_000


@dataclass(frozen=True, slots=True)
class _Spoken:
    """A response that sounded: when its audio began to leave, when it ended, how long it is."""

    session: int
    began_ms: int
    ended_ms: int
    ms: int
    items: frozenset[str]


def truncation(story: CallStory) -> Iterator[LineFinding]:
    """Claims of what was heard that cannot be, and claims that are missing."""
    spoken = list(_spoken(story))
    for entry in story.model:
        if entry.what != "truncated":
            continue
        of = next((one for one in reversed(spoken) if entry.detail["item"] in one.items), None)
        if of is None:
            continue
        most = min(story.played_ms(of.began_ms, entry.at_ms), max(0, entry.at_ms - of.began_ms))
        if entry.detail["ms"] > most + TOLERANCE_MS:
            text = (
                f"The model was told that {seconds(entry.detail['ms'])} of its words had been heard; no more than "
                f"{seconds(most)} can have been played to the callee since they began."
            )
            yield finding("truncation-dishonest", Severity.BROKEN, entry.at_ms, text)
    yield from _missing(story, spoken)


def _missing(story: CallStory, spoken: list[_Spoken]) -> Iterator[LineFinding]:
    for effect in story.of(What.CLEARED):
        of = next((one for one in reversed(spoken) if one.began_ms <= effect.at_ms), None)
        if effect.code < MISSING_MS or of is None or _is_over(story, of.session, effect.at_ms + TOLD_WITHIN_MS):
            continue
        unheard = of.ms - story.played_ms(of.began_ms, effect.at_ms)
        told = any(
            entry.what in ("truncated", "deleted")
            and entry.session == of.session
            and effect.at_ms - TOLERANCE_MS <= entry.at_ms <= effect.at_ms + TOLD_WITHIN_MS
            for entry in story.model
        )
        if unheard > MISSING_MS and not told:
            text = (
                f"{seconds(effect.code)} of audio were thrown away by clear, and the model was not told where the "
                "callee stopped hearing (conversation.item.truncate): it remembers more than was heard."
            )
            yield finding("truncation-missing", Severity.WARNING, effect.at_ms, text)


def _spoken(story: CallStory) -> Iterator[_Spoken]:
    began = {entry.detail["id"]: entry.at_ms for entry in story.model if entry.what == "sounded"}
    for entry in story.model:
        if entry.what == "response-ended" and entry.detail["id"] in began:
            items = entry.detail["items"]
            ms = sum(item[1] for item in items)
            yield _Spoken(
                entry.session, began[entry.detail["id"]], entry.at_ms, ms, frozenset(item[0] for item in items)
            )


def _is_over(story: CallStory, session: int, at_ms: int) -> bool:
    """Whether the call or the session was over by then, so that nothing was left to be told, or nobody to tell it."""
    ended = story.first(What.ENDED)
    closed = any(entry.what == "closed" and entry.session == session and entry.at_ms <= at_ms for entry in story.model)
    return closed or (ended is not None and ended.at_ms <= at_ms)


def sessions(story: CallStory) -> Iterator[LineFinding]:
    """Sessions that outlived the call, and handshakes that were cut off after an overwrite."""
    ended = story.first(What.ENDED)
    told = ended is not None and f"status:{ended.detail}" not in [each.detail for each in story.of(What.WEBHOOK_LOST)]
    if ended is not None and told and story.last_ms >= ended.at_ms + LEFT_OPEN_MS:
        closed = {entry.session: entry.at_ms for entry in story.model if entry.what in ("closed", "refused")}
        for session in sorted({entry.session for entry in story.model if entry.what == "opened"}):
            if closed.get(session, story.last_ms) > ended.at_ms + LEFT_OPEN_MS:
                text = f"The model's session {session} was still open {seconds(LEFT_OPEN_MS)} after the call's end."
                yield finding("session-left-open", Severity.WARNING, ended.at_ms + LEFT_OPEN_MS, text)
    if any(write.accepted for write in story.writes):
        for entry in story.model:
            if _abandoned(entry) and story.promised(len(story.effects)):
                text = f"The socket to the model (session {entry.session}) was closed within its own handshake."
                yield finding("handshake-abandoned", Severity.NOTE, entry.at_ms, text)


def _abandoned(entry: Entry) -> bool:
    return entry.what == "closed" and entry.detail.get("reason") == "during the handshake"
