"""Rules about what came in a call's name and was turned away at the door. Knows no audio."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping

from voicecall_core.diagnosis.evidence import Sure
from voicecall_core.diagnosis.evidence_index import At, EvidenceIndex
from voicecall_core.diagnosis.findings import Match, Rule
from voicecall_core.words.events import (
    Event,
    Fetched,
    SocketClosed,
    StatusReported,
    StreamReported,
    StreamStarted,
    TurnedAway,
    UpgradeAsked,
)
from voicecall_core.words.orders import CloseSocket, RefuseSocket
from voicecall_core.words.values import Fault, Knock

_LET_IN: Mapping[Knock, type[Event] | None] = {
    Knock.FETCH: Fetched,
    Knock.STATUS: StatusReported,
    Knock.STREAM: StreamReported,
    Knock.SOCKET: UpgradeAsked,
    Knock.OTHER: None,
    Knock.INTRUDER: None,
}
_TOO_MUCH = frozenset({Fault.SIZE, Fault.SLOW, Fault.BROKEN})


def turned_away(story: EvidenceIndex, what: Knock) -> bool:
    """The door turned something of this kind away, so that its absence proves nothing."""
    return any(each.it.what is what for each in story.events(TurnedAway))


def _in_vain(story: EvidenceIndex) -> list[At[TurnedAway]]:
    """What was turned away, and nothing of its kind was ever accepted."""
    return [each for each in story.events(TurnedAway) if (kind := _LET_IN[each.it.what]) and not story.events(kind)]


def _names(these: Iterable[At[TurnedAway]]) -> str:
    return " and ".join(dict.fromkeys(str(each.it.what) for each in these))


def _missed(faults: Collection[Fault], why: str, sure: Sure) -> Callable[[EvidenceIndex], Match | None]:
    def seek(story: EvidenceIndex) -> Match | None:
        missed = [each for each in _in_vain(story) if each.it.fault in faults]
        if not missed:
            return None
        return Match(f"this program turned the call's {_names(missed)} away: {why}", _steps(missed), sure)

    return seek


def _in_passing(story: EvidenceIndex) -> Match | None:
    missed = {each.n for each in _in_vain(story)}
    others = [each for each in _called(story) if each.n not in missed and (story.starts or not _often(each))]
    if not others:
        return None
    what = f"{_count(others)} in the call's name were turned away ({_names(others)}), and nothing of it was missed"
    return Match(what, _steps(others), Sure.POSSIBLE)


def _often(each: At[TurnedAway]) -> bool:
    """A media socket that came too often: unlike a webhook that did, it may be the one that is missed."""
    return each.it.fault is Fault.OFTEN and each.it.what is Knock.SOCKET


def _outsiders(story: EvidenceIndex) -> list[At[TurnedAway]]:
    return [each for each in story.events(TurnedAway) if each.it.what is Knock.INTRUDER]


def _called(story: EvidenceIndex) -> list[At[TurnedAway]]:
    return [each for each in story.events(TurnedAway) if each.it.what is not Knock.INTRUDER]


def _count(these: Collection[At[TurnedAway]]) -> str:
    """How many there were at least: each line tells the how manieth of its kind it was."""
    kinds: dict[tuple[Knock, Fault], int] = {}
    for each in these:
        kinds[each.it.what, each.it.fault] = each.it.count
    count = sum(kinds.values())
    return "1 request" if count == 1 else f"at least {count:,} requests"


def _noise(story: EvidenceIndex) -> Match | None:
    strange = _outsiders(story)
    if not strange:
        return None
    faults = " and ".join(dict.fromkeys(str(each.it.fault) for each in strange))
    return Match(f"{_count(strange)} that named no call were turned away: {faults}", _steps(strange), Sure.POSSIBLE)


def _socket_closed(story: EvidenceIndex) -> Match | None:
    """The carrier's socket came with the right signature, and was refused, or closed for what it said."""
    if story.starts or not story.events(UpgradeAsked):
        return None
    refused: list[At[RefuseSocket] | At[CloseSocket] | At[SocketClosed] | At[TurnedAway]] = [
        *(each for each in story.events(TurnedAway) if _often(each)),
        *(each for each in story.orders(RefuseSocket) if each.n < story.ending),
        *(each for each in story.orders(CloseSocket) if each.it.code == 1008 and isinstance(each.why, StreamStarted)),
        *(each for each in story.events(SocketClosed) if each.it.code == 1008),
    ]
    if not refused:
        return None
    steps = tuple(sorted({each.n for each in refused}))
    return Match("the carrier came for the stream, and this program turned its socket away", steps)


