"""Rules about media sockets and streams: opened, refused, begun twice, broken off, fallen silent."""

from __future__ import annotations

from voicecall_core.diagnosis.door import turned_away
from voicecall_core.diagnosis.evidence import Sure
from voicecall_core.diagnosis.evidence_index import At, EvidenceIndex, after, first
from voicecall_core.diagnosis.findings import Match, Rule
from voicecall_core.words.events import (
    AudioSent,
    Fetched,
    MediaStalled,
    SocketClosed,
    SpeechStarted,
    StreamReported,
    StreamStarted,
    StreamStopped,
    UpgradeAsked,
)
from voicecall_core.words.orders import AcceptSocket, AnswerFetch, CloseSocket, DocumentKind, RefuseSocket
from voicecall_core.words.values import Knock

_REACH = "Run voicecall doctor: it opens a media socket by the public URL, as the carrier does."


def _served(story: EvidenceIndex) -> At[AnswerFetch] | None:
    return first(story.orders(AnswerFetch), lambda each: each.it.document.kind is DocumentKind.STREAM)


def _unopened(story: EvidenceIndex) -> int:
    """The step in which a stream document was served, if its stream neither started nor was given up by a write."""
    served = _served(story)
    return served.n if served is not None and not story.events(StreamStarted) and not story.writes else 0


def _never_came(story: EvidenceIndex) -> Match | None:
    served = _unopened(story)
    if not served or _came(story) or _error(story) or story.ending < served:
        return None
    what = "the carrier was given the stream's document and never came for the stream"
    return Match(what, (served,), story.absence)


def _came(story: EvidenceIndex) -> bool:
    """Somebody came for the stream, accepted or not."""
    return bool(story.events(UpgradeAsked)) or turned_away(story, Knock.SOCKET)


def _error(story: EvidenceIndex) -> At[StreamReported] | None:
    return first(story.events(StreamReported), lambda each: each.it.report == "stream-error")


def _refused(story: EvidenceIndex) -> Match | None:
    served, error = _unopened(story), _error(story)
    if not served or error is None or _came(story):
        return None
    what = "the carrier could not open the stream: it says so"
    if story.complete:
        what += ", and no attempt of it ever reached this program"
    return Match(what, (served, error.n), story.absence)


def _not_started(story: EvidenceIndex) -> Match | None:
    accepted = first(story.orders(AcceptSocket))
    if not _unopened(story) or accepted is None or story.ending < accepted.n:
        return None
    return Match("a media socket was opened and no stream was started on it", (accepted.n,))


def _wrong_token(story: EvidenceIndex) -> Match | None:
    document = _served(story)
    refused = {each.it.socket for each in story.orders(RefuseSocket)}
    upgrade = first(story.events(UpgradeAsked), lambda each: not each.it.token_ok and each.it.socket in refused)
    if document is None or upgrade is None or not document.n < upgrade.n < story.ending:
        return None
    what = "the stream came with a token that is not its document's: lost on the way, or another process served it"
    return Match(what, (document.n, upgrade.n))


def _unauthenticated(story: EvidenceIndex) -> Match | None:
    accepted = {each.it.socket for each in story.orders(AcceptSocket)}
    for upgrade in story.events(UpgradeAsked):
        if not upgrade.it.token_ok and upgrade.it.socket in accepted:
            return Match("a media socket was accepted although its token was wrong", (upgrade.n,))
    return None


SOCKET_RULES = (
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
        "a socket without the right token was accepted",
        "Refuse what does not carry the token of a document that was served.",
        _unauthenticated,
    ),
)

_EARLY_S = 2.0  # a stream that ends this soon after the first word was hardly ended by somebody who listened


def _twice(story: EvidenceIndex) -> Match | None:
    seen: dict[int, At[StreamStarted]] = {}
    for start in story.events(StreamStarted):
        before = seen.setdefault(start.it.socket, start)
        if before is not start:
            return Match("a media socket said `start` twice", (before.n, start.n), Sure.CERTAIN)
    return None


def _replaced(story: EvidenceIndex) -> Match | None:
    for start in story.starts:
        old = story.live_at(start.n)
        if old is None or old.it.socket == start.it.socket:
            continue
        if not any(each.it.socket == old.it.socket and each.n < start.n for each in story.orders(CloseSocket)):
            what = "a second stream was started while the first was live, and nobody had ended the first"
            return Match(what, (old.n, start.n))
    return None


