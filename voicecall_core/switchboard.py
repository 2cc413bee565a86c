"""All calls of this process, and the one door by which the carrier reaches them. Knows nothing of how a call goes on.

The signature first, then the path, then the form; what is not signed changes nothing, what is signed and unknown is
answered so that the carrier lets go of it.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress

from anyio.abc import TaskGroup

from voicecall_core.addresses import MEDIA, STATUS, STREAM, TWIML, Addresses, Place, named, place
from voicecall_core.call.placing import is_sought
from voicecall_core.carriers.base import Webhooks
from voicecall_core.errors import PeerError, SettingsError
from voicecall_core.ledger import Others, rivals
from voicecall_core.net.http_server import Request, Response
from voicecall_core.net.websocket import Offer
from voicecall_core.session import Session
from voicecall_core.words.events import TunnelLost, TurnedAway, UpgradeAsked
from voicecall_core.words.orders import Document, DocumentKind
from voicecall_core.words.values import Fault, Knock

TOMBSTONES = 256  # calls remembered after their end, so that late webhooks find an answer; beyond it the oldest go

FORBIDDEN = Response(403, b"The signature does not fit.\n")
NOT_FOUND = Response(404, b"There is nothing here.\n")
TAKEN = Response(204)

_KNOCKS: Mapping[str, Knock] = {
    TWIML: Knock.FETCH,
    STATUS: Knock.STATUS,
    STREAM: Knock.STREAM,
    MEDIA: Knock.SOCKET,
}
_STATUSES: Mapping[Fault, int] = {
    Fault.SIGNATURE: 403,
    Fault.KEY: 403,
    Fault.FORM: 200,
    Fault.PATH: 404,
    Fault.FULL: 503,
}


class Switchboard:
    """Every call is entered and left by one `async with switchboard.line(session)`."""

    def __init__(self, addresses: Addresses, webhooks: Webhooks, tasks: TaskGroup | None = None) -> None:
        """`webhooks` reads what the carrier posts; in `tasks` is done what is due after a call's end."""
        self.addresses = addresses
        self.refused = 0  # requests whose signature did not fit
        self._lost = ""  # why the tunnel leads here no more
        self._webhooks = webhooks
        self._tasks = tasks
        self._calls: dict[str, Session] = {}
        self._turned_away: dict[str, Counter[tuple[Knock, Fault]]] = {}  # by call, while it is entered
        self._ended: OrderedDict[str, Session] = OrderedDict()

    @property
    def quiet(self) -> bool:
        """No call is entered."""
        return not self._calls

    @asynccontextmanager
    async def line(self, session: Session) -> AsyncIterator[Session]:
        """Enter a call for as long as the block runs; afterwards a tombstone remains.

        Raises SettingsError if the tunnel has been lost already.
        """
        if self._lost:
            raise SettingsError(f"{self._lost}. Nobody was called.", setting="VOICECALL_TUNNEL", fix="Try again.")
        call_id = session.plan.terms.call_id
        self._calls[call_id] = session
        self._turned_away[call_id] = Counter()
        session.afterlife = self._tasks
        elsewhere = session.others
        session.others = lambda: elsewhere() | self._others(session)
        try:
            yield session
        finally:
            del self._calls[call_id], self._turned_away[call_id]
            self._ended[call_id] = session
            while len(self._ended) > TOMBSTONES:
                self._ended.popitem(last=False)

    def _others(self, session: Session) -> Others:
        """What is known here of the calls besides this one, those that have ended included."""
        rest = [each for each in (*self._calls.values(), *self._ended.values()) if each is not session]
        known = frozenset(sid for each in rest for sid in ({each.call.sid} | each.call.strays) if sid)
        mine = session.plan
        same = [each for each in rest if each.plan.callee == mine.callee and rivals(each.plan.began, mine.began)]
        seeking = any(is_sought(each.call) and not each.call.sid for each in same)
        return Others(known, seeking)

    def tunnel_lost(self, reason: str) -> None:
        """Tell every call that the carrier cannot reach this process any more; no further one is entered."""
        self._lost = reason
        for session in list(self._calls.values()):
            session.tell(TunnelLost(reason))

    # --- the door ---

    async def answer(self, request: Request) -> Response:
        """Answer a webhook. Bad signature: 403, nothing changed. Signed but unknown: 204, or hang up for a fetch."""
        asked = place(request.path)
        if asked is None or request.method != "POST":
            self._turn_away(request.path, Fault.PATH)
            return NOT_FOUND
        if not self.signed(request):
            self.refused += 1
            self._turn_away(request.path, self._misfit(request))
            return FORBIDDEN
        session = self._calls.get(asked.call_id) or self._ended.get(asked.call_id)
        try:
            return self._told(asked, session, request)
        except PeerError:  # signed, so it is the carrier's, and is taken, whatever it says
            self._turn_away(request.path, Fault.FORM)
            return self._hang_up(asked) if asked.what == TWIML else TAKEN

    def _told(self, asked: Place, session: Session | None, request: Request) -> Response:
        if asked.what == TWIML:
            if session is None:
                return self._hang_up(asked)
            fetched = self._webhooks.fetched(request, session.next_number(), asked.generation)
            return self._document(session.answer(fetched))
        if session is not None and asked.what == STATUS:
            session.tell(self._webhooks.status_reported(request))
        elif session is not None and asked.what == STREAM:
            session.tell(self._webhooks.stream_reported(request))
        return TAKEN

    def _hang_up(self, asked: Place) -> Response:
        """What a fetch gets that no call of ours can answer."""
        urls = self.addresses.document(asked.call_id, asked.generation)
        return self._document(self._webhooks.write(Document(DocumentKind.HANGUP), urls))

    def _document(self, text: str) -> Response:
        return Response(200, text.encode(), (("content-type", self._webhooks.document_type),))

    async def upgrade(self, request: Request, offer: Offer) -> None:
        """Let a media socket in if its signature, its path and the guard say so."""
        asked = place(request.path)
        session = self._calls.get(asked.call_id) if asked is not None else None
        if asked is None or asked.what != MEDIA:
            self._turn_away(request.path, Fault.PATH)
            await offer.refuse(404)
        elif session is None or not self.signed(request, upgrade=True):
            self.refused += 1
            self._turn_away(request.path, self._misfit(request))
            await offer.refuse(403)
        else:
            await self._media(session, asked, offer)

    async def _media(self, session: Session, asked: Place, offer: Offer) -> None:
        number = session.next_number()
        if not session.admits(UpgradeAsked(number, asked.generation, self.addresses.token_ok(asked))):
            await offer.refuse(403)
            return
        await session.carry(number, await offer.accept())

    def full(self, path: str) -> None:
        """A request to this path was turned away unread, as too many connections were open."""
        self._turn_away(path, Fault.FULL)

    def failed(self, path: str, error: Exception) -> Response | None:
        """A mistake of our own came to light: the path's call is ended. What ends it, if a document was asked."""
        asked, call_id = place(path), named(path)
        if (session := self._calls.get(call_id)) is not None:
            session.fault("a webhook" if asked is None or asked.what != MEDIA else "an upgrade", error)
        with suppress(Exception):  # it may be the writing of documents that fails
            return self._hang_up(asked) if asked is not None and asked.what == TWIML else None
        return None

    def _turn_away(self, path: str, fault: Fault) -> None:
        """Tell the call that a path names of the first request of its kind, then of the tenth, the hundredth ..."""
        call_id, asked = named(path), place(path)
        if call_id not in self._calls:
            return
        what = _KNOCKS[asked.what] if asked is not None else Knock.OTHER
        counted = self._turned_away[call_id]
        counted[what, fault] += 1
        count = counted[what, fault]
        if count == 10 ** (len(str(count)) - 1):
            self._calls[call_id].tell(TurnedAway(what, _STATUSES[fault], fault, count))

    def _misfit(self, request: Request) -> Fault:
        """Why a signature does not fit, as far as the request itself says."""
        return Fault.KEY if self._webhooks.lacks_key(request) else Fault.SIGNATURE

    def signed(self, request: Request, *, upgrade: bool = False) -> bool:
        """Whether the carrier signed this request to the URL that it was given."""
        return self._webhooks.signed(request, self.addresses.asked(request.target, socket=upgrade), upgrade=upgrade)