def _steps(these: Iterable[At[TurnedAway]]) -> tuple[int, ...]:
    return tuple(each.n for each in these)


RULES = (
    Rule(
        "signature-refused",
        ("S10",),
        89,
        "what came in the call's name was turned away for its signature, and nothing of its kind got in",
        "See that the auth token is the account's own, not an API key's secret, and that the public URL is the very "
        "one that the tunnel prints; a proxy must not rewrite paths or queries.",
        _missed({Fault.SIGNATURE}, "its signature does not fit the auth token, or the URL", Sure.LIKELY),
    ),
    Rule(
        "unsigned",
        (),
        88,
        "what came in the call's name bears no signature of the carrier's kind, and nothing of its kind got in",
        "If it was the carrier's, a proxy on the way takes its signature header away: let it pass all headers. If not, "
        "somebody else knows the call's address, and the carrier's own requests went astray.",
        _missed({Fault.UNSIGNED}, "it bears no signature of the carrier's kind", Sure.LIKELY),
    ),
    Rule(
        "oversized",
        (),
        86,
        "what came in the call's name was too large, too slow or no proper request, and nothing of its kind got in",
        "Look at it in the carrier's request inspector, and at the proxy in front of the port: it may add to what the "
        "carrier sends, or hold it back.",
        _missed(_TOO_MUCH, "it was larger or slower than the carrier's requests are, or no proper one", Sure.CERTAIN),
    ),
    Rule(
        "signed-with-shared-key",
        (),
        90,
        "what came in the call's name is signed with a shared key, by its own words, and none is set here",
        "Set the secret of the key that the carrier's webhook rule names (docs/settings.md), or take the rule out: the "
        "account's auth token signs then.",
        _missed({Fault.KEY}, "it says that a shared key has signed it, and none is set here", Sure.LIKELY),
    ),
    Rule(
        "no-room",
        ("S15",),
        87,
        "what came in the call's name found too many connections open, and nothing of its kind got in",
        "Look who holds connections to the port; have the proxy in front of it reuse and close its own.",
        _missed({Fault.FULL}, "too many connections were open", Sure.CERTAIN),
    ),
    Rule(
        "unreadable-form",
        (),
        85,
        "a signed form could not be read, and none of its kind could",
        "Look at the form in the carrier's request inspector: a field that names the call is missing or malformed.",
        _missed({Fault.FORM}, "its form is signed, and cannot be read", Sure.CERTAIN),
    ),
    Rule(
        "socket-refused",
        (),
        81,
        "the carrier's media socket was refused, or closed with 1008, and no stream ever started",
        "The lines say why: another call's token, account or format, or messages that are not the carrier's.",
        _socket_closed,
    ),
    Rule(
        "rejected-meanwhile",
        (),
        3,
        "something was turned away in the call's name, and what the call needed got in all the same",
        "Nothing, unless it is many: then somebody knows the call's address.",
        _in_passing,
    ),
    Rule(
        "scanner-noise",
        (),
        2,
        "requests that name no call were turned away",
        "Nothing: whoever finds an open port asks what is there. Only if the carrier's own requests are missed, see "
        "whether a proxy moves their paths: `voicecall doctor` tries it.",
        _noise,
    ),
)
