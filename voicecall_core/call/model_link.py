"""The sessions of a call with the realtime model, as a table: opened, lost, reopened, changed on the way.

One session is the call's: what it says counts. Beside it a spare one may be opening or ready: the planned change before
the model's limit, and the second attempt when the first one is slow, are the same thing. Every way of losing one is a
row. What is said in a session is not decided here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from voicecall_core.call.endings import Cause


class Link(StrEnum):
    """The call's session and the spare one, together."""

    NONE = "none"
    OPENING = "opening"
    DOUBLE = "opening twice"
    READY = "ready"
    CHANGING = "ready, spare opening"
    SPARE = "ready, spare ready"
    WAITING = "waiting to try again"
    DEAD = "dead"
    CLOSED = "closed"


class LinkInput(StrEnum):
    """What can happen to them."""

    WANTED = "a session is wanted"
    READY = "the call's session is ready"
    SPARE_READY = "the spare session is ready"
    LOST = "the call's session is lost"
    SPARE_LOST = "the spare session is lost"
    EXPIRING = "the call's session is near its limit"
    SUSPECT = "the call's session does not answer"
    FREE = "nobody has the floor"


class LinkAction(StrEnum):
    """What is done; each is one function of `sessions`."""

    NOTHING = "nothing"
    OPEN = "open a session"
    OPEN_SPARE = "open a spare session"
    USE = "use the session"
    KEEP = "keep the spare session"
    CHANGE = "change to the spare session"
    REOPEN = "reopen, or give up"
    DROP_SPARE = "forget the spare session"
    REPLACE = "close the session and open another"


_A = LinkAction
_CELLS: Mapping[str, tuple[LinkAction, Link | None]] = {
    ".": (_A.NOTHING, None),
    "open": (_A.OPEN, Link.OPENING),
    "spare": (_A.OPEN_SPARE, Link.CHANGING),
    "second": (_A.OPEN_SPARE, Link.DOUBLE),
    "use": (_A.USE, Link.READY),
    "keep": (_A.KEEP, Link.SPARE),
    "change": (_A.CHANGE, Link.READY),
    "follow": (_A.CHANGE, Link.OPENING),
    "reopen": (_A.REOPEN, None),
    "drop-o": (_A.DROP_SPARE, Link.OPENING),
    "drop-r": (_A.DROP_SPARE, Link.READY),
    "replace": (_A.REPLACE, Link.OPENING),
}

_ROWS: Mapping[LinkInput, str] = {
    #                        none opening double ready  changing spare  waiting dead closed
    LinkInput.WANTED: "      open .       .      .      .        .      open    .    .",
    LinkInput.READY: "       .    use     use    .      .        .      .       .    .",
    LinkInput.SPARE_READY: " .    .       change .      keep     .      .       .    .",
    LinkInput.LOST: "        .    reopen  follow reopen follow   change .       .    .",
    LinkInput.SPARE_LOST: "  .    .       drop-o .      drop-r   drop-r .       .    .",
    LinkInput.EXPIRING: "    .    .       .      spare  .        .      .       .    .",
    LinkInput.SUSPECT: "     .    second  .      replace follow  change .       .    .",
    LinkInput.FREE: "        .    .       .      .      .        change .       .    .",
}

TABLE: Mapping[tuple[LinkInput, Link], tuple[LinkAction, Link | None]] = {
    (each, link): _CELLS[name] for each, row in _ROWS.items() for link, name in zip(Link, row.split(), strict=True)
}
assert set(_ROWS) == set(LinkInput) and {action for action, _ in _CELLS.values()} == set(LinkAction)


@dataclass(frozen=True, slots=True)
class ModelLink:
    """The call's session and the spare one, as far as the call knows them.

    `session`: the call's, numbered from 1; `spare`: the other one, 0 if there is none; `count`: how many there were.
    `upgraded`: the session whose socket was the last to open. `held`: turns are held in the call's session, as the
    server was told, `spare_held`: in the spare one. `fed`: the session that the callee's voice goes to. `losses`: when
    sessions were lost, in seconds, as far back as the budget reaches. `changes`: attempts to change to a spare session
    that failed. `expires_s`: how long the session that is opening may last, if the server said so. `cause`: why the
    call will have to end.
    """

    state: Link = Link.NONE
    session: int = 0
    spare: int = 0
    count: int = 0
    upgraded: int = 0
    held: bool = False
    spare_held: bool = False
    fed: int = 0
    losses: tuple[float, ...] = ()
    changes: int = 0
    expires_s: float = 0.0
    cause: Cause | None = None

    @property
    def open(self) -> bool:
        """There is a session, or the attempt at one."""
        return self.state in _OPEN

    @property
    def ready(self) -> bool:
        """The call's session can be spoken to."""
        return self.state in _READY

    @property
    def opening(self) -> bool:
        """The call's session is in its handshake."""
        return self.state in (Link.OPENING, Link.DOUBLE)

    @property
    def takes_greeting_early(self) -> bool:
        """The greeting may be asked for behind the set-up, before that is confirmed.

        Of the call's first session only: one that comes after it may be there because that was asked too much.
        """
        return self.state is Link.OPENING and self.session == self.upgraded == 1

    def is_open(self, session: int) -> bool:
        """This session is the call's and not lost: what it says counts."""
        return session == self.session and self.open


_READY = frozenset({Link.READY, Link.CHANGING, Link.SPARE})
_OPEN = _READY | {Link.OPENING, Link.DOUBLE}
