"""Rules about media sockets: which were opened, refused, let in. Knows nothing of what is said on them."""

from __future__ import annotations

from voicecall_core.diagnosis.finding import Found, Rule
from voicecall_core.diagnosis.story import At, Story, first
from voicecall_core.words.events import (
    StreamReported,
    StreamStarted,
    UpgradeAsked,
)
from voicecall_core.words.orders import AcceptSocket, AnswerFetch, DocumentKind, RefuseSocket

_REACH = "Run voicecall doctor: it opens a media socket by the public URL, as the carrier does."


def _served(story: Story) -> At[AnswerFetch] | None:
    return first(story.orders(AnswerFetch), lambda each: each.it.document.kind is DocumentKind.STREAM)


def _unopened(story: Story) -> int:
    """The step in which a stream document was served, if its stream neither started nor was given up by a write."""
    served = _served(story)
    return served.n if served is not None and not story.events(StreamStarted) and not story.writes else 0


def _never_came(story: Story) -> Found | None:
    served = _unopened(story)
    if not served or story.events(UpgradeAsked) or _error(story) or story.ending < served:
        return None
    return Found("the carrier was given the stream's document and never came for the stream", (served,))


def _error(story: Story) -> At[StreamReported] | None:
    return first(story.events(StreamReported), lambda each: each.it.report == "stream-error")


def _refused(story: Story) -> Found | None:
    served, error = _unopened(story), _error(story)
    if not served or error is None or story.events(UpgradeAsked):
        return None
    what = "the carrier could not open the stream: it says so"
    if story.complete:
        what += ", and no attempt of it ever reached this program"
    return Found(what, (served, error.n), story.absence)


def _not_started(story: Story) -> Found | None:
    accepted = first(story.orders(AcceptSocket))
    if not _unopened(story) or accepted is None or story.ending < accepted.n:
        return None
    return Found("a media socket was opened and no stream was started on it", (accepted.n,))


def _wrong_token(story: Story) -> Found | None:
    document = _served(story)
    refused = {each.it.socket for each in story.orders(RefuseSocket)}
    upgrade = first(story.events(UpgradeAsked), lambda each: not each.it.token_ok and each.it.socket in refused)
    if document is None or upgrade is None or not document.n < upgrade.n < story.ending:
        return None
    what = "the stream came with a token that is not its document's: lost on the way, or another process served it"
    return Found(what, (document.n, upgrade.n))


def _unauthenticated(story: Story) -> Found | None:
    accepted = {each.it.socket for each in story.orders(AcceptSocket)}
    for upgrade in story.events(UpgradeAsked):
        if not upgrade.it.token_ok and upgrade.it.socket in accepted:
            return Found("a media socket was let in although its token was wrong", (upgrade.n,))
    return None


RULES = (
    Rule(
        "stream-never-came", ("44",), 80, "a stream document was served, nobody opened its socket", _REACH, _never_came
    ),
    Rule("stream-refused", ("45",), 82, "the carrier reported that it could not open the stream", _REACH, _refused),
    Rule("stream-not-started", ("45",), 79, "a socket was opened, and no `start` came on it", _REACH, _not_started),
    Rule(
        "wrong-token",
        ("9", "10"),
        84,
        "the stream came with another document's token",
        "Keep the token in the path, not in the query, and let one process serve document and stream.",
        _wrong_token,
    ),
    Rule(
        "unauthenticated-stream",
        ("47",),
        75,
        "a socket without the right token was let in",
        "Refuse what does not carry the token of a document that was served.",
        _unauthenticated,
    ),
)
