"""Rules about what came in a call's name and was turned away at the door. Knows no audio."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

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
}


def turned_away(story: EvidenceIndex, what: Knock) -> bool:
    """The door turned something of this kind away, so that its absence proves nothing."""
    return any(each.it.what is what for each in story.events(TurnedAway))


def _in_vain(story: EvidenceIndex) -> list[At[TurnedAway]]:
    """What was turned away, and nothing of its kind was ever let in."""
    return [each for each in story.events(TurnedAway) if (kind := _LET_IN[each.it.what]) and not story.events(kind)]


def _names(these: Iterable[At[TurnedAway]]) -> str:
    return " and ".join(dict.fromkeys(str(each.it.what) for each in these))


def _missed(fault: Fault, why: str, sure: Sure) -> Callable[[EvidenceIndex], Match | None]:
    def seek(story: EvidenceIndex) -> Match | None:
        missed = [each for each in _in_vain(story) if each.it.fault is fault]
        if not missed:
            return None
        return Match(f"this program turned the call's {_names(missed)} away: {why}", _steps(missed), sure)

    return seek


def _in_passing(story: EvidenceIndex) -> Match | None:
    missed = {each.n for each in _in_vain(story)}
    others = [each for each in story.events(TurnedAway) if each.n not in missed]
    if not others:
        return None
    count = sum(max(each.it.count for each in others if each.it.what is what) for what in {e.it.what for e in others})
    what = f"{count:,} requests in the call's name were turned away ({_names(others)}), and nothing of it was missed"
    return Match(what, _steps(others), Sure.POSSIBLE)


def _socket_closed(story: EvidenceIndex) -> Match | None:
    """The carrier's socket came with the right signature, and was refused, or closed for what it said."""
    if story.starts or not story.events(UpgradeAsked):
        return None
    refused: list[At[RefuseSocket] | At[CloseSocket] | At[SocketClosed]] = [
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
        _missed(Fault.SIGNATURE, "its signature does not fit the auth token, or the URL", Sure.LIKELY),
    ),
    Rule(
        "signed-with-shared-key",
        (),
        90,
        "what came in the call's name is signed with a shared key, by its own words, and none is set here",
        "Set the secret of the key that the carrier's webhook rule names (docs/settings.md), or take the rule out: the "
        "account's auth token signs then.",
        _missed(Fault.KEY, "it says that a shared key has signed it, and none is set here", Sure.LIKELY),
    ),
    Rule(
        "no-room",
        ("S15",),
        87,
        "what came in the call's name found too many connections open, and nothing of its kind got in",
        "Look who holds connections to the port; have the proxy in front of it reuse and close its own.",
        _missed(Fault.FULL, "too many connections were open", Sure.CERTAIN),
    ),
    Rule(
        "unreadable-form",
        (),
        85,
        "a signed form could not be read, and none of its kind could",
        "Look at the form in the carrier's request inspector: a field that names the call is missing or malformed.",
        _missed(Fault.FORM, "its form is signed, and cannot be read", Sure.CERTAIN),
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
        "knocked-in-vain",
        (),
        3,
        "something was turned away in the call's name, and what the call needed got in all the same",
        "Nothing, unless it is many: then somebody knows the call's address.",
        _in_passing,
    ),
)
