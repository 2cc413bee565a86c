"""The guard's table: who asks, in which state of the document, and what is answered. Data only.

R reserved   S served        C upgraded (no `start` yet)   L live
G gone       D say document  H hanging up                  O over
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import product

from voicecall_core.words.exhaustive import assert_exhaustive


class State(StrEnum):
    """The states of a call's document."""

    RESERVED = "reserved"
    SERVED = "served"
    UPGRADED = "upgraded"
    LIVE = "live"
    GONE = "gone"
    SAYING = "saying"
    HANGING = "hanging-up"
    OVER = "over"


class Asker(StrEnum):
    """Who can ask for the document, or for a socket that it names."""

    FETCH_FIRST = "fetch"
    FETCH_AGAIN = "fetch again"
    FETCH_NEXT = "next fetch"
    FETCH_SORRY = "next fetch, apology due"
    FETCH_BEYOND = "fetch beyond"
    FALLBACK = "greeting fallback"
    SAY = "operator's say"
    APOLOGY = "apology"
    OVERWRITE = "ordered overwrite"
    UPGRADE = "upgrade"
    UPGRADE_WRONG = "upgrade, wrong token"
    START = "start"
    START_WRONG = "start, wrong call"
    HANG_UP = "hang-up"
    HANG_UP_BLIND = "hang-up without a SID"
    HANG_UP_TWICE = "hang-up in flight"
    WRITE_TWICE = "second write"
    UPDATE_LOST = "lost answer"


class Ruling(StrEnum):
    """What the guard can answer."""

    GRANTED = "granted"
    AGAIN = "again"  # the same bytes as before
    REFUSED = "refused"
    REROUTED = "rerouted"  # through the stream
    HELD = "held"  # until there is a stream
    SAID = "said"  # an apology as the answer to a fetch
    HUNG_UP = "answered with hang-up"
    TURNED_AWAY = "turned away"  # 403
    CLOSED = "closed"  # 1008
    IGNORED = "ignored"
    IN_DOUBT = "in doubt"
    WANTED = "wanted"  # as soon as the SID is known
    STALE = "stale"
    IMPOSSIBLE = "impossible"


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: the ruling, the rule's name, and its reason in words."""

    ruling: Ruling
    rule: str
    reason: str


_COLUMNS = dict(zip("RSCLGDHO", State, strict=True))
_U = Ruling

_CELLS: Mapping[str, Cell] = {
    "-": Cell(_U.IMPOSSIBLE, "impossible", "this cannot happen here"),
    # fetches
    "first": Cell(_U.GRANTED, "first-fetch", "the first fetch of a call gets its document"),
    "same": Cell(_U.AGAIN, "same-bytes", "a repeated fetch gets the same bytes and the same token"),
    "fail": Cell(_U.GRANTED, "next-after-failure", "the next fetch proves that this stream failed to open"),
    "ended": Cell(_U.GRANTED, "next-after-end", "the next fetch proves that this stream has ended"),
    "back": Cell(_U.GRANTED, "next-after-gone", "the stream is gone and the call goes on: a new one"),
    "bye": Cell(_U.HUNG_UP, "no-document-due", "no document is due here: hang up"),
    "sorry": Cell(_U.SAID, "apology-without-model", "the model is dead and the stream gone: apologise and hang up"),
    "early": Cell(_U.HUNG_UP, "never-served", "a later document was asked for before the first"),
    # those who would write over the stream
    "own": Cell(_U.REFUSED, "stream-owns-document", "the call's document belongs to its stream"),
    "said": Cell(_U.REFUSED, "message-owns-document", "the call's document is a message that speaks for itself"),
    "ending": Cell(_U.REFUSED, "hanging-up", "the call is being hung up"),
    "over": Cell(_U.REFUSED, "over", "the call is over"),
    "hold": Cell(_U.HELD, "held-for-start", "no stream yet: the agent will say it once there is one"),
    "hold-next": Cell(_U.HELD, "held-for-next", "the stream is gone: the agent will say it on the next one"),
    "through": Cell(_U.REROUTED, "through-the-stream", "the agent says it through the stream"),
    # apology
    "sorry-hang": Cell(_U.HUNG_UP, "nobody-answered-yet", "nobody has answered yet: hang up at once"),
    "sorry-hold": Cell(_U.HELD, "apology-at-start", "the apology is played when the stream starts"),
    "sorry-clip": Cell(_U.REROUTED, "apology-through-the-stream", "the apology is played through the stream"),
    "sorry-next": Cell(_U.HELD, "apology-at-next-fetch", "the apology answers the next fetch"),
    # overwrite ordered by name
    "give-up": Cell(_U.GRANTED, "ordered-by-name", "the user ordered this by name, and the stream is live"),
    "no-live": Cell(_U.REFUSED, "no-live-stream", "there is no live stream to overwrite"),
    # sockets
    "in": Cell(_U.GRANTED, "token-valid", "the document of this token was served"),
    "newer": Cell(_U.GRANTED, "newer-socket-wins", "the older socket had not started"),
    "403": Cell(_U.TURNED_AWAY, "no-stream-due", "no document that names this socket is waiting for it"),
    "403-live": Cell(_U.TURNED_AWAY, "one-stream-a-generation", "this generation's stream is live"),
    "403-token": Cell(_U.TURNED_AWAY, "wrong-token", "the token is not this generation's"),
    "live": Cell(_U.GRANTED, "first-start", "the stream starts; its token is spent"),
    "twice": Cell(_U.IGNORED, "already-started", "the stream has started before"),
    "shut": Cell(_U.CLOSED, "no-start-due", "no stream may start now"),
    "1008": Cell(_U.CLOSED, "wrong-start", "the start names another call, account or format"),
    # hang-up
    "hang": Cell(_U.GRANTED, "hang-up", "ending a call is always allowed"),
    "flight": Cell(_U.GRANTED, "hang-up-again", "the last hang-up failed or was not confirmed"),
    "want": Cell(_U.WANTED, "hang-up-wanted", "sent as soon as anything teaches the SID"),
    "one": Cell(_U.AGAIN, "one-hang-up-at-a-time", "a hang-up is in flight; its answer decides"),
    "busy": Cell(
        _U.REFUSED, "one-write-at-a-time", "a write is in flight or in doubt; the stream's next event decides"
    ),
    "stale": Cell(_U.STALE, "stale", "the call is over; this changes nothing"),
    # a lost answer
    "doubt": Cell(_U.IN_DOUBT, "no-second-write", "it may have taken effect: the next event of the stream decides"),
    "again": Cell(_U.GRANTED, "hang-up-resent", "a hang-up does no harm when it is sent twice"),
}