def _wrong_format(story: EvidenceIndex) -> Match | None:
    for start in story.events(StreamStarted):
        if "mulaw" not in start.it.encoding:
            return Match(f"the stream carries {start.it.encoding}, not mu-law: noise to the listener", (start.n,))
    return None


def _broken(story: EvidenceIndex) -> At[StreamStarted] | None:
    """The first stream whose socket broke off: closed without the carrier's `stop`, and not by us."""
    for start in story.starts:
        stop = story.stop_of(start)
        ours = any(each.it.socket == start.it.socket for each in story.orders(CloseSocket))
        if stop is not None and isinstance(stop.it, SocketClosed) and not ours and stop.n < story.ending:
            return start
    return None


def _back(story: EvidenceIndex) -> Match | None:
    start = _broken(story)
    stop = story.stop_of(start) if start else None
    again = first(story.starts, lambda each: stop is not None and each.n > stop.n)
    if stop is None or again is None:
        return None
    gap = story.at(again.n) - story.at(stop.n)
    return Match(f"the stream broke off and came back {gap:.1f} s later", (stop.n, again.n))


def _lost(story: EvidenceIndex) -> Match | None:
    start = _broken(story)
    stop = story.stop_of(start) if start else None
    if stop is None or any(each.n > stop.n for each in story.starts):
        return None
    return Match("the stream broke off without a word from the carrier and did not come back", (stop.n,))


def _stopped_early(story: EvidenceIndex) -> Match | None:
    """The carrier ended the stream, not the call: it came for the next document."""
    for start in story.starts:
        stop = story.stop_of(start)
        sound = after(story.events(AudioSent), start.n)
        if stop is None or sound is None or not isinstance(stop.it, StreamStopped) or not sound.n < stop.n:
            continue
        next_fetch = after(story.events(Fetched), stop.n)
        heard = any(start.n < each.n < stop.n for each in story.events(SpeechStarted))
        ours = story.writes or stop.n > story.ending
        if next_fetch is not None and not heard and not ours and story.at(stop.n) - story.at(sound.n) <= _EARLY_S:
            what = "the carrier stopped the stream right after the first words, before the callee was heard at all"
            return Match(what, (sound.n, stop.n, next_fetch.n), Sure.POSSIBLE)
    return None


def _stalled(story: EvidenceIndex) -> Match | None:
    stalled = first(story.events(MediaStalled))
    if stalled is None:
        return None
    what = f"the stream stayed open and brought nothing for {stalled.it.silent_ms / 1000:.0f} s"
    return Match(what, (stalled.n,))


def _sound_before_start(story: EvidenceIndex) -> Match | None:
    for sound in story.events(AudioSent):
        begun = any(each.n < sound.n and each.it.socket == sound.it.socket for each in story.starts)
        if story.answered and story.answered < sound.n and not begun:
            return Match("the agent's first words left before the stream had started: nobody heard them", (sound.n,))
    return None


_LINE = "Look at the line to the carrier: a proxy's idle time-out, a tunnel that restarts, packets lost."

STREAM_RULES = (
    Rule("started-twice", ("31",), 40, "`start` came twice on one socket", "Ignore the second one.", _twice),
    Rule(
        "stream-replaced",
        ("32",),
        78,
        "a second stream began while the first was live",
        "Refuse a socket while this generation's stream is live.",
        _replaced,
    ),
    Rule(
        "wrong-format",
        ("59",),
        86,
        "the `start` named another format than mu-law at 8 kHz",
        "Leave audio_format and sample_rate out of the document.",
        _wrong_format,
    ),
    Rule("stream-came-back", ("20",), 45, "the socket died and a next stream came", _LINE, _back),
    Rule("stream-lost", ("20",), 70, "the socket died and no next stream came", _LINE, _lost),
    Rule(
        "stopped-early",
        ("64",),
        44,
        "the carrier stopped the stream after the first words, and the call went on",
        "Look for the call's alerts in the carrier's console; nothing here ended the stream.",
        _stopped_early,
    ),
    Rule("media-stalled", ("19", "M23"), 72, "a live stream brought no more media", _LINE, _stalled),
    Rule(
        "sound-before-start",
        ("M13",),
        60,
        "audio left on a socket that had not started",
        "Hold the agent's audio until `start`.",
        _sound_before_start,
    ),
)