_ROWS: Mapping[Asker, str] = {
    #                     R      S      C      L      G      D      H      O
    Asker.FETCH_FIRST: "  first  -      -      -      -      -      bye    bye",
    Asker.FETCH_AGAIN: "  -      same   same   same   same   same   bye    bye",
    Asker.FETCH_NEXT: "   early  fail   fail   ended  back   bye    bye    bye",
    Asker.FETCH_SORRY: "  -      -      -      -      sorry  -      -      -",
    Asker.FETCH_BEYOND: " early  bye    bye    bye    bye    bye    bye    bye",
    Asker.FALLBACK: "     own    own    own    own    own    said   ending over",
    Asker.SAY: "          hold   hold   hold   through hold-next said ending over",
    Asker.APOLOGY: "      sorry-hang sorry-hold sorry-hold sorry-clip sorry-next - ending over",
    Asker.OVERWRITE: "    no-live no-live no-live give-up no-live said  ending over",
    Asker.UPGRADE: "      403    in     newer  403-live 403  403    403    403",
    Asker.UPGRADE_WRONG: "403-token 403-token 403-token 403-token 403-token 403-token 403-token 403-token",
    Asker.START: "        shut   shut   live   twice  shut   shut   shut   shut",
    Asker.START_WRONG: "  1008   1008   1008   1008   1008   1008   1008   1008",
    Asker.HANG_UP: "      hang   hang   hang   hang   hang   hang   flight stale",
    Asker.HANG_UP_BLIND: "want   want   want   want   want   want   want   stale",
    Asker.HANG_UP_TWICE: "-      -      -      -      -      -      one    -",
    Asker.WRITE_TWICE: "  busy   busy   busy   busy   busy   busy   ending over",
    Asker.UPDATE_LOST: "  doubt  doubt  doubt  doubt  doubt  doubt  again  stale",
}


def _table(rows: Mapping[Asker, str]) -> Mapping[tuple[Asker, State], Cell]:
    return {
        (asker, state): _CELLS[name]
        for asker, row in rows.items()
        for state, name in zip(_COLUMNS.values(), row.split(), strict=True)
    }


TABLE = _table(_ROWS)
assert_exhaustive("the guard's table", TABLE, product(Asker, State))

_LAST_WINS = Cell(Ruling.GRANTED, "last-writer-wins", "no guard: the last writer wins")
_OPEN = (State.RESERVED, State.SERVED, State.UPGRADED, State.LIVE, State.GONE)
_SILENT = (State.RESERVED, State.SERVED, State.UPGRADED, State.GONE)

# Without a guard a sentence goes through the stream if one is live, and else to the carrier to be spoken.
NAIVE: Mapping[tuple[Asker, State], Cell] = {
    **TABLE,
    **{(Asker.FALLBACK, state): _LAST_WINS for state in _OPEN},
    **{(Asker.SAY, state): _LAST_WINS for state in _SILENT},
}
